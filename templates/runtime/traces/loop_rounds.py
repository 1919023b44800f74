"""How far the loops of a run are, by the paths of the steps that begin and end."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import prod
from typing import Any, cast

__all__ = ["LoopFactor", "LoopProgress", "Loops", "loop_words", "rounds_in"]

LoopFactor = tuple[int | Sequence[str], int]
"""Items, their number or where they are in the payload, and how many a round takes."""

LOOP_ROUND = re.compile(r"([^.\[]+)\[([^\]]*)\]")
ROUND_KEY = re.compile(r"\[[^\]]*\]")


@dataclass
class LoopProgress:
    """One loop: the rounds that have begun, and the steps under way in each.

    `total` is `None` where only the run knows how many rounds there are; `started` and
    `now` are milliseconds from the start of the run.
    """

    name: str
    total: int | None
    started: float
    now: float = 0.0
    failed: int = 0
    begun: set[str] = field(default_factory=set[str])
    under_way: Counter[str] = field(default_factory=Counter[str])

    @property
    def done(self) -> int:
        """How many rounds have nothing under way any more."""
        return len(self.begun) - len(self.under_way)

    @property
    def rate(self) -> float:
        """Rounds per second."""
        seconds = (self.now - self.started) / 1000
        return self.done / seconds if seconds > 0 else 0.0

    @property
    def seconds_left(self) -> float | None:
        """How long it will take at that rate, where that can be estimated."""
        if self.total is None or not self.rate:
            return None
        return max(self.total - self.done, 0) / self.rate

    def begin(self, key: str) -> None:
        """Note that a step of a round has begun."""
        self.begun.add(key)
        self.under_way[key] += 1

    def end(self, key: str, *, failed: bool) -> None:
        """Note that a step of a round has ended."""
        self.failed += failed
        self.under_way[key] -= 1
        if self.under_way[key] <= 0:
            del self.under_way[key]


class Loops:
    """The loops of a run by their names, those inside of others as one."""

    def __init__(self, totals: Mapping[str, int]) -> None:
        self.totals = totals
        self.loops: dict[str, LoopProgress] = {}

    def __iter__(self) -> Iterator[LoopProgress]:
        return iter(self.loops.values())

    def __len__(self) -> int:
        return len(self.loops)

    def begin(self, path: str, now: float) -> None:
        """Note that the step at a path has begun."""
        for name, key in rounds_of(path):
            if name not in self.loops:
                self.loops[name] = LoopProgress(name, self.totals.get(name), now)
            self.loops[name].now = now
            self.loops[name].begin(key)

    def end(self, path: str, now: float, *, failed: bool = False) -> None:
        """Note that the step at a path has ended."""
        for name, key in rounds_of(path):
            if name in self.loops:
                self.loops[name].now = now
                self.loops[name].end(key, failed=failed)


def rounds_of(path: str) -> Iterator[tuple[str, str]]:
    """Yield the loops around a step, each with its round: `docs` and `docs[3]`."""
    for found in LOOP_ROUND.finditer(path):
        name = ROUND_KEY.sub("", path[: found.end(1)])
        yield name, path[: found.end()]


def loop_words(loop: LoopProgress, *, is_live: bool = True) -> str:
    """Return how far a loop is: rounds, failures, their rate and the time left."""
    of = "" if loop.total is None else f" of {loop.total:,}"
    parts = [f"{loop.done:,}{of} rounds"]
    if loop.failed:
        parts.append(f"{loop.failed:,} failed")
    if loop.rate:
        parts.append(f"{loop.rate:,.1f}/s")
    left = loop.seconds_left
    if left and is_live:
        time = f"{left:.0f} s" if left < 120 else f"{left / 60:,.0f} min"
        parts.append(f"{time} left")
    return ", ".join(parts)


def rounds_in(
    sizes: Mapping[str, Sequence[LoopFactor]], payload: Any
) -> dict[str, int]:
    """Return how many rounds loops have together, as far as the payload says it."""
    found: dict[str, int] = {}
    for name, factors in sizes.items():
        counts = [
            (source if isinstance(source, int) else items_at(source, payload), batch)
            for source, batch in factors
        ]
        known = [-(-count // batch) for count, batch in counts if count is not None]
        if len(known) == len(counts):
            found[name] = prod(known)
    return found


def items_at(keys: Sequence[str], payload: Any) -> int | None:
    """Return how many items there are in a place of the payload."""
    for key in keys:
        if not isinstance(payload, dict):
            return None
        payload = cast("dict[str, Any]", payload).get(key)
    is_known = isinstance(payload, list | dict)
    return len(cast("list[Any]", payload)) if is_known else None
