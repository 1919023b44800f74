"""Work that is cancelled at one of the places where it waits."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Generator
from itertools import count
from typing import Any

__all__ = ["Cancelled", "CutOff"]


class Watched:
    """Work before each wait of which something is called."""

    def __init__(
        self, work: Coroutine[Any, Any, Any], before_wait: Callable[[], None]
    ) -> None:
        self.work = work
        self.before_wait = before_wait

    def __await__(self) -> Generator[Any, Any, Any]:
        steps = self.work.__await__()
        sent, error = None, None
        while True:
            try:
                waiting = steps.throw(error) if error else steps.send(sent)
            except StopIteration as end:
                return end.value
            self.before_wait()
            sent, error = None, None
            try:
                sent = yield waiting
            except BaseException as thrown:
                error = thrown


class Cancelled:
    """Work that is cancelled when it waits for the nth time, once or more in a row."""

    def __init__(self, work: Coroutine[Any, Any, Any], at: int, times: int) -> None:
        self.work = work
        self.places = range(at, at + times)

    def __await__(self) -> Generator[Any, Any, Any]:
        task = asyncio.current_task()
        assert task is not None
        places = count(1)

        def before_wait() -> None:
            if next(places) in self.places:
                asyncio.get_running_loop().call_soon(task.cancel)

        return Watched(self.work, before_wait).__await__()


class CutOff:
    """Cancels a task when it, or one that began after it, waits for the nth time."""

    def __init__(self, work: Coroutine[Any, Any, Any], at: int) -> None:
        self.work = work
        self.left = at
        self.task: asyncio.Task[Any] | None = None

    async def outcome(self) -> Any:
        """Return what the work returns or raise what it raises; then nothing is counted."""
        loop = asyncio.get_running_loop()
        loop.set_task_factory(self.made)
        self.task = loop.create_task(self.work)
        try:
            return await self.task
        finally:
            loop.set_task_factory(None)
            self.left = 0

    def made(
        self,
        loop: asyncio.AbstractEventLoop,
        work: Coroutine[Any, Any, Any],
        **options: Any,
    ) -> asyncio.Task[Any]:
        return asyncio.Task(self.counted(work), loop=loop, **options)

    async def counted(self, work: Coroutine[Any, Any, Any]) -> Any:
        return await Watched(work, self.before_wait)

    def before_wait(self) -> None:
        """Count a wait."""
        self.left -= 1
        if self.left == 0 and self.task is not None:
            asyncio.get_running_loop().call_soon(self.task.cancel)
