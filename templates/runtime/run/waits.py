"""What was waited for when the time of a run, a block or a step was over."""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar

from .run import Run

__all__ = ["BLOCKS", "Waits", "waiting", "waiting_for"]


class Waits(list[tuple[float, str]]):
    """The waits inside of a block that were cut off, and when."""

    def begin(self) -> None:
        """Note the waits of this context from now on, beside the blocks around."""
        self.around = BLOCKS.get()
        BLOCKS.set((*self.around, self))

    def end(self) -> None:
        """Leave this to the blocks around again."""
        BLOCKS.set(self.around)

    def words(self, since: float) -> str:
        """Say which were cut off at a moment or later; empty where none was."""
        found = sorted({what for at, what in self if at >= since})
        return f", waiting: {'; '.join(found)}" if found else ""


BLOCKS: ContextVar[tuple[Waits, ...]] = ContextVar("blocks", default=())
"""The blocks with a time of their own that this context is in."""


@contextmanager
def waiting(what: str) -> Generator[None, None, None]:
    """Have the errors of the blocks around name a wait in which their time is over."""
    try:
        yield
    except BaseException:
        for waits in BLOCKS.get():
            waits.append((asyncio.get_running_loop().time(), what))
        raise


@contextmanager
def waiting_for(run: Run, path: str, what: str) -> Generator[None, None, None]:
    """Have the errors of the run and of the steps and blocks around name a wait.

    `path` is that of who waits, as far as the wait is part of a step.
    """
    try:
        with waiting(what):
            yield
    except BaseException:
        if run.time() >= run.deadline:
            run.waits.append(what)
        for step in run.steps if path else ():
            is_late = step.timeout is not None and step.timeout.expired()
            if is_late and f"{path}.".startswith(f"{step.path}."):
                step.cut_off = f", waiting: {what}"
        raise
