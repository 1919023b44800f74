"""Requests to models that Prometheus counts, by connection and model."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from ..models.embed import TextVectors
from ..models.models import (
    Connection,
    ModelAnswer,
    ModelRequest,
    Progress,
    TokenUsage,
    UsageMeter,
)
from ..recovery.failures import failure_of
from ..run.process import Limiter
from ..run.run import Step
from .around_connections import AroundConnection
from .prometheus_metrics import SECONDS, Family

__all__ = ["MeasuredConnection", "measured", "measured_vectors"]

MODEL_QUEUED = Family(
    "n3gen_model_queue_seconds",
    "Seconds that requests to models waited for permits and rates.",
    ("connection",),
    SECONDS,
)
MODEL_SECONDS = Family(
    "n3gen_model_request_seconds",
    "Seconds that requests to models took, by how they ended.",
    ("connection", "model", "outcome"),
    SECONDS,
)
MODEL_TOKENS = Family(
    "n3gen_model_tokens",
    "Tokens that providers counted.",
    ("connection", "model", "type"),
)
MODEL_COST = Family(
    "n3gen_model_cost",
    "What requests to models have cost, by the prices of the configuration.",
    ("connection", "model"),
)


@dataclass(frozen=True, kw_only=True)
class MeasuredConnection(AroundConnection):
    """A connection whose requests are measured."""

    def admit(
        self,
        step: Step,
        request: ModelRequest,
        limiter: Limiter | None = None,
        timeout: float | None = None,
    ) -> Any:
        """The right to send one request; the wait for it is measured."""
        admitted = self.inner.admit(step, request, limiter, timeout)
        return MeasuredAdmission(self.name, step, admitted)

    async def send(
        self,
        request: ModelRequest,
        progress: Progress | None,
        meter: UsageMeter | None = None,
    ) -> ModelAnswer:
        """Send one request, which is measured; with `progress` its text is streamed."""
        meter = meter or UsageMeter()
        with MeasuredRequest(self, request.model) as asked:
            try:
                return await self.inner.send(request, progress, meter)
            finally:
                asked.usage, asked.answered_by = meter.usage, meter.model


class MeasuredAdmission:
    """The right to send one request, the wait for which is measured."""

    def __init__(
        self, name: str, step: Step, admitted: AbstractAsyncContextManager[Any, Any]
    ) -> None:
        self.name = name
        self.step = step
        self.admitted = admitted

    async def __aenter__(self) -> Any:
        before = self.step.queued
        try:
            return await self.admitted.__aenter__()
        finally:
            MODEL_QUEUED.of(self.name).observe(self.step.queued - before)

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> Any:
        return await self.admitted.__aexit__(kind, error, trace)


class MeasuredRequest:
    """One request to a model, from when it may go until it has ended."""

    usage: TokenUsage | None = None
    answered_by: str | None = None

    def __init__(self, connection: Connection, model: str | None) -> None:
        self.connection = connection
        self.model = model
        self.labels = (connection.name, model or "")

    def __enter__(self) -> Self:
        self.started = time.perf_counter()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        seconds = time.perf_counter() - self.started
        MODEL_SECONDS.of(*self.labels, outcome_of(error)).observe(seconds)
        if self.usage is not None:
            self.count(self.usage)

    def count(self, usage: TokenUsage) -> None:
        """Count the tokens of the request, and what they cost, where that is known."""
        MODEL_TOKENS.of(*self.labels, "input").inc(usage.input)
        MODEL_TOKENS.of(*self.labels, "output").inc(usage.output)
        cost = self.connection.cost_of(self.model, usage)
        if cost is None:
            cost = self.connection.cost_of(self.answered_by, usage)
        if cost is not None:
            MODEL_COST.of(*self.labels).inc(cost)


def outcome_of(error: BaseException | None) -> str:
    """Return how a request ended, in one word: a kind of failure, or a status."""
    if error is None:
        return "ok"
    if isinstance(error, asyncio.CancelledError):
        return "cancelled"
    failure = failure_of(error)
    return str(failure.status) if failure.kind == "status" else failure.kind


def measured(connection: Connection) -> MeasuredConnection:
    """Return a connection whose requests are measured."""
    return MeasuredConnection(
        connection.name,
        model=connection.model,
        prices=connection.prices,
        inner=connection,
    )


def measured_vectors(
    fetch: Callable[
        [Any, str | None, Sequence[str], Mapping[str, Any]], Awaitable[TextVectors]
    ],
) -> Callable[..., Awaitable[TextVectors]]:
    """Return a function that asks for vectors as `fetch` does, and measures requests."""

    async def fetched(
        connection: Any,
        model: str | None,
        texts: Sequence[str],
        options: Mapping[str, Any],
    ) -> TextVectors:
        with MeasuredRequest(connection, model) as asked:
            vectors = await fetch(connection, model, texts, options)
            asked.usage = vectors.usage
        return vectors

    return fetched
