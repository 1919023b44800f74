"""Runs of processes that are gone, queued again for others."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from dbos import DBOS

from ..run.process import process_state
from .executors import claim

__all__ = ["take_over"]


async def take_over(executor: str, *run_ids: str) -> list[str]:
    """Queue what a process had under way again, if it is gone: all, or some runs.

    Whoever does so holds the name of the process meanwhile, so that no two do. Returns
    the ids.
    """
    found: Any = process_state().get("durable")
    if found is None or executor == found.executor.name:
        return []
    claimed = await asyncio.to_thread(claim, found.database, executor)
    if claimed is None:
        return []
    loop = asyncio.get_running_loop()
    try:
        return await loop.run_in_executor(
            None, queue_again, executor, found.version, run_ids
        )
    finally:
        claimed.release()


def queue_again(executor: str, version: str, run_ids: Sequence[str]) -> list[str]:
    """Queue runs of a process again, outside of the context of any run."""
    pending = DBOS.list_workflows(
        workflow_ids=[*run_ids] or None,
        status="PENDING",
        app_version=version,
        executor_id=executor,
        load_input=False,
        load_output=False,
    )
    for one in pending:
        DBOS.resume_workflow(one.workflow_id, queue_name=one.queue_name)
    return [one.workflow_id for one in pending]
