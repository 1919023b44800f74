"""The runs that this process executes: each from its start, or its recovery, to its end."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any

from dbos import DBOS

from ..run.events import EventQueue
from ..run.execute import Ended
from ..run.process import process_state
from ..run.run import Run
from ..run.run_task import cancel_run
from .journal import Journal

__all__ = [
    "Caller",
    "Life",
    "ProcessEnds",
    "beside",
    "callers_here",
    "ended_here",
    "lives_here",
    "stop_lives",
    "watch",
]


@dataclass
class Caller:
    """What this process alone knows of a run that was started in it."""

    events: EventQueue | None = None
    ended: Ended | None = None


@dataclass(eq=False)
class Life:
    """The execution of a run in this process: one of several where processes end."""

    run: Run
    journal: Journal
    over: asyncio.Event = field(default_factory=asyncio.Event)
    # Whether this process executes the run, and not only takes rounds of it.
    is_whole: bool = True
    workflow: asyncio.Task[Any] | None = field(default_factory=asyncio.current_task)

    def lose(self, reason: BaseException) -> None:
        """End the execution here, because of what DBOS says or because the process ends."""
        if self.journal.lost is None:
            self.journal.lost = reason
        is_left = isinstance(self.journal.lost, ProcessEnds)
        if is_left:
            self.run.shared["left"] = True
        left = f"is left here, to be continued as run '{self.run.id}'"
        cancel_run(self.run, left if is_left else "was cancelled")

    def pause(self) -> None:
        """Let no step begin any more."""
        if self.run.going is not None:
            self.run.going.clear()

    @property
    def is_working(self) -> bool:
        """Whether a step is at work: not one that waits, or that only calls a chain."""
        return any(
            step.ended is None and step.inner is None and not getattr(step, "rests", 0)
            for step in self.run.steps
        )

    @property
    def is_cancelled(self) -> bool:
        """Whether the run as such has been cancelled."""
        return self.journal.is_cancelled


class ProcessEnds(BaseException):
    """Ends the execution of a run here, which another process or a later one goes on with."""


def lives_here() -> set[Life]:
    """Return the runs that are executed in this process."""
    lives: set[Life] = process_state().setdefault("durable_lives", set())
    return lives


def callers_here() -> dict[str, Caller]:
    """Return what is known of the callers in this process, by the ids of their runs."""
    callers: dict[str, Caller] = process_state().setdefault("durable_callers", {})
    return callers


async def ended_here(run_id: str) -> None:
    """Wait for the end of a run's execution in this process, if there is one."""
    lives = [life for life in lives_here() if life.run.id == run_id and life.is_whole]
    workflows = [life.workflow for life in lives if life.workflow is not None]
    if workflows:
        await asyncio.wait(workflows)


async def watch(life: Life) -> None:
    """End a life when the run is cancelled from outside, whatever its steps are doing.

    DBOS looks once a second, for all runs of the process at once, which of those with a
    step that may be interrupted are cancelled: this is such a step, which does nothing.
    """
    waiting = asyncio.Event().wait
    await DBOS.run_step_async({"name": "n3gen.watch", "preemptible": True}, waiting)


async def beside(life: Life, work: Coroutine[Any, Any, None]) -> None:
    """Do something for a life as long as it lasts; what DBOS then says ends the life."""
    task = asyncio.create_task(work)
    over = asyncio.create_task(life.over.wait())
    await asyncio.wait([task, over], return_when=asyncio.FIRST_COMPLETED)
    over.cancel()
    if not task.done():
        task.cancel()
        await asyncio.wait([task])
    reason = None if task.cancelled() else task.exception()
    if reason is not None and not life.over.is_set():
        life.lose(reason)


async def stop_lives() -> None:
    """End all executions here and await their ends; the runs themselves stay open."""
    lives = [*lives_here()]
    for life in lives:
        life.lose(ProcessEnds())
    # DBOS needs its threads until its own tasks have ended.
    workflows = [life.workflow for life in lives if life.workflow is not None]
    if workflows:
        await asyncio.wait(workflows)
