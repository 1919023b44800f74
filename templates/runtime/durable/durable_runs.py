"""Durable runs: chains as workflows of DBOS, started, attached to and gone on with."""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field, replace
from typing import Any, cast

from dbos import DBOS, SetWorkflowID
from dbos import error as dbos_error

from ..run.chain import Chain, Module, Options
from ..run.earlier import Earlier
from ..run.events import EventQueue
from ..run.execute import Ended, execute
from ..run.process import process_state
from ..run.records import RunCancelled, RunResult, StepError, to_json
from ..run.run import Run
from .code_version import CODE_VERSION
from .given import Given, given_of, run_of
from .journal import JOURNAL, Journal
from .launch import Launched, close_durable, launched
from .lives import (
    Caller,
    Life,
    ProcessEnds,
    beside,
    callers_here,
    ended_here,
    lives_here,
    watch,
)
from .pauses import receive
from .queues import RUNS_POLL, queues_here, runs_queue
from .restored import with_all_steps
from .take_over import take_over

__all__ = ["DurableModule", "StartedDurably", "execute_durably", "left_open"]


@dataclass(frozen=True, kw_only=True)
class DurableModule(Module):
    """A module whose runs survive their process.

    `version` changes with the code, so that no run is gone on with by other code. `runs`
    is the file that runs are stored in where the environment names no other place.
    """

    version: str
    runs: str
    workflows: dict[str, Callable[[Given], Coroutine[Any, Any, RunResult]]] = field(
        default_factory=dict[str, Any]
    )
    # What takes rounds of loops, by chain, in a module whose loops are spread.
    takers: dict[str, Callable[[Any], Coroutine[Any, Any, None]]] = field(
        default_factory=dict[str, Any]
    )

    def __post_init__(self) -> None:
        queue = {"polling_interval_sec": RUNS_POLL}
        queues_here(self.code)[self.source] = {runs_queue(self.source): queue}
        for chain in self.chains.values():
            self.workflows[chain.name] = self.workflow(chain)

    def workflow(self, chain: Chain) -> Callable[[Given], Coroutine[Any, Any, Any]]:
        """Register a chain as a workflow, under the name of its file and its own."""

        async def run(given: Given) -> RunResult:
            return await live(self, chain, given)

        name = f"{self.source}:{chain.name}"
        return DBOS.workflow(name=name, max_recovery_attempts=None)(run)

    @property
    def code(self) -> str:
        """Return the version of the code that runs belong to: that of all of the folder."""
        return CODE_VERSION or self.version

    async def launch(self) -> Launched:
        """Have DBOS run in this process for the code of this module."""
        return await launched(self.source, self.code, self.runs)

    async def close(self) -> None:
        """Stop executing runs of this module."""
        await close_durable(self.source)


class StartedDurably:
    """A run that was started here, or was there already."""

    def __init__(self, module: DurableModule, run_id: str) -> None:
        self.module = module
        self.run_id = run_id
        self.caller = Caller()
        self.handle: Any = None

    @classmethod
    async def start(
        cls,
        module: DurableModule,
        name: str,
        payload: Any,
        options: Options,
        events: EventQueue | None = None,
    ) -> StartedDurably:
        """Start a run; one that has its `run_id` already is attached to instead.

        Raises as `execute_durably` does.
        """
        chain = module.chain(name)
        refuse_what_is_lost(options)
        given_of(module, chain, payload, options)  # which may raise
        durable = await module.launch()
        given = given_of(module, chain, payload, options)
        started = cls(module, options.run_id or os.urandom(8).hex())
        started.caller.events = events
        callers_here().setdefault(started.run_id, started.caller)
        with SetWorkflowID(started.run_id):
            try:
                started.handle = await DBOS.start_workflow_async(
                    module.workflows[name], given
                )
            except dbos_error.DBOSConflictingWorkflowError:
                callers_here().pop(started.run_id, None)
                other = f"run '{started.run_id}' is one of another chain"
                raise ValueError(f"{other}, and not of '{name}'") from None
        await started.take_over(durable, given)
        return started

    async def take_over(self, durable: Launched, given: Given) -> None:
        """Go on with a run whose process is gone; refuse another run of that id."""
        status = await self.handle.get_status()
        before: Given = status.input["args"][0]
        if before["payload"] != given["payload"]:
            raise ValueError(f"run '{self.run_id}' was started with another payload")
        is_open = status.status in ("PENDING", "ENQUEUED", "DELAYED")
        if is_open and status.app_version != durable.version:
            raise ValueError(other_code(self.run_id, status.app_version))
        if status.status == "PENDING":
            await take_over(status.executor_id, self.run_id)

    async def ended(self) -> Ended:
        """Wait for the end of the run, wherever it is executed.

        Raises `ProcessEnds` where it is executed here, and no more.
        """
        try:
            record = await self.handle.get_result(polling_interval_sec=0.2)
        except dbos_error.DBOSAwaitedWorkflowCancelledError:
            record = None
            await ended_here(self.run_id)  # with what it does last
        finally:
            callers_here().pop(self.run_id, None)
        if self.caller.ended is not None:
            return self.caller.ended
        if record is None:
            raise RunCancelled(f"Run '{self.run_id}' was cancelled")
        error = record["error"]
        return Ended(record, None if error is None else StepError(error))


