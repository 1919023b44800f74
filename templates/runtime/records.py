"""Takes nothing; says what a run hands back, and what it raises."""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypedDict

__all__ = [
    "ChainError",
    "ChainTimeout",
    "RunResult",
    "StepError",
    "StepRecord",
    "StepTimeout",
]


class StepRecord(TypedDict):
    """One step of a run: times in milliseconds, `started_ms` from the run's start.

    `path` is there where the step stands in a loop or in a chain that a step calls.
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
    tokens: NotRequired[int]


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


class ChainTimeout(ChainError):
    """A chain passed its deadline; `run` holds the steps that finished before."""


class StepError(Exception):
    """A step failed, or an expression between steps; the reason is its `__cause__`.

    Wrapping it once keeps a `TimeoutError` of a step apart from the chain's own.
    """


class StepTimeout(Exception):
    """A step passed its own timeout."""
