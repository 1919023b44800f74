"""Expressions of a spec where they are evaluated, and steps that only compute a value."""

from __future__ import annotations

import traceback

from .records import StepError
from .run import Run, Step


class Expression:
    """An expression of a step or between steps, evaluated inside a `with` block.

    Its errors become `StepError`s with field and line, in place of our own traceback.
    """

    def __init__(self, owner: Run | Step, field: str, *, line: int) -> None:
        self.owner = owner
        self.field = field
        self.line = line

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, kind: object, error: BaseException | None, trace: object
    ) -> None:
        if isinstance(error, Exception) and not isinstance(error, StepError):
            drop_own_traceback(error)
            raise self.owner.failure(error, self.line, self.field) from error


def drop_own_traceback(error: Exception) -> None:
    """Drop the traceback of an expression's error, unless it leads into the user's code."""
    frames = traceback.walk_tb(error.__traceback__)
    modules = [frame.f_globals["__name__"] for frame, _ in frames]
    if modules[-1].startswith((modules[0], __name__.removesuffix("run.expressions"))):
        error.__traceback__ = None
