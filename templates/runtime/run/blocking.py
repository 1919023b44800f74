"""Calls of chains from where no event loop runs."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, ParamSpec, TypeVar

__all__ = ["blocking"]

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
        if is_in_loop():
            name = getattr(function, "__name__", "the function")
            raise RuntimeError(
                f"`{name}_sync` blocks, and was called from a running event loop:"
                f" write `await {name}(...)` there"
            )
        return asyncio.run(main(*args, **kwargs))

    return call


def is_in_loop() -> bool:
    """Say whether an event loop is running in this thread."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
