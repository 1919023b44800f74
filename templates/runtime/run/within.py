"""Blocks with a deadline of their own."""

from __future__ import annotations

import asyncio
from types import TracebackType

from ..limits.durations import in_seconds
from .records import StepTimeout
from .run import Run
from .waits import Waits

__all__ = ["Within"]


class Within:
    """A block that ends in `seconds`: past them it is cut off, which is an error."""

    def __init__(self, run: Run, seconds: float, *, line: int) -> None:
        self.run = run
        self.seconds = seconds
        self.line = line
        self.timeout = asyncio.timeout(seconds)
        self.waits = Waits()

    async def __aenter__(self) -> None:
        self.waits.begin()
        await self.timeout.__aenter__()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.waits.end()
        try:
            await self.timeout.__aexit__(kind, error, trace)
        except TimeoutError:
            waits = self.waits.words(self.timeout.when() or 0.0)
            late = StepTimeout(f"timed out after {in_seconds(self.seconds)}{waits}")
            raise self.run.failure(late, self.line, "within") from late
