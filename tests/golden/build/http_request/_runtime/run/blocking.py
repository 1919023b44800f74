"""Calls of chains from where no event loop runs."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")


T = TypeVar("T")


def blocking(
    function: Callable[P, Coroutine[Any, Any, T]], close: Callable[[], Awaitable[None]]
) -> Callable[P, T]:
    """Return a function that runs a coroutine function to its end, then awaits `close`.

    Each call has an event loop of its own; where one is running, `RuntimeError` is raised.
    """

    async def main(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return await function(*args, **kwargs)
        finally:
            await close()

    def call(*args: P.args, **kwargs: P.kwargs) -> T:
        work = main(*args, **kwargs)
        try:
            return asyncio.run(work)
        except RuntimeError as error:
            if inspect.getcoroutinestate(work) != inspect.CORO_CREATED:
                raise
            misuse = "called from a running event loop: `await run_chain(...)` there"
            raise RuntimeError(f"`run_chain_sync` blocks, and was {misuse}") from error
        finally:
            work.close()

    return call
