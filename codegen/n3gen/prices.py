"""What a model's tokens cost, as configured."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["Price"]


class Price(NamedTuple):
    """What a million tokens cost; `cached` is for those of the input that were cached."""

    input: float
    output: float = 0.0
    cached: float | None = None
