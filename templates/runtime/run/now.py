"""The time of a run."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from typing import Any
from weakref import WeakKeyDictionary

from .run import Run

__all__ = ["now"]

BEGUN: WeakKeyDictionary[asyncio.Task[Any], datetime] = WeakKeyDictionary()
"""When runs began, by their tasks, so that all of a run and its chains read one time."""


def now(run: Run) -> Any:
    """Return when the run began, in UTC and whole seconds.

    Where the event loop has a clock of its own, as in tests, it is that clock's time.
    """
    if run.task is None or run.task not in BEGUN:
        loop = asyncio.get_running_loop()
        wall_time = getattr(loop, "wall_time", time.time)
        begun = wall_time() - (loop.time() - run.started)
        found = datetime.fromtimestamp(begun, UTC).replace(microsecond=0)
        if run.task is None:
            return found
        BEGUN[run.task] = found
    return BEGUN[run.task]
