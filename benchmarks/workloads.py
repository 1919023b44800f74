"""What is measured: sizes, steps, and a random graph of steps."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

__all__ = [
    "CAP",
    "FAN_OUT",
    "SEQUENCE",
    "Counter",
    "Graph",
    "Run",
    "StepFunction",
    "never_yields",
    "random_graph",
    "yields_once",
]

StepFunction = Callable[[Any], Awaitable[Any]]
"""What every step does; its argument is ignored, but in `dag`: seconds to sleep."""

Run = Callable[[], Awaitable[Any]]
"""One run of a prepared workload."""

SEQUENCE = 1000
FAN_OUT = 1000
CAP = 50


async def yields_once(_: Any) -> int:
    """A call that waits for nothing but gives way once, as the quickest real one does."""
    await asyncio.sleep(0)
    return 1


async def never_yields(_: Any) -> int:
    """A call that never gives way: all that is left is the cost of calling it."""
    return 1


class Counter:
    """A step that counts its calls and how many run at once."""

    def __init__(self, seconds: float = 0.0) -> None:
        self.seconds = seconds
        self.calls = 0
        self.running = 0
        self.peak = 0

    async def __call__(self, given: Any) -> int:
        self.calls += 1
        self.running += 1
        self.peak = max(self.peak, self.running)
        await asyncio.sleep(given if isinstance(given, float) else self.seconds)
        self.running -= 1
        return 1


@dataclass(frozen=True)
class Graph:
    """Steps by number: how long each takes, in seconds, and the one it needs, if any."""

    seconds: tuple[float, ...]
    needs: tuple[int | None, ...]

    @cached_property
    def followers(self) -> tuple[tuple[int, ...], ...]:
        """By step, those that need it."""
        found: list[list[int]] = [[] for _ in self.seconds]
        for step, needed in enumerate(self.needs):
            if needed is not None:
                found[needed].append(step)
        return tuple(map(tuple, found))

    @cached_property
    def critical_path(self) -> float:
        """The seconds that no schedule can do without."""
        ends: list[float] = []
        for seconds, needed in zip(self.seconds, self.needs, strict=True):
            ends.append(seconds + (0.0 if needed is None else ends[needed]))
        return max(ends)


def random_graph(layers: int = 10, width: int = 20, seed: int = 3) -> Graph:
    """Layers of steps of 5 to 50 ms; each step needs one of the layer before."""
    random_ = random.Random(seed)
    needs: list[int | None] = []
    for layer in range(layers):
        for _ in range(width):
            before = random_.randrange(max(layer - 1, 0) * width, max(layer, 1) * width)
            needs.append(before if layer else None)
    seconds = tuple(random_.randint(5, 50) / 1000 for _ in needs)
    return Graph(seconds, tuple(needs))
