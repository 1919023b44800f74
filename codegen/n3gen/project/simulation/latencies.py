"""How long a call takes: a constant, a distribution, or what was measured."""

from __future__ import annotations

import math
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Final

from n3gen.spec.values import Fault, seconds_said

__all__ = [
    "Constant",
    "Exponential",
    "Latency",
    "Lognormal",
    "Measured",
    "Uniform",
    "parse_latency",
]

_NORMAL: Final = NormalDist()
_AT_95: Final = _NORMAL.inv_cdf(0.95)
_LEAST: Final = 2.0**-53
_FORMS: Final = (
    "a latency is a duration (`2s`), a range (`200ms..400ms`), a median with a 95th "
    "percentile (`300ms p95 900ms`), or a mean (`exponential 300ms`)"
)


class Latency(ABC):
    """A distribution of seconds."""

    @abstractmethod
    def at(self, share: float) -> float:
        """Return the seconds that a share of all calls stays below, from 0 up to 1."""

    @property
    @abstractmethod
    def words(self) -> str:
        """The distribution as a report says it."""


@dataclass(frozen=True, slots=True)
class Constant(Latency):
    """Every call takes the same time."""

    value: float

    def at(self, share: float) -> float:
        return self.value

    @property
    def words(self) -> str:
        return _text(self.value)


@dataclass(frozen=True, slots=True)
class Uniform(Latency):
    """Any time between two is as likely as another."""

    low: float
    high: float

    def at(self, share: float) -> float:
        return self.low + share * (self.high - self.low)

    @property
    def words(self) -> str:
        return f"{_text(self.low)}..{_text(self.high)}"


@dataclass(frozen=True, slots=True)
class Exponential(Latency):
    """Times without a memory, of which the mean is known."""

    mean: float

    def at(self, share: float) -> float:
        return -self.mean * math.log1p(-share)

    @property
    def words(self) -> str:
        return f"exponential {_text(self.mean)}"


@dataclass(frozen=True, slots=True)
class Lognormal(Latency):
    """Mostly short times with a long tail, as servers have them."""

    median: float
    p95: float

    def at(self, share: float) -> float:
        spread = math.log(self.p95 / self.median) / _AT_95
        return self.median * math.exp(spread * _NORMAL.inv_cdf(max(share, _LEAST)))

    @property
    def words(self) -> str:
        return f"{_text(self.median)} p95 {_text(self.p95)}"


@dataclass(frozen=True, slots=True)
class Measured(Latency):
    """Times that were measured, in ascending order."""

    samples: tuple[float, ...]

    def at(self, share: float) -> float:
        return self.samples[int(share * len(self.samples))]

    @property
    def words(self) -> str:
        count = len(self.samples)
        calls = f"{count:,} call" + "s" * (count != 1)
        return f"{calls} measured, median {_text(self.samples[count // 2])}"


def parse_latency(text: str) -> Latency:
    """Return the distribution that a text spells; raise `Fault`."""
    for pattern, form in _SPELLED.items():
        if found := pattern.fullmatch(text.strip()):
            return form([seconds_said(part, zero=True) for part in found.groups()])
    raise Fault(f"`{text}` is no latency", _FORMS)


def _range(parts: Sequence[float]) -> Latency:
    low, high = parts
    if low > high:
        raise Fault(
            f"the range begins with the greater time, {_text(low)}",
            f"write `{_text(high)}..{_text(low)}`",
        )
    return Uniform(low, high)


def _median(parts: Sequence[float]) -> Latency:
    median, p95 = parts
    if not 0 < median <= p95:
        raise Fault(
            "the 95th percentile is below the median, or the median is 0",
            "write the median first: `300ms p95 900ms`",
        )
    return Constant(median) if median == p95 else Lognormal(median, p95)


_SPELLED: Final[Mapping[re.Pattern[str], Callable[[Sequence[float]], Latency]]] = {
    re.compile(r"exponential\s+(.+)"): lambda parts: Exponential(*parts),
    re.compile(r"(.+?)\s+p95\s+(.+)"): _median,
    re.compile(r"(.+?)\s*\.\.\s*(.+)"): _range,
    re.compile(r"(\d.*)"): lambda parts: Constant(*parts),
}


def _text(value: float) -> str:
    """A duration as a spec writes it."""
    if value < 1:
        return f"{value * 1000:.3g}ms" if value else "0s"
    return f"{value:.4g}s"
