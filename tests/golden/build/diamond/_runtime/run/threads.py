"""Calls that would block the event loop, in threads."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future
from contextlib import suppress
from contextvars import copy_context
from typing import ParamSpec, Self, TypeVar

from .process import Limiter, loop_state
from .records import describe_error

P = ParamSpec("P")


T = TypeVar("T")


MOST_THREADS = 256
"""Threads at once on one event loop: wide enough for a fan-out, and yet bounded."""


class Caught:
    """Keeps the error that ends its block, whatever it is."""

    error: BaseException | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: object, error: BaseException | None, trace: object
    ) -> bool:
        self.error = error
        return True


class DaemonThreads(Executor):
    """An executor with a thread for each call, which never keeps the process alive."""

    def submit(
        self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs
    ) -> Future[T]:
        future: Future[T] = Future()
        future.set_running_or_notify_cancel()

        def run() -> None:
            with Caught() as caught:
                future.set_result(fn(*args, **kwargs))
            if caught.error is not None:
                future.set_exception(error_of_thread(caught.error))

        threading.Thread(target=run, name="n3gen", daemon=True).start()
        return future


async def in_thread(call: Callable[[], T]) -> T:
    """Make a call in a thread.

    A thread cannot be cancelled: what one returns that is left behind is dropped.
    """
    loop = asyncio.get_running_loop()
    permits: Limiter = loop_state().setdefault("threads", Limiter(MOST_THREADS))

    def run() -> T:
        try:
            return call()
        finally:
            with suppress(RuntimeError):  # the event loop may be closed by now
                loop.call_soon_threadsafe(permits.release)

    await permits.acquire()
    try:
        called = loop.run_in_executor(DaemonThreads(), copy_context().run, run)
    except RuntimeError:  # no thread can be started
        permits.release()
        raise
    return await called


def error_of_thread(error: BaseException) -> Exception:
    """Return an error to await: others would end more than the call, or reach nobody."""
    ends_items = isinstance(error, StopIteration | StopAsyncIteration)
    if isinstance(error, Exception) and not ends_items:
        return error
    failure = RuntimeError(f"the function raised {describe_error(error)}")
    failure.__cause__ = error
    return failure
