"""Smaller data that still shows the same."""

from __future__ import annotations

import copy
from collections.abc import Callable, Container, Iterator
from typing import Any

__all__ = ["shrunk"]


def shrunk(data: Any, shows: Callable[[Any], bool], kept: Container[str] = ()) -> Any:
    """Return what is left of data that `shows` something when each part was tried to go.

    The keys in `kept` are not tried.
    """
    at = 0
    while at < len(paths := [path for path in _paths(data) if path[-1] not in kept]):
        smaller = copy.deepcopy(data)
        _take_out(smaller, paths[at])
        if shows(smaller):
            data = smaller
        else:
            at += 1
    return data


def _paths(data: Any) -> Iterator[tuple[Any, ...]]:
    """Yield where every part of data stands, what holds others before them."""
    items = [*data.items()] if isinstance(data, dict) else [*enumerate(data)]
    for key, part in items:
        yield (key,)
        if isinstance(part, dict | list):
            for path in _paths(part):
                yield (key, *path)


def _take_out(data: Any, path: tuple[Any, ...]) -> None:
    """Delete a part."""
    for key in path[:-1]:
        data = data[key]
    del data[path[-1]]
