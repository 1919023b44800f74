"""Random chains over all constructs, as the data of a spec that compiles.

Times are drawn so that no two things happen in one moment by chance: where that would
leave open what comes first, so does the language. For the same reason what takes no time
fails only behind a call. A new construct is one function with `@drawn`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

from tests.reference.callables import ERRORS
from tests.reference.order import Block, required

__all__ = ["Traits", "random_chains"]

Data = dict[str, Any]


@dataclass(frozen=True)
class Traits:
    """What may be in chains: failures, constructs that depend on time, short permits."""

    failing: bool = True
    timed: bool = True
    limited: bool = False


@dataclass(frozen=True)
class Place:
    """Where entries are drawn.

    `names` can be read there, `numbers` among them are whole numbers, and of `steps` the
    records. `spread` is a sum
    that makes the times of rounds differ which run at once. `loose` are names of what may
    still run, for which calls may wait. `is_apart` says that nothing
    else happens in the moment in which the next entry starts, `is_round` that names are
    those of the round before until their entries have run, `is_inside` that it is in a
    loop.
    """

    depth: int
    names: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ("payload.n",)
    steps: tuple[str, ...] = ()
    spread: str = "payload.k"
    loose: tuple[str, ...] = ()
    is_apart: bool = True
    is_round: bool = False
    is_inside: bool = False

    def knowing(self, *entries: Data) -> Place:
        """Return the place behind entries that have run."""
        names = [entry["name"] for entry in entries if "name" in entry]
        numbers = [entry["name"] for entry in entries if is_number(entry)]
        steps = [entry["name"] for entry in entries if has_record(entry)]
        return replace(
            self,
            names=tuple(dict.fromkeys([*self.names, *names])),
            numbers=tuple(dict.fromkeys([*self.numbers, *numbers])),
            steps=tuple(dict.fromkeys([*self.steps, *steps])),
        )

    def inside(self, *, together: bool = False) -> Place:
        """Return the place in a body of a block here, of one that runs beside others."""
        return replace(
            self,
            depth=self.depth - 1,
            is_apart=self.is_apart and not together,
            is_round=False,
        )


def is_number(entry: Data) -> bool:
    """Say whether the value of an entry is always a whole number."""
    given = entry.get("options", {}).get("give", "")
    may_be_none = {"when", "on_error", "background", "joined", "on_skip"}
    return not entry.keys() & may_be_none and "% 7" in str(given)


def has_record(entry: Data) -> bool:
    """Say whether an entry is a step, whose record can be read behind it."""
    return bool({"target", "wait", "emit"} & entry.keys()) and "background" not in entry


Draw = Callable[["Writer", Place], Data]
BLOCKS: dict[str, Draw] = {}
STEPS: dict[str, Draw] = {}
CALM = ("call", "sub_chain", "value", "emit")
"""The kinds of steps that may start in the moment in which others do."""


def drawn(kinds: dict[str, Draw]) -> Callable[[Draw], Draw]:
    """Register what draws a construct."""
    return lambda function: kinds.setdefault(function.__name__.rstrip("_"), function)


def random_chains(
    seed: int, traits: Traits, pipeline: Callable[[Writer], Data] | None = None
) -> Data:
    """Return a spec of a chain `c` and a chain `sub` that it may call.

    At times it begins with one that `pipeline` draws.
    """
    random = Random(seed)
    # In a dag nothing waits for a delay, and so who asks first for a permit is left open.
    share = 0.0 if traits.limited else 0.25
    sub = Writer(random, traits, (), random.random() < share, is_called=True)
    main = Writer(random, traits, ("sub",), random.random() < share)
    depth = random.choice([1, 2, 2, 3])
    spec: Data = {"chains": {"sub": sub.chain(Place(1, is_apart=False))}}
    # Who asks first for a permit is left open where items arrive.
    if pipeline is not None and not traits.limited and random.random() < 0.35:
        writer = Writer(random, traits, ("sub",), False, is_called=True)
        spec["pipelines"] = {"line": pipeline(writer)}
        main.calls = ("sub", "line")
    # In a dag a pipeline may start in the same moment.
    spec["chains"]["c"] = main.chain(Place(depth, is_apart=not main.is_dag))
    if "pipelines" in spec:
        payload = {"n": "{{ payload.n }}", "k": "{{ payload.k }}"}
        step = {"name": main.name("s"), "kind": "chain", "target": "line"}
        steps = spec["chains"]["c"]["steps"]
        steps.insert(0, {**step, "payload": payload})
    if traits.timed:
        spec["states"] = {"total": {"type": "int", "default": 0}}
        spec["states"]["seen"] = {"type": "list[any]", "default": []}
        spec["states"]["known"] = {"type": "dict[str, int]", "default": {}}
    if main.channels:
        spec["channels"] = main.channels
    if traits.limited:
        spec["limits"] = {"db": 3, "part": {"permits": 2, "within": "db"}, "lock": 1}
    return spec


def put_last(body: list[Data], step: Data) -> None:
    """Add a step to a body, before its clauses."""
    is_step = ["name" in entry for entry in body]
    body.insert(is_step.count(True), step)


@dataclass
class Layout:
    """How the entries of a body stand to each other, meant by their indexes.

    `joining` are those that wait for some of several, or for ends: the key of
    `depends_on` and the entries in it.
    """

    is_dag: bool
    parallel: list[bool]
    background: set[int]
    needs: list[list[int]]
    joining: dict[int, tuple[Data, list[int]]]

    @classmethod
    def drawn(
        cls, writer: Writer, is_block: Sequence[bool], *, is_apart: bool
    ) -> Layout:
        """Draw a layout, in which blocks need nothing.

        The first entry is a plain one unless it stands apart.
        """
        count = len(is_block)
        parallel = [writer.chance(0.5) for _ in range(count)]
        parallel[0] &= is_apart
        free = [*range(0 if is_apart else 1, count)]
        if writer.traits.limited:
            # Of those that start in one moment, plain steps alone ask in their order.
            free = [i for i in free if not (is_block[i] or parallel[i])]
        background = {i for i in free if writer.chance(0.1)}
        needs = [
            [] if is_block[i] or writer.chance(0.7) else writer.some(range(i))
            for i in range(count)
        ]
        layout = cls(writer.is_dag, parallel, background, needs, {})
        for index in range(1, count):
            if not (writer.traits.limited or is_block[index]) and writer.chance(0.2):
                layout.join(writer, index)
        return layout

    def join(self, writer: Writer, index: int) -> None:
        """Let an entry wait for some of those before it, or for the ends of some."""
        if index in self.background:
            return
        if writer.traits.timed and index > 1 and writer.chance(0.6):
            members = writer.some(range(index), 3)
            count = writer.random.randrange(len(members)) + 1
            key: Data = {"any": []} if count == 1 else {"count": count, "of": []}
        else:
            members = [i for i in writer.some(range(index)) if i not in self.loose]
            key = {"ended": []}
        if members:
            self.needs[index] = []
            self.joining[index] = key, members

    @property
    def partial(self) -> set[int]:
        """Those of which something waits for some only."""
        return {
            member
            for key, members in self.joining.values()
            if "ended" not in key
            for member in members
        }

    @property
    def loose(self) -> set[int]:
        """Those that what comes after does not wait for."""
        beside = {i for i in self.partial if self.is_dag or self.parallel[i]}
        return self.background | beside

    @property
    def block(self) -> Block:
        """Which entries run beside others, and what each one takes its place behind."""
        needs = [*self.needs]
        for index, (_, members) in self.joining.items():
            needs[index] = members
        return [self.is_dag or flag for flag in self.parallel], needs

    @property
    def placed(self) -> set[tuple[int, int]]:
        """The pairs of which the first takes its place before the second."""
        return required(self.block)

    @property
    def before(self) -> set[tuple[int, int]]:
        """The pairs of which the first has always ended when the second starts."""
        return required(self.block, self.loose)

    def others(self, index: int) -> list[int]:
        """Return the entries that may run beside one."""
        before = self.before
        return [
            i
            for i in range(len(self.parallel))
            if i != index and not {(i, index), (index, i)} & before
        ]

    def place(self, index: int, place: Place, entries: list[Data]) -> Place:
        """Return the place of an entry behind others of its body."""
        before, placed, loose = self.before, self.placed, self.loose
        # In a dag what is read is waited for.
        done = [
            entries[i]
            for i in range(index)
            if i not in loose and (self.is_dag or (i, index) in before)
        ]
        beside = [
            entries[i]["name"]
            for i in range(index)
            if i in loose and (i, index) in placed
        ]
        if index in self.joining or self.is_dag:
            beside = []
        return replace(
            place.knowing(*done),
            loose=(*place.loose, *beside),
            is_apart=not self.others(index) and (place.is_apart or index > 0),
        )

    def keys(self, index: int, entries: list[Data], entry: Data) -> Data:
        """Return the keys of an entry that say how it stands."""
        found: Data = {"parallel": True} if self.parallel[index] else {}
        if index in self.background:
            found["background"] = True
        if self.needs[index]:
            found["depends_on"] = [entries[i]["name"] for i in self.needs[index]]
        if index in self.joining:
            key, members = self.joining[index]
            names = [entries[i]["name"] for i in members]
            found["depends_on"] = {k: v or names for k, v in key.items()}
            reads = {n: f"{{{{ {n} | default('none', true) }}}}" for n in names}
            found["options"] = {**entry["options"], "give": reads}
        return found

    def cancel(self, writer: Writer, entries: list[Data]) -> None:
        """Add a step that cancels what runs in the background, right behind a call."""
        for index in sorted(self.background):
            behind = [
                i
                for i in range(index + 1, len(self.parallel))
                if "target" in entries[i] and i not in self.loose
            ]
            if (
                behind
                and writer.traits.timed
                and not self.is_dag
                and writer.chance(0.5)
            ):
                at = entries.index(entries[behind[0]]) + 1
                name = entries[index]["name"]
                entries.insert(at, {"name": writer.name("c"), "cancel": name})
                return


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
                entry = {"name": self.name("s"), **call(self, here)}
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
        """Return a step or a block that may stand in a place."""
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
        """Return what stands in for a step that fails, or what runs last."""
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
        step = {"name": self.name("s"), **call(self, inner)}
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


# --- kinds of steps ------------------------------------------------------


@drawn(STEPS)
def call(writer: Writer, place: Place) -> Data:
    step = writer.bare_call(place)
    random, options = writer.random, step["options"]
    if writer.chance(0.2):
        step["kind"] = "python"
    if writer.chance(0.1):
        options["lingers"] = writer.seconds(0.1, 1)
    if writer.may_be_late(place) and writer.chance(0.2):
        step["timeout"] = writer.seconds(3, 12)
    if writer.chance(0.3):
        step["retry"] = {"max": random.choice([1, 2]), "delay": writer.seconds()}
        step["retry"] |= {"backoff": "constant", "jitter": False}
        if writer.chance(0.5):
            step["retry"]["on"] = random.sample(
                ["timeout", "connection", 429, "5xx"], 2
            )
        if writer.chance(0.5):
            options["times"] = random.choice([1, 2])
    if writer.chance(0.15):
        step["fallback"] = random.choice([["spare"], ["spare", "other_spare"]])
        if writer.chance(0.5):
            options["spare_fails"] = writer.failing(place)
    if writer.traits.limited and writer.chance(0.6):
        limits = ["none", "db", "part", "lock", {"db": 2}, ["lock", "part"]]
        step["limit"] = random.choice(limits)
        if step["limit"] != "none" and writer.chance(0.3):
            step["priority"] = random.choice([5, -3, 2.5])
    del step["name"]
    return step


@drawn(STEPS)
def sub_chain(writer: Writer, place: Place) -> Data:
    payload = {"n": f"{{{{ {writer.number(place)} }}}}"}
    payload["k"] = f"{{{{ {writer.seconds(0, 1)} + {place.spread} }}}}"
    target = writer.random.choice(writer.calls)
    step: Data = {"kind": "chain", "target": target, "payload": payload}
    if writer.may_be_late(place) and writer.chance(0.2):
        step["timeout"] = writer.seconds(3, 20)
    if writer.chance(0.2):
        step["retry"] = {"max": 1, "delay": writer.seconds(), "jitter": False}
    return step


@drawn(STEPS)
def value(writer: Writer, place: Place) -> Data:
    if writer.traits.failing and place.is_apart and writer.chance(0.1):
        return {"value": f"{{{{ 12 // (({writer.number(place)}) % 5) }}}}"}
    return {"value": writer.data(place)}


@drawn(STEPS)
def emit(writer: Writer, place: Place) -> Data:
    return {"emit": writer.data(place)}


@drawn(STEPS)
def wait(writer: Writer, place: Place) -> Data:
    return {"wait": writer.seconds()}


@drawn(STEPS)
def fail(writer: Writer, place: Place) -> Data:
    if not writer.traits.failing:
        return value(writer, place)
    text = f"No {{{{ {writer.number(place)} }}}} here"
    return {"fail": text, "when": writer.condition(place)}


@drawn(STEPS)
def state(writer: Writer, place: Place) -> Data:
    # One after another and together they change in other orders.
    if not writer.traits.timed:
        return value(writer, place)
    update = f"{{{{ (value + {writer.number(place)}) % 97 }}}}"
    number = f"{{{{ {writer.number(place)} }}}}"
    key = f"{{{{ 'k%s' % (({writer.number(place)}) % 3) }}}}"
    entry = {"state": "known", "key": key}
    changes: list[Data] = [
        {"state": "total", "update": update},
        {"state": "total", "set": number},
        {"state": "seen", "append": writer.data(place)},
        {**entry, "update": f"{{{{ ((value or 0) + {writer.number(place)}) % 97 }}}}"},
        {"state": "known", "merge": {"k1": number, "k9": number}},
        {"state": writer.random.choice(["total", "seen", "known"])},
    ]
    return writer.random.choice(changes)


@drawn(STEPS)
def stop(writer: Writer, place: Place) -> Data:
    if not writer.traits.timed:
        return value(writer, place)
    return {"stop": writer.data(place), "when": writer.condition(place)}


# --- blocks --------------------------------------------------------------


def branches(writer: Writer, place: Place, count: int) -> list[list[Data]]:
    """Return bodies, at times such that all give a name."""
    bodies = [writer.body(place.inside())[0] for _ in range(count)]
    if writer.chance(0.5):
        name = writer.name("g")
        for body in bodies:
            put_last(body, {"name": name, "value": writer.data(place)})
    return bodies


@drawn(BLOCKS)
def if_(writer: Writer, place: Place) -> Data:
    bodies = branches(writer, place, writer.random.choice([1, 2, 3]))
    block: Data = {"if": writer.condition(place), "then": bodies[0]}
    if len(bodies) > 2:
        block["elif"] = [{"if": writer.condition(place), "then": bodies[1]}]
    return block | ({"else": bodies[-1]} if len(bodies) > 1 else {})


@drawn(BLOCKS)
def match(writer: Writer, place: Place) -> Data:
    bodies = branches(writer, place, 3)
    cases = [{"case": 1, "steps": bodies[0]}, {"case": [0, 3], "steps": bodies[1]}]
    block: Data = {"match": f"({writer.number(place)}) % 4", "cases": cases}
    return block | ({"else": bodies[2]} if writer.chance(0.5) else {})


@drawn(BLOCKS)
def do(writer: Writer, place: Place) -> Data:
    steps, after = writer.body(place.inside())
    block: Data = {"do": steps}
    return block | ({"result": writer.data(after)} if writer.chance(0.3) else {})


@drawn(BLOCKS)
def parallel(writer: Writer, place: Place) -> Data:
    members = [writer.member(place) for _ in range(writer.random.choice([2, 3]))]
    block: Data = {"parallel": [*members, *writer.clauses(place)]}
    return block | ({"on_error": "continue"} if writer.chance(0.5) else {})


@drawn(BLOCKS)
def race(writer: Writer, place: Place) -> Data:
    if not writer.traits.timed:
        return do(writer, place)
    members = [writer.member(place) for _ in range(writer.random.choice([2, 3, 4]))]
    block: Data = {"race": writer.random.choice([1, 1, 2])}
    block["steps"] = [*members, *writer.clauses(place)]
    return block | ({"stagger": writer.seconds(0.5, 5)} if writer.chance(0.5) else {})


@drawn(BLOCKS)
def within(writer: Writer, place: Place) -> Data:
    if not writer.may_be_late(place):
        return do(writer, place)
    bodies = branches(writer, place, 2)
    block: Data = {"within": writer.seconds(2, 15), "steps": bodies[0]}
    return block | ({"else": bodies[1]} if writer.chance(0.7) else {})


@drawn(BLOCKS)
def while_(writer: Writer, place: Place) -> Data:
    inner = place.inside()
    inner = replace(
        inner, is_round=True, is_inside=True, numbers=(*inner.numbers, "loop.index")
    )
    steps, _after = writer.body(inner)
    block: Data = {"max": writer.random.choice([1, 2, 3]), "steps": steps}
    own = [entry["name"] for entry in steps if is_number(entry)]
    if own and writer.chance(0.7):
        return {"while": f"{own[0]} % 3 != 1", **block}
    numbers = tuple(name for name in place.numbers if name != "loop.index")
    return {"while": writer.condition(replace(place, numbers=numbers)), **block}


@drawn(BLOCKS)
def for_(writer: Writer, place: Place) -> Data:
    """A loop, one round after another or by workers; the items are whole numbers."""
    random = writer.random
    variable = writer.name("i")
    lists = ["[4, 1, 3]", f"range({writer.number(place)})", "[2, 5]", "{6: 1, 2: 3}"]
    streams = not writer.traits.limited and writer.chance(0.3)
    block: Data = {"for": variable}
    block["in"] = stream(writer, place) if streams else random.choice(lists)
    return block | rounds(writer, place, variable)


def stream(writer: Writer, place: Place) -> str:
    """Return a call of an async generator, each item of which takes a time of its own."""
    gives = writer.random.choice([[4, 1, 3], [2, 5], [7, 3, 1, 6, 2], []])
    seconds = ", ".join(f"{writer.seconds(0.1, 4)} + {place.spread}" for _ in gives)
    arguments = f'step="{writer.name("f")}", seconds=[{seconds}], gives={gives}'
    if writer.traits.failing and gives and writer.chance(0.2):
        arguments += f', fails="{writer.random.choice([*ERRORS])}"'
    return f'stream("tests.reference.callables:items", {arguments})'


def rounds(writer: Writer, place: Place, variable: str) -> Data:
    """Return the other keys of a loop."""
    random = writer.random
    block: Data = {}
    inner = place.inside()
    inner = replace(inner, numbers=(*inner.numbers, "loop.index"), is_inside=True)
    if writer.chance(0.6):
        block["parallel"] = random.choice([1, 2, 3])
        number = variable
        if writer.chance(0.2):
            block["batch"], number = 2, f"{variable}[0]"
        # Whatever rounds have gone before it in a worker, no sum is met again.
        spread = f"{place.spread} + 2 ** ({number} % 24) * {writer.seconds(0, 1)} % 1"
        numbers = (*inner.numbers, number)
        inner = replace(inner, is_apart=False, spread=spread, numbers=numbers)
        kept: list[Data] = [
            {"on_error": "continue"},
            {"tolerate": random.choice([1, "40%"])},
            {},
        ]
        block |= random.choice(kept)
        if "batch" not in block and writer.chance(0.3):
            block["key"] = f"{variable} * 2"
    else:
        inner = replace(inner, numbers=(*inner.numbers, variable))
    block["steps"], after = writer.body(inner)
    if "parallel" in block and writer.traits.timed and writer.chance(0.3):
        block["until"] = writer.condition(after)
    return block


@drawn(BLOCKS)
def channel(writer: Writer, place: Place) -> Data:
    """Loops of which one sends what the other works on."""
    is_once = not writer.is_called and place.spread == Place.spread
    if writer.traits.limited or not is_once or place.is_inside:
        return do(writer, place)
    random, name, number = writer.random, writer.name("l"), writer.name("i")
    writer.channels[name] = random.choice([1, 2, 9])
    here = replace(place.inside(), is_apart=False, loose=())
    item: Data = {"send": name, "value": f"{{{{ {number} * 2 }}}}"}
    item = {"name": writer.name("s"), **item}
    if writer.chance(0.5):
        item["on_error"] = "skip"
    sending: Data = {"name": writer.name("b"), "for": number, "in": "[4, 1, 3, 9, 6]"}
    if writer.chance(0.5):
        sending["in"] = stream(writer, here)
    if writer.traits.timed and writer.chance(0.4):
        sending["parallel"] = 2
    spread = f"{here.spread} + 2 ** {number} * {writer.seconds(0, 1)} % 1"
    first = writer.bare_call(replace(here, spread=spread))
    sending["steps"] = [first, item] if writer.chance(0.7) else [item]
    variable = writer.name("i")
    reading: Data = {"name": writer.name("b"), "for": variable, "in": f"channel {name}"}
    reading |= rounds(writer, here, variable)
    block: Data = {"parallel": [sending, reading]}
    if writer.chance(0.3):
        block["on_error"] = "continue"
    if "continue" not in (block.get("on_error"), reading.get("on_error")):
        # A loop that fails refuses items in the moment in which it cancels who sends.
        item.pop("on_error", None)
    return block
