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

    def stop(self) -> None:
        """Let time stand still until `go_on` is called as often, unless it is stated."""
        self.stops += 1
        if self.stops == 1 and not self.is_stated:
            self.left = self.at - asyncio.get_running_loop().time()
            self.at = math.inf
            if self.timer is not None:
                self.timer.cancel()

    def go_on(self) -> None:
        """Let time go on where nothing stops it any more."""
        self.stops -= 1
        if self.stops == 0 and not self.is_stated:
            loop = asyncio.get_running_loop()
            self.at = loop.time() + self.left
            if self.end is not None:
                self.timer = loop.call_at(self.at, self.end)
