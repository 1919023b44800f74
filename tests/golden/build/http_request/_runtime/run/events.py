"""Takes what happens in a run; hands it on, event by event, to one listener."""

from __future__ import annotations

import asyncio
import math
from collections import deque
from collections.abc import Awaitable, Generator
from contextlib import suppress
from typing import Any


class Ready:
    """Something to await that is there already."""

    def __await__(self) -> Generator[Any, None, None]:
        yield from ()


class EventQueue:
    """A bounded line of events between a run and its one listener.

    `append` never waits; what it returns can be awaited for room, which comes when
    at most `size` events are unread: so a slow listener slows the run.
    """

    def __init__(self, size: int = 64) -> None:
        self.loop = asyncio.get_running_loop()
        self._size: float = size
        self._events: deque[dict[str, Any]] = deque()
        self._filled = asyncio.Event()
        self._drained = asyncio.Event()

    def close(self) -> None:
        """Says that nobody listens any more: from now on no one waits for room."""
        self._size = math.inf
        self._drained.set()

    def append(self, event: dict[str, Any]) -> EventQueue:
        """Adds an event at once; only from the loop's own thread."""
        if self._size < math.inf:
            self._events.append(event)
        self._filled.set()
        return self

    def append_from_anywhere(self, event: dict[str, Any]) -> Awaitable[None]:
        """Adds an event from whatever thread; only the loop's own can wait for room."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            loop = None
        if loop is self.loop:
            return self.append(event)
        # A thread may outlive the run that it works for, and even the event loop.
        if not self.loop.is_closed():
            with suppress(RuntimeError):
                self.loop.call_soon_threadsafe(self.append, event)
        return Ready()

    def __await__(self) -> Generator[Any, None, None]:
        """Waits until the listener has caught up."""
        while len(self._events) > self._size:
            self._drained.clear()
            yield from self._drained.wait().__await__()

    async def get(self) -> dict[str, Any]:
        """The next event, waiting for it."""
        while not self._events:
            self._filled.clear()
            await self._filled.wait()
        event = self._events.popleft()
        if len(self._events) <= self._size:
            self._drained.set()
        return event
