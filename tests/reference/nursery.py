"""Tasks that end together."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

__all__ = ["Nursery"]


class Nursery:
    """Tasks of which the first error cancels the others."""

    def __init__(self) -> None:
        self.tasks: set[asyncio.Task[None]] = set()
        self.errors: list[BaseException] = []
        self.has_changed = asyncio.Event()

    def start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Start a task; tasks may do so too."""
        task = asyncio.create_task(self.watched(work))
        self.tasks.add(task)
        task.add_done_callback(lambda _: self.has_changed.set())
        return task

    async def watched(self, work: Coroutine[Any, Any, None]) -> None:
        """Note the error of some work."""
        try:
            await work
        except Exception as error:
            self.errors.append(error)
            raise

    async def end(self) -> None:
        """Wait until all have ended, and raise the first error."""
        is_over = False
        while not all(task.done() for task in self.tasks):
            try:
                self.has_changed.clear()
                await self.has_changed.wait()
            except asyncio.CancelledError as error:
                self.errors.insert(0, error)
                is_over = False
            if self.errors and not is_over:
                is_over = True
                for task in self.tasks:
                    task.cancel()
        for task in self.tasks:
            task.cancelled() or task.exception()
        if self.errors:
            raise self.errors[0]
