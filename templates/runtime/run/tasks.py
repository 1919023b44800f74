"""Tasks of which none outlives the block that started it."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from types import TracebackType
from typing import Any, Self, TypeVar

__all__ = ["Tasks"]

T = TypeVar("T")


class Tasks:
    """Tasks that are awaited at the end of a block, the first failure of which is raised.

    A failure cancels the other tasks and the block itself; what cancels the block cancels
    its tasks. As opposed to `asyncio.TaskGroup`, whose task stays marked as cancelled
    before Python 3.13 where one fails while it is awaited, no mark is left by a failure,
    so that work may go on after one. A cancellation from outside wins over failures.
    """

    def __init__(self) -> None:
        self.running: set[asyncio.Task[Any]] = set()
        self.failure: BaseException | None = None
        self.owner: asyncio.Task[Any] | None = None
        self.cancellations = 0
        self.is_interrupted = False
        self.all_ended: asyncio.Future[None] | None = None

    async def __aenter__(self) -> Self:
        self.owner = asyncio.current_task()
        if self.owner is not None:
            self.cancellations = self.owner.cancelling()
        return self

    def create_task(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Start a task; tasks may do so too."""
        task = asyncio.get_running_loop().create_task(work)
        self.running.add(task)
        task.add_done_callback(self.end)
        return task

    def end(self, task: asyncio.Task[Any]) -> None:
        """Note that a task has ended."""
        self.running.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None and self.failure is None:
            self.failure = error
            self.cancel()
            if self.owner is not None:
                self.is_interrupted = self.owner.cancel()
        waiter = self.all_ended
        if not self.running and waiter is not None and not waiter.done():
            waiter.set_result(None)

    def cancel(self) -> None:
        """Cancel all tasks that run."""
        for task in self.running:
            task.cancel()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.has_ended_itself():
            error = None  # it is that of `end`
        cancelled = error if isinstance(error, asyncio.CancelledError) else None
        if error is not None:
            self.failure = self.failure or error
            self.cancel()
        while self.running:
            self.all_ended = asyncio.get_running_loop().create_future()
            try:
                await self.all_ended
            except asyncio.CancelledError as outer:
                cancelled = cancelled or outer
                self.cancel()
        failure, self.failure = cancelled or self.failure, None
        try:
            if failure is not None and failure is not error:
                raise failure from failure.__cause__
        finally:
            del failure, cancelled  # else they and this frame keep each other

    def has_ended_itself(self) -> bool:
        """Leave the block, and say whether only a failure of a task has cancelled it."""
        owner, self.owner = self.owner, None
        if owner is None or not self.is_interrupted:
            return False
        return owner.uncancel() <= self.cancellations
