"""`finally`: the steps that run last."""

from __future__ import annotations

from collections.abc import Sequence

from n3gen.plan.bounds import BLOCK_BOUNDS, Bound
from n3gen.spec.model import Finally

__all__ = ["finally_"]


@BLOCK_BOUNDS.of(Finally)
def finally_(block: Finally, bodies: Sequence[Bound]) -> Bound:
    return bodies[0]
