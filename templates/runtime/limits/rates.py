"""The rate limit of a connection: which request may go when, and what the server says of it."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self
from weakref import WeakKeyDictionary

from ..http.secrets import read_setting
from ..http.server_words import retry_after_of
from ..models.models import Connection, ModelRequest, TokenUsage
from ..recovery.failures import LONGEST_RETRY_AFTER, ModelError
from ..run.process import Limiter, process_state
from ..run.run import Step
from ..run.time_limit import nearest_end
from .gate import Gate
from .permit import Permit
from .spending import estimate_tokens

__all__ = ["Admission", "RateLimit", "gate_of", "no_room"]

LONGEST_RESET = 120.0
"""Seconds that a connection rests at most until a limit that is used up is reset."""

SAME_CLOCK = 1.0
"""Seconds by which the clock of an event loop may differ from that of the machine."""

RATE_HEADER = re.compile(
    r"x-ratelimit-(?P<field>limit|remaining|reset)-(?P<what>requests|tokens)"
    r"|anthropic-ratelimit-(?P<their_what>requests|(?:input-|output-)?tokens)"
    r"-(?P<their_field>limit|remaining|reset)",
    re.IGNORECASE,
)

RESET_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|[dhms]|\Z)", re.ASCII)

RESET_UNITS = {"ms": 0.001, "s": 1.0, "": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
"""Seconds of the units of a reset."""


@dataclass(frozen=True)
class RateLimit:
    """What a connection may be asked for; `None` is without a limit."""

    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None
    concurrent_requests: int | None = None

    def admit(
        self,
        connection: Connection,
        step: Step,
        request: ModelRequest,
        limiter: Limiter | None = None,
        timeout: float | None = None,
    ) -> Admission:
        """The right to send one request when the limits have room for it."""
        return Admission(
            self, connection, step, estimate_tokens(request), limiter, timeout
        )

    def learn(
        self, connection: Connection, status: int, headers: Mapping[str, str]
    ) -> None:
        """Keep to what a server says of its limits.

        `Retry-After` of a 429 or 503, and a limit that is used up, pause the
        connection; a limit per minute that is lower than the stated one takes its
        place. What makes no sense is ignored.
        """
        stated = rate_headers(headers)
        if not stated and status not in (429, 503):
            return
        gate = gate_of(connection, self)
        if status in (429, 503):
            asked = retry_after_of(headers)
            if asked is not None and asked <= LONGEST_RETRY_AFTER:
                gate.pause(asked)
        gate.learn(
            whole_number(stated.get(("requests", "limit"))) or None,
            whole_number(stated.get(("tokens", "limit"))) or None,
        )
        for what, part in stated:
            if part == "remaining" and whole_number(stated[what, part]) == 0:
                seconds = reset_seconds(stated.get((what, "reset"), ""))
                gate.pause(min(seconds, LONGEST_RESET))


class Admission:
    """The right to send one request, as `Connection.admit` has it.

    While it waits for the connection's rate and concurrency, or for a permit of the
    `limiter`, it holds none of the others. Time in line is queued time, and `timeout`
    runs from its end. Raises `ModelError` where the run ends before there is room.
    """

    def __init__(
        self,
        limit: RateLimit,
        connection: Connection,
        step: Step,
        tokens: int,
        limiter: Limiter | None = None,
        timeout: float | None = None,
    ) -> None:
        self.connection = connection
        self.step = step
        self.limiter = limiter
        self.was_passed = False
        self.permit = Permit(step, None, timeout)
        self.gate = gate_of(connection, limit)
        # A gate that a module of n3gen 0.2 has made is of one event loop, without it.
        self.lock = getattr(self.gate, "lock", nullcontext())
        self.place = self.gate.place(tokens, nearest_end(step.run.deadline))

    async def __aenter__(self) -> Self:
        if not self.starts():
            step, asked = self.step, self.step.run.time()
            try:
                await self.wait_in_line()
            finally:
                waited = step.run.time() - asked
                step.queued += waited
                step.started += waited
        await self.permit.__aenter__()
        return self

    def starts(self) -> bool:
        """Starts the request where its turn has come, and a permit is free at once."""
        with self.lock:
            is_free = self.gate.may_start(self.place) and (
                self.limiter is None or self.limiter.try_acquire()
            )
            if is_free:
                self.gate.start(self.place)
            return is_free

    async def wait_in_line(self) -> None:
        """Starts the request in its turn, with a permit of the limiter."""
        gate, place, limiter = self.gate, self.place, self.limiter
        try:
            while await gate.turn(place):
                if self.starts():
                    return
                if limiter is not None and await self.wait_for_permit(limiter):
                    return
        except BaseException:
            gate.leave(place)
            raise
        raise no_room(self.connection, self.step, place.deadline)

    async def wait_for_permit(self, limiter: Limiter) -> bool:
        """Return whether the request has started with the permit that it waited for."""
        gate, place = self.gate, self.place
        # A queue has no first where only the permit is short. One that needs permits
        # which others do without lets those pass, but not for ever.
        # A limiter that a module of n3gen 0.2 has made knows of no joint ones.
        is_joint = getattr(limiter, "is_joint", False)
        steps_aside = not gate.is_limited or (is_joint and not self.was_passed)
        if steps_aside:
            gate.leave(place)
            self.was_passed = True
        await limiter.acquire()
        with self.lock:
            if gate.has_room(place) if steps_aside else gate.may_start(place):
                gate.start(place)
                return True
        limiter.release()
        return False

    def settle(self, usage: TokenUsage | None) -> None:
        """Corrects the tokens that were reserved; `None` lets the estimate stand."""
        if usage is not None:
            self.gate.settle(self.place, usage.input + usage.output)

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if isinstance(error, ModelError) and error.status == 429:
            self.turned_down(error)
        self.gate.finish(error is None)
        if self.limiter is not None:
            self.limiter.release()
        await self.permit.__aexit__(kind, error, trace)

    def turned_down(self, error: ModelError) -> None:
        """Say whether the rate limit sends the request again after a 429."""
        if not self.gate.is_limited or error.should_retry is False or error.is_final:
            return
        if not error.retry_after:
            self.gate.back_off()
        error.back_in_line = (error.retry_after or 0.0) <= LONGEST_RETRY_AFTER


def no_room(connection: Connection, step: Step, end: float) -> ModelError:
    """Return the failure of a call whose turn would come only after an end."""
    over = "the run's deadline" if end == step.run.deadline else "its time is over"
    message = f"`{connection.name}` has no room for it before {over}"
    error = ModelError(message, "status", status=429, should_retry=False)
    vars(error)["too_late_for"] = end
    return error


def gate_of(connection: Connection, limit: RateLimit) -> Gate:
    """The gate of a connection for all modules of the process, and all of its event loops.

    One whose clock is another, such as a virtual one, has gates of its own.
    """
    loops: WeakKeyDictionary[Any, dict[tuple[str, str], Gate]]
    # The event loops of several threads may come here at the same time.
    loops = process_state().setdefault("gates", WeakKeyDictionary())
    loop = asyncio.get_running_loop()
    gates = loops.setdefault(loop, {})
    # Not all connections have a server, and with it an address.
    address = read_setting(getattr(connection, "base_url", None), is_secret=False) or ""
    key = connection.name, address.rstrip("/")
    gate = gates.get(key)
    if gate is None:
        has_clock = abs(loop.time() - time.monotonic()) < SAME_CLOCK
        shared = (
            process_state().setdefault("gates_of_loops", {}) if has_clock else gates
        )
        gate = gates[key] = shared.setdefault(key, Gate())
    gate.state(
        limit.requests_per_minute, limit.tokens_per_minute, limit.concurrent_requests
    )
    return gate


def rate_headers(headers: Mapping[str, str]) -> dict[tuple[str, str], str]:
    """What headers say of limits: by `requests` or `tokens`, and `limit` or the like."""
    limits: dict[tuple[str, str], str] = {}
    for name, value in headers.items():
        if "ratelimit" in name.lower() and (found := RATE_HEADER.fullmatch(name)):
            what = found["what"] or found["their_what"]
            part = found["field"] or found["their_field"]
            limits[what.lower(), part.lower()] = value.strip()
    return limits


def whole_number(text: str | None) -> int | None:
    """A count in a header; `None` where it is none."""
    if text is None or not text.isascii() or not text.isdecimal() or len(text) > 15:
        return None
    return int(text)


def reset_seconds(text: str) -> float:
    """Seconds until a reset, from `6m0s`, `20ms`, `12` or a date; 0 for what is none.

    A day and more is none either: some servers send the moment in seconds since 1970.
    """
    parts = [(found[1], found[2]) for found in RESET_PART.finditer(text[:40])]
    if parts and "".join(map("".join, parts)) == text:
        seconds = sum(float(number) * RESET_UNITS[unit] for number, unit in parts)
    else:
        try:
            moment = datetime.fromisoformat(text)
            seconds = (moment - datetime.now(UTC)).total_seconds()
        except (TypeError, ValueError, OverflowError):
            return 0.0
    return seconds if 0 < seconds < RESET_UNITS["d"] else 0.0
