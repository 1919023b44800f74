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
            self.status, self.error = "timeout", error_record(TimeoutError())
            self.error["message"] = f"timed out after {self.run.seconds:g} seconds"
        else:
            self.status = "cancelled"
