"""Where the items of a loop come from: data, functions that make them, and channels."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator
from typing import Any, Protocol

from tests.reference import callables
from tests.reference.model import Data

__all__ = ["END", "Channel", "Items", "Source", "Stream", "ends_of", "in_lists"]

END: Any = object()
"""What comes behind the last item."""


class Source(Protocol):
    """Gives items; `count` is how many there are, where that is known."""

    count: int | None

    async def next(self) -> Any:
        """Return the next item, or `END`."""

    async def close(self) -> None:
        """Free what it holds."""


class Items:
    """Items that are there."""

    def __init__(self, items: Iterable[Any]) -> None:
        found = [*items]
        self.count: int | None = len(found)
        self.items = iter(found)

    async def next(self) -> Any:
        return next(self.items, END)

    async def close(self) -> None: ...


class Stream:
    """What an async generator makes, when it is asked."""

    count: int | None = None

    def __init__(self, target: str, **arguments: Any) -> None:
        function: Callable[..., AsyncGenerator[Any, None]]
        function = getattr(callables, target.partition(":")[2])
        self.items = function(**arguments)

    async def next(self) -> Any:
        return await anext(self.items, END)

    async def close(self) -> None:
        await self.items.aclose()


class Channel:
    """A line of up to `size` items, as long as there are `ends` of those who send.

    Whoever sends one more waits for room, first come, first served.
    """

    count: int | None = None

    def __init__(self, size: int, ends: dict[str, int]) -> None:
        self.size, self.ends = size, ends
        self.items: list[Any] = []
        self.line: list[object] = []
        self.changed = asyncio.Event()

    def change(self) -> None:
        self.changed.set()
        self.changed = asyncio.Event()

    async def until(self, holds: Callable[[], bool]) -> None:
        while not holds():
            await self.changed.wait()

    async def put(self, item: Any) -> bool:
        """Add an item once there is room; false where nobody will take it."""
        place = object()
        self.line.append(place)
        try:
            await self.until(lambda: self.is_lost or self.has_room(place))
        finally:
            self.line.remove(place)
            self.change()
        if not self.is_lost:
            self.items.append(item)
            return True
        for _ in range(40):  # what has ended the loop may cancel who sends
            await asyncio.sleep(0)
        return False

    @property
    def is_lost(self) -> bool:
        return self.ends["read"] == 0

    def has_room(self, place: object) -> bool:
        return self.line[0] is place and len(self.items) < self.size

    async def next(self) -> Any:
        await self.until(lambda: bool(self.items) or self.ends["send"] == 0)
        item = self.items.pop(0) if self.items else END
        self.change()
        return item

    async def close(self) -> None: ...

    def end(self, kind: str) -> None:
        """Note that one that sends, or one that reads, has ended."""
        self.ends[kind] -= 1
        self.change()


async def in_lists(source: Source, size: int) -> Any:
    """Return the next items of a source, up to so many, or `END`."""
    found: list[Any] = []
    while len(found) < size and (item := await source.next()) is not END:
        found.append(item)
    return found or END


def ends_of(
    entry: Data, bodies_of: Callable[[Any], Iterable[list[Data]]]
) -> Iterator[tuple[str, str]]:
    """Yield the channels that an entry sends to, and those that it reads."""
    if "send" in entry:
        yield "send", entry["send"]
    if str(entry.get("in")).startswith("channel "):
        yield "read", entry["in"].removeprefix("channel ")
    for body in bodies_of(entry):
        for inner in body:
            yield from ends_of(inner, bodies_of)
