"""Connections and calls for tests of rate limits: nothing here goes over a network."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from n3gen.templates.runtime.http.calls import HttpCall
from n3gen.templates.runtime.http.wire import HttpConnection, StreamReader
from n3gen.templates.runtime.limits import rates
from n3gen.templates.runtime.limits.gate import Gate
from n3gen.templates.runtime.limits.rates import Admission, RateLimit
from n3gen.templates.runtime.models.models import (
    ModelAnswer,
    ModelRequest,
    Progress,
    TokenUsage,
    UsageMeter,
)
from n3gen.templates.runtime.run.deadline import Deadline
from n3gen.templates.runtime.run.process import Limiter
from n3gen.templates.runtime.run.run import Run, Step

__all__ = [
    "Calls",
    "Silent",
    "admission",
    "connection_of",
    "gate_of",
    "learn_rates",
    "step_of",
]


@dataclass(frozen=True)
class Silent(HttpConnection):
    """A connection that is only admitted to, never asked."""

    async def send(
        self,
        request: ModelRequest,
        progress: Progress | None,
        meter: UsageMeter | None = None,
    ) -> ModelAnswer:
        raise NotImplementedError

    def key_headers(self, key: str) -> dict[str, str]:
        raise NotImplementedError

    def write(self, request: ModelRequest, *, stream: bool) -> HttpCall:
        raise NotImplementedError

    def read(self, body: Any) -> ModelAnswer:
        raise NotImplementedError

    def reader(self) -> StreamReader:
        raise NotImplementedError

    def usage_in(self, body: Any) -> TokenUsage | None:
        raise NotImplementedError


def connection_of(
    requests: int | None = None,
    tokens: int | None = None,
    concurrent: int | None = None,
    *,
    name: str = "openai",
    base_url: str = "https://models.test/v1",
) -> HttpConnection:
    """A connection with the limits given."""
    limit = RateLimit(requests, tokens, concurrent)
    return Silent(name, base_url=base_url, rate_limit=limit)


def limit_of(connection: HttpConnection) -> RateLimit:
    """The rate limit of a connection that has one."""
    assert isinstance(connection.rate_limit, RateLimit)
    return connection.rate_limit


def gate_of(connection: HttpConnection) -> Gate:
    """The gate of a connection that has a rate limit."""
    return rates.gate_of(connection, limit_of(connection))


def learn_rates(
    connection: HttpConnection, status: int, headers: Mapping[str, str]
) -> None:
    """Have a connection keep to what a server says."""
    limit_of(connection).learn(connection, status, headers)


def admission(connection: HttpConnection, *given: Any) -> Admission:
    """The right to send a request on a connection that has a rate limit."""
    return Admission(limit_of(connection), connection, *given)


def step_of(deadline: float = math.inf) -> Step:
    """A step of a run that ends at `deadline`, by the loop's time."""
    run = Run("c", "specs/c.ai", Limiter(50), {})
    run.limit = Deadline(deadline)
    return Step(run, "s", line=1)


class Calls:
    """Calls under way: when each started, by its number, in order of starting."""

    def __init__(self, limiter: Limiter | None = None) -> None:
        self.limiter = limiter
        self.started: list[tuple[int, float]] = []
        self.tasks: list[asyncio.Task[None]] = []

    @property
    def times(self) -> list[float]:
        """The times of starting, to the microsecond."""
        return [round(time, 6) for _, time in self.started]

    @property
    def order(self) -> list[int]:
        """The numbers of the calls, in order of starting."""
        return [number for number, _ in self.started]

    def begin(
        self,
        connection: HttpConnection,
        tokens: int = 1,
        seconds: float = 0.0,
        deadline: float = math.inf,
    ) -> asyncio.Task[None]:
        """Begins a call that takes `seconds` once it has been admitted."""
        number = len(self.tasks)

        async def call() -> None:
            async with admission(
                connection, step_of(deadline), tokens, self.limiter, None
            ):
                self.started.append((number, asyncio.get_running_loop().time()))
                await asyncio.sleep(seconds)

        task = asyncio.create_task(call())
        self.tasks.append(task)
        return task

    async def end(self) -> list[BaseException | None]:
        """Waits for all; the errors, in order of coming."""
        return await asyncio.gather(*self.tasks, return_exceptions=True)
