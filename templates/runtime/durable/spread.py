"""The rounds of one loop, spread over processes."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from dbos import DBOS, SetEnqueueOptions, SetWorkflowID
from dbos import error as dbos_error

from ..run.pool import PENDING, Pool
from ..run.run import ROUND
from ..run.tasks import Tasks
from .journal import Journal
from .places import storable
from .queues import rounds_queue
from .shared_limits import Sharing, sharing
from .shares import IS_SPREAD, Order
from .take_over import take_over

__all__ = ["Spread"]

T = TypeVar("T")

GLANCE = 0.05
"""Seconds between two looks at the rounds that processes have taken."""

LOOK = 2.0
"""Seconds between two looks at who is there to take rounds."""

SHARE_SECONDS = 2.0
"""Seconds that a share should take."""

LEAST_SECONDS = 0.3
"""Seconds that a share takes at least, as it costs about a third of that by itself."""

MOST_ROUNDS = 1_000
"""Rounds that a process takes at a time."""


@dataclass(frozen=True)
class Share:
    """Rounds that some process has taken or is to take: `id` is that of its workflow."""

    id: str
    start: int
    stop: int
    width: int


class Spread:
    """The rounds of one loop: those that run here, and shares that other processes take."""

    def __init__(
        self, pool: Pool, journal: Journal, place: str, callers: list[str]
    ) -> None:
        self.pool = pool
        self.journal = journal
        self.place = place
        self.callers = callers
        self.stem = f"{journal.run_id}:{place}:"
        # What others remember of the run goes for this life of it.
        self.life = os.urandom(4).hex()
        self.queue_name = rounds_queue(journal.source)
        # Shares that are queued or at work; how many rounds may begin besides.
        self.open: dict[str, Share] = {}
        self.free = pool.workers
        self.processes = 1
        self.looked = 0.0
        # From where to where no round has been taken.
        self.uncut: list[tuple[int, int]] = []
        # How many rounds run here at once: those that nobody else has, and those of shares
        # that have ended. How many of the first have ended, and what those took.
        self.lanes = self.reading = 0
        self.ended_here = 0
        self.spent = 0.0
        # The paths of rounds of which something is stored, so that they take no time.
        loop = storable(f"{pool.prefix}{pool.name}[")
        self.kept = {*round_paths(journal.outcomes, loop)}
        # Whether what is left is too little for others.
        self.is_ending = False

    async def is_worthwhile(self, rounds: int) -> bool:
        """Say whether rounds have been taken before, or another process could take some."""
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
        await self.journal.keep_notes()
        IS_SPREAD.set(True)
        try:
            async with Tasks() as tasks:
                tasks.create_task(self.drive(tasks, work, items))
        except BaseException:
            await self.call_off()
            raise
        finally:
            IS_SPREAD.set(False)
            pool.results.close()
        return pool.values

    def find_shares(self, rounds: int) -> None:
        """Find the shares that earlier lives have queued, and what is left to take."""
        ids = {child for child in self.journal.children if child.startswith(self.stem)}
        begin = 0
        for share in sorted((share_of(one, self.stem) for one in ids), key=by_start):
            self.open[share.id] = share
            self.free -= share.width
            if begin < share.start:
                self.uncut.append((begin, share.start))
            begin = max(begin, share.stop)
        if begin < rounds:
            self.uncut.append((begin, rounds))

    async def drive(
        self,
        tasks: Tasks,
        work: Callable[[T], Awaitable[Any]],
        items: Sequence[T],
    ) -> None:
        """Run rounds here, queue shares as long as there are rounds, and read what they came to."""
        while self.uncut or self.open or self.lanes or self.reading:
            is_idle = not self.lanes and not self.reading
            if self.uncut and (self.is_ending or is_idle):
                self.run_some_here(tasks, work, items)
            await asyncio.sleep(GLANCE)
            for share in self.readable(await self.ended()):
                del self.open[share.id]
                self.reading += share.width
                tasks.create_task(self.run_share(share, work, items))
            while self.free > 0 and (new := self.cut()) is not None:
                self.open[new.id] = new
                self.free -= new.width
                await self.queue(new)

    def run_some_here(
        self, tasks: Tasks, work: Callable[[T], Awaitable[Any]], items: Sequence[T]
    ) -> None:
        """Run rounds in this process that nobody has, as many at once as is its part."""
        pool = self.pool

        async def work_off() -> None:
            while (index := self.next_here()) is not None:
                began = time.monotonic()
                pool.begin(index, items[index])
                found = ROUND.get()
                pool.end(index, await work(items[index]))
                if found is None or storable(found[2]) not in self.kept:
                    self.spent += time.monotonic() - began
                    self.ended_here += 1

        async def lane() -> None:
            await pool.watch(work_off)
            self.lanes -= 1
            self.free += 1

        part = pool.workers if self.is_ending else -(-pool.workers // self.processes)
        left = sum(stop - begin for begin, stop in self.uncut)
        for _ in range(min(part, self.free, left)):
            self.lanes += 1
            self.free -= 1
            tasks.create_task(lane())

    def next_here(self) -> int | None:
        """Take the next round, unless this process works on a share that it has taken."""
        if not self.uncut or (self.reading and not self.is_ending):
            return None
        return self.taken(1)[0]

    def taken(self, size: int) -> tuple[int, int]:
        """Take so many rounds, or as many as there are beside each other."""
        start, end = self.uncut[0]
        stop = min(end, start + size)
        self.uncut[0] = stop, end
        if stop == end:
            del self.uncut[0]
        return start, stop

    def cut(self) -> Share | None:
        """Cut the next share: as many rounds as take a while, fewer at the end.

        How long rounds take is known from those that have ended here. Each process has
        two shares, so that it works on one while it looks for another.
        """
        missing = 2 * (self.processes - 1) - len(self.open)
        if not self.uncut or missing <= 0:
            return None
        width = -(-self.free // missing)
        left = sum(stop - begin for begin, stop in self.uncut)
        # Rounds in a second, one after another.
        pace = self.ended_here / self.spent if self.spent else 0.0
        size = min(
            max(2 * width, int(pace * width * SHARE_SECONDS)),
            -(-left // (3 * self.processes)),
            MOST_ROUNDS,
        )
        if size < pace * width * LEAST_SECONDS:
            self.is_ending = True
            return None
        start, stop = self.taken(size)
        return Share(f"{self.stem}{start}-{stop}x{width}", start, stop, width)

    async def queue(self, share: Share) -> None:
        """Queue a share, for any process that has none of this loop."""
        order: Order = {
            "run": self.journal.run_id,
            "life": self.life,
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

    def readable(self, ended: Sequence[Share]) -> list[Share]:
        """Return those shares that have ended whose rounds may run here now.

        Of the rounds of a share some may be left to run. Where an earlier life has left
        many shares that have ended since, they take turns.
        """
        elsewhere = {*self.open.values()} - {*ended}
        at_work = self.lanes + self.reading + sum(one.width for one in elsewhere)
        found: list[Share] = []
        for share in ended:
            if at_work and at_work + share.width > self.pool.workers:
                break
            at_work += share.width
            found.append(share)
        return found

    async def run_share(
        self,
        share: Share,
        work: Callable[[T], Awaitable[Any]],
        items: Sequence[T],
    ) -> None:
        """Run the rounds of a share by their outcomes, and what has none from the start."""
        await self.journal.read_child(share.id)
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
        self.reading -= share.width

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
            self.journal.unread |= self.open.keys()


def share_of(child: str, stem: str) -> Share:
    """Return a share by the id of its workflow, `...:120-160x4`."""
    rounds, _, width = child.removeprefix(stem).partition("x")
    start, _, stop = rounds.partition("-")
    return Share(child, int(start), int(stop), int(width))


def by_start(share: Share) -> tuple[int, int]:
    """Return where a share is among others."""
    return share.start, share.stop


def round_paths(places: Iterable[str], loop: str) -> Iterator[str]:
    """Yield the paths of rounds of a loop that places are in, `rounds[3].`, and longer ones."""
    for place in places:
        end = place.find("].", len(loop)) if place.startswith(loop) else -1
        while end >= 0:
            yield place[: end + 2]
            end = place.find("].", end + 2)


def states_of_shares(ids: Sequence[str]) -> dict[str, tuple[str, str | None]]:
    """Return how workflows are, and who executes them; in a thread of its own."""
    found = DBOS.list_workflows(
        workflow_ids=[*ids], load_input=False, load_output=False
    )
    return {one.workflow_id: (one.status, one.executor_id) for one in found}
