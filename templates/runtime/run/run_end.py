"""How a run has ended, for what runs last in it."""

from __future__ import annotations

import asyncio
from typing import Any, Literal

from ..recovery.error_records import error_record
from .records import ChainStopped, is_being_cancelled
from .run import Run

__all__ = ["RunEnd"]


class RunEnd:
    """How a chain has ended: `ok`, unless it notes something else.

    A deadline or a cancellation that comes while its last steps run counts instead.
    """

    def __init__(self, run: Run) -> None:
        self.run = run
        self.task = asyncio.current_task()
        self.noted: Literal["ok", "error", "timeout", "cancelled"] = "ok"
        self.record: dict[str, Any] | None = None

    @property
    def status(self) -> Literal["ok", "error", "timeout", "cancelled"]:
        """Return how the chain has ended, as far as that is known by now."""
        if self.noted in ("ok", "error") and is_being_cancelled(self.task):
            self.note(asyncio.CancelledError())
        return self.noted

    @property
    def error(self) -> dict[str, Any] | None:
        """Return the record of the error, or of the deadline, that has ended the chain."""
        return self.record if self.status in ("error", "timeout") else None

    def note(self, reason: BaseException) -> None:
        """Note what has ended the chain: an error, its deadline or a cancellation."""
        if isinstance(reason, Exception):
            self.noted, self.record = "error", error_record(reason)
        elif isinstance(reason, ChainStopped):
            return
        elif self.run.time() >= self.run.deadline:
            self.note_timeout(f" after {self.run.seconds:g} seconds")
        elif self.is_cut_off():
            self.note_timeout()
        else:
            self.noted = "cancelled"

    def note_timeout(self, when: str = "") -> None:
        """Note that time is over for the chain."""
        self.noted = "timeout"
        self.record = {**error_record(TimeoutError()), "message": f"timed out{when}"}

    def is_cut_off(self) -> bool:
        """Say whether the timeout has passed of the step that calls the chain."""
        calls = (step for step in self.run.steps if step.inner is self.run)
        call = next(calls, None)
        return call is not None and call.timeout is not None and call.timeout.expired()
