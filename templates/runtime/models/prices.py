"""What the tokens of models cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .models import TokenUsage

__all__ = ["ModelPrice", "Prices"]


@dataclass(frozen=True)
class ModelPrice:
    """The cost of a million tokens; `cached` is for those of the input that were cached."""

    input: float
    output: float = 0.0
    cached: float | None = None

    def of(self, usage: TokenUsage) -> float:
        """The cost of one request."""
        cached = self.input if self.cached is None else self.cached
        fresh = usage.input - usage.cached
        total = fresh * self.input + usage.cached * cached + usage.output * self.output
        return total / 1_000_000


@dataclass(frozen=True)
class Prices:
    """The prices of models by their names."""

    models: Mapping[str, ModelPrice]

    def __call__(self, model: str | None, usage: TokenUsage) -> float | None:
        """The cost of tokens of a model, if that has a price."""
        price = self.models.get(model or "")
        return None if price is None else price.of(usage)
