"""How a run has ended, for what runs last in it."""

from __future__ import annotations

from typing import Any, Literal

from ..recovery.error_records import error_record
from .records import ChainStopped
from .run import Run

__all__ = ["RunEnd"]


class RunEnd:
    """How a chain has ended: `ok`, unless it notes something else."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.status: Literal["ok", "error", "timeout", "cancelled"] = "ok"
        self.error: dict[str, Any] | None = None

    def note(self, reason: BaseException) -> None:
        """Note what has ended the chain: an error, its deadline or a cancellation."""
        if isinstance(reason, Exception):
            self.status, self.error = "error", error_record(reason)
        elif isinstance(reason, ChainStopped):
            return
        elif self.run.time() >= self.run.deadline:
            self.note_timeout(f" after {self.run.seconds:g} seconds")
        elif self.is_cut_off():
            self.note_timeout()
        else:
            self.status = "cancelled"

    def note_timeout(self, when: str = "") -> None:
        """Note that time is over for the chain."""
        self.status, self.error = "timeout", error_record(TimeoutError())
        self.error["message"] = f"timed out{when}"

    def is_cut_off(self) -> bool:
        """Say whether the timeout has passed of the step that calls the chain."""
        calls = (step for step in self.run.steps if step.inner is self.run)
        call = next(calls, None)
        return call is not None and call.timeout is not None and call.timeout.expired()
