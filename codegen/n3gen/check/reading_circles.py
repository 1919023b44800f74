"""Entries of a block that read each other, so that no order lets all of them run."""

from __future__ import annotations

from collections.abc import Sequence

from n3gen.check.dependencies import circle_fault
from n3gen.diagnostics import Diagnostic
from n3gen.semantics.needs import needs_of
from n3gen.semantics.tree import Block
from n3gen.semantics.walk import Places

__all__ = ["ReadingCircles"]


class ReadingCircles:
    """The circles of one chain that have been met, each of which is reported once."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._needs: dict[Block, list[tuple[int, ...]]] = {}
        self._found: dict[Block, list[frozenset[int]]] = {}

    def faults(self, block: Block, reader: int, read: int) -> list[Diagnostic] | None:
        """What is wrong where `reader` reads `read`, which needs it in turn.

        Nothing where that circle is reported; none where there is no circle.
        """
        if block not in self._needs:
            owner = None if block.parent is None else block.parent.entry
            drawn = needs_of(block.entries, "dag", owner)
            self._needs[block] = [need.needs for need in drawn]
        way = _way(self._needs[block], read, reader)
        if way is None:
            return None
        known = self._found.setdefault(block, [])
        if any({reader, read} <= circle for circle in known):
            return []
        known.append(frozenset(way))
        first = way.index(min(way))
        circle = way[first:] + way[:first]
        return [circle_fault(block, circle, self._places)]


def _way(needs: Sequence[Sequence[int]], start: int, end: int) -> list[int] | None:
    """The shortest way from one entry to another along what each of them needs."""
    before: dict[int, int] = {start: start}
    waiting = [start]
    for at in waiting:
        if at == end:
            break
        for needed in needs[at]:
            if needed not in before:
                before[needed] = at
                waiting.append(needed)
    if end not in before:
        return None
    way = [end]
    while way[-1] != start:
        way.append(before[way[-1]])
    return way[::-1]
