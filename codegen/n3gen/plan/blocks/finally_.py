"""`finally`: the steps that run last."""

from __future__ import annotations

from collections.abc import Sequence

from n3gen.plan.bounds import BLOCK_BOUNDS, Bound, BoundBody
from n3gen.plan.expected import BLOCK_EXPECTED, Expected, ExpectedBody, Given
from n3gen.spec.model import Finally

__all__ = ["expected_finally", "finally_"]


@BLOCK_BOUNDS.of(Finally)
def finally_(block: Finally, bodies: Sequence[BoundBody]) -> Bound:
    return bodies[0].whole


@BLOCK_EXPECTED.of(Finally)
def expected_finally(
    block: Finally, name: str, bodies: Sequence[ExpectedBody], given: Given
) -> Expected:
    """The steps of its body."""
    return bodies[0].whole
