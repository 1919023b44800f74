"""The time of a run."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

from .run import Run

__all__ = ["now"]


def now(run: Run) -> Any:
    """Return when the run began, in UTC and whole seconds.

    Where the event loop has a clock of its own, as in tests, it is that clock's time. A
    thread may ask, as one does that changes a stored state.
    """
    if "now" not in run.shared:
        wall_time = getattr(run.loop, "wall_time", time.time)
        begun = wall_time() - (run.time() - run.started)
        run.shared["now"] = datetime.fromtimestamp(begun, UTC).replace(microsecond=0)
    return run.shared["now"]
