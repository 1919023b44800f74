"""Processes that take rounds of a loop whose run another one executes."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Coroutine
from contextlib import suppress
from contextvars import ContextVar
from typing import Any, TypedDict, cast

from dbos import DBOS

from ..run.chain import Chain
from ..run.process import process_state
from ..run.records import RunCancelled, StepError
from ..run.run import Run
from ..run.run_task import in_time
from .durable_runs import DurableModule
from .given import Given, run_of
from .journal import JOURNAL, Journal, children_in, outcomes_in, steps_of
from .lives import Life, ProcessEnds, beside, lives_here, watch
from .queues import ROUNDS, queues_here, rounds_queue

__all__ = ["IS_SPREAD", "Order", "Replay", "ShareJournal", "serve_shares"]

IS_SPREAD: ContextVar[bool] = ContextVar("is_spread", default=False)
"""Whether this context is in a round that some process has taken: loops in it stay there."""

ROUNDS_POLL = 0.2
"""Seconds between two looks for shares of rounds."""

MOST_SNAPSHOTS = 4
"""Runs whose outcomes a process remembers between the rounds that it takes of them."""


class Order(TypedDict):
    """Rounds of a loop, from `start` to before `stop`, `width` of them at once.

    `place` is that of the loop in the run, `callers` are the places of the steps that
    call the chain which it is in. `life` is that of the process that has cut them off.
    """

    run: str
    life: str
    place: str
    callers: list[str]
    start: int
    stop: int
    width: int


class SharesEnded(BaseException):
    """Ends the execution of a chain that was run only to take rounds of a loop."""


class ShareJournal(Journal):
    """The journal of the rounds that this process takes: theirs, and what the run has stored."""

    rests: Callable[[], None] | None = None

    async def leave(self) -> None:
        """Leave the rest of a round to the process that executes the run.

        Answers are sent to that one; it goes on with what the round has come to here.
        """
        if self.rests is not None:
            self.rests()
        await asyncio.Event().wait()


class Replay(Journal):
    """The journal of a run outside of the rounds that this process takes.

    The way to the loop is gone again by what the run has stored. All else is the matter of
    the process that executes the run, so here it never begins.
    """

    def __init__(
        self, order: Order, outcomes: dict[str, Any], own: ShareJournal
    ) -> None:
        super().__init__(order["run"], outcomes)
        self.order = order
        self.own = own
        own.begun = self.begun

    def may_begin(self, place: str, *, is_last: bool) -> bool:
        """Say whether a step is on the way to the loop, or was skipped and is so again."""
        is_on_the_way = place in self.order["callers"] or place in self.outcomes
        return self.own.lost is None and is_on_the_way

    async def refuse(self) -> None:
        """Hold a step until the rounds have ended."""
        if self.own.lost is None:
            await asyncio.Event().wait()
        raise asyncio.CancelledError

    async def keep(self, place: str, outcome: Any) -> Any:
        """Keep nothing: hold who would decide something until the rounds have ended."""
        await self.refuse()

    def finish(self) -> None:
        """End the execution here, as the rounds have ended."""
        if self.own.lose is not None:
            self.own.lose(SharesEnded())


def serve_shares(module: DurableModule) -> None:
    """Let processes take rounds of the loops of a module."""
    for chain in module.chains.values():
        module.takers[chain.name] = taker(module, chain)
    # A process works on one share of a loop while it looks for another.
    queues = queues_here(module.code)[module.source]
    queues[rounds_queue(module.source)] = {
        "partition_worker_concurrency": 2,
        "polling_interval_sec": ROUNDS_POLL,
    }


def taker(
    module: DurableModule, chain: Chain
) -> Callable[[Order], Coroutine[Any, Any, None]]:
    """Register the workflow that takes rounds of a chain's loops."""

    async def take(order: Order) -> None:
        await take_rounds(module, chain, order)

    name = f"{module.source}:{chain.name}{ROUNDS}"
    return DBOS.workflow(name=name, max_recovery_attempts=None)(take)


async def take_rounds(module: DurableModule, chain: Chain, order: Order) -> None:
    """Run a chain up to a loop by what is stored of it, and some rounds of the loop.

    They leave their outcomes with this workflow. What goes wrong here is left to the
    process that executes the run: it runs all that has no outcome.
    """
    if process_state().get("durable_stopping"):
        raise ProcessEnds
    if any(life.is_whole and life.run.id == order["run"] for life in lives_here()):
        # The process of the run itself runs what has no outcome, with less ado.
        return
    own = await Journal.read(cast(str, DBOS.workflow_id))
    given, outcomes = await snapshot(order)
    run = run_of(module, chain, order["run"], given)
    mine = ShareJournal(order["run"], {**outcomes, **own.outcomes})
    run.going = asyncio.Event()
    run.going.set()
    if not run.limit.is_stated:
        run.limit.at += mine.stood_still(time.time())
    life = Life(run, mine, is_whole=False)
    mine.lose = life.lose
    JOURNAL.set(Replay(order, outcomes, mine))
    lives_here().add(life)
    watching = asyncio.create_task(beside(life, watch(life)))
    try:
        await run_to_loop(chain, run)
    finally:
        await mine.close()
        life.over.set()
        await asyncio.wait([watching])
        lives_here().discard(life)
    if mine.lost is not None and not isinstance(mine.lost, SharesEnded):
        raise mine.lost


async def run_to_loop(chain: Chain, run: Run) -> None:
    """Run a chain until its rounds end it, or something that the run finds out itself."""
    with suppress(StepError, ValueError, TimeoutError, RunCancelled):
        payload = chain.check(run.payload) if chain.check else run.payload
        await in_time(run, chain.function(run, payload))


async def snapshot(order: Order) -> tuple[Given, dict[str, Any]]:
    """Return what a run was started with, and what it had stored before a loop began.

    What is remembered is that of one life of the run: the next one may cut off rounds
    that the one before has run itself, and what these came to has to be read.
    """
    known: OrderedDict[tuple[str, ...], tuple[Given, dict[str, Any]]]
    known = process_state().setdefault("durable_snapshots", OrderedDict())
    key = order["run"], order["place"], order["life"]
    if key not in known:
        steps = await steps_of(order["run"])
        outcomes = outcomes_in(steps)
        for child in children_in(steps):
            outcomes |= outcomes_in(await steps_of(child))
        loop = asyncio.get_running_loop()
        status = await loop.run_in_executor(
            None, DBOS.get_workflow_status, order["run"]
        )
        known[key] = cast(Any, status).input["args"][0], outcomes
        while len(known) > MOST_SNAPSHOTS:
            known.popitem(last=False)
    return known[key]
