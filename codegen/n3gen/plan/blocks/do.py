"""`do`: its body."""

from __future__ import annotations

from collections.abc import Sequence

from n3gen.plan.bounds import BLOCK_BOUNDS, Bound
from n3gen.spec.model import Do

__all__ = ["do"]


@BLOCK_BOUNDS.of(Do)
def do(block: Do, bodies: Sequence[Bound]) -> Bound:
    return bodies[0]
