"""How deep runs are in chains that call themselves."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from n3gen.spec.model import Chain

__all__ = ["Around", "deeper", "inside"]

_FRAMES = 200
"""Python frames that the walk of one chain may take, with blocks inside of each other."""

Around = tuple[tuple[str, int], ...]
"""The chains with a `max_depth` that runs are in, and how many of each."""


def deeper(around: Around, chain: Chain, most: int | None = None) -> Around | None:
    """Return what is around the steps of a further run; `None` where that is too deep.

    With `most` no chain has more runs inside of each other, whatever it says.
    """
    if chain.max_depth is None:
        return around
    depth = dict(around).get(chain.name, 0)
    if depth >= (chain.max_depth if most is None else most):
        return None
    return tuple(sorted({**dict(around), chain.name: depth + 1}.items()))


@contextmanager
def inside(around: Around) -> Iterator[Around]:
    """Walk the steps of a run inside of others, however many those are.

    Each has room of its own on Python's stack.
    """
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(limit + _FRAMES)
    try:
        yield around
    finally:
        sys.setrecursionlimit(limit)
