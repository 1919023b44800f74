"""Connections to models that are put around others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..models.models import Connection, ModelRequest, TokenUsage
from ..run.process import Limiter
from ..run.run import Step

__all__ = ["AroundConnection", "innermost_connection"]


@dataclass(frozen=True, kw_only=True)
class AroundConnection(Connection):
    """A connection that sends its requests over the `inner` one, which it is like."""

    inner: Connection

    def admit(
        self,
        step: Step,
        request: ModelRequest,
        limiter: Limiter | None = None,
        timeout: float | None = None,
    ) -> Any:
        """The right to send one request."""
        return self.inner.admit(step, request, limiter, timeout)

    def default_model(self) -> str | None:
        """The model of calls that name none."""
        return self.inner.default_model()

    def cost_of(self, model: str | None, usage: TokenUsage) -> float | None:
        """What tokens of a model cost; `None` for one that has no price."""
        return self.inner.cost_of(model, usage)

    def identity(self) -> tuple[str, ...]:
        """What distinguishes this connection from others, without its secrets."""
        return self.inner.identity()


def innermost_connection(connection: Connection) -> Connection:
    """Return the connection that others are around."""
    while isinstance(connection, AroundConnection):
        connection = connection.inner
    return connection
