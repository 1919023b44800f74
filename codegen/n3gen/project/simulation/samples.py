"""Figures of many values in bounded memory."""

from __future__ import annotations

import math
import random
from array import array
from typing import Final

__all__ = ["Sample"]

_KEPT: Final = 1_000_000


class Sample:
    """Values, of which the count, the sum and the greatest are exact.

    Percentiles are exact up to a million values, and from then on those of a million
    that are drawn from all of them.
    """

    __slots__ = ("_random", "_sorted", "count", "greatest", "total", "values")

    def __init__(self) -> None:
        self.count = 0
        self.total = 0.0
        self.greatest = 0.0
        self.values = array("d")
        self._sorted = False
        self._random = random.Random(0)

    def add(self, value: float) -> None:
        """Add a value."""
        self.count += 1
        self.total += value
        if value > self.greatest:
            self.greatest = value
        if self.count <= _KEPT:
            self.values.append(value)
        elif (place := self._random.randrange(self.count)) < _KEPT:
            self.values[place] = value
        self._sorted = False

    @property
    def mean(self) -> float:
        """The mean; 0 where there is no value."""
        return self.total / self.count if self.count else 0.0

    def percentile(self, share: float) -> float:
        """Return the least value that a share of all do not exceed."""
        if not self.values:
            return 0.0
        if not self._sorted:
            self.values = array("d", sorted(self.values))
            self._sorted = True
        # A product such as 0.95 * 20 is a hair above the whole number that is meant.
        place = math.ceil(share * len(self.values) - 1e-9)
        return self.values[max(place, 1) - 1]
