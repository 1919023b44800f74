"""What templates go through, item by item."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .lookups import is_iterable

__all__ = ["items_for"]


def items_for(word: str, values: object) -> Iterable[Any]:
    """Return values; raise `TypeError`, which names what goes through them, for others."""
    if is_iterable(values):
        return values
    found = "none" if values is None else type(values).__name__
    raise TypeError(f"`{word}` needs a list, but found {found}")
