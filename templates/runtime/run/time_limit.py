"""Times after which the work of a task is cut off."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Any, cast

from .records import LIMITS, Foreseen

__all__ = ["TimeLimit", "TimeOrElse", "ends_missed", "least_left", "nearest_end"]


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


class TimeOrElse(TimeLimit):
    """A time for a block with an `else`, past which there is a `TimeoutError`.

    So there is where a step has failed as its next try, or its turn, would have come
    only after this time.
    """

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        end = self.timeout.when()
        await super().__aexit__(kind, error, trace)
        if end in ends_missed(error):
            raise TimeoutError from error


def ends_missed(error: BaseException | None) -> list[float]:
    """Return the ends before which a failure had no time for a next try or for its turn."""
    own: float | None = getattr(error, "too_late_for", None)
    if own is not None:
        return [own]
    if isinstance(error, ExceptionGroup):
        inner = cast("tuple[Exception, ...]", cast("Any", error).exceptions)
        return [end for one in inner for end in ends_missed(one)]
    return ends_missed(error.__cause__) if isinstance(error, Foreseen) else []


def least_left(seconds: float | None) -> float | None:
    """Return `seconds`, or what is left of a time limit around that ends before them."""
    now = asyncio.get_running_loop().time()
    ends = [limit.when() for limit in LIMITS.get()]
    left = [max(round(end - now, 3), 0.0) for end in ends if end is not None]
    return min((*left, *((seconds,) if seconds is not None else ())), default=None)


def nearest_end(deadline: float) -> float:
    """Return the deadline of a run, or the end of a time limit around that is nearer."""
    now = asyncio.get_running_loop().time()
    ends = [end for limit in LIMITS.get() if (end := limit.when()) is not None]
    # What runs last has its own deadline once a limit around it has passed.
    return min((deadline, *(end for end in ends if end > now)))
