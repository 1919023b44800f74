"""Loops whose rounds are run by all processes that have the code of their run."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from dbos import DBOS, SetEnqueueOptions, SetWorkflowID
from dbos import error as dbos_error

from ..run.expressions import Expression
from ..run.pool import PENDING, Pool
from ..run.rounds import check_items
from ..run.run import Run
from ..run.tasks import Tasks
from .durable_steps import DurableStep
from .journal import JOURNAL, Journal, outcomes_in, steps_of
from .queues import rounds_queue
from .shared_limits import Sharing, sharing
from .shares import IS_SPREAD, Order, Replay, ShareJournal
from .take_over import take_over

__all__ = ["DurablePool"]

T = TypeVar("T")

GLANCE = 0.1
"""Seconds between two looks at the rounds that processes have taken."""

LOOK = 2.0
"""Seconds between two looks at who is there to take rounds."""

MOST_ROUNDS = 250
"""Rounds that a process takes at a time."""


@dataclass(frozen=True)
class Share:
    """Rounds that some process has taken or is to take: `id` is that of its workflow."""

    id: str
    start: int
    stop: int
    width: int


class DurablePool(Pool):
    """A pool whose rounds run in whatever processes there are.

    Where runs are kept on a server and several processes have their code, each takes
    shares of the rounds through a queue, one at a time. What the steps of a share came
    to is read when it has ended, and then the rounds are run here by their outcomes, so
    that values, records, failures and events are those of a pool in one process.
    """

    async def map(
        self, work: Callable[[T], Awaitable[Any]], items: Iterable[T]
    ) -> list[Any]:
        """Return what `work` makes of each item, in the order of the items."""
        journal = JOURNAL.get()
        place = journal.place(f"{self.prefix}{self.name}", self.line)
        order: Order | None = journal.order
        if isinstance(journal, Replay) and order is not None:
            if order["place"] == place:
                await self.take(journal, order, work, self.listed(items))
        elif self.may_spread(journal):
            rounds = self.listed(items)
            spread = Spread(self, journal, place, callers_of(self.run))
            if await spread.is_worthwhile(len(rounds)):
                return await spread.map(work, rounds)
            items = rounds
        return await super().map(work, items)

    def listed(self, items: Iterable[T]) -> list[T]:
        """Return all items of the loop."""
        with Expression(self.run, "for", line=self.line):
            check_items(items)
            return [*items]

    def may_spread(self, journal: Journal) -> bool:
        """Say whether other processes may have rounds.

        Those of a run with a budget, or with a bound on its steps, are counted in one; one
        that retries another compares them with its record.
        """
        run = self.run
        is_counted = any(
            one is not None for one in (run.slots, run.budget, run.earlier)
        )
        is_shared = sharing() is not None and journal.taker is not None
        return is_shared and not is_counted and self.workers > 1 and not IS_SPREAD.get()

    async def take(
        self,
        journal: Replay,
        order: Order,
        work: Callable[[T], Awaitable[Any]],
        items: Sequence[T],
    ) -> None:
        """Run the rounds of a share, and with that end the execution here."""
        own: ShareJournal = journal.own
        JOURNAL.set(own)
        IS_SPREAD.set(True)
        numbers = iter(range(order["start"], order["stop"]))
        left, all_ended = order["stop"] - order["start"], asyncio.Event()

        def end() -> None:
            nonlocal left
            left -= 1
            if not left:
                all_ended.set()

        async def work_off() -> None:
            for index in numbers:
                self.begin(index, items[index])
                try:
                    await work(items[index])
                except BaseException:
                    all_ended.set()
                    raise
                end()

        async with Tasks() as tasks:

            def rests() -> None:
                end()
                tasks.create_task(work_off())

            own.rests = rests
            for _ in range(order["width"]):
                tasks.create_task(work_off())
            await all_ended.wait()
            journal.finish()
            await asyncio.Event().wait()


def callers_of(run: Run) -> list[str]:
    """Return the places of the steps that call the chain of a run, the inmost first."""
    for step in reversed(run.steps):
        if step.inner is run and isinstance(step, DurableStep):
            return [step.place, *callers_of(step.run)]
    return []


class Spread:
    """The rounds of one loop, and the shares in which processes take them."""

    def __init__(
        self, pool: DurablePool, journal: Journal, place: str, callers: list[str]
    ) -> None:
        self.pool = pool
        self.journal = journal
        self.place = place
        self.callers = callers
        self.stem = f"{journal.run_id}:{place}:"
        self.queue_name = rounds_queue(journal.source)
        # Shares that are queued or at work; how many rounds may begin besides.
        self.open: dict[str, Share] = {}
        self.free = pool.workers
        self.working = 0
        self.processes = 1
        self.looked = 0.0
        # From where to where no share has been cut.
        self.uncut: list[tuple[int, int]] = []

    async def is_worthwhile(self, rounds: int) -> bool:
        """Say whether rounds have been taken before, or somebody else could take some."""
        if any(child.startswith(self.stem) for child in self.journal.children):
            return True
        await self.count_processes()
        return rounds > 1 and self.processes > 1

    async def count_processes(self) -> None:
        """Learn how many processes there are with the code of the run."""
        shared: Sharing | None = sharing()
        self.looked = time.monotonic()
        if shared is not None:
            self.processes = max(1, await shared.processes(self.journal.source))

    async def map(
        self, work: Callable[[T], Awaitable[Any]], items: Sequence[T]
    ) -> list[Any]:
        """Return what `work` makes of each item, in the order of the items."""
        pool = self.pool
        pool.run.used_parallel = True
        pool.values = [PENDING] * len(items)
        self.find_shares(len(items))
        try:
            async with Tasks() as tasks:
                tasks.create_task(self.drive(tasks, work, items))
        except BaseException:
            await self.call_off()
            raise
        return pool.values

    def find_shares(self, rounds: int) -> None:
        """Find the shares that earlier lives have queued, and what is left to cut."""
        ids = {child for child in self.journal.children if child.startswith(self.stem)}
        found = sorted(share_of(child, self.stem) for child in ids)
        width = max(1, self.pool.workers // max(1, len(found)))
        begin = 0
        for start, stop in found:
            share = Share(f"{self.stem}{start}-{stop}", start, stop, width)
            self.open[share.id] = share
            self.free -= width
            if begin < start:
                self.uncut.append((begin, start))
            begin = max(begin, stop)
        if begin < rounds:
            self.uncut.append((begin, rounds))

    async def drive(
        self,
        tasks: Tasks,
        work: Callable[[T], Awaitable[Any]],
        items: Sequence[T],
    ) -> None:
        """Queue shares as long as there are rounds, and run those that have ended here."""
        IS_SPREAD.set(True)
        while self.uncut or self.open or self.working:
            while self.free > 0 and (share := self.cut()) is not None:
                self.open[share.id] = share
                self.free -= share.width
                await self.queue(share)
            await asyncio.sleep(GLANCE)
            for share in await self.ended():
                del self.open[share.id]
                self.working += 1
                tasks.create_task(self.run_here(share, work, items))

    def cut(self) -> Share | None:
        """Cut the next share: the more rounds are left, the larger."""
        if not self.uncut:
            return None
        start, end = self.uncut[0]
        fair = -(-self.pool.workers // self.processes)
        width = min(self.free, fair)
        left = sum(stop - begin for begin, stop in self.uncut)
        size = min(MOST_ROUNDS, -(-left // (2 * self.processes)))
        stop = min(end, start + max(size, width))
        self.uncut[0] = stop, end
        if stop == end:
            del self.uncut[0]
        return Share(f"{self.stem}{start}-{stop}", start, stop, width)

    async def queue(self, share: Share) -> None:
        """Queue a share, for any process that has none of this loop."""
        order: Order = {
            "run": self.journal.run_id,
            "place": self.place,
            "callers": self.callers,
            "start": share.start,
            "stop": share.stop,
            "width": share.width,
        }
        options = SetEnqueueOptions(queue_partition_key=self.stem)
        try:
            with SetWorkflowID(share.id), options:
                await DBOS.enqueue_workflow_async(
                    self.queue_name, self.journal.taker, order
                )
        except (Exception, dbos_error.DBOSBaseException) as reason:
            self.journal.give_up(reason)

    async def ended(self) -> list[Share]:
        """Return the shares that have ended; queue those again whose process is gone."""
        if not self.open:
            return []
        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(None, states_of_shares, [*self.open])
        if time.monotonic() - self.looked > LOOK:
            await self.count_processes()
            for executor in {executor for _, executor in found.values() if executor}:
                await take_over(executor, *found)
        is_open = ("ENQUEUED", "PENDING", "DELAYED")
        return [
            share
            for share in [*self.open.values()]
            if found.get(share.id, ("", None))[0] not in is_open
        ]

    async def run_here(
        self,
        share: Share,
        work: Callable[[T], Awaitable[Any]],
        items: Sequence[T],
    ) -> None:
        """Run the rounds of a share by their outcomes, and what has none from the start."""
        self.journal.outcomes.update(outcomes_in(await steps_of(share.id)))
        pool = self.pool
        numbers = iter(range(share.start, share.stop))

        async def work_off() -> None:
            for index in numbers:
                pool.begin(index, items[index])
                pool.end(index, await work(items[index]))

        async with Tasks() as tasks:
            for _ in range(min(share.width, share.stop - share.start)):
                tasks.create_task(pool.watch(work_off))
        self.free += share.width
        self.working -= 1

    async def call_off(self) -> None:
        """Cancel the shares that are under way, unless the run only moves elsewhere."""
        lost = self.journal.lost
        is_moving = lost is not None and not isinstance(
            lost, dbos_error.DBOSWorkflowCancelledError
        )
        if self.open and not is_moving:
            loop = asyncio.get_running_loop()
            calling = loop.run_in_executor(None, DBOS.cancel_workflows, [*self.open])
            await asyncio.wait([calling])


def share_of(child: str, stem: str) -> tuple[int, int]:
    """Return from where to where a share goes, by the id of its workflow."""
    start, _, stop = child.removeprefix(stem).partition("-")
    return int(start), int(stop)


def states_of_shares(ids: Sequence[str]) -> dict[str, tuple[str, str | None]]:
    """Return how workflows are, and who executes them; in a thread of its own."""
    found = DBOS.list_workflows(
        workflow_ids=[*ids], load_input=False, load_output=False
    )
    return {one.workflow_id: (one.status, one.executor_id) for one in found}
