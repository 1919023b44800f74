"""Durable runs and steps that are spans."""

from __future__ import annotations

from ..durable.durable_steps import DurableSkippedOnError, DurableStep
from ..recovery.optional_step import OptionalStep
from ..run.process import Limiter
from ..run.run import Run
from .traced_steps import SpannedStep

__all__ = ["TracedDurableOptionalStep", "TracedDurableStep"]


class TracedDurableStep(SpannedStep, DurableStep):
    """A durable step that is a span; one that an earlier life has stored says so."""

    def end_span(self) -> None:
        """End the span of the step."""
        if self.outcome is not None and self.traced is not None:
            self.traced.set(n3gen__step__kept=True)
        super().end_span()


class TracedDurableSkippedOnError(TracedDurableStep, DurableSkippedOnError):
    """A durable step that is a span, and that is skipped where it fails."""


class TracedDurableOptionalStep(OptionalStep):
    """A durable step that is a span, whose failure ends only its block."""

    def __init__(
        self, run: Run, name: str, *, line: int, permit: Limiter | None = None
    ) -> None:
        self.step = TracedDurableSkippedOnError(run, name, line=line, permit=permit)
