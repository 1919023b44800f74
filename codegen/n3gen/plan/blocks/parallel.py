"""`parallel`: its body, whose longest way through is that of its longest member."""

from __future__ import annotations

from collections.abc import Sequence

from n3gen.plan.bounds import BLOCK_BOUNDS, Bound
from n3gen.spec.model import Parallel

__all__ = ["parallel"]


@BLOCK_BOUNDS.of(Parallel)
def parallel(block: Parallel, bodies: Sequence[Bound]) -> Bound:
    return bodies[0]
