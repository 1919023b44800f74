"""`stage`: its step, once or for each item of the stage before."""

from __future__ import annotations

import math
from collections.abc import Sequence

from n3gen.plan.bounds import BLOCK_BOUNDS, Bound
from n3gen.spec.model import Stage

__all__ = ["stage"]


@BLOCK_BOUNDS.of(Stage)
def stage(block: Stage, bodies: Sequence[Bound]) -> Bound:
    ((seconds, calls),) = bodies
    if not block.per_item:
        return seconds, calls
    return math.inf if seconds else 0.0, calls.times(0, None)
