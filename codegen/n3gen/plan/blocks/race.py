"""`race`: its slowest contender, after those before it had their head start."""

from __future__ import annotations

from collections.abc import Sequence

from n3gen.plan.bounds import BLOCK_BOUNDS, Bound, Calls
from n3gen.spec.model import Race

__all__ = ["race"]


@BLOCK_BOUNDS.of(Race)
def race(block: Race, bodies: Sequence[Bound]) -> Bound:
    ((seconds, calls),) = bodies
    waits = (block.stagger or 0.0) * (len(block.contenders) - 1)
    # A loser may be cancelled before it has asked anybody.
    return seconds + waits, Calls(0, calls.most)
