"""Runs of chains and their steps: the frame of every generated chain."""

from __future__ import annotations

import asyncio
import copy
import logging
import math
from collections.abc import Callable, Coroutine, Mapping
from contextvars import ContextVar
from functools import cache
from typing import Any, Self, TypeVar

from .deadline import Deadline
from .events import EventQueue
from .process import Limiter, process_state
from .records import (
    Foreseen,
    Status,
    StepError,
    StepExtras,
    StepRecord,
    StepTimeout,
    check_cancelled,
    describe_error,
    is_stray,
)

__all__ = [
    "ROUND",
    "Run",
    "Step",
    "call_chain",
    "chain_logger",
    "round_of",
    "sub_run",
]

PayloadType = TypeVar("PayloadType")
T = TypeVar("T")

ROUND: ContextVar[tuple[Any, ...] | None] = ContextVar("round", default=None)
"""The round that new steps are in: a run's steps and prefix, its path and its results.

Of the context, as blocks may run beside each other. The list of steps tells runs apart
whose ids are the same, and keeps no ended run in memory.
"""


class Run:
    """One run of a chain: what its steps share.

    `steps` are the steps in order of starting, `results` the values by step name, `seconds`
    how long the run may take, `prefix` the path of the calling step that new steps are in,
    `version` its version, `versions` those of the chain's steps, `callers` the chains
    around. `usage` is what models were asked for, `budget` the chain's, if it has one.
    `dropped` are the number, the seconds and the queued seconds of steps without records.
    """

    id = ""
    payload: Any = None
    payload_digest: str | None = None
    events: EventQueue | None = None
    prefix = ""
    parallel = used_parallel = False
    task: asyncio.Task[Any] | None = None
    # A `Budget`; `Any`, so that a module without one need not carry the class.
    budget: Any = None
    version = ""
    callers: tuple[str, ...] = ()
    # An `Earlier`, where the run goes on from another.
    earlier: Any = None
    # A `RunEnd`, where what runs last asks how the chain has ended.
    end: Any = None
    # What its caller sends to by name.
    inbox: dict[str, Any] | None = None
    # `Slots` where a chain has `max_parallel`.
    slots: Any = None
    # A client of HTTP, a transport or a factory, where the caller has given one.
    http: Any = None
    # Set while steps may start, where the run may be paused.
    going: asyncio.Event | None = None
    # What runs in the end, whatever has become of the rest.
    is_last = False
    seconds = math.inf

    def __init__(
        self,
        chain: str,
        source: str,
        llm: Limiter,
        connectors: Mapping[str, Callable[..., Any]],
    ) -> None:
        self.chain = chain
        self.source = source
        self.llm = llm
        self.connectors = connectors
        # Those of the caller alone, which take the place of the spec's too.
        self.given = connectors
        self.steps: list[Step] = []
        self.dropped = [0, 0.0, 0.0]
        self.results: dict[str, Any] = {}
        self.usage: StepExtras = {}
        self.versions: Mapping[str, str] = {}
        self.channels: dict[str, Any] = {}
        # What it waited for at its deadline, or waits for as it ends.
        self.waits: list[str] = []
        # What is one for the run, the chains that it calls and what runs last, by name.
        self.shared: dict[str, Any] = {}
        self.loop = asyncio.get_running_loop()
        self.time = self.loop.time
        self.started = self.time()
        self.limit = Deadline()

    @property
    def deadline(self) -> float:
        """Return the event loop's time at which the run is over."""
        return self.limit.at

    def failure(
        self, error: BaseException, line: int, field: str = "", step: str | None = None
    ) -> StepError:
        """Wrap the error of a step, or of an expression between steps."""
        step = step or self.prefix.removesuffix(".") or None
        owner = f"Step '{step}'" if step else f"Chain '{self.chain}'"
        where = f" in `{field}`" if field else ""
        reason = describe_error(error)
        place = f"{self.source}:{line}" if line else self.source
        return StepError(f"{owner} failed{where}: {reason}", place, step, reason)

    def event(self, kind: str, **data: Any) -> dict[str, Any]:
        """Return an event of this run."""
        return {
            "event": kind,
            "chain": self.chain,
            "run_id": self.id,
            "time_ms": round((self.time() - self.started) * 1000),
            **data,
        }


