"""The task of a run: its work until the deadline, in a context of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextvars import ContextVar, copy_context
from functools import partial
from typing import Any, TypeVar

from .earlier import RENEWED
from .records import LIMITS, RunCancelled, StepError, cancel_task, describe_error
from .run import Run

T = TypeVar("T")


CALLER_HTTP: ContextVar[Any] = ContextVar("http", default=None)
"""What the caller of a run has given for its HTTP requests."""


async def in_time(run: Run, work: Coroutine[Any, Any, T]) -> T:
    """Await `work` until the run's deadline; it has ended when this returns or raises.

    It has a task of its own, so that a step which cancels its task does not cancel
    the caller.
    """
    loop, context = asyncio.get_running_loop(), copy_context()
    context.run(LIMITS.set, ())  # those of the caller end the caller
    if run.http is not None:
        context.run(CALLER_HTTP.set, run.http)
    if run.earlier is not None:
        context.run(RENEWED.set, [False])
    run.task = task = loop.create_task(work, context=context)
    run.limit.end = partial(cancel_task, task)
    run.limit.timer = loop.call_at(run.deadline, run.limit.end)
    if "cancelled" in run.shared:
        cancel_task(task)
    try:
        await wait_for_end(task)
    finally:
        run.limit.timer.cancel()
        run.limit.end = None
    if task.cancelling() and run.time() >= run.deadline:
        raise TimeoutError
    if task.cancelled() and "cancelled" in run.shared:
        raise RunCancelled(f"Chain '{run.chain}' {run.shared['cancelled']}")
    if task.cancelled():
        raise StepError("a step cancelled the run that it is part of")
    error = task.exception()
    if error is None or isinstance(error, Exception | KeyboardInterrupt | SystemExit):
        return task.result()
    raise StepError(f"a step raised {describe_error(error)}") from error


def cancel_run(run: Run, words: str = "was cancelled") -> None:
    """Cancel a run, as its `shared` then says, for a record of the status `cancelled`."""
    run.shared["cancelled"] = words
    if run.going is not None:
        run.going.set()
    if run.events is not None:
        run.events.unbound()
    if run.task is not None:
        cancel_task(run.task)


async def wait_for_end(task: asyncio.Task[Any]) -> None:
    """Wait until a task has ended, even if this is cancelled: it then cancels the task.

    Raises a cancellation only when the task has ended.
    """
    cancelled: asyncio.CancelledError | None = None
    ended = asyncio.Event()
    task.add_done_callback(lambda _: ended.set())
    while not task.done():
        try:
            await ended.wait()
        except asyncio.CancelledError as error:
            if cancelled is None:
                cancel_task(task)
            cancelled = error
    if not task.cancelled():
        task.exception()  # else asyncio reports it as never retrieved
    if cancelled is not None:
        raise cancelled
