"""What expressions read of entries beside their values."""

from __future__ import annotations

from typing import Final, Literal

from n3gen.names import LAST_ROUND

__all__ = ["COUNTS", "FactKind"]

FactKind = Literal["str", "bool", "record"]
"""What a fact about an entry is: a text, a truth, or the record of a step."""

COUNTS: Final = ("loop", LAST_ROUND)
"""What the rounds of a loop know of themselves: their number, and whether one is the last."""
