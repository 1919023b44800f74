"""What requests wait for before a connection with a rate limit: each limit for itself."""

from __future__ import annotations

import asyncio
import copy
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from weakref import WeakKeyDictionary

__all__ = ["begun_tokens", "times_of", "watch_gates"]

_OPENINGS: Final = {
    "rate": ("requests", None),
    "tokens": ("tokens", None),
    "backoff": ("paused_until", 0.0),
}
"""What lets requests go only from some time on: the attribute of a gate, and none of it."""

_CHANGES: Final = ("start", "settle", "finish", "pause", "leave")
"""The methods of a gate by which the first in its line may have to wait for another."""


@dataclass
class GateTimes:
    """How long the line of a gate was held up by what, in `seconds`.

    From `since` on its first may go at the time of `opening`, which has a name, and
    where it is not `full`.
    """

    seconds: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    tokens: int = 0
    since: float = 0.0
    opening: tuple[float, str] = (0.0, "")
    full: bool = False

    def advance(self, now: float) -> None:
        """Add the time until now to what held the line up in it: what opened last."""
        until = min(now, self.opening[0])
        if until > self.since and not (self.full and until < now):
            self.seconds[self.opening[1]] += until - self.since
        elif self.full and now > self.since:
            self.seconds["concurrent"] += now - self.since
        self.since = now

    def after(self, before: Mapping[str, float]) -> dict[str, float]:
        """Return the seconds of each limit since they were so many."""
        return {word: now - before.get(word, 0.0) for word, now in self.seconds.items()}

    def look(self, gate: Any, first: Any) -> None:
        """Note for what the first in the line has to wait from now on."""
        now = self.since
        self.opening = max(_openings(gate, first, now))
        self.full = gate.concurrent is not None and gate.active >= gate.concurrent


_TIMES: Final[WeakKeyDictionary[Any, GateTimes]] = WeakKeyDictionary()
"""The times of the gates that have been looked at."""


def times_of(gate: Any, place: Any = None) -> GateTimes:
    """Return what held a gate's line up until now, for a place that joins or leaves it."""
    times = _TIMES.setdefault(gate, GateTimes())
    times.advance(asyncio.get_running_loop().time())
    first = gate.first() or place
    if first is not None:
        times.look(gate, first)
    return times


def begun_tokens(gate: Any) -> int:
    """Return the tokens of all requests that have gone through a gate."""
    return times_of(gate).tokens


def watch_gates(gate_class: Any) -> None:
    """Have what the lines of gates are held up by noted from now on."""
    for name in _CHANGES:
        setattr(gate_class, name, _watched(getattr(gate_class, name)))


def _watched(change: Callable[..., Any]) -> Callable[..., Any]:
    def changed(gate: Any, *args: Any) -> None:
        place = args[0] if change.__name__ in ("start", "settle") else None
        before = getattr(place, "tokens", 0) if place and place.is_logged else 0
        times_of(gate)
        change(gate, *args)
        times = times_of(gate)
        if place is not None and place.is_logged and gate.tokens is not None:
            times.tokens += place.tokens - before

    return changed


def _openings(gate: Any, first: Any, now: float) -> Iterator[tuple[float, str]]:
    """Yield when each limit of a gate lets its first go, by the gate's own reckoning."""
    gate.forget(now)  # of the log, which the copies share
    for word, (attribute, _) in _OPENINGS.items():
        alone = copy.copy(gate)
        vars(alone).update(_OPENINGS.values())
        setattr(alone, attribute, getattr(gate, attribute))
        yield alone.slot(first, now), word
