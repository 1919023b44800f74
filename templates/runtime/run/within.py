"""Blocks with a deadline of their own."""

from __future__ import annotations

from types import TracebackType

from ..limits.durations import in_seconds
from .records import StepTimeout
from .run import Run
from .time_limit import TimeLimit
from .waits import Waits

__all__ = ["Within"]


class Within:
    """A block that ends in `seconds`: past them it is cut off, which is an error."""

    def __init__(self, run: Run, seconds: float, *, line: int) -> None:
        self.run = run
        self.seconds = seconds
        self.line = line
        self.time_limit = TimeLimit(seconds)
        self.waits = Waits()

    async def __aenter__(self) -> None:
        self.waits.begin()
        await self.time_limit.__aenter__()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.waits.end()
        try:
            await self.time_limit.__aexit__(kind, error, trace)
        except TimeoutError:
            waits = self.waits.words(self.time_limit.timeout.when() or 0.0)
            late = StepTimeout(f"timed out after {in_seconds(self.seconds)}{waits}")
            raise self.run.failure(late, self.line, "within") from late
