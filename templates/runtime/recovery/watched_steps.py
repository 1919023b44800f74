"""Steps whose records expressions read."""

from __future__ import annotations

from typing import Any, NamedTuple

from ..run.records import StepError
from ..run.run import Step
from .error_records import error_record

__all__ = ["WatchedStep"]


class StepFacts(NamedTuple):
    """What expressions read of a step's record; a step under way is `running`."""

    status: str
    error: Any
    attempts: int
    elapsed_ms: int


class WatchedStep(Step):
    """A step that the flow has made, to read its record later."""

    reason: dict[str, Any] | None = None

    @property
    def facts(self) -> StepFacts:
        """What is known of the step by now."""
        record = self.record()
        status = "running" if self.ended is None else record["status"]
        return StepFacts(status, self.reason, record["attempts"], record["elapsed_ms"])

    def fail(self, error: BaseException) -> StepError | None:
        """Record why the step failed, also as plain data."""
        self.reason = error_record(error)
        return super().fail(error)

    def cancel(self) -> None:
        """Record that the step was cut off."""
        self.reason = {"kind": "cancelled", "message": "cancelled", "status": None}
        super().cancel()
