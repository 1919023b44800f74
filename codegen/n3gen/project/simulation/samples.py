"""Figures of many values in bounded memory."""

from __future__ import annotations

import math
import random
from array import array
from collections.abc import Sequence
from typing import Final

__all__ = ["Sample"]

_KEPT: Final = 1_000_000
_FRESH: Final = 10_000


class Sample:
    """Values, of which the count, the sum and the greatest are exact.

    Percentiles are exact up to a million values, and from then on those of a million
    that are drawn from all of them.
    """

    __slots__ = ("_count", "_fresh", "_greatest", "_random", "_total", "_values", "add")

    def __init__(self) -> None:
        self._count = 0
        self._total = 0.0
        self._greatest = 0.0
        self._values = array("d")
        self._fresh: list[float] = []
        self._random = random.Random(0)
        self.add = self._fresh.append

    def settle(self) -> None:
        """Take in the values that were added, where they are many."""
        if len(self._fresh) >= _FRESH:
            self._fold()

    def _fold(self) -> None:
        for value in self._fresh:
            self._count += 1
            if self._count <= _KEPT:
                self._values.append(value)
            elif (place := self._random.randrange(self._count)) < _KEPT:
                self._values[place] = value
        if self._fresh:
            self._total += sum(self._fresh)
            self._greatest = max(self._greatest, *self._fresh)
            self._fresh.clear()

    @property
    def count(self) -> int:
        """How many values there are."""
        self._fold()
        return self._count

    @property
    def total(self) -> float:
        """Their sum."""
        self._fold()
        return self._total

    @property
    def greatest(self) -> float:
        """The greatest of them; 0 where there is none."""
        self._fold()
        return self._greatest

    @property
    def mean(self) -> float:
        """The mean; 0 where there is no value."""
        return self.total / self.count if self.count else 0.0

    def percentiles(self, shares: Sequence[float]) -> list[float]:
        """Return for each share the least value that so many of all do not exceed."""
        self._fold()
        values = sorted(self._values)
        if not values:
            return [0.0] * len(shares)
        # A product such as 0.95 * 20 is a hair above the whole number that is meant.
        places = [max(math.ceil(share * len(values) - 1e-9), 1) for share in shares]
        return [values[place - 1] for place in places]
