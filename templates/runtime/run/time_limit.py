"""Times after which the work of a task is cut off."""

from __future__ import annotations

import asyncio
from types import TracebackType

from .records import LIMITS

__all__ = ["TimeLimit", "least_left"]


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
        await self.timeout.__aexit__(kind, error, trace)


def least_left(seconds: float | None) -> float | None:
    """Return `seconds`, or what is left of a time limit around that ends before them."""
    now = asyncio.get_running_loop().time()
    ends = [limit.when() for limit in LIMITS.get()]
    left = [max(round(end - now, 3), 0.0) for end in ends if end is not None]
    return min((*left, *((seconds,) if seconds is not None else ())), default=None)
