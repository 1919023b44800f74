"""`while`: all rounds that there may be."""

from __future__ import annotations

from collections.abc import Sequence

from n3gen.expressions import parse_expression
from n3gen.plan.bounds import BLOCK_BOUNDS, Bound, BoundBody
from n3gen.plan.expected import BLOCK_EXPECTED, Expected, ExpectedBody, Given
from n3gen.spec.entries import known_after
from n3gen.spec.model import While

__all__ = ["expected_while", "while_"]


@BLOCK_BOUNDS.of(While)
def while_(block: While, bodies: Sequence[BoundBody]) -> Bound:
    seconds, calls = bodies[0].whole
    read = {found.name for found in parse_expression(block.condition).references}
    # A condition that reads its own body is asked once the first round has run.
    least = 1 if read & known_after(block.steps).keys() else 0
    return seconds * block.max, calls.times(least, block.max)


@BLOCK_EXPECTED.of(While)
def expected_while(
    block: While, name: str, bodies: Sequence[ExpectedBody], given: Given
) -> Expected:
    """One round; at worst all."""
    return bodies[0].whole.times(block.max if given.at_worst else 1)
