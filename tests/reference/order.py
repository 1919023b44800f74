"""The rules of order, walked in the plainest way there is."""

from __future__ import annotations

from collections.abc import Collection

__all__ = ["Block", "batches", "closed", "required", "stretches"]

Block = tuple[list[bool], list[list[int]]]
"""Which entries are parallel, and which others each one needs."""


def closed(pairs: set[tuple[int, int]], size: int) -> set[tuple[int, int]]:
    """Return the relation with all that follows from it."""
    found = set(pairs)
    for middle in range(size):
        for first in range(size):
            for last in range(size):
                if (first, middle) in found and (middle, last) in found:
                    found.add((first, last))
    return found


def stretches(block: Block) -> list[list[int]]:
    """Return the entries in running order, neighbouring parallel ones together.

    Raises `ValueError` where entries wait for each other.
    """
    parallel, needs = block
    ready: list[list[int]] = []
    waiting: list[int] = []

    def is_met(index: int) -> bool:
        return all(any(need in row for row in ready) for need in needs[index])

    def put(index: int) -> None:
        if parallel[index] and ready and parallel[ready[-1][0]]:
            ready[-1].append(index)
        else:
            ready.append([index])

    def end_stretch() -> None:
        while moved := [index for index in sorted(waiting) if is_met(index)]:
            waiting.remove(moved[0])
            put(moved[0])

    for index in range(len(parallel)):
        if not is_met(index):
            waiting.append(index)
        elif parallel[index]:
            put(index)
            while joining := [i for i in sorted(waiting) if parallel[i] and is_met(i)]:
                waiting.remove(joining[0])
                put(joining[0])
        else:
            end_stretch()
            put(index)
            end_stretch()
    end_stretch()
    if waiting:
        raise ValueError("entries of a block wait for each other")
    return ready


def required(
    block: Block, loose: Collection[int] = frozenset()
) -> set[tuple[int, int]]:
    """Return all pairs of which the first must be done before the second starts.

    Those that are `loose` are in no pair, and nothing follows by way of them.
    """
    _, needs = block
    pairs = {(need, index) for index, found in enumerate(needs) for need in found}
    rows = stretches(block)
    for number, row in enumerate(rows):
        for later in rows[number + 1 :]:
            pairs |= {(first, last) for first in row for last in later}
    solid = {pair for pair in pairs if not {*pair} & {*loose}}
    return closed(solid, len(needs))


def batches(block: Block, reads: list[list[int]] | None = None) -> list[list[int]]:
    """Return the batches of a block: entries of a stretch by the longest way to them.

    `reads` are entries that each one waits for besides, wherever it stands.
    """
    _, needs = block
    found: list[list[int]] = []
    for row in stretches(block):
        levels: dict[int, int] = {}
        for index in row:
            before = [*needs[index], *(reads[index] if reads else ())]
            inner = [levels[need] for need in before if need in levels]
            levels[index] = max(inner, default=-1) + 1
        for level in range(max(levels.values()) + 1):
            found.append(sorted(index for index in row if levels[index] == level))
    return found
