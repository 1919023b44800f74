"""Handles of durable runs, and what reads their events."""

from __future__ import annotations

import asyncio
import math
import os
from collections.abc import AsyncGenerator
from typing import Any, cast

from dbos import DBOS

from ..run.chain import Module, Options
from ..run.events import EventQueue
from ..run.execute import Ended
from ..run.records import RunResult
from .durable_runs import DurableModule, StartedDurably, left_open
from .lives import ProcessEnds, lives_here
from .messages import TOPIC, message_for

__all__ = ["DurableHandle", "drain_durably", "stream_durably"]


class DurableHandle:
    """A run that this process has started, or attached to by its `run_id`."""

    def __init__(
        self, module: Module, name: str, payload: Any, options: Options
    ) -> None:
        self.module = cast(DurableModule, module)
        self.chain = module.chain(name)
        self.run_id = options.run_id or os.urandom(8).hex()
        self.queue = EventQueue()
        self.queue.close()
        options = options._replace(run_id=self.run_id)
        loop = asyncio.get_running_loop()
        starting = StartedDurably.start(self.module, name, payload, options, self.queue)
        self.started = loop.create_task(starting)
        self.task = loop.create_task(self.to_end())
        self.task.add_done_callback(lambda _: self.queue.append({}))

    async def to_end(self) -> Ended | None:
        """Wait for the end of the run; emit it where the run is executed elsewhere.

        Returns `None` where this process does not execute it to its end.
        """
        started = await self.started
        try:
            ended = await started.ended()
        except ProcessEnds:
            return None
        if started.caller.ended is None:
            what = ended.record["status"]
            event = "chain_complete" if what == "ok" else f"chain_{what}"
            names = {"chain": self.chain.name, "run_id": self.run_id}
            self.queue.append({"event": event, **names, "run": ended.record})
        return ended

    async def result(self) -> RunResult:
        """Wait for the end of the run, and return its record.

        Where this wait is cancelled, the run goes on. Raises `RuntimeError` where this
        process executes it no longer, and it is left for another.
        """
        await asyncio.wait([self.task])
        return self.ended().record

    def ended(self) -> Ended:
        """Return how the run has ended, once its task has; raise what has failed."""
        ended = self.task.result()
        if ended is None:
            raise RuntimeError(left_open(self.run_id))
        return ended

    async def events(
        self, buffer: int | None = 64
    ) -> AsyncGenerator[dict[str, Any], None]:
        """Yield the events from now on, of what is executed in this process.

        The run waits while more than `buffer` of them are unread; `None` lets it go
        ahead. Closing the iterator leaves the run alone. Raises behind the last of them
        what `result` raises, and what kept the run from starting.
        """
        if buffer is not None and (type(buffer) is not int or buffer < 0):
            raise ValueError(f"buffer must be from 0, or None, not {buffer!r}")
        self.queue.open(math.inf if buffer is None else buffer)
        if self.task.done():
            self.queue.append({})
        try:
            while event := await self.queue.get():
                yield event
            self.ended()
        finally:
            self.queue.close()

    async def cancel(self) -> RunResult:
        """Cancel the run; return its record when all that it began here has ended."""
        await asyncio.shield(self.started)
        await DBOS.cancel_workflow_async(self.run_id)
        return await self.result()

    async def send(self, name: str, data: Any, *, key: object = None) -> None:
        """Send an answer that a step waits for, or will wait for.

        Raises `LookupError` for a name that the chain does not wait for, `ValueError` for
        an answer that does not fit, and `RuntimeError` where the run has ended.
        """
        if self.task.done():
            raise RuntimeError(f"the run has ended, and has not taken '{name}'")
        await asyncio.shield(self.started)
        message = message_for(self.chain, name, data, key)
        await DBOS.send_async(self.run_id, message, TOPIC)


async def stream_durably(
    module: Module, name: str, payload: Any, options: Options
) -> AsyncGenerator[dict[str, Any], None]:
    """Yield the events of a run; a slow reader slows it, closing the generator does not end it."""
    handle = DurableHandle(module, name, payload, options)
    try:
        async for event in handle.events():
            yield event
    finally:
        handle.queue.close()


async def drain_durably(module: Module, timeout: float | None) -> int:
    """Wait for the runs under way here; leave those that are left at the timeout.

    Returns how many those are, which go on in the next process; raises `ValueError` for a
    timeout that is no time.
    """
    if timeout is not None and (type(timeout) not in (int, float) or not timeout >= 0):
        raise ValueError(f"timeout must be from 0 seconds, not {timeout!r}")
    waits = [asyncio.create_task(life.over.wait()) for life in lives_here()]
    if waits:
        _, left = await asyncio.wait(waits, timeout=timeout)
        for wait in left:
            wait.cancel()
        return len(left)
    return 0
