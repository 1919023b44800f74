"""Calls that would block the event loop, in threads."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TypeVar

from .process import Limiter, loop_state
from .records import describe_error

T = TypeVar("T")


MOST_THREADS = 256
"""Threads at once on one event loop: wide enough for a fan-out, and yet bounded."""


async def in_thread(call: Callable[[], T]) -> T:
    """Make a call in a thread of its own, which never keeps the process alive.

    A thread cannot be cancelled: what one returns that is left behind is dropped.
    """
    loop = asyncio.get_running_loop()
    permits: Limiter = loop_state().setdefault("threads", Limiter(MOST_THREADS))
    future: asyncio.Future[T] = loop.create_future()

    def settle(outcome: Callable[[], None]) -> None:
        permits.release()
        if not future.cancelled():
            outcome()

    def run() -> None:
        try:
            outcome = partial(future.set_result, call())
        except BaseException as error:
            outcome = partial(future.set_exception, error_of_thread(error))
        with suppress(RuntimeError):  # the event loop may be closed by now
            loop.call_soon_threadsafe(settle, outcome)

    await permits.acquire()
    context = contextvars.copy_context()
    thread = threading.Thread(
        target=context.run, args=(run,), name="n3gen", daemon=True
    )
    try:
        thread.start()
    except RuntimeError:  # the system has no thread left
        permits.release()
        raise
    return await future


def error_of_thread(error: BaseException) -> Exception:
    """Return an error to await: others would end more than the call, or reach nobody."""
    if isinstance(error, Exception) and not isinstance(error, StopIteration):
        return error
    failure = RuntimeError(f"the function raised {describe_error(error)}")
    failure.__cause__ = error
    return failure
