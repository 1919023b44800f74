"""`on_error`: the steps that run instead."""

from __future__ import annotations

from collections.abc import Sequence

from n3gen.plan.bounds import BLOCK_BOUNDS, Bound
from n3gen.spec.model import OnError

__all__ = ["on_error"]


@BLOCK_BOUNDS.of(OnError)
def on_error(block: OnError, bodies: Sequence[Bound]) -> Bound:
    return bodies[0]
