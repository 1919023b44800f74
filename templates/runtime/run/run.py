"""Takes steps as they run; hands on their records: the frame of every generated chain."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
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
    "Run",
    "Step",
    "chain_logger",
    "rounds",
    "skip_steps",
    "sub_run",
]

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
        """Tells the place of an error that no step has wrapped."""
        expected = StepError | InputError | TimeoutError
        if isinstance(error, Exception) and not isinstance(error, expected):
            raise self.failed(error) from error

    def failed(self, error: Exception) -> StepError:
        """Wraps the error of an expression between two steps."""
        what, line = self.place or ("the chain", 0)
        reason = describe_error(error)
        failure = StepError(f"Chain '{self.chain}' failed in `{what}`: {reason}")
        failure.add_note(f"{self.source}:{line}")
        return failure

    def step(self, name: str, line: int, limiter: Limiter | None = None) -> Step:
        """The step `name` of line `line` of the spec, to be entered.

        With a limiter the step is all work: it has a permit from its start to its end.
        """
        step = Step(self, name, line)
        step.limiter = limiter
        return step

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


class Step:
    """One step of a run: entered when it starts, its own record when it has ended.

    `cost` is `None` where a request was made of a model that has no price. `finish` is
    `length` where a model's answer ended at its limit of tokens.
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
    finish: str | None = None
    inner: Run | None = None
    limiter: Limiter | None = None
    place: tuple[str, int] | None = None

    def __init__(self, run: Run, name: str, line: int) -> None:
        self.run = run
        self.name = name
        self.line = line
        self.path = (round_path(run) if run.loops else run.prefix) + name

    async def __aenter__(self) -> Self:
        run = self.run
        # Code of the user's may have swallowed the order to stop: it still holds.
        if run.task is not None and run.task.cancelling() and is_being_cancelled():
            raise asyncio.CancelledError
        self.started = run.time()
        run.steps.append(self)
        if run.events is not None:
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
        """Tells the run's listener of the step's start or end."""
        run = self.run
        if run.events is not None:
            record = {} if self.ended is None else {"record": self.record()}
            await run.events.append(run.event(kind, step=self.path, **record))

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
        """Notes why the step failed, and wraps the reason unless an inner step has."""
        self.status = "timeout" if isinstance(error, StepTimeout) else "error"
        if isinstance(error, StepError):
            self.error = str(error)
            return error
        run = self.inner or self.run
        inner = self.inner.place if self.inner else None
        field, line = self.place or inner or ("", self.line)
        where = f" in `{field}`" if field else ""
        failure = StepError(
            f"Step '{self.path}' failed{where}: {describe_error(error)}"
        )
        failure.add_note(f"{run.source}:{line}")
        self.error = describe_error(error)
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
        if self.finish is not None:
            record["finish"] = self.finish
        if self.cached:
            record["cached"] = True
        return record


def skip_steps(run: Run, *names: str) -> None:
    """Records the steps of a branch that the run does not take."""
    for name in names:
        step = Step(run, name, 0)
        step.started = step.ended = run.time()
        step.skip()
        run.steps.append(step)


def round_path(run: Run) -> str:
    """The path of the loop round that this context is in."""
    standing = ROUND.get()
    if standing is None or standing[:2] != (run.id, run.prefix):
        return run.prefix
    return standing[2]


def rounds(run: Run, name: str, items: Iterable[T], *steps: str) -> Iterator[T]:
    """The items of a loop, one a round; where there are none, `steps` are skipped."""
    run.loops = True
    prefix = round_path(run)
    index = -1
    standing = outside = ROUND.get()
    try:
        for index, item in enumerate(items):
            standing = (run.id, run.prefix, f"{prefix}{name}[{index}].")
            ROUND.set(standing)
            yield item
    finally:
        # After an error this may run whenever, and in the context of another run.
        if ROUND.get() is standing:
            ROUND.set(outside)
    if index < 0:
        skip_steps(run, *steps)


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
