"""`for`: no bound, as nobody knows the items, or how long a function takes to make them."""

from __future__ import annotations

import math
from collections.abc import Sequence

from n3gen.plan.bounds import BLOCK_BOUNDS, Bound, BoundBody
from n3gen.plan.expected import BLOCK_EXPECTED, Expected, ExpectedBody, Given
from n3gen.spec.model import For

__all__ = ["expected_for", "for_"]


@BLOCK_BOUNDS.of(For)
def for_(block: For, bodies: Sequence[BoundBody]) -> Bound:
    seconds, calls = bodies[0].whole
    takes_time = seconds or block.comes_over_time
    return math.inf if takes_time else 0.0, calls.times(0, None)


@BLOCK_EXPECTED.of(For)
def expected_for(
    block: For, name: str, bodies: Sequence[ExpectedBody], given: Given
) -> Expected:
    """A round for each item that is given."""
    items = -(-given.rounds(name) // (block.batch or 1))
    at_once = given.at_once if block.workers == "max" else block.workers or 1
    return bodies[0].whole.times(items, at_once)
