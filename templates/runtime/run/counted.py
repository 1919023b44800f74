"""Loops whose rounds know where they stand among the others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

from .rounds import fixed_items
from .streams import END, Stream

__all__ = ["CountedStream", "counted", "counted_to_last"]

T = TypeVar("T")


def counted(items: Iterable[T] | None) -> Iterator[tuple[T, int]]:
    """Yield the items with their numbers."""
    for index, item in enumerate(fixed_items(items)):
        yield item, index


def counted_to_last(items: Iterable[T] | None) -> Iterator[tuple[T, int, bool]]:
    """Yield the items with their numbers and whether each is the last one.

    To know that, one more item than is yielded is always asked for.
    """
    held: list[T] = []
    index = 0
    for item in fixed_items(items):
        if held:
            yield held.pop(), index, False
            index += 1
        held.append(item)
    for item in held:
        yield item, index, True


class CountedStream(Stream):
    """A stream whose items come with their numbers."""

    index = -1

    async def next(self) -> Any:
        """Return the next item or batch with its number, or `END`."""
        item = await super().next()
        self.index += 1
        return END if item is END else (item, self.index)
