"""Runs beside their caller, which reads their events."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from .chain import Module, Options
from .events import EventQueue
from .execute import execute, new_run
from .run_task import wait_for_end


class StartedRun:
    """A run that has a task of its own, and its events."""

    def __init__(
        self, module: Module, name: str, payload: Any, options: Options
    ) -> None:
        chain = module.chain(name)
        self.run = new_run(module, chain, payload, options)
        self.run.events = self.queue = EventQueue()
        work = execute(module, chain, self.run)
        self.task = asyncio.get_running_loop().create_task(work)
        self.task.add_done_callback(lambda _: self.queue.append({}))

    async def read(self) -> AsyncGenerator[dict[str, Any], None]:
        """Yield the events of the run as they come."""
        try:
            while event := await self.queue.get():
                yield event
        finally:
            self.queue.close()


async def stream_run(
    module: Module, name: str, payload: Any, options: Options
) -> AsyncGenerator[dict[str, Any], None]:
    """Yield the events of a run; a slow reader slows it, closing the generator cancels it."""
    started = StartedRun(module, name, payload, options)
    try:
        async with aclosing(started.read()) as events:
            async for event in events:
                yield event
        started.task.result()
    finally:
        started.task.cancel()
        await wait_for_end(started.task)
