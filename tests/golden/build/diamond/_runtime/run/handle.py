"""Handles of runs that go on beside their caller."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncGenerator
from contextlib import suppress
from typing import Any, Self

from .chain import Module, Options
from .records import RunResult
from .run import Run
from .run_task import cancel_run
from .started import StartedRun


class RunHandle(StartedRun):
    """A run under way; as a context manager it is cancelled when the block is left."""

    def __init__(
        self, module: Module, name: str, payload: Any, options: Options
    ) -> None:
        super().__init__(module, name, payload, options)
        self.queue.close()
        self.run.going = self.going = asyncio.Event()
        self.going.set()
        make = module.chain(name).inbox
        self.run.inbox = {} if make is None else make()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.cancel()

    async def result(self) -> RunResult:
        """Wait for the end of the run, and return its record.

        Where this wait is cancelled, the run goes on.
        """
        if self.is_under_way():
            await asyncio.wait((self.task,))
        if self.task.cancelled():
            raise RuntimeError("the run was cut off by the end of its event loop")
        return self.task.result().record

    def events(self, buffer: int | None = 64) -> AsyncGenerator[dict[str, Any], None]:
        """Return the events from now on, for one reader at a time.

        The run waits while more than `buffer` of them are unread; `None` lets it go
        ahead. Closing the iterator leaves the run alone.
        """
        if buffer is not None and (type(buffer) is not int or buffer < 0):
            raise ValueError(f"buffer must be from 0, or None, not {buffer!r}")
        is_over = not self.is_under_way()
        self.queue.open(math.inf if buffer is None else buffer)
        if is_over:
            self.queue.append({})
        return self.read()

    async def cancel(self) -> RunResult:
        """Cancel the run; return its record when all that it began has ended."""
        self.resume()
        cancel_run(self.run)
        return await self.result()

    async def send(self, name: str, data: Any, *, key: object = None) -> None:
        """Send an answer that a step waits for, or an item to a channel with room for it.

        Raises `LookupError` for a name that the chain does not have, `ValueError` for an
        answer that does not fit, and `RuntimeError` where the channel or the run is over.
        """
        inlet = self.inlet(name)
        if not self.is_under_way():
            raise RuntimeError(f"the run has ended, and has not taken '{name}'")
        await inlet.receive(data, None if key is None else str(key), self.task)

    def close(self, channel: str) -> None:
        """Say that no more items come for a channel."""
        if self.is_under_way():
            self.inlet(channel).close()

    def inlet(self, name: str) -> Any:
        """Return what takes the data that is sent to a name."""
        inbox = self.run.inbox or {}
        if name not in inbox:
            known = ", ".join(inbox) or "nothing"
            what = f"cannot send '{name}' to chain '{self.run.chain}'"
            raise LookupError(f"{what}; it takes: {known}")
        return inbox[name]

    def pause(self) -> None:
        """Let no step start until `resume`; those that run go on."""
        if self.is_under_way() and self.going.is_set():
            self.going.clear()
            self.run.limit.stop()

    def resume(self) -> None:
        """Let steps start again."""
        if self.is_under_way() and not self.going.is_set():
            self.going.set()
            self.run.limit.go_on()

    def is_under_way(self) -> bool:
        """Return whether the run goes on; its own event loop alone may ask."""
        if self.task.done():
            return False
        with suppress(RuntimeError):  # no loop runs in this thread
            if asyncio.get_running_loop() is self.task.get_loop():
                return True
        raise RuntimeError("the run is on another event loop: use its handle there")


async def drain_runs(module: Module, timeout: float | None) -> int:
    """Wait for the runs of a module on this event loop; cancel those left at the timeout.

    Returns how many were cancelled; raises `ValueError` for a timeout that is no time.
    """
    if timeout is not None and (type(timeout) not in (int, float) or not timeout >= 0):
        raise ValueError(f"timeout must be from 0 seconds, not {timeout!r}")
    await asyncio.sleep(0)  # else runs just started would not have begun
    with suppress(TimeoutError):
        async with asyncio.timeout(timeout):
            await runs_ended(module)
    left = under_way(module)
    for run in left:
        cancel_run(run)
    await runs_ended(module)
    return len(left)


def under_way(module: Module) -> list[Run]:
    """Return the runs of a module that are under way on this event loop."""
    time = asyncio.get_running_loop().time
    return [run for run in [*module.running] if run.time == time]


async def runs_ended(module: Module) -> None:
    """Wait until no run of a module is under way on this event loop."""
    while runs := under_way(module):
        await module.running[runs[0]].wait()
