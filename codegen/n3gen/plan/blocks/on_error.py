"""`on_error`: the steps that run instead."""

from __future__ import annotations

from collections.abc import Sequence

from n3gen.plan.bounds import BLOCK_BOUNDS, Bound, BoundBody
from n3gen.plan.expected import BLOCK_EXPECTED, Expected, ExpectedBody, Given
from n3gen.spec.model import OnError

__all__ = ["expected_on_error", "on_error"]


@BLOCK_BOUNDS.of(OnError)
def on_error(block: OnError, bodies: Sequence[BoundBody]) -> Bound:
    return bodies[0].whole


@BLOCK_EXPECTED.of(OnError)
def expected_on_error(
    block: OnError, name: str, bodies: Sequence[ExpectedBody], given: Given
) -> Expected:
    """The steps of its body."""
    return bodies[0].whole
