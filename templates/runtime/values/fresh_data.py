"""Data of which each call of a function has its own lists and mappings."""

from __future__ import annotations

from typing import Any

__all__ = ["fresh"]


def fresh(value: Any) -> Any:
    """Return data whose lists and mappings are new; all else in it is what it was.

    What stands in several places, or in itself, is one copy there too, however deep.
    """
    copies: dict[int, Any] = {}
    unread: list[Any] = []

    def copy_of(part: Any) -> Any:
        if type(part) is not dict and type(part) is not list:
            return part
        if id(part) not in copies:
            copies[id(part)] = part.copy()
            unread.append(copies[id(part)])
        return copies[id(part)]

    found = copy_of(value)
    while unread:
        parts = unread.pop()
        for key in parts if type(parts) is dict else range(len(parts)):
            parts[key] = copy_of(parts[key])
    return found
