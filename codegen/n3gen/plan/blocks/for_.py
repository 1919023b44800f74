"""`for`: a bound where its items are written out; of others nobody knows how many."""

from __future__ import annotations

import math
from collections.abc import Sequence

from n3gen.plan.bounds import BLOCK_BOUNDS, Bound, BoundBody
from n3gen.plan.expected import BLOCK_EXPECTED, Expected, ExpectedBody, Given
from n3gen.plan.loop_sizes import known_items
from n3gen.plan.ways import BLOCK_WAYS, Scale, Way, WayBody
from n3gen.spec.model import For

__all__ = ["expected_for", "for_", "for_way"]


@BLOCK_BOUNDS.of(For)
def for_(block: For, bodies: Sequence[BoundBody]) -> Bound:
    seconds, calls = bodies[0].whole
    items = known_items(block.items)
    if items is not None:
        rounds = -(-items // (block.batch or 1))
        return seconds * rounds if rounds else 0.0, calls.times(
            0 if block.until else rounds, rounds
        )
    takes_time = seconds or block.comes_over_time
    return math.inf if takes_time else 0.0, calls.times(0, None)


@BLOCK_EXPECTED.of(For)
def expected_for(
    block: For, name: str, bodies: Sequence[ExpectedBody], given: Given
) -> Expected:
    """A round for each item that is given, or that the block lists itself."""
    return bodies[0].whole.times(*_rounds(block, name, given))


@BLOCK_WAYS.of(For)
def for_way(block: For, name: str, bodies: Sequence[WayBody], scale: Scale) -> Way:
    """One round, or those that are given."""
    found = bodies[0].whole
    if scale.given is None:
        return found
    return found.times(*_rounds(block, name, scale.given))


def _rounds(block: For, name: str, given: Given) -> tuple[int, int]:
    """How many rounds there are, and how many of them run at once."""
    known = None if name in given.items else known_items(block.items)
    number = given.rounds(name) if known is None else known
    at_once = given.at_once if block.workers == "max" else block.workers or 1
    return -(-number // (block.batch or 1)), max(at_once, 1)
