"""Data of which each call of a function has its own lists and mappings."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

__all__ = ["fresh"]

KEYS_OF: dict[Any, Callable[[Any], Iterable[Any]]] = {
    dict: list,
    list: lambda parts: range(len(parts)),
}
"""The types of what is copied, and what its parts stand at."""


def fresh(value: Any) -> Any:
    """Return data whose lists and mappings are new; all else in it is what it was.

    What stands in several places, or in itself, is one copy there too, however deep.
    """
    copies: dict[int, Any] = {}
    unread: list[Any] = []

    def copy_of(part: Any) -> Any:
        if type(part) not in KEYS_OF:
            return part
        if id(part) not in copies:
            copies[id(part)] = part.copy()
            unread.append(copies[id(part)])
        return copies[id(part)]

    found = copy_of(value)
    while unread:
        parts: Any = unread.pop()
        for key in KEYS_OF[type(parts)](parts):
            parts[key] = copy_of(parts[key])
    return found
