"""`stage`: its step, once or for each item of the stage before."""

from __future__ import annotations

import math
from collections.abc import Sequence

from n3gen.plan.bounds import BLOCK_BOUNDS, Bound, BoundBody
from n3gen.plan.expected import BLOCK_EXPECTED, Expected, ExpectedBody, Given
from n3gen.plan.ways import BLOCK_WAYS, Scale, Way, WayBody
from n3gen.spec.model import Stage

__all__ = ["expected_stage", "stage", "stage_way"]


@BLOCK_BOUNDS.of(Stage)
def stage(block: Stage, bodies: Sequence[BoundBody]) -> Bound:
    seconds, calls = bodies[0].whole
    if not block.per_item:
        return seconds, calls
    return math.inf if seconds else 0.0, calls.times(0, None)


@BLOCK_EXPECTED.of(Stage)
def expected_stage(
    block: Stage, name: str, bodies: Sequence[ExpectedBody], given: Given
) -> Expected:
    """Its step, once or for each item of the stage before."""
    if not block.per_item:
        return bodies[0].whole
    return bodies[0].whole.times(*_rounds(block, name, given))


@BLOCK_WAYS.of(Stage)
def stage_way(block: Stage, name: str, bodies: Sequence[WayBody], scale: Scale) -> Way:
    """Its step once, or as often as is given."""
    found = bodies[0].whole
    if scale.given is None or not block.per_item:
        return found
    return found.times(*_rounds(block, name, scale.given))


def _rounds(block: Stage, name: str, given: Given) -> tuple[int, int]:
    """How many items there are, and how many of them it handles at once."""
    at_once = given.at_once if block.workers == "max" else block.workers
    return given.rounds(name), max(at_once, 1)
