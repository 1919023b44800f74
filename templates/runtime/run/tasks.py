"""Tasks of which none outlives the block that started it."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, Self, TypeVar

from .records import cancel_task

__all__ = ["Tasks"]

T = TypeVar("T")


class Tasks:
    """Tasks that are awaited at the end of a block, the first failure of which is raised.

    The block itself only starts tasks. A failure cancels the others, and so does what
    cancels the block, which wins over failures. `asyncio.TaskGroup` leaves its task marked
    as cancelled before Python 3.13 where one fails; here work may go on after a failure.
    """

    def __init__(self) -> None:
        # In the order of their starts, in which they are cancelled.
        self.running: dict[asyncio.Task[Any], None] = {}
        self.failure: BaseException | None = None

    async def __aenter__(self) -> Self:
        self.all_ended = asyncio.Event()
        return self

    def create_task(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Start a task; tasks may do so too."""
        task = asyncio.get_running_loop().create_task(work)
        self.running[task] = None
        self.all_ended.clear()
        task.add_done_callback(self.end)
        return task

    def end(self, task: asyncio.Task[Any]) -> None:
        """Note that a task has ended."""
        self.running.pop(task, None)
        error = None if task.cancelled() else task.exception()
        if error is not None and self.failure is None:
            self.failure = error
            self.cancel()
        if not self.running:
            self.all_ended.set()

    def cancel(self) -> None:
        """Cancel all tasks that run."""
        for task in self.running:
            cancel_task(task)

    async def __aexit__(
        self, kind: object, error: BaseException | None, trace: object
    ) -> None:
        if error is not None:
            self.cancel()
        while self.running:
            try:
                await self.all_ended.wait()
            except asyncio.CancelledError as cancelled:
                error = cancelled
                self.cancel()
        failure, self.failure = error or self.failure, None
        try:
            if failure is not None:
                raise failure from failure.__cause__
        finally:
            del failure, error  # else they and this frame keep each other
