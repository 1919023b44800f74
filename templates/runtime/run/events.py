"""Events of a run, on their way to its listener."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Generator
from contextlib import suppress
from typing import Any

__all__ = ["EventQueue", "Ready"]


class Ready:
    """An awaitable that does not wait."""

    def __await__(self) -> Generator[Any, None, None]:
        yield from ()


class EventQueue:
    """A bounded queue of events between a run and its one listener, if it has one.

    `append` never waits. What it returns may be awaited until at most `size` events
    are unread, so that a slow listener slows the run.
    """

    def __init__(self, size: float = 64) -> None:
        self.loop = asyncio.get_running_loop()
        self.is_open = True
        self._size = size
        self._events: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._drained = asyncio.Event()

    def open(self, size: float) -> None:
        """Keep events from now on."""
        if self.is_open:
            raise RuntimeError("the events of this run have a reader already")
        self.is_open, self._size, self._events = True, size, asyncio.Queue()

    def unbound(self) -> None:
        """Let nothing wait for room any more."""
        self._size = math.inf
        self._drained.set()

    def close(self) -> None:
        """Drop events from now on, as nobody listens any more."""
        self.is_open = False
        self.unbound()

    def append(self, event: dict[str, Any]) -> Awaitable[None]:
        """Append an event, from the loop's own thread."""
        if self.is_open:
            self._events.put_nowait(event)
        return self

    def append_from_anywhere(self, event: dict[str, Any]) -> Awaitable[None]:
        """Append an event, from any thread; only the loop's own can wait for room."""
        with suppress(RuntimeError):
            if asyncio.get_running_loop() is self.loop:
                return self.append(event)
        # A thread may outlive the run that it works for, and even the event loop.
        with suppress(RuntimeError):
            self.loop.call_soon_threadsafe(self.append, event)
        return Ready()

    def __await__(self) -> Generator[Any, None, None]:
        """Wait until the listener has caught up."""
        while self._events.qsize() > self._size:
            self._drained.clear()
            yield from self._drained.wait().__await__()

    async def get(self) -> dict[str, Any]:
        """Wait for the next event, and return it."""
        event = await self._events.get()
        if self._events.qsize() <= self._size:
            self._drained.set()
        return event
