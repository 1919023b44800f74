"""Tasks that end together."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

__all__ = ["Nursery"]


class Nursery:
    """Tasks of which the first error cancels the others.

    A cancellation from outside reaches the `main` one first, and the others when that
    has ended. An error until then cancels all of them, the `main` one once more.
    """

    def __init__(self) -> None:
        self.tasks: list[asyncio.Task[None]] = []
        self.main: asyncio.Task[None] | None = None
        self.errors: list[BaseException] = []
        self.has_changed = asyncio.Event()

    def start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Start a task; tasks may do so too."""
        task = asyncio.create_task(self.watched(work))
        self.tasks.append(task)
        task.add_done_callback(lambda _: self.has_changed.set())
        return task

    async def watched(self, work: Coroutine[Any, Any, None]) -> None:
        """Note the error of some work."""
        try:
            await work
        except Exception as error:
            self.errors.append(error)
            raise

    def cancel(self, *, from_outside: bool) -> bool:
        """Cancel what runs; say whether that was all."""
        if from_outside and self.main is not None and not self.main.done():
            self.main.cancel()
            return False
        for task in self.tasks:
            task.cancel()
        return True

    async def end(self) -> None:
        """Wait until all have ended, and raise the first error."""
        is_over = False
        while not all(task.done() for task in self.tasks):
            try:
                self.has_changed.clear()
                await self.has_changed.wait()
            except asyncio.CancelledError as error:
                self.errors.insert(0, error)
                is_over = self.cancel(from_outside=True)
            is_cut_off = self.main is not None and not self.main.done()
            is_cut_off &= all(
                isinstance(e, asyncio.CancelledError) for e in self.errors
            )
            if self.errors and not is_over and not is_cut_off:
                is_over = self.cancel(from_outside=False)
        for task in self.tasks:
            task.cancelled() or task.exception()
        if self.errors:
            raise self.errors[0]
