"""`if`: the longest branch; the calls of one of them."""

from __future__ import annotations

from collections.abc import Sequence

from n3gen.plan.bounds import BLOCK_BOUNDS, Bound, BoundBody, Calls, either
from n3gen.plan.expected import BLOCK_EXPECTED, Expected, ExpectedBody, Given, one_of
from n3gen.spec.model import If

__all__ = ["expected_if", "if_"]


@BLOCK_BOUNDS.of(If)
def if_(block: If, bodies: Sequence[BoundBody]) -> Bound:
    calls = [body.whole[1] for body in bodies]
    if block.otherwise is None:
        calls.append(Calls())
    return max(body.whole[0] for body in bodies), either(calls)


@BLOCK_EXPECTED.of(If)
def expected_if(
    block: If, name: str, bodies: Sequence[ExpectedBody], given: Given
) -> Expected:
    """The dearest branch, in the time of the longest."""
    return one_of((body.whole for body in bodies), given)
