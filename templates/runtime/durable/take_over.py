"""Runs of processes that are gone, queued again for others."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from typing import Any

from dbos import DBOS

from ..run.process import process_state
from .executors import claim, slot_of
from .queues import queue_of

__all__ = ["take_over", "take_over_all"]


async def take_over(executor: str, *run_ids: str) -> list[str]:
    """Queue what a process had under way again, if it is gone: all, or some runs.

    Whoever does so holds the name of the process meanwhile, so that no two do. Returns
    the ids.
    """
    found: Any = process_state().get("durable")
    if found is None or executor == found.life:
        return []
    slot, claimed = slot_of(executor), None
    if slot != found.executor.name:
        claimed = await asyncio.to_thread(claim, found.database, slot)
        if claimed is None:
            return []
    loop = asyncio.get_running_loop()
    try:
        return await loop.run_in_executor(
            None, queue_again, executor, found.version, run_ids
        )
    finally:
        if claimed is not None:
            claimed.release()


def queue_again(executor: str, version: str, run_ids: Sequence[str]) -> list[str]:
    """Queue runs of a process again, outside of the context of any run."""
    pending = pending_runs(
        version, workflow_ids=[*run_ids] or None, executor_id=executor
    )
    for one in pending:
        # By their names, as runs that were started directly have had no queue.
        DBOS.resume_workflow(one.workflow_id, queue_name=queue_of(one.name))
    return [one.workflow_id for one in pending]


def pending_runs(version: str, **more: Any) -> list[Any]:
    """Return what is under way, or was when its process ended."""
    return DBOS.list_workflows(
        status="PENDING",
        app_version=version,
        load_input=False,
        load_output=False,
        **more,
    )


async def take_over_all(slot: str | None = None) -> dict[str, list[str]]:
    """Queue all runs again whose processes are gone, or those of one name.

    Returns the ids of the runs by the ids of the processes.
    """
    found: Any = process_state()["durable"]
    loop = asyncio.get_running_loop()
    pending = await loop.run_in_executor(None, pending_runs, found.version)
    executors: Iterable[str] = {str(one.executor_id) for one in pending}
    if slot is not None:
        executors = {one for one in executors if slot_of(one) == slot}
    return {one: await take_over(one) for one in sorted(executors)}
