"""The deadline of a run, and times that do not count for it."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from typing import Any


class Deadline:
    """When a run is over, the same for all chains that it calls, and what ends it then.

    One that is not stated may move.
    """

    def __init__(self, at: float = math.inf, *, is_stated: bool = True) -> None:
        self.at = at
        self.is_stated = is_stated
        self.end: Callable[[], Any] | None = None
        self.timer: asyncio.TimerHandle | None = None
        # How often time has been stopped, and what was left of it then.
        self.stops = 0
        self.left = math.inf


def stop_time(limit: Deadline) -> None:
    """Let time stand still, until `go_on` was called as often; a stated deadline stays."""
    limit.stops += 1
    if limit.stops == 1 and not limit.is_stated:
        limit.left = limit.at - asyncio.get_running_loop().time()
        limit.at = math.inf
        if limit.timer is not None:
            limit.timer.cancel()


def go_on(limit: Deadline) -> None:
    """Let time go on where nothing stops it any more."""
    limit.stops -= 1
    if limit.stops == 0 and not limit.is_stated:
        loop = asyncio.get_running_loop()
        limit.at = loop.time() + limit.left
        if limit.end is not None:
            limit.timer = loop.call_at(limit.at, limit.end)