class Step:
    """One step of a run: entered when it starts, its own record when it has ended.

    `line` is where it is in the spec. With a `permit` the whole step is work: it
    holds one from its start to its end. What an earlier run has left of it `is_kept`.
    """

    calls_code = True  # of the user, whose errors are logged with a traceback
    is_kept = False
    cut_off = ""  # from what it waited for
    error: str | None = None
    attempts = 1
    queued = 0.0
    inner: Run | None = None
    timeout: asyncio.Timeout | None = None

    def __init__(
        self, run: Run, name: str, *, line: int, permit: Limiter | None = None
    ) -> None:
        self.run = run
        self.name = name
        self.line = line
        self.permit = permit
        self.path, self.results = round_of(run, name)
        self.status: Status = "cancelled"  # so it reads until it has ended
        self.result: Any = None
        self.started = 0.0
        self.ended: float | None = None
        self.extras: StepExtras = {}

    async def __aenter__(self) -> Self:
        run = self.run
        if run.going is not None and not run.going.is_set():
            await run.going.wait()
            if "cancelled" in run.shared and not run.is_last:
                await asyncio.Event().wait()  # to be cut off: it was held back by a pause
        self.start()
        try:
            if run.events is not None:
                await run.events.append(self.event("step_start"))
            if self.permit is not None and not self.permit.try_acquire():
                await self.wait_for(self.permit)
        except asyncio.CancelledError as error:
            self.ended = run.time()
            self.fail(error)
            raise
        return self

    async def __aexit__(
        self, kind: object, error: BaseException | None, trace: object
    ) -> None:
        run = self.run
        self.ended = run.time()
        if self.permit is not None:
            self.permit.release()
        failure = None if error is None else self.fail(error)
        if run.events is not None and self.status != "cancelled":
            ended = "step_complete" if error is None else "step_error"
            await run.events.append(self.event(ended))
        if failure is not None and failure is not error:
            raise failure from error
        if error is None:
            check_cancelled()

    def start(self) -> None:
        """Start the step, unless what it is part of has been cancelled."""
        run = self.run
        check_cancelled()
        self.started = run.time()
        run.steps.append(self)
        if run.earlier is not None:
            run.earlier.find(self)

    def fail(self, error: BaseException) -> StepError | None:
        """Record why the step failed; log and wrap its own error, once."""
        if not isinstance(error, Exception) and not is_stray(error):
            self.cancel()
            return None
        self.status = "timeout" if isinstance(error, StepTimeout) else "error"
        failure = (
            error if isinstance(error, StepError) else self.failure(error, self.line)
        )
        if failure.step != self.path:
            self.error = str(failure)
            return failure
        reason = error if failure is not error else error.__cause__ or error
        self.error = failure.reason
        logger = chain_logger(self.run.chain)
        log = process_state().get("log_error", logging.Logger.error)
        is_foreseen = isinstance(reason, Foreseen) or not self.calls_code
        traced = None if is_foreseen or not reason.__traceback__ else reason
        log(logger, "%s", f"{failure} ({failure.place})", exc_info=traced)
        return failure

    def cancel(self) -> None:
        """Record that the step was cut off, and emit it without waiting for room."""
        if self.error is None:
            self.status, self.error = "cancelled", "cancelled"
            if self.run.events is not None:
                self.run.events.append(self.event("step_cancelled"))

    def failure(self, error: BaseException, line: int, field: str = "") -> StepError:
        """Wrap an error of the step, or of one of its fields."""
        return self.run.failure(error, line, field, self.path)

    async def wait_for(self, limiter: Limiter) -> None:
        """Acquire a permit; the wait for it counts as queued, not as work."""
        asked = self.run.time()
        try:
            await limiter.acquire()
        finally:
            waited = self.run.time() - asked
            self.started, self.queued = self.started + waited, self.queued + waited

    def done(self, result: T) -> T:
        """Keep the step's result for later steps and the record."""
        self.status, self.result = "ok", result
        self.results[self.name] = result
        return result

    def kept(self, result: T) -> T:
        """Keep the result that an earlier run has left."""
        self.run.earlier.kept += 1
        self.extras["kept"] = True
        return self.done(result)

    def skip(self) -> None:
        """Mark the step as skipped; its result is `None`."""
        self.status = "skipped"
        self.results[self.name] = None

    @property
    def version(self) -> str | None:
        """Return what changes with what the spec says of the step."""
        versions, name = self.run.versions, self.name
        found = versions.get(name) or versions.get(f"{name}:{self.line}")
        return found and self.run.version + found

    def event(self, kind: str) -> dict[str, Any]:
        """Return the event of the step's start or end."""
        record = {} if self.ended is None else {"record": self.record()}
        return self.run.event(kind, step=self.path, **record)

    def record(self) -> StepRecord:
        """Return the step as plain data."""
        until = self.run.time() if self.ended is None else self.ended
        record: StepRecord = {
            "name": self.name,
            "status": self.status,
            "result": self.result,
            "error": self.error,
            "attempts": self.attempts,
            "queued_ms": round(self.queued * 1000),
            "started_ms": round((self.started - self.run.started) * 1000),
            "elapsed_ms": round((until - self.started) * 1000),
        }
        version = self.run.versions.get(self.name)
        if version is None or self.run.version:
            version = self.version
        if version is not None:
            record["version"] = version
        if self.path != self.name:
            record["path"] = self.path
        return {**record, **self.extras} if self.extras else record


def round_of(run: Run, name: str = "") -> tuple[str, dict[str, Any]]:
    """Return the path of `name` in the round that this context is in, and its results."""
    standing = ROUND.get()
    if standing is None or standing[0] is not run.steps or standing[1] != run.prefix:
        return run.prefix + name, run.results
    return standing[2] + name, standing[3]


async def call_chain(
    step: Step,
    flow: Callable[[Run, PayloadType], Coroutine[Any, Any, T]],
    facts: Mapping[str, Any],
    source: str,
    payload: PayloadType,
) -> T:
    """Run another chain inside `step`."""
    inner = sub_run(step, facts, source, payload)
    return await flow(inner, payload)


def sub_run(step: Step, facts: Mapping[str, Any], source: str, payload: Any) -> Run:
    """Return the run of another chain inside `step`: with the same deadline and limits."""
    run = step.inner = copy.copy(step.run)
    run.callers = (*run.callers, run.chain)
    run.chain, run.source, run.payload = facts["name"], source, payload
    run.results = {}
    run.prefix = f"{step.path}."
    run.versions = facts["versions"] if step.version else {}
    # Its own part, which the steps of the other chain are not part of.
    run.version = (step.version or "")[: len(run.version) + 8]
    return run


@cache
def chain_logger(chain: str) -> logging.Logger:
    """Return the logger of a chain, `n3gen.<chain>`."""
    return logging.getLogger(f"n3gen.{chain}")
