"""`for`: no bound, as nobody knows the items."""

from __future__ import annotations

import math
from collections.abc import Sequence

from n3gen.plan.bounds import BLOCK_BOUNDS, Bound
from n3gen.spec.model import For

__all__ = ["for_"]


@BLOCK_BOUNDS.of(For)
def for_(block: For, bodies: Sequence[Bound]) -> Bound:
    ((seconds, calls),) = bodies
    return math.inf if seconds else 0.0, calls.times(0, None)
