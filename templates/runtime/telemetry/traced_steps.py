"""Steps that are spans."""

from __future__ import annotations

from typing import Any, Self, TypeVar

from ..recovery.optional_step import OptionalStep, SkippedOnError
from ..run.expressions import ComputedStep
from ..run.process import Limiter
from ..run.records import StepError
from ..run.run import Run, Step
from .spans import QUOTING, Traced, error_type, logged_words

__all__ = ["SpannedStep", "TracedComputedStep", "TracedOptionalStep", "TracedStep"]

T = TypeVar("T")


class SpannedStep(Step):
    """A step that is a span from its start, its waits for permits included."""

    traced: Traced | None = None
    reason: BaseException | None = None

    async def __aenter__(self) -> Self:
        try:
            return await super().__aenter__()
        except BaseException:
            self.end_span()
            raise

    async def __aexit__(
        self, kind: object, error: BaseException | None, trace: object
    ) -> None:
        try:
            await super().__aexit__(kind, error, trace)
        finally:
            self.end_span()

    def start(self) -> None:
        """Start the step and its span."""
        super().start()
        run = self.run
        attributes = {
            "n3gen.step.name": self.name,
            "n3gen.step.path": self.path,
            "n3gen.chain.name": run.chain,
            "n3gen.run.id": run.id,
            "code.file.path": run.source,
            "code.line.number": self.line,
        }
        self.traced = Traced(f"step {self.name}", attributes)
        self.traced.open(self)

    def fail(self, error: BaseException) -> StepError | None:
        """Record why the step failed, and keep the error for its span."""
        self.reason = error
        return super().fail(error)

    def end_span(self) -> None:
        """End the span of the step as its record says."""
        if self.traced is None:
            return
        traced, self.traced = self.traced, None
        status: dict[str, Any] = {
            "n3gen.step.status": self.status,
            "n3gen.step.attempts": self.attempts,
            "n3gen.step.queued_ms": round(self.queued * 1000),
        }
        for name, value in self.extras.items():
            if name in ("kept", "cached", "fallback"):
                status[f"n3gen.step.{name}"] = value
        traced.span.set_attributes(status)
        if self.status in ("error", "timeout") and self.reason is not None:
            found = error_type(self.reason) or self.status
            words = None if found in QUOTING else logged_words(self.reason, self.error)
            traced.fail(found, words)
        self.reason = None  # else the error, its frames and the step keep each other
        traced.close()


class TracedStep(SpannedStep):
    """A step that is a span."""


class TracedSkippedOnError(SpannedStep, SkippedOnError):
    """A step that is a span, and that is skipped where it fails."""


class TracedOptionalStep(OptionalStep):
    """A step that is a span, whose failure ends only its block."""

    def __init__(
        self, run: Run, name: str, *, line: int, permit: Limiter | None = None
    ) -> None:
        self.step = TracedSkippedOnError(run, name, line=line, permit=permit)


class TracedComputedStep(SpannedStep, ComputedStep):
    """A step that only computes a value, and is a span."""

    def __exit__(
        self, kind: object, error: BaseException | None, trace: object
    ) -> None:
        try:
            super().__exit__(kind, error, trace)
        finally:
            self.end_span()


def computed_and_traced(run: Run, name: str, value: T, *, line: int) -> T:
    """Record the step `name`, whose value cannot fail to be computed, with a span."""
    with TracedComputedStep(run, name, line=line) as step:
        step.done(value)
    return value
