"""Classes of actors, which processes import by name."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import AsyncGenerator, Iterator
from typing import Any

__all__ = ["CLOSED", "Counter", "Loud", "Refusing", "made"]

CLOSED: list[int] = []
"""What counters have come to that were closed in this process."""


class Unpicklable(Exception):
    def __init__(self, one: object, two: object) -> None:
        super().__init__("no way back")


class Counter:
    """Counts, by whatever kind of method."""

    def __init__(self, start: int = 0) -> None:
        self.number = start

    def add(self, by: int = 1) -> int:
        self.number += by
        return self.number

    async def add_slowly(self, by: int = 1, seconds: float = 1) -> int:
        before = self.number
        await asyncio.sleep(seconds)
        self.number = before + by
        return self.number

    def block(self, until: threading.Event) -> int:
        until.wait(20)
        return self.add()

    def down(self) -> Iterator[int]:
        yield from range(self.number, 0, -1)

    async def up(self) -> AsyncGenerator[int, None]:
        for number in range(self.number):
            yield number

    def pairs(self) -> Iterator[Any]:
        return zip((0, 1), "ab", strict=True)

    async def pairs_later(self) -> Iterator[Any]:
        return self.pairs()

    def get(self) -> int:
        return self.number

    def where(self) -> list[Any]:
        return [os.getpid(), threading.current_thread().name]

    def loop(self) -> int:
        return id(self)

    def fail(self, why: str = "no") -> None:
        self.number += 100
        raise ValueError(why)

    def fail_badly(self) -> None:
        raise Unpicklable(1, 2)

    def leave(self) -> None:
        raise SystemExit(7)

    async def stray(self) -> None:
        raise asyncio.CancelledError

    def stop(self) -> None:
        raise StopIteration(1)

    def give_lock(self) -> Any:
        return threading.Lock()

    def die(self) -> None:
        os._exit(3)

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)

    async def forever(self) -> None:
        await asyncio.Event().wait()

    def close(self) -> None:
        CLOSED.append(self.number)


class Refusing:
    """Is made only at the third time, and refuses to be closed."""

    tries = 0

    def __init__(self) -> None:
        Refusing.tries += 1
        if Refusing.tries < 3:
            raise ConnectionError("not yet")

    def get(self) -> str:
        return "made"

    async def aclose(self) -> None:
        raise OSError("disk full")


async def made(start: int) -> Counter:
    """Make a counter as a coroutine."""
    await asyncio.sleep(0)
    return Counter(start * 2)


class Loud:
    """A counter that says what it has come to."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.number = 0

    def add(self) -> int:
        self.number += 1
        return self.number

    def close(self) -> None:
        print("closed", self.name, self.number, flush=True)
