"""Work that is cancelled at one of the places where it waits."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Generator
from typing import Any

__all__ = ["Cancelled"]


class Cancelled:
    """Work that is cancelled when it waits for the nth time, once or more in a row."""

    def __init__(self, work: Coroutine[Any, Any, Any], at: int, times: int) -> None:
        self.work = work
        self.places = range(at, at + times)

    def __await__(self) -> Generator[Any, Any, Any]:
        task = asyncio.current_task()
        assert task is not None
        steps = self.work.__await__()
        place, sent, error = 0, None, None
        while True:
            try:
                waiting = steps.throw(error) if error else steps.send(sent)
            except StopIteration as end:
                return end.value
            place += 1
            if place in self.places:
                asyncio.get_running_loop().call_soon(task.cancel)
            sent, error = None, None
            try:
                sent = yield waiting
            except BaseException as thrown:
                error = thrown
