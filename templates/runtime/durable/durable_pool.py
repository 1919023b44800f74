"""Loops whose rounds are run by all processes that have the code of their run."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any, TypeVar

from ..run.expressions import Expression
from ..run.pool import Pool
from ..run.rounds import checked_items
from ..run.run import Run
from ..run.tasks import Tasks
from .durable_steps import DurableStep
from .journal import JOURNAL, Journal
from .shared_limits import sharing
from .shares import IS_SPREAD, Order, Replay, ShareJournal
from .spread import Spread

__all__ = ["DurablePool"]

T = TypeVar("T")


class DurablePool(Pool):
    """A pool whose rounds run in whatever processes there are.

    Where runs are stored on a server and several processes have their code, this one runs
    rounds, and others take shares of them through a queue. What the steps of a share
    came to is read when it has ended, and then its rounds are run here by their
    outcomes, so that values, records, failures and events are those of a pool in one
    process.
    """

    async def map(
        self, work: Callable[[T], Awaitable[Any]], items: Iterable[T] | None
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

    def listed(self, items: Iterable[T] | None) -> list[T]:
        """Return all items of the loop."""
        with Expression(self.run, "for", line=self.line):
            return [*checked_items(items)]

    def may_spread(self, journal: Journal) -> bool:
        """Say whether other processes may have rounds.

        Those of a run with a budget, or with a bound on its steps, are counted in one; one
        that retries another compares them with its record.
        """
        run = self.run
        is_counted = any(
            one is not None for one in (run.slots, run.budget, run.earlier)
        )
        can_share = journal.taker is not None and not journal.is_cancelled
        is_shared = can_share and sharing() is not None
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
