"""`do`: its body."""

from __future__ import annotations

from collections.abc import Sequence

from n3gen.plan.bounds import BLOCK_BOUNDS, Bound, BoundBody
from n3gen.plan.expected import BLOCK_EXPECTED, Expected, ExpectedBody, Given
from n3gen.spec.model import Do

__all__ = ["do", "expected_do"]


@BLOCK_BOUNDS.of(Do)
def do(block: Do, bodies: Sequence[BoundBody]) -> Bound:
    return bodies[0].whole


@BLOCK_EXPECTED.of(Do)
def expected_do(
    block: Do, name: str, bodies: Sequence[ExpectedBody], given: Given
) -> Expected:
    """The steps of its body."""
    return bodies[0].whole
