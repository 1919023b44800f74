"""When runs begin: all together, at a pace, at random, or as others end."""

from __future__ import annotations

import asyncio
import random
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass
from typing import Any, Final

from n3gen.spec.values import Fault, seconds

__all__ = ["Arrivals", "parse_arrivals"]

Begin = Callable[[int], Coroutine[Any, Any, None]]
"""Runs the chain once, as the run of that number."""

_AT_ONCE: Final = re.compile(r"(\d{1,9})\s+at\s+once")
_EVERY: Final = re.compile(r"every\s+(\S.*)")
_POISSON: Final = re.compile(r"poisson\s+(\d+(?:\.\d+)?)\s*/\s*(s|m|h)")
_SECONDS: Final = {"s": 1.0, "m": 60.0, "h": 3600.0}
_FORMS: Final = "write `all`, `10 at once`, `every 50ms` or `poisson 20/s`"


class Arrivals(ABC):
    """When runs begin; `words` are those of the command line."""

    words: str

    @abstractmethod
    async def drive(self, runs: int, begin: Begin, seed: int) -> None:
        """Begin so many runs, and await them all; the first error ends them."""


@dataclass(frozen=True, slots=True)
class AtOnce(Arrivals):
    """So many runs are under way; where one has ended, the next begins."""

    words: str
    count: int

    async def drive(self, runs: int, begin: Begin, seed: int) -> None:
        numbers = iter(range(runs))

        async def work() -> None:
            for number in numbers:
                await begin(number)

        async with asyncio.TaskGroup() as tasks:
            for _ in range(min(self.count, runs)):
                tasks.create_task(work())


class Timed(Arrivals):
    """Runs begin at times that do not depend on how long others take."""

    @abstractmethod
    def gaps(self, seed: int) -> Iterator[float]:
        """Yield the seconds between two runs, without an end."""

    async def drive(self, runs: int, begin: Begin, seed: int) -> None:
        loop = asyncio.get_running_loop()
        at = loop.time()
        gaps = self.gaps(seed)
        async with asyncio.TaskGroup() as tasks:
            for number in range(runs):
                if at > loop.time():
                    await asyncio.sleep(at - loop.time())
                tasks.create_task(begin(number))
                at += next(gaps)


@dataclass(frozen=True, slots=True)
class Every(Timed):
    """A run begins each time so many seconds have passed; without any, all do at once."""

    words: str
    seconds: float

    def gaps(self, seed: int) -> Iterator[float]:
        while True:
            yield self.seconds


@dataclass(frozen=True, slots=True)
class Poisson(Timed):
    """Runs begin at random, so many a second in the mean."""

    words: str
    rate: float

    def gaps(self, seed: int) -> Iterator[float]:
        numbers = random.Random(f"arrivals {seed}")
        while True:
            yield numbers.expovariate(self.rate)


def parse_arrivals(text: str) -> Arrivals:
    """Return the arrivals that a text spells; raise `Fault`."""
    text = " ".join(text.split())
    if text == "all":
        return Every(text, 0.0)
    if (found := _AT_ONCE.fullmatch(text)) and int(found[1]):
        return AtOnce(text, int(found[1]))
    if found := _EVERY.fullmatch(text):
        return Every(text, seconds(found[1]))
    if (found := _POISSON.fullmatch(text)) and float(found[1]):
        return Poisson(text, float(found[1]) / _SECONDS[found[2]])
    raise Fault(f"`{text}` does not say when runs begin", _FORMS)
