"""Takes steps as they run; hands on their records: the frame of every generated chain."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping
from contextvars import ContextVar
from functools import lru_cache
from types import TracebackType
from typing import Any, Literal, Self, TypeVar

from .events import EventQueue
from .inputs import InputError
from .process import Limiter
from .records import (
    StepError,
    StepRecord,
    StepTimeout,
    describe_error,
    is_being_cancelled,
    is_stray,
)

__all__ = [
    "ROUND",
    "ComputedStep",
    "Expression",
    "Run",
    "Step",
    "call_chain",
    "chain_logger",
    "round_path",
    "sub_run",
]

PayloadType = TypeVar("PayloadType")
T = TypeVar("T")

ROUND: ContextVar[tuple[str, str, str] | None] = ContextVar("round", default=None)
"""The loop round that new steps stand in: a run's id and prefix, and the round's path.

Of the context, not of the run, as blocks may run beside each other.
"""


class Run:
    """One run of a chain: what its steps share.

    `steps` are the steps in order of starting, `results` the values by step name,
    `deadline` the event loop's time at which the run ends, `prefix` the path of
    the calling step that new steps stand in. `budget` is the chain's, if it has one.
    """

    id = ""
    payload: Any = None
    deadline: float | None = None
    events: EventQueue | None = None
    prefix = ""
    task: asyncio.Task[Any] | None = None
    loops = False
    parallel = False
    used_parallel = False
    place: tuple[str, int] | None = None
    # A `Budget`; `Any`, so that a module without one need not carry the class.
    budget: Any = None
    # A client of HTTP, a transport or a factory, where the caller has given one.
    http: Any = None

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
        self.steps: list[Step] = []
        self.results: dict[str, Any] = {}
        self.time = asyncio.get_running_loop().time
        self.started = self.time()

    def __enter__(self) -> None:
        pass

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Wrap an error that no step has wrapped."""
        expected = StepError | InputError | TimeoutError
        if isinstance(error, Exception) and not isinstance(error, expected):
            what, line = self.place or ("the chain", 0)
            raise self.failure(error, line, what) from error

    def failure(
        self, error: BaseException, line: int, field: str = "", step: str | None = None
    ) -> StepError:
        """Wrap the error of a step, or of an expression between steps."""
        owner = f"Step '{step}'" if step else f"Chain '{self.chain}'"
        where = f" in `{field}`" if field else ""
        message = f"{owner} failed{where}: {describe_error(error)}"
        return StepError(message, f"{self.source}:{line}", step)

    def step(
        self,
        name: str,
        line: int,
        limiter: Limiter | None = None,
        *,
        permit: Limiter | None = None,
    ) -> Step:
        """Return the step `name`, which stands in line `line` of the spec.

        With a `permit` the whole step is work: it holds one from its start to its end.
        """
        step = Step(self, name, line)
        step.limiter = limiter or permit
        return step

    def value(self, name: str, value: Any, *, line: int) -> Any:
        """Record the step `name`, whose value cannot fail to be computed."""
        with self.computed(name, line=line) as step:
            return step.done(value)

    def computed(self, name: str, *, line: int) -> ComputedStep:
        """Return the step `name`, whose value is computed inside its `with` block.

        `line` is that of its expression.
        """
        return ComputedStep(self, name, line)

    def expression(self, what: str, *, line: int) -> Expression:
        """Name an expression between steps, evaluated inside a `with` block."""
        return Expression(self, what, line, self.prefix.removesuffix(".") or None)

    def at(self, what: str, line: int) -> None:
        """Notes which expression between two steps comes next, for its error."""
        self.place = (what, line)

    def event(self, kind: str, **data: Any) -> dict[str, Any]:
        """An event of this run."""
        return {
            "event": kind,
            "chain": self.chain,
            "run_id": self.id,
            "time_ms": round((self.time() - self.started) * 1000),
            **data,
        }


class Expression:
    """An expression of the spec, evaluated inside a `with` block.

    What it raises becomes a `StepError` that names its field and its line.
    """

    def __init__(self, run: Run, field: str, line: int, step: str | None) -> None:
        self.run = run
        self.field = field
        self.line = line
        self.step = step

    def __enter__(self) -> None:
        pass

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if isinstance(error, Exception) and not isinstance(error, StepError):
            raise self.run.failure(error, self.line, self.field, self.step) from error


