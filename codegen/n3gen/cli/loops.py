"""How far the loops of a run are, by the paths of the steps that begin and end."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from n3gen.plan.model import Plan
from n3gen.spec.model import For, If, Match

__all__ = ["Loop", "Loops", "loop_totals"]

_ROUND: Final = re.compile(r"([^.\[]+)\[([^\]]*)\]")
_KEY: Final = re.compile(r"\[[^\]]*\]")
_PAYLOAD: Final = re.compile(r"\s*(?:payload|input)((?:\.[A-Za-z_]\w*)+)\s*")
_RANGE: Final = re.compile(r"\s*range\(\s*(\d{1,9})\s*\)\s*")


@dataclass(slots=True)
class Loop:
    """One loop: the rounds that have begun, and the steps under way in each.

    `total` is `None` where only the run knows how many rounds there are; `started` and
    `now` are milliseconds from the start of the run.
    """

    name: str
    total: int | None
    started: float
    now: float = 0.0
    failed: int = 0
    _begun: set[str] = field(default_factory=set[str])
    _under_way: Counter[str] = field(default_factory=Counter[str])

    @property
    def done(self) -> int:
        """How many rounds have nothing under way any more."""
        return len(self._begun) - len(self._under_way)

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
        self._begun.add(key)
        self._under_way[key] += 1

    def end(self, key: str, *, failed: bool) -> None:
        """Note that a step of a round has ended."""
        self.failed += failed
        self._under_way[key] -= 1
        if self._under_way[key] <= 0:
            del self._under_way[key]


class Loops:
    """The loops of a run by their names, those inside of others as one."""

    def __init__(self, totals: Mapping[str, int]) -> None:
        self._totals = totals
        self._loops: dict[str, Loop] = {}

    def __iter__(self) -> Iterator[Loop]:
        return iter(self._loops.values())

    def __len__(self) -> int:
        return len(self._loops)

    def begin(self, path: str, now: float) -> None:
        """Note that the step at a path has begun."""
        for name, key in rounds_of(path):
            if name not in self._loops:
                self._loops[name] = Loop(name, self._totals.get(name), now)
            self._loops[name].now = now
            self._loops[name].begin(key)

    def end(self, path: str, now: float, *, failed: bool = False) -> None:
        """Note that the step at a path has ended."""
        for name, key in rounds_of(path):
            if name in self._loops:
                self._loops[name].now = now
                self._loops[name].end(key, failed=failed)


def rounds_of(path: str) -> Iterator[tuple[str, str]]:
    """Yield the loops around a step, each with its round: `docs` and `docs[3]`."""
    for found in _ROUND.finditer(path):
        name = _KEY.sub("", path[: found.end(1)])
        yield name, path[: found.end()]


def loop_totals(
    plan: Plan, payload: Any, around: str = "", times: int = 1
) -> dict[str, int]:
    """Return how many rounds loops have whose items are a list of the payload, or a range.

    A loop `around` which are others, that have so many rounds together, has those of
    all `times` that it runs, where no condition keeps it from that.
    """
    found: dict[str, int] = {}
    for node in plan.nodes:
        inside, each = around, times
        if isinstance(node.entry, For):
            items = _items(node.entry.items, payload)
            if items is None:
                continue
            inside = f"{around}{node.name}"
            each = found[inside] = times * -(-items // (node.entry.batch or 1))
            inside += "."
        elif around and isinstance(node.entry, If | Match):
            continue
        for body in node.bodies:
            found |= loop_totals(body, payload, inside, each)
    return found


def _items(text: str, payload: Any) -> int | None:
    """How many items an expression gives, where that is known before the run."""
    if counted := _RANGE.fullmatch(text):
        return int(counted[1])
    if (named := _PAYLOAD.fullmatch(text)) is None:
        return None
    for key in named[1].split(".")[1:]:
        payload = payload.get(key) if isinstance(payload, dict) else None
    return len(payload) if isinstance(payload, list | dict) else None
