"""Answers made without a network, no faster than a rate limit lets them be."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any

from ..limits.rates import RateLimit
from ..models.models import ModelRequest
from ..run.process import Limiter
from ..run.run import Step
from .local import LocalModel

__all__ = ["LimitedLocalModel"]


@dataclass(frozen=True, kw_only=True)
class LimitedLocalModel(LocalModel):
    """A connection of `api: local` with a `rate_limit`."""

    rate_limit: RateLimit

    def admit(
        self,
        step: Step,
        request: ModelRequest,
        limiter: Limiter | None = None,
        timeout: float | None = None,
    ) -> AbstractAsyncContextManager[Any]:
        """The right to send one request, in the connection's rate limit."""
        return self.rate_limit.admit(self, step, request, limiter, timeout)

    def identity(self) -> tuple[str, ...]:
        """What distinguishes this connection: how fast it may be asked does not."""
        return (LocalModel.__name__, self.name)
