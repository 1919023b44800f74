"""Random numbers that do not depend on the order in which they are asked for.

A number belongs to a run, a call and a purpose. So every configuration of a sweep, and
every order in which calls happen to start, has the same latencies and failures.
"""

from __future__ import annotations

from zlib import crc32

__all__ = ["Draws", "stream_of"]

_MASK = 2**64 - 1
_STEP = 0x9E3779B97F4A7C15
_RUN = 0xD1342543DE82EF95
_CALL = 0xDA942042E4DD58B5


class Draws:
    """The numbers of a call, from 0 up to 1, each by its place; SplitMix64."""

    __slots__ = ("start",)

    def __init__(self, stream: int, run: int, call: int) -> None:
        self.start = stream + run * _RUN + call * _CALL

    def at(self, place: int) -> float:
        """Return the number at a place, from 1."""
        state = (self.start + place * _STEP) & _MASK
        state = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        state = ((state ^ (state >> 27)) * 0x94D049BB133111EB) & _MASK
        return ((state ^ (state >> 31)) >> 11) * 2.0**-53


def stream_of(seed: int, name: str) -> int:
    """Return the stream of numbers of a name."""
    return (seed * _STEP + crc32(name.encode()) * _CALL) & _MASK
