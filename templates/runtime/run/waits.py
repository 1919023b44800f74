"""What a run waited for when its time was over."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from .run import Run

__all__ = ["waiting_for"]


@contextmanager
def waiting_for(run: Run, what: str) -> Generator[None, None, None]:
    """Have the error of a run name a wait in which the run ends at its deadline."""
    try:
        yield
    except BaseException:
        if run.time() >= run.deadline:
            run.waits.append(what)
        raise
