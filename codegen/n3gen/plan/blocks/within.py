"""`within`: its deadline, and then what `else` takes."""

from __future__ import annotations

from collections.abc import Sequence

from n3gen.plan.bounds import BLOCK_BOUNDS, Bound, Calls
from n3gen.spec.model import Within

__all__ = ["within"]


@BLOCK_BOUNDS.of(Within)
def within(block: Within, bodies: Sequence[Bound]) -> Bound:
    seconds, calls = bodies[0]
    later, spare = bodies[1] if block.otherwise is not None else (0.0, Calls())
    every = calls.plus(spare)
    # A body that is cut off may have asked nobody yet.
    return min(seconds, block.seconds) + later, Calls(
        min(calls.least, spare.least), every.most
    )
