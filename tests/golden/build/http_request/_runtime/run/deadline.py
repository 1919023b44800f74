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
