"""Takes nothing; says what a run hands back, and what it raises."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any, Literal, NotRequired, TypedDict

__all__ = [
    "ChainError",
    "ChainTimeout",
    "RunResult",
    "StepError",
    "StepRecord",
    "StepTimeout",
    "describe_error",
    "is_being_cancelled",
    "is_stray",
]


class StepRecord(TypedDict):
    """One step of a run: times in milliseconds, `started_ms` from the run's start.

    `path` is there where the step stands in a loop or in a chain that a step calls.
    Of a step that asked models: its requests, the tokens that providers counted, and
    their cost, `None` where a model has no price; `finish` is `length` where an answer
    ended at its limit of tokens. `cached` steps asked nobody.
    """

    name: str
    status: Literal["ok", "error", "timeout", "cancelled", "skipped"]
    result: Any
    error: str | None
    attempts: int
    queued_ms: int
    started_ms: int
    elapsed_ms: int
    path: NotRequired[str]
    requests: NotRequired[int]
    input_tokens: NotRequired[int]
    output_tokens: NotRequired[int]
    tokens: NotRequired[int]
    cost: NotRequired[float | None]
    finish: NotRequired[str]
    cached: NotRequired[bool]


class RunResult(TypedDict):
    """What `run_chain` returns; plain JSON data but for the results themselves."""

    status: Literal["ok", "error", "timeout"]
    result: Any
    steps: list[StepRecord]
    error: str | None
    metadata: dict[str, Any]


class ChainError(Exception):
    """A chain failed; `run` is the record of the run."""

    def __init__(self, message: str, run: RunResult) -> None:
        super().__init__(message)
        self.run = run

    def __reduce__(self) -> tuple[Any, ...]:
        """So that the error crosses from one process to another."""
        return type(self), (*self.args, self.run)


class ChainTimeout(ChainError):
    """A chain passed its deadline; `run` holds the steps that finished before."""


class StepError(Exception):
    """A step failed, or an expression between steps; the reason is its `__cause__`.

    Wrapping it once keeps a `TimeoutError` of a step apart from the chain's own.
    """


class StepTimeout(Exception):
    """A step passed its own timeout; it `is_final` once tokens of it were told."""

    is_final = False


def is_being_cancelled() -> bool:
    """Whether this task was told to stop, and has not."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def is_stray(error: BaseException) -> bool:
    """Whether an error ends only the step: not the program, nor a run told to stop.

    A `CancelledError` may come out of the user's code without anyone having
    cancelled the run, as when it awaits a task that something else cancelled.
    """
    if isinstance(error, asyncio.CancelledError):
        return not is_being_cancelled()
    return not isinstance(error, KeyboardInterrupt | SystemExit | GeneratorExit)


def describe_error(error: BaseException) -> str:
    """An error in one line: its kind and its words; of a group, those of its errors."""
    words = "its text cannot be read"
    with suppress(Exception):
        words = " ".join(str(error).split())
    if isinstance(error, StepTimeout | StepError):
        return words
    inner: tuple[BaseException, ...] = getattr(error, "exceptions", ())
    if inner and issubclass(type(error), BaseExceptionGroup):
        words += ": " + "; ".join(map(describe_error, inner[:3]))
    return f"{type(error).__name__}: {words}" if words else type(error).__name__
