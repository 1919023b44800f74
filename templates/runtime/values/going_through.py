"""What templates go through, item by item."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

__all__ = ["items_for"]

T = TypeVar("T")


def items_for(word: str, values: Iterable[T] | None) -> Iterable[T]:
    """Return values; raise `TypeError`, which names what goes through them, for others."""
    if isinstance(values, Iterable):
        return values
    found = "none" if values is None else type(values).__name__
    raise TypeError(f"`{word}` needs a list, but found {found}")
