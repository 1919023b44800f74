"""Stages of a pipeline that run at the same time, joined by bounded channels."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import nullcontext
from typing import Any, cast

from .dropped import KEPT_STEPS, drop_records
from .earlier import RENEWED
from .expressions import Expression
from .pipeline import Stage
from .round_results import RoundResults
from .rounds import skip_steps
from .run import ROUND, Run, round_of
from .streams import END
from .tasks import Tasks

__all__ = ["Channel", "StageLine"]


class Channel:
    """A bounded line of items between two stages.

    `size` items can wait in it, each with the results of the round that it is of, and
    whether it is new to a run that goes on from an earlier one; `used` says whether any
    has come through yet. `check` returns an item as what it has to be, or raises.
    """

    def __init__(
        self, run: Run, size: int, check: Callable[[Any], Any] | None = None
    ) -> None:
        self.run = run
        self.size = size
        self.check = check
        self.items: deque[tuple[Any, dict[str, Any], bool]] = deque()
        self.used = False
        self.arrived = asyncio.Event()
        self.drained = asyncio.Event()

    def add(self, item: Any) -> None:
        """Add an item, whether there is room or not."""
        self.used = True
        standing = ROUND.get()
        is_ours = standing is not None and standing[0] is self.run.steps
        results = standing[3] if standing and is_ours else self.run.results
        self.items.append((item, results, RENEWED.get([False])[0]))
        self.arrived.set()

    async def put(self, item: Any) -> None:
        """Add an item once there is room."""
        if self.check is not None:
            item = self.check(item)
        while len(self.items) >= self.size:
            self.drained.clear()
            await self.drained.wait()
        self.add(item)

    async def put_all(self, value: Any) -> None:
        """Add the items of a list one by one; any other value is one, none is nothing."""
        if isinstance(value, list | tuple):
            for item in [*cast("list[Any]", value)]:
                await self.put(item)
        elif value is not None:
            await self.put(value)

    async def filled(self) -> None:
        """Wait until there is an item, or the end."""
        while not self.items:
            self.arrived.clear()
            await self.arrived.wait()

    async def get(self) -> tuple[Any, dict[str, Any], bool]:
        """Take the next item, once there is one, its results and whether it is new."""
        if not self.items:
            await self.filled()
        self.drained.set()
        return self.items.popleft()


class StageLine:
    """Stages that run at the same time: the items of one are the arguments of the next.

    The first failure cancels the other stages and awaits them.
    """

    def __init__(self, run: Run) -> None:
        self.run = run
        self.last = Channel(run, 1)
        self.stages: list[Callable[[], Coroutine[Any, Any, None]]] = []
        self.values: list[Any] = []
        self.renewed = RENEWED.get([False])

    def source(
        self,
        name: str,
        work: Callable[[Channel], Awaitable[Any]],
        *,
        buffer: int,
        check: Callable[[Any], Any] | None = None,
    ) -> None:
        """Add the first stage, which may pass on its items while it works."""
        channel = self.last = Channel(self.run, buffer, check)

        async def work_off() -> None:
            async with Stage(self.run, name):
                value = await work(channel)
                if not channel.used:
                    with Expression(self.run, name, line=0):
                        await channel.put_all(value)
            channel.add(END)

        self.stages.append(work_off)

    def each(
        self,
        name: str,
        work: Callable[[Any], Awaitable[Any]],
        *,
        workers: int | None = 1,
        buffer: int | None = None,
        check: Callable[[Any], Any] | None = None,
        keeps: bool = True,
    ) -> None:
        """Add a stage that works on each item, on up to `workers` at once.

        Without `workers` there are as many as the limit on model calls has permits.
        With a `buffer` the items of its values are passed on; else they are `values`,
        where it `keeps` them.
        """
        stage = ItemStage(self, name, work, self.last)
        stage.workers = workers or self.run.llm.permits
        stage.keeps = keeps
        if buffer is not None:
            stage.outlet = self.last = Channel(self.run, buffer, check)
        self.stages.append(stage.work_off)

    async def results(self) -> list[Any]:
        """Run all stages, and return the values of the last one, in order."""
        self.run.used_parallel = True
        async with Tasks() as tasks:
            for work_off in self.stages:
                tasks.create_task(work_off())
        return self.values


class ItemStage:
    """A stage that works on each item of the one before, and passes on what it makes."""

    workers: int
    keeps: bool
    outlet: Channel | None = None

    def __init__(
        self,
        line: StageLine,
        name: str,
        work: Callable[[Any], Awaitable[Any]],
        inlet: Channel,
    ) -> None:
        self.line = line
        self.name = name
        self.work = work
        self.inlet = inlet
        self.prefix, around = round_of(line.run)
        self.results = RoundResults(around)
        self.turn = asyncio.Lock()
        self.count = 0
        self.is_over = False
        self.ended = asyncio.Event()
        self.ended.set()
        self.crowded = 2 * KEPT_STEPS

    async def work_off(self) -> None:
        """Work on all items; the stage starts with the first."""
        run = self.line.run
        await self.inlet.filled()
        async with Stage(run, self.name):
            if self.workers == 1:
                await self.work_off_alone()
            else:
                async with Tasks() as tasks:
                    for _ in range(self.workers):
                        tasks.create_task(self.work_off_some())
        self.results.close()
        if not self.count:
            skip_steps(run, self.name)
        if self.outlet is not None:
            self.outlet.add(END)

    async def work_off_alone(self) -> None:
        """Work on one item after another, until none is left."""
        while (taken := await self.inlet.get())[0] is not END:
            self.count += 1
            await self.forward(await self.work_on(self.count - 1, *taken))

    async def work_off_some(self) -> None:
        """Work on one item after another, beside other workers, until none is left."""
        while True:
            async with self.turn:
                if self.is_over:
                    return
                taken = await self.inlet.get()
                if taken[0] is END:
                    self.is_over = True
                    return
                index, before, self.ended = self.count, self.ended, asyncio.Event()
                ended, self.count = self.ended, index + 1
            value = await self.work_on(index, *taken)
            await before.wait()
            await self.forward(value)
            ended.set()

    async def work_on(
        self, index: int, item: Any, around: dict[str, Any], is_new: bool
    ) -> Any:
        """Return what the stage makes of an item."""
        run = self.line.run
        path = f"{self.prefix}{self.name}[{index}]."
        ROUND.set((run.steps, run.prefix, path, self.results.begin(index, around)))
        renewed = [is_new]
        RENEWED.set(renewed)
        value = await self.work(item)
        self.line.renewed[0] |= renewed[0]
        self.results.end(index)
        return value

    async def forward(self, value: Any) -> None:
        """Hand on the items of a value, or keep it as one of the line's."""
        run = self.line.run
        if self.outlet is not None:
            # A check may find that an item is not what the next stage takes.
            is_checked = self.outlet.check is not None
            with Expression(run, self.name, line=0) if is_checked else nullcontext():
                await self.outlet.put_all(value)
        elif self.keeps:
            self.line.values.append(value)
        if len(run.steps) >= self.crowded:
            self.crowded = drop_records(run)
