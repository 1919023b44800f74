"""Times after which the work of a task is cut off."""

from __future__ import annotations

import asyncio
from types import TracebackType

from .records import LIMITS


class TimeLimit:
    """`asyncio.timeout`, in whose block no step starts any more past its `seconds`."""

    def __init__(self, seconds: float | None) -> None:
        self.timeout = asyncio.timeout(seconds)

    async def __aenter__(self) -> None:
        await self.timeout.__aenter__()
        self.before = LIMITS.set((*LIMITS.get(), self.timeout))

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        LIMITS.reset(self.before)
        if not self.timeout.expired():
            self.timeout.reschedule(None)  # for what was begun here and goes on
        await self.timeout.__aexit__(kind, error, trace)
