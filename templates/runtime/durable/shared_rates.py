"""Rate limits of connections that hold over all processes whose runs are on one server."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Any, Self

from ..http.secrets import read_setting
from ..limits.gate import RATE_WINDOW
from ..limits.rates import Admission, RateLimit, no_room
from ..limits.spending import estimate_tokens
from ..models.models import ModelRequest
from ..run.process import Limiter
from ..run.run import Step
from ..run.time_limit import nearest_end
from .shared_limits import Sharing, Slot, Wanted, sharing

__all__ = ["SharedRateLimit"]

TABLE = """
    CREATE TABLE IF NOT EXISTS n3gen_rates (
        connection text PRIMARY KEY,
        next_request double precision NOT NULL,
        next_token double precision NOT NULL
    )
    """

TAKE = """
    INSERT INTO n3gen_rates AS r VALUES (
        %(name)s,
        extract(epoch FROM clock_timestamp()) + %(request)s,
        extract(epoch FROM clock_timestamp()) + %(tokens)s
    )
    ON CONFLICT (connection) DO UPDATE SET
        next_request = %(request)s
            + greatest(r.next_request, extract(epoch FROM clock_timestamp())),
        next_token = %(tokens)s
            + greatest(r.next_token, extract(epoch FROM clock_timestamp()))
    RETURNING greatest(r.next_request - %(request)s, r.next_token - %(tokens)s)
        - extract(epoch FROM clock_timestamp())
    """
"""Takes the next slot of a connection; returns the seconds until then."""


class SharedRateLimit(RateLimit):
    """What a connection may be asked for, by all processes together."""

    def admit(
        self,
        connection: Any,
        step: Step,
        request: ModelRequest,
        limiter: Limiter | None = None,
        timeout: float | None = None,
    ) -> Admission:
        """The right to send one request when the limits have room for it."""
        tokens = estimate_tokens(request)
        return SharedAdmission(self, connection, step, tokens, limiter, timeout)

    def parts(self, tokens: int) -> dict[str, float]:
        """Return the seconds of a minute that a request and its tokens take."""
        parts = {"request": 0.0, "tokens": 0.0}
        if self.requests_per_minute is not None:
            parts["request"] = RATE_WINDOW / self.requests_per_minute
        if self.tokens_per_minute is not None:
            share = min(1.0, tokens / self.tokens_per_minute)
            parts["tokens"] = RATE_WINDOW * share
        return parts


class SharedAdmission(Admission):
    """The right to send one request: a slot of all processes, then one of this process.

    Slots are evenly spaced, and taken in the order in which they are asked for.
    """

    def __init__(
        self,
        limit: SharedRateLimit,
        connection: Any,
        step: Step,
        tokens: int,
        limiter: Limiter | None = None,
        timeout: float | None = None,
    ) -> None:
        super().__init__(limit, connection, step, tokens, limiter, timeout)
        self.limit = limit
        self.parts = limit.parts(tokens)
        self.slots: list[Slot] = []

    async def __aenter__(self) -> Self:
        shared = sharing()
        if shared is None:
            return await super().__aenter__()
        step, asked = self.step, self.step.run.time()
        try:
            await self.wait_for_all(shared)
        finally:
            waited = step.run.time() - asked
            step.queued += waited
            step.started += waited
        try:
            return await super().__aenter__()
        except BaseException:
            shared.let_go(self.slots)
            raise

    async def wait_for_all(self, shared: Sharing) -> None:
        """Wait for a slot, and for one of the requests that may be under way at once."""
        connection, limit, run = self.connection, self.limit, self.step.run
        address = (
            read_setting(getattr(connection, "base_url", None), is_secret=False) or ""
        )
        name = f"{connection.name} {address}"
        taking = shared.thread.submit(take_slot, shared, name, self.parts)
        seconds = await asyncio.wrap_future(taking)
        end = nearest_end(run.deadline)
        if run.time() + seconds >= end:
            raise no_room(connection, self.step, end)
        await asyncio.sleep(max(0.0, seconds))
        if limit.concurrent_requests is not None:
            wanted = Wanted(f"connection {name}", limit.concurrent_requests, 1)
            self.slots = await shared.hold([wanted])

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        shared = sharing()
        if shared is not None and self.slots:
            shared.let_go(self.slots)
        await super().__aexit__(kind, error, trace)


def take_slot(shared: Sharing, name: str, parts: dict[str, float]) -> float:
    """Take the next slot of a connection; return how many seconds away it is."""
    if not shared.has_rates:
        # Of two processes that make a table at once, one may fail as it is there.
        shared.run("SELECT pg_advisory_lock(hashtext('n3gen rates'), 0)")
        try:
            shared.do(TABLE)
        finally:
            shared.run("SELECT pg_advisory_unlock(hashtext('n3gen rates'), 0)")
        shared.has_rates = True
    return float(shared.run(TAKE, {"name": name, **parts})[0])
