"""Expressions of a spec where they are evaluated, and steps that only compute a value."""

from __future__ import annotations

import traceback
from typing import Any, Self, TypeVar

from .records import StepError
from .run import Run, Step

T = TypeVar("T")


def drop_own_traceback(error: Exception) -> None:
    """Drop the traceback of an expression's error, unless it leads into the user's code."""
    frames = traceback.walk_tb(error.__traceback__)
    modules = [frame.f_globals["__name__"] for frame, _ in frames]
    if modules[-1].startswith((modules[0], __name__.removesuffix("run.expressions"))):
        error.__traceback__ = None


class ComputedStep(Step):
    """A step that only computes a value, inside a `with` block, and so never waits."""

    def done(self, result: Any) -> Any:
        """Keep the value, whose type may be any."""
        return super().done(result)

    def __enter__(self) -> Self:
        self.start()
        if self.run.events is not None:
            self.run.events.append(self.event("step_start"))
        return self

    def __exit__(
        self, kind: object, error: BaseException | None, trace: object
    ) -> None:
        self.ended = self.run.time()
        if isinstance(error, Exception):
            drop_own_traceback(error)
        failure = None if error is None else self.fail(error)
        if self.run.events is not None and self.status != "cancelled":
            ended = "step_complete" if error is None else "step_error"
            self.run.events.append(self.event(ended))
        if failure is not None and failure is not error:
            raise failure from error

    def failure(
        self, error: BaseException, line: int, field: str = "value"
    ) -> StepError:
        """Wrap an error of the expression."""
        return super().failure(error, line, field)


def computed(run: Run, name: str, value: T, *, line: int) -> T:
    """Record the step `name`, whose value cannot fail to be computed."""
    with ComputedStep(run, name, line=line) as step:
        step.done(value)
    return value
