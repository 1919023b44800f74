"""Times after which the work of a task is cut off."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Any, cast

from .records import count_cancelled


class TimeLimit:
    """`asyncio.timeout`, in whose block no step starts any more past its `seconds`."""

    timer: asyncio.TimerHandle | None = None

    def __init__(self, seconds: float | None) -> None:
        self.timeout = asyncio.timeout(seconds)

    async def __aenter__(self) -> None:
        await self.timeout.__aenter__()
        self.task = cast("asyncio.Task[Any]", asyncio.current_task())
        if (at := self.timeout.when()) is not None:
            # As early as the other timer, so before the task runs again.
            loop = asyncio.get_running_loop()
            self.timer = loop.call_at(at, count_cancelled, self.task)

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.timer is not None:
            self.timer.cancel()
        if self.timeout.expired():
            count_cancelled(self.task, -1)
        await self.timeout.__aexit__(kind, error, trace)
