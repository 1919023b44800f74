"""What draws a random chain: its bodies, their clauses, and the values in them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

from tests.reference.callables import ERRORS
from tests.reference.drawn_layouts import Layout
from tests.reference.drawn_places import Data, Place, Traits

__all__ = ["BLOCKS", "STEPS", "Draw", "Writer", "drawn", "put_last"]

Draw = Callable[["Writer", Place], Data]
BLOCKS: dict[str, Draw] = {}
STEPS: dict[str, Draw] = {}
CALM = ("call", "sub_chain", "value", "emit")
"""The kinds of steps that may start in the moment in which others do."""


def drawn(kinds: dict[str, Draw]) -> Callable[[Draw], Draw]:
    """Register what draws a construct."""
    return lambda function: kinds.setdefault(function.__name__.rstrip("_"), function)


def put_last(body: list[Data], step: Data) -> None:
    """Add a step to a body, before its clauses."""
    is_step = ["name" in entry for entry in body]
    body.insert(is_step.count(True), step)


@dataclass
class Writer:
    """Draws one chain, which may call others, and `is_called` by one."""

    random: Random
    traits: Traits
    calls: tuple[str, ...]
    is_dag: bool
    is_called: bool = False
    count: int = 0
    channels: Data = field(default_factory=dict)

    def chain(self, place: Place) -> Data:
        steps, after = self.body(place)
        chain: Data = {"input": {"n": "int", "k": "float"}, "steps": steps}
        if self.is_dag:
            chain["schedule"] = "dag"
        if self.traits.limited and self.chance(0.4):
            chain["max_parallel"] = self.random.choice([1, 2, 3])
        if self.chance(0.6):
            chain["result"] = self.data(after)
        return chain

    # --- values ----------------------------------------------------------

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def name(self, letter: str) -> str:
        self.count += 1
        return f"{letter}{self.count}"

    def seconds(self, least: float = 1.0, most: float = 8.0) -> float:
        """Return a time of which no sum with others is met again."""
        return self.random.randrange(int(least * 2**24), int(most * 2**24)) / 2**24

    def may_be_late(self, place: Place) -> bool:
        """Say whether a deadline may be drawn: rounds and calls that begin in one moment
        would also end in one.
        """
        is_once = not self.is_called and place.spread == Place.spread
        return self.traits.timed and (is_once or place.is_apart)

    def number(self, place: Place) -> str:
        """Return an expression that is a whole number."""
        one, two = (self.random.choice(place.numbers) for _ in range(2))
        return self.random.choice([one, f"{one} + {two}", f"{one} * 2 + {two}"])

    def condition(self, place: Place) -> str:
        number, other = self.number(place), self.random.randrange(3)
        equal, more = f"({number}) % 3 == {other}", f"{number} > 3"
        return self.random.choice([equal, f"({number}) % 3 != {other}", more])

    def data(self, place: Place) -> Any:
        """Return data with templates."""
        names = [*place.names, "payload.n"]
        one, two = (f"{{{{ {self.random.choice(names)} }}}}" for _ in range(2))
        text = f"{{{{ {self.number(place)} }}}} or so"
        if place.steps and self.chance(0.15):
            fact = self.random.choice(["status", "attempts", "error"])
            one = f"{{{{ steps.{self.random.choice(place.steps)}.{fact} }}}}"
        return self.random.choice([one, [one, two], {"a": one, "b c": text}, text])

    # --- bodies ----------------------------------------------------------

    def body(self, place: Place, least: int = 1) -> tuple[list[Data], Place]:
        """Return entries, and the place behind them.

        Where others start in the same moment, the first is a call of its own time.
        """
        count = self.random.randrange(least, 5)
        is_block = [place.depth > 0 and self.chance(0.45) for _ in range(count)]
        is_block[0] &= place.is_apart
        layout = Layout.drawn(self, is_block, is_apart=place.is_apart)
        entries: list[Data] = []
        for index in range(count):
            here = layout.place(index, place, entries)
            # What a join reads of its members depends on which have ended by then.
            takes_time = index in layout.partial & layout.loose
            if index in layout.joining or (index == 0 and not place.is_apart):
                entry = self.bare_call(here)
            elif takes_time and not is_block[index]:
                entry = {"name": self.name("s"), **STEPS["call"](self, here)}
            else:
                entry = self.entry(here, is_block=is_block[index])
            if is_block[index] and (layout.others(index) or layout.parallel[index]):
                delay = self.delay(always=takes_time)
                entry = {"name": self.name("b"), "do": [*delay, entry]}
            entry |= layout.keys(index, entries, entry)
            if layout.needs[index] and not self.traits.limited and self.chance(0.3):
                entry["on_skip"] = "skip"
            entries.append(entry)
        after = place.knowing(*entries)
        layout.cancel(self, entries)
        # What is cut off in its `finally` need not have its value.
        names = [e["name"] for e in entries if "'finally'" not in repr(e)]
        own = [] if place.is_round else names
        return [*entries, *self.clauses(place, own)], after

    def clauses(self, place: Place, own: Sequence[str] = ()) -> list[Data]:
        """Return clauses where anything can fail."""
        if not self.traits.failing or self.traits.limited:
            return []
        return self.endings(place, [*own])

    def endings(self, place: Place, own: list[str]) -> list[Data]:
        """Return the clauses of a body, which may read its `own` names, and what runs last.

        That is short: it has a time of its own only once the run is cancelled.
        """
        found: list[Data] = []
        kinds: list[list[str | int]] = [["failed"], [500, 429], ["connection"]]
        self.random.shuffle(kinds)
        while place.depth and kinds and self.chance(0.15):
            error = self.name("e")
            steps, _ = self.body(replace(place, depth=place.depth - 1, is_round=False))
            value = {"step": f"{{{{ {error}.step }}}}", **self.left(own)}
            put_last(steps, {"name": self.name("t"), "value": value})
            found.append({"on_error": kinds.pop(), "as": error, "steps": steps})
        if found and self.chance(0.5):
            found[-1]["on_error"] = "any"
        if self.chance(0.1):
            call = self.bare_call(replace(place, is_apart=False))
            call["options"] |= {"seconds": self.seconds(0.1, 1), "give": self.left(own)}
            found.append({"finally": [call]})
        return found

    def left(self, own: list[str]) -> Data:
        """Return what there is of a body that need not have run to its end."""
        names = self.random.sample(own, min(len(own), 2))
        return {name: f"{{{{ {name} | default('none', true) }}}}" for name in names}

    def some(self, indexes: Sequence[int], most: int = 2) -> list[int]:
        """Return one or more of some, or none of none."""
        count = min(len(indexes), self.random.randrange(most) + 1)
        return sorted(self.random.sample(indexes, count))

    def entry(self, place: Place, *, is_block: bool) -> Data:
        """Return a step or a block that may be in a place."""
        if is_block:
            word = self.random.choice([*BLOCKS])
            return {"name": self.name("b"), **BLOCKS[word](self, place)}
        kinds = [*STEPS] if place.is_apart else [*CALM]
        kinds += ["call"] * len(kinds)
        if not self.calls:
            kinds = [kind for kind in kinds if kind != "sub_chain"]
        # Who asks first for a permit is left open behind what takes no time.
        takes_turns = self.traits.limited and not place.is_apart
        kind = "call" if takes_turns else self.random.choice(kinds)
        step = {"name": self.name("s"), **STEPS[kind](self, place)}
        if self.chance(0.15) and not takes_turns:
            step["when"] = self.condition(place)
        if self.traits.failing and self.chance(0.1):
            step["on_error"] = self.random.choice(["continue", "skip"])
        elif self.traits.failing and not takes_turns and self.chance(0.1):
            step |= self.recovery(place)
        return step

    def recovery(self, place: Place) -> Data:
        """Return what replaces a step that fails, or what runs last."""
        inner = replace(place, is_apart=False, loose=())
        spare = self.bare_call(inner)
        if self.chance(0.3):
            spare["options"]["seconds"] = self.seconds(0.1, 1)
            return {"finally": [spare]}
        if self.chance(0.3):
            return {"on_error": [spare]}
        error = self.name("e")
        told = {"name": self.name("t"), "value": f"{{{{ {error}.kind }}}}"}
        kinds = self.random.choice([["failed"], [500, 429], ["connection"], "any"])
        return {"on_error": [{"on_error": kinds, "as": error, "steps": [spare, told]}]}

    def delay(self, *, always: bool = False) -> list[Data]:
        """Return a wait where permits are short: whose turn it is then depends on time."""
        if not (always or self.traits.limited):
            return []
        return [{"name": self.name("w"), "wait": self.seconds()}]

    def member(self, place: Place) -> Data:
        """Return what may run beside others from the same moment on."""
        inner = replace(place, is_apart=False)
        if place.depth and self.chance(0.5):
            steps = [*self.delay(), *self.body(inner.inside())[0]]
            return {"name": self.name("d"), "do": steps}
        step = {"name": self.name("s"), **STEPS["call"](self, inner)}
        if self.chance(0.1):
            step["when"] = self.condition(inner)
        return step

    def bare_call(self, place: Place) -> Data:
        """Return a call that takes a time of its own in each round."""
        seconds = f"{{{{ {self.seconds()} + {place.spread} }}}}"
        options: Data = {"seconds": seconds, "give": self.given(place)}
        if place.loose and self.chance(0.3):
            # It waits for the end of what runs beside it.
            options["read"] = self.left([self.random.choice(place.loose)])
        if self.traits.failing and self.chance(0.25):
            options["fails"] = self.failing(place)
        return {"name": self.name("s"), "target": "work", "options": options}

    def given(self, place: Place) -> Any:
        number = f"{{{{ ({self.number(place)} + {self.random.randrange(7)}) % 7 }}}}"
        return number if self.chance(0.7) else self.data(place)

    def failing(self, place: Place) -> str:
        """Return an expression of how a call fails, if it does."""
        error = self.random.choice([*ERRORS])
        return f"{{{{ '{error}' if {self.condition(place)} else none }}}}"
