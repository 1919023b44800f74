"""`for`: no bound, as nobody knows the items, or how long a function takes to make them."""

from __future__ import annotations

import math
from collections.abc import Sequence

from n3gen.plan.bounds import BLOCK_BOUNDS, Bound
from n3gen.spec.model import For

__all__ = ["for_"]


@BLOCK_BOUNDS.of(For)
def for_(block: For, bodies: Sequence[Bound]) -> Bound:
    ((seconds, calls),) = bodies
    takes_time = seconds or block.comes_over_time
    return math.inf if takes_time else 0.0, calls.times(0, None)
