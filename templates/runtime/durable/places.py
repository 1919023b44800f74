"""The places of steps in a run: their paths, their lines, and which time it is."""

from __future__ import annotations

from collections.abc import Iterator

__all__ = ["callers_in", "storable", "times_of"]


def times_of(place: str) -> tuple[str, int]:
    """Return a place without the number of times that its step has begun, and that number."""
    path, _, line = place.rpartition(":")
    line, _, times = line.partition("#")
    return f"{path}:{line}", int(times or 1)


def callers_in(place: str) -> Iterator[str]:
    """Yield the paths in which a place is: of the steps that call its chain, and of rounds."""
    path = place.rpartition(":")[0]
    end = path.find(".")
    while end >= 0:
        yield path[:end]
        end = path.find(".", end + 1)


def storable(path: str) -> str:
    """Return a path as databases hold it: without NUL and halves of surrogate pairs.

    The keys of rounds may have them.
    """
    return path.replace("\0", "\\0").encode(errors="backslashreplace").decode()
