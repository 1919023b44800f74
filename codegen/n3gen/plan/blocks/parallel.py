"""`parallel`: its body, whose longest way through is that of its longest member."""

from __future__ import annotations

from collections.abc import Sequence

from n3gen.plan.bounds import BLOCK_BOUNDS, Bound, BoundBody
from n3gen.plan.expected import BLOCK_EXPECTED, Expected, ExpectedBody, Given
from n3gen.spec.model import Parallel

__all__ = ["expected_parallel", "parallel"]


@BLOCK_BOUNDS.of(Parallel)
def parallel(block: Parallel, bodies: Sequence[BoundBody]) -> Bound:
    return bodies[0].whole


@BLOCK_EXPECTED.of(Parallel)
def expected_parallel(
    block: Parallel, name: str, bodies: Sequence[ExpectedBody], given: Given
) -> Expected:
    """Its members, beside each other."""
    return bodies[0].whole