class Step:
    """One step of a run: entered when it starts, its own record when it has ended.

    `cost` is `None` where a request was made of a model that has no price.
    """

    status: Literal["ok", "error", "timeout", "cancelled", "skipped"] | None = None
    result: Any = None
    error: str | None = None
    attempts = 1
    queued = 0.0
    started = 0.0
    ended: float | None = None
    requests = 0
    input_tokens = 0
    output_tokens = 0
    cost: float | None = 0.0
    cached = False
    inner: Run | None = None
    limiter: Limiter | None = None
    place: tuple[str, int] | None = None

    def __init__(self, run: Run, name: str, line: int) -> None:
        self.run = run
        self.name = name
        self.line = line
        self.path = (round_path(run) if run.loops else run.prefix) + name

    def begin(self) -> None:
        """Start the step, unless the run has been told to stop."""
        run = self.run
        # The user's code may have swallowed the cancellation, which still holds.
        if run.task is not None and run.task.cancelling() and is_being_cancelled():
            raise asyncio.CancelledError
        self.started = run.time()
        run.steps.append(self)

    async def __aenter__(self) -> Self:
        self.begin()
        if self.run.events is not None:
            await self.tell("step_start")
        if self.limiter is not None and not self.limiter.try_acquire():
            await self.wait_for(self.limiter)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        run = self.run
        self.ended = run.time()
        if self.limiter is not None:
            self.limiter.release()
        if error is None:
            if run.events is not None:
                await self.tell("step_complete")
        elif isinstance(error, Exception) or is_stray(error):
            failure = self.failed(error)
            if run.events is not None:
                await self.tell("step_error")
            if failure is not error:
                raise failure from error
        else:
            self.cancelled()

    async def wait_for(self, limiter: Limiter) -> None:
        """Takes a permit in its turn; the time in line counts as queued, not as work."""
        asked = self.run.time()
        try:
            await limiter.acquire()
        except asyncio.CancelledError:
            self.ended = self.run.time()
            self.cancelled()
            raise
        self.started = self.run.time()
        self.queued += self.started - asked

    def cancelled(self) -> None:
        """Notes that the step was cut off."""
        self.status = "cancelled"
        self.error = "cancelled"

    async def tell(self, kind: str) -> None:
        """Emit the event of the step's start or end, waiting for room."""
        if self.run.events is not None:
            await self.run.events.append(self.event(kind))

    def event(self, kind: str) -> dict[str, Any]:
        """Return the event of the step's start or end."""
        record = {} if self.ended is None else {"record": self.record()}
        return self.run.event(kind, step=self.path, **record)

    def field(self, name: str, *, line: int) -> Expression:
        """Name a field of the step, rendered inside a `with` block."""
        return Expression(self.run, name, line, self.path)

    def at(self, field: str, line: int) -> None:
        """Notes which field is rendered next, for its error."""
        self.place = (field, line)

    def done(self, result: T) -> T:
        """Keeps the step's result where later steps and the record find it."""
        self.result = result
        self.run.results[self.name] = result
        return result

    def skip(self) -> None:
        """Marks the step as skipped; its result is `None`."""
        self.status = "skipped"
        self.run.results[self.name] = None

    def failed(self, error: BaseException) -> StepError:
        """Record why the step failed, and wrap it unless an inner step has.

        The error of the step itself is logged, with its traceback.
        """
        run = self.inner or self.run
        self.status = "timeout" if isinstance(error, StepTimeout) else "error"
        if isinstance(error, StepError):
            failure = error
        else:
            place = self.place or (self.inner and self.inner.place)
            field, line = place or ("", self.line)
            failure = run.failure(error, line, field, self.path)
        is_own = failure.step == self.path
        reason = failure.__cause__ or error if is_own else error
        self.error = describe_error(reason)
        if is_own:
            logger = chain_logger(self.run.chain)
            logger.error("%s (%s)", failure, failure.place, exc_info=reason)
        return failure

    def record(self) -> StepRecord:
        """The step as plain data; one that has not ended reads as cancelled."""
        started, ended = self.started, self.ended
        until = self.run.time() if ended is None else ended
        record: StepRecord = {
            "name": self.name,
            "status": self.status or ("cancelled" if ended is None else "ok"),
            "result": self.result,
            "error": self.error,
            "attempts": self.attempts,
            "queued_ms": round(self.queued * 1000) if self.queued else 0,
            "started_ms": round((started - self.run.started) * 1000),
            "elapsed_ms": round((until - started) * 1000),
        }
        if self.path != self.name:
            record["path"] = self.path
        if self.requests:
            record["requests"] = self.requests
            record["input_tokens"] = self.input_tokens
            record["output_tokens"] = self.output_tokens
            record["tokens"] = self.input_tokens + self.output_tokens
            record["cost"] = self.cost
        if self.cached:
            record["cached"] = True
        return record


class ComputedStep(Step):
    """A step that only computes a value, and so never waits."""

    def done(self, result: Any) -> Any:
        """Keep the value, whose type may be any."""
        return super().done(result)

    def __enter__(self) -> Self:
        self.begin()
        if self.run.events is not None:
            self.run.events.append(self.event("step_start"))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is not None and not isinstance(error, Exception):
            return
        self.ended = self.run.time()
        failure = None
        if error is not None:
            failure = self.run.failure(error, self.line, "value", self.path)
            failure.__cause__ = error
            self.failed(failure)
        if self.run.events is not None:
            self.run.events.append(
                self.event("step_error" if failure else "step_complete")
            )
        if failure is not None:
            raise failure


def round_path(run: Run) -> str:
    """The path of the loop round that this context is in."""
    standing = ROUND.get()
    if standing is None or standing[:2] != (run.id, run.prefix):
        return run.prefix
    return standing[2]


async def call_chain(
    step: Step,
    flow: Callable[[Run, PayloadType], Coroutine[Any, Any, T]],
    chain: str,
    source: str,
    payload: PayloadType,
) -> T:
    """Run another chain inside `step`."""
    inner = sub_run(step, chain, source, payload)
    return await flow(inner, payload)


def sub_run(step: Step, chain: str, source: str, payload: Any) -> Run:
    """The run of another chain inside `step`: the same deadline, limits and records."""
    run = step.run
    child = Run(chain, source, run.llm, run.connectors)
    child.id = run.id
    child.payload = payload
    child.deadline = run.deadline
    child.events = run.events
    child.budget = run.budget
    child.prefix = f"{step.path}."
    child.parallel = run.parallel
    child.steps = run.steps
    child.task = run.task
    child.started = run.started
    step.place = None
    step.inner = child
    return child


@lru_cache(maxsize=1024)
def chain_logger(chain: str) -> logging.Logger:
    """The logger of a chain, `n3gen.<chain>`."""
    return logging.getLogger(f"n3gen.{chain}")
