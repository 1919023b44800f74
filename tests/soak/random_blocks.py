"""Random bodies of steps and blocks: a function for each word."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Any

from tests.soak.random_steps import Steps
from tests.soak.random_texts import DESCRIPTIONS, Data, Scope, chosen, is_opaque

__all__ = ["WORDS", "Bodies"]

Word = Callable[["Bodies", Scope], Data]
WORDS: list[Word] = []
"""What draws each kind of block."""


def word(function: Word) -> Word:
    """Register what draws a kind of block."""
    WORDS.append(function)
    return function


class Bodies(Steps):
    """Draws bodies. `channels` are those that they use, with their sizes."""

    def __init__(self, random: Random, inner: list[str]) -> None:
        super().__init__(random)
        self.inner = inner
        self.channels: Data = {}

    def body(self, scope: Scope, least: int = 1) -> tuple[list[Data], Scope]:
        """Return entries, and the scope behind them.

        Those that are parallel are read after the next one that is not.
        """
        made: list[Data] = []
        pending: list[Data] = []
        for _ in range(self.random.randrange(least, 4)):
            if scope.depth and self.chance(0.45):
                entry = self.block(scope)
            else:
                entry = self.step(scope, [e for e in made if "name" in e])
            made.append(entry)
            pending.append(entry)
            if entry.get("parallel") is not True:
                for other in pending:
                    scope = scope.behind(other)
                pending = []
        after = scope
        for other in pending:
            after = after.behind(other)
        if self.chance(0.2):
            made += self.endings(after)
        return made, scope

    def endings(self, scope: Scope) -> list[Data]:
        """Return clauses that read what stands before them."""
        random = self.random
        kinds = [[404, "timeout"], ["5xx"], ["failed", "error"], ["any"]]
        made: list[Data] = []
        within = replace(scope, running=())
        for kinds_ in kinds[random.randrange(4) :][: random.randrange(3)]:
            name = self.name()
            facts = tuple(f"{name}.{key}" for key in ("message", "kind", "step"))
            steps, _ = self.body(within.inside(closed=facts))
            made.append({"on_error": kinds_, "as": name, "steps": steps})
        if self.chance(0.5) or not made:
            steps, _ = self.body(replace(within.inside(), is_last=True))
            made.append({"finally": steps})
        return made

    def block(self, scope: Scope) -> Data:
        """Return a block, with some of the keys of all of them."""
        entry = self.random.choice(WORDS)(self, scope)
        if self.chance(0.7):
            entry["name"] = self.name()
        if self.chance(0.2):
            entry["description"] = self.random.choice(DESCRIPTIONS)
        if "parallel" not in entry and self.chance(0.3):
            entry["parallel"] = True
        if self.chance(0.15):
            entry["background"] = True
        return entry

    def members(self, scope: Scope) -> list[Data]:
        """Return named steps and blocks that run together."""
        found: list[Data] = []
        for _ in range(self.random.randrange(1, 4)):
            if scope.depth and self.chance(0.4):
                entry = {**self.block(scope), "name": self.name()}
            else:
                entry = self.step(scope, [])
            if entry.get("parallel") is True:
                del entry["parallel"]
            entry.pop("background", None)
            found.append(entry)
        return found

    def with_result(self, block: Data, after: Scope) -> Data:
        """Return a block that may say what its value is."""
        if self.chance(0.3):
            block["result"] = self.value(after)
        return block


@word
def if_(bodies: Bodies, scope: Scope) -> Data:
    condition, inner = bodies.condition, scope.inside()
    entry: Data = {"if": condition(scope), "then": bodies.body(inner)[0]}
    if bodies.chance(0.4):
        branch = {"if": condition(scope), "then": bodies.body(inner)[0]}
        entry["elif"] = [branch]
    if bodies.chance(0.6):
        entry["else"] = bodies.body(inner)[0]
    return entry


@word
def match(bodies: Bodies, scope: Scope) -> Data:
    labels: list[Any] = [bodies.random.choice([1, "a", [1, "b", None]]), "z"]
    cases = [{"case": case, "steps": bodies.body(scope.inside())[0]} for case in labels]
    entry: Data = {"match": bodies.opaque(scope), "cases": cases}
    return entry | (
        {"else": bodies.body(scope.inside())[0]} if bodies.chance(0.4) else {}
    )


@word
def do(bodies: Bodies, scope: Scope) -> Data:
    steps, after = bodies.body(scope.inside())
    return bodies.with_result({"do": steps}, after)


@word
def parallel(bodies: Bodies, scope: Scope) -> Data:
    members = bodies.members(scope.inside())
    entry: Data = {"parallel": members}
    if bodies.chance(0.3):
        after = scope
        for member in members:
            after = after.behind(member)
        bodies.with_result(entry, after)
    return entry | chosen(bodies.random, {"on_error": "continue"}, 0.4)


@word
def race(bodies: Bodies, scope: Scope) -> Data:
    members = bodies.members(scope.inside())
    count = bodies.random.randint(1, len(members))
    return {"race": count, "steps": members} | chosen(
        bodies.random, {"stagger": bodies.random.choice(["2s", 0.5])}, 0.5
    )


@word
def within(bodies: Bodies, scope: Scope) -> Data:
    entry: Data = {"within": bodies.random.choice(["5s", 0.5, "1m"])}
    entry["steps"], after = bodies.body(scope.inside())
    bodies.with_result(entry, after)
    return entry | (
        {"else": bodies.body(scope.inside())[0]} if bodies.chance(0.6) else {}
    )


@word
def for_(bodies: Bodies, scope: Scope) -> Data:
    random, variable = bodies.random, bodies.name()
    stream = 'stream("app.f:items", a=payload.n)'
    entry: Data = {"for": variable}
    entry["in"] = random.choice(
        ["payload.docs", "[1, 2]", bodies.opaque(scope), stream]
    )
    facts = ["loop.index", "loop.index0", "loop.first"]
    facts += [] if entry["in"] == stream else ["loop.last"]
    own = (variable,) if entry["in"] == "payload.docs" else ()
    closed = (*facts, *(() if own else (variable,)))
    inner = scope.inside(*own, closed=closed)
    entry["steps"], after = bodies.body(inner)
    entry |= options_of_loop(bodies, variable, after)
    return bodies.with_result(entry, after)


def options_of_loop(bodies: Bodies, variable: str, after: Scope) -> Data:
    """Return some of the keys of a `for`."""
    random = bodies.random
    options: Data = {
        "parallel": random.choice([1, 3, "max"]),
        "key": f"{variable} | string",
        "on_error": "continue",
        "until": bodies.condition(after),
        "batch": random.choice([1, 20]),
        "tolerate": random.choice([0, 2, "10%"]),
    }
    found = chosen(random, options, 0.35) if bodies.chance(0.6) else {}
    if "tolerate" in found:
        found.pop("on_error", None)
    return found


@word
def channel(bodies: Bodies, scope: Scope) -> Data:
    """Loops of which one sends to a channel, and the other reads it."""
    if scope.depth < Scope.depth:
        return do(bodies, scope)  # both ends would be in one round, or in branches
    name, item, number = bodies.name(), bodies.name(), bodies.name()
    bodies.channels[name] = bodies.random.choice([1, 2, 50])
    inner = scope.inside()
    send: Data = {"name": bodies.name(), "send": name, "value": bodies.value(inner)}
    send |= chosen(bodies.random, {"when": bodies.condition(inner)}, 0.2)
    found = bodies.random.choice(["payload.docs", "[1, 2, 3]"])
    sending: Data = {"for": number, "in": found, "name": bodies.name(), "steps": [send]}
    if bodies.chance(0.3):
        sending["parallel"] = 2
    if bodies.chance(0.3):
        sending = {**send, "name": sending["name"]}
    steps, after = bodies.body(inner.inside(closed=(item, "loop.index")))
    reading: Data = {"for": item, "in": f"channel {name}", "name": bodies.name()}
    reading |= {"steps": steps, **options_of_loop(bodies, item, after)}
    return {"parallel": [sending, reading]}


@word
def while_(bodies: Bodies, scope: Scope) -> Data:
    facts = ("loop.index", "loop.index0", "loop.first")
    steps, after = bodies.body(scope.inside(closed=facts))
    own = [entry["name"] for entry in steps if is_opaque(entry)]
    until = f"{bodies.random.choice(own)} != 1" if own else bodies.condition(scope)
    return bodies.with_result({"while": until, "max": 3, "steps": steps}, after)