async def execute_durably(
    module: Module, name: str, payload: Any, options: Options
) -> Ended:
    """Run a chain to its end, in as many lives as that takes.

    Where this call is cancelled, the run goes on. Raises `LookupError` for an unknown
    chain, and `ValueError` for an option that makes no sense, data that JSON has no form
    for, or the id of a run of something else; `RuntimeError` where durable runs are
    closed here before it has ended.
    """
    durable = cast(DurableModule, module)
    started = await StartedDurably.start(durable, name, payload, options)
    try:
        return await started.ended()
    except ProcessEnds:
        raise RuntimeError(left_open(started.run_id)) from None


def refuse_what_is_lost(options: Options) -> None:
    """Raise `ValueError` for what a run would not find again in its next life."""
    if options.connectors:
        raise ValueError(
            "a durable run finds its connectors by name in whatever process it lives: "
            "register them with `@connector(name)`"
        )
    if options.http is not None:
        raise ValueError("a durable run takes no `http`: use `configure(http=...)`")
    if options.resume is not None:
        raise ValueError("a durable run goes on by itself: start it with its `run_id`")


def left_open(run_id: str) -> str:
    """Say that a run is executed here no longer."""
    return f"run '{run_id}' is left as it is: start it again by its id to go on with it"


def other_code(run_id: str, version: str | None) -> str:
    """Say that a run belongs to code that is not here."""
    return (
        f"run '{run_id}' is of version {version} of its code: go on with it by the build "
        "that it was started with"
    )


async def live(module: DurableModule, chain: Chain, given: Given) -> RunResult:
    """Execute a run from where its earlier lives have left it; return its record as JSON."""
    if process_state().get("durable_stopping"):
        raise ProcessEnds
    run_id = cast(str, DBOS.workflow_id)
    caller = callers_here().get(run_id) or Caller()
    run = await opened(module, chain, run_id, given)
    journal = await Journal.read(run_id)
    run.events, run.going = caller.events, asyncio.Event()
    run.going.set()
    run.inbox = chain.inbox() if chain.inbox is not None else None
    if not run.limit.is_stated:
        run.limit.at += journal.stood_still(time.time())
    life = Life(run, journal)
    journal.lose, journal.taker = life.lose, module.takers.get(chain.name)
    journal.source = module.source
    JOURNAL.set(journal)
    lives_here().add(life)
    works = [watch(life), *([receive(run, journal)] if run.inbox else ())]
    tasks = [asyncio.create_task(beside(life, work)) for work in works]
    try:
        whole = replace(chain, function=with_all_steps(journal, chain.function))
        ended = await execute(module, whole, run)
    finally:
        await journal.close()
        life.over.set()
        await asyncio.wait(tasks)
        lives_here().discard(life)
    if life.is_cancelled:
        caller.ended = ended
    if journal.lost is not None:
        raise journal.lost
    caller.ended = ended
    return cast(RunResult, json.loads(to_json(ended.record)))


async def opened(module: Module, chain: Chain, run_id: str, given: Given) -> Run:
    """Return a run as it was started; one that retries another continues its record."""
    loop = asyncio.get_running_loop()

    def status(workflow_id: str) -> Any:
        return DBOS.get_workflow_status(workflow_id)

    own = await loop.run_in_executor(None, status, run_id)
    if own.forked_from is None:
        return run_of(module, chain, run_id, given)
    before = await loop.run_in_executor(None, status, own.forked_from)
    # Its time begins with the retry.
    run = run_of(module, chain, run_id, {**given, "begun": own.created_at / 1000})
    run.earlier = Earlier(before.output, chain, given["payload"])
    return run
