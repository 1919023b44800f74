"""The requests that are queued at a gate, each on the event loop of its run."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress

__all__ = ["GatePlace", "call_on", "running_loop"]


class GatePlace:
    """One request: queued at a gate, then among those that started in the last minute."""

    __slots__ = (
        "deadline",
        "is_idle",
        "is_logged",
        "is_refused",
        "loop",
        "share",
        "started",
        "tokens",
        "waiter",
    )

    def __init__(self, tokens: int, deadline: float) -> None:
        self.tokens = tokens
        self.share = tokens  # those that count while queued: at most a minute's
        self.deadline = deadline
        self.started = 0.0
        self.is_idle = False
        self.is_logged = False
        self.is_refused = False
        self.loop: asyncio.AbstractEventLoop | None = None  # while it is queued
        self.waiter: asyncio.Future[None] | None = None

    def wake(self) -> None:
        """Let the request check whether it may start."""
        if self.loop is not None:
            call_on(self.loop, self.end_wait)

    def end_wait(self) -> None:
        """The same, called on its event loop."""
        if self.waiter is not None and not self.waiter.done():
            self.waiter.set_result(None)

    def is_gone(self) -> bool:
        """Say whether the event loop is closed on which the request is queued."""
        return self.loop is None or self.loop.is_closed()

    def may_go_on(self, wakes: Callable[[], None]) -> bool:
        """Say whether that event loop runs; where it stands still, `wakes` is called later."""
        was_idle, self.is_idle = self.is_idle, True
        if self.loop is not None and self.loop.is_running():
            self.is_idle = False
        elif self.loop is not None and not was_idle:
            call_on(self.loop, wakes)
        return not self.is_idle


def running_loop() -> asyncio.AbstractEventLoop | None:
    """Return the event loop that runs in this thread, if one does."""
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


def call_on(loop: asyncio.AbstractEventLoop, callback: Callable[[], None]) -> None:
    """Call something on an event loop: at once where it runs in this thread."""
    if loop is running_loop():
        callback()
        return
    with suppress(RuntimeError):  # it is closed
        loop.call_soon_threadsafe(callback)
