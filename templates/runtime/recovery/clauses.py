"""What runs after the failure of a body, and at its end."""

from __future__ import annotations

import asyncio
import copy
import logging
import sys
from collections.abc import Callable, Coroutine
from typing import Any, TypeVarTuple

from ..run.deadline import Deadline
from ..run.process import process_state
from ..run.records import (
    StepError,
    cancel_task,
    describe_error,
    is_being_cancelled,
)
from ..run.run import Run, chain_logger
from .failures import failure_of, is_among

__all__ = ["finish", "is_caught"]

Ts = TypeVarTuple("Ts")

GRACE = 10.0
"""Seconds that are left to what runs last once its run is cancelled or too late."""


def is_caught(failure: StepError, *kinds: str | int) -> bool:
    """Say whether a clause for errors of some `kinds`, or of all, deals with a failure.

    None does once the run is cancelled: the user's code may have made an error of that.
    """
    if is_being_cancelled():
        return False
    return not kinds or is_among(failure_of(failure), kinds)


async def finish(
    run: Run, work: Callable[[Run, *Ts], Coroutine[Any, Any, Any]], *args: *Ts
) -> None:
    """Run what a body ends with, whatever became of it and whatever happens meanwhile.

    It has a task of its own, which a cancellation leaves alone for a grace. Its error
    is logged, and takes the place of none. Raises a cancellation once it has ended.
    """
    if isinstance(sys.exception(), GeneratorExit):
        return  # Nobody runs the event loop any more.
    last = Last(run)
    task = asyncio.get_running_loop().create_task(work(last.run, *args))
    await last.wait(task)
    error = None if task.cancelled() else task.exception()
    if isinstance(error, KeyboardInterrupt | SystemExit):
        raise error
    if error is not None or task.cancelled():
        last.report(error)
    if last.cancellation is not None:
        raise last.cancellation


class Last:
    """The end of a body under way, in a copy of the run with a deadline of its own."""

    def __init__(self, run: Run) -> None:
        self.run = copy.copy(run)
        self.run.is_last = True
        self.grace: asyncio.TimerHandle | None = None
        self.cancellation: asyncio.CancelledError | None = None

    async def wait(self, task: asyncio.Task[Any]) -> None:
        """Wait until the task has ended, which a cancellation only hurries."""
        ended = asyncio.Event()
        task.add_done_callback(lambda _: ended.set())
        if is_being_cancelled():
            self.hurry(task)
        try:
            while not task.done():
                try:
                    await ended.wait()
                except asyncio.CancelledError as error:
                    self.cancellation = error
                    self.hurry(task)
        finally:
            if self.grace is not None:
                self.grace.cancel()

    def hurry(self, task: asyncio.Task[Any]) -> None:
        """Leave the task no more than the grace, counted from the first cancellation."""
        if self.grace is None:
            self.run.going = None
            loop = asyncio.get_running_loop()
            self.run.limit = Deadline(loop.time() + GRACE)
            self.grace = loop.call_at(self.run.deadline, cancel_task, task)

    def report(self, error: BaseException | None) -> None:
        """Log that the end of a body has failed, or has taken too long."""
        logger = chain_logger(self.run.chain)
        if error is None and "left" in self.run.shared:
            return  # The next process that executes the run runs it.
        if error is None:
            is_late = self.grace is not None and self.run.time() >= self.run.deadline
            why = f": {GRACE:g} seconds had passed" if is_late else ""
            logger.error("`finally` was cut off%s", why)
            return
        log = process_state().get("log_error", logging.Logger.error)
        is_logged = isinstance(error, StepError) and error.step
        reason = None if is_logged else error
        log(logger, "%s", f"`finally` failed: {describe_error(error)}", exc_info=reason)
