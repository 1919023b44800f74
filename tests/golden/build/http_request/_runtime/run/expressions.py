"""Expressions of a spec where they are evaluated, and steps that only compute a value."""

from __future__ import annotations

from types import TracebackType

from .records import StepError
from .run import Run, Step


class Expression:
    """An expression of a step or between steps, evaluated inside a `with` block.

    What it raises becomes a `StepError` that names its field and its line.
    """

    def __init__(self, owner: Run | Step, field: str, *, line: int) -> None:
        self.owner = owner
        self.field = field
        self.line = line

    def __enter__(self) -> None:
        pass

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if isinstance(error, Exception) and not isinstance(error, StepError):
            raise self.owner.failure(error, self.line, self.field) from error
