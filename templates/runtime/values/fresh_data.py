"""Data of which each call of a function has its own lists and mappings."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

__all__ = ["fresh"]


def fresh(value: Any) -> Any:
    """Return data whose lists and mappings are new; all else in it is what it was.

    What stands in several places, or in itself, is one copy there too, however deep.
    """
    copies: dict[int, Any] = {}
    unread: list[tuple[Any, Iterable[Any]]] = []

    def copy_of(part: Any) -> Any:
        kind: object = type(part)
        if kind is not dict and kind is not list:
            return part
        if id(part) not in copies:
            copies[id(part)] = part.copy()
            keys = part if kind is dict else range(len(part))
            unread.append((copies[id(part)], keys))
        return copies[id(part)]

    found = copy_of(value)
    while unread:
        parts, keys = unread.pop()
        for key in keys:
            parts[key] = copy_of(parts[key])
    return found
