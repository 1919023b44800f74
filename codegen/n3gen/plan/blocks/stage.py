"""`stage`: its step, once or for each item of the stage before."""

from __future__ import annotations

import math
from collections.abc import Sequence

from n3gen.plan.bounds import BLOCK_BOUNDS, Bound, BoundBody
from n3gen.plan.expected import BLOCK_EXPECTED, Expected, ExpectedBody, Given
from n3gen.spec.model import Stage

__all__ = ["expected_stage", "stage"]


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
    at_once = given.at_once if block.workers == "max" else block.workers
    return bodies[0].whole.times(given.rounds(name), at_once)
