"""Takes functions that keep a processor busy; hands on what worker processes return."""

from __future__ import annotations

import functools
import multiprocessing
import os
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor
from dataclasses import dataclass
from typing import Any, ParamSpec

from .callables import run_in_pool
from .process import process_state
from .run import Step

__all__ = ["invoke_in_process", "process_context"]

P = ParamSpec("P")


@dataclass(frozen=True)
class ProcessContext:
    """What a callable in a worker process is told; as `Context`, but without `emit`."""

    payload: Any
    results: dict[str, Any]
    options: dict[str, Any]
    step: str
    chain: str
    run_id: str


def process_context(step: Step, options: dict[str, Any]) -> ProcessContext:
    """The context of a step, fit to be pickled."""
    run = step.run
    return ProcessContext(
        run.payload, dict(run.results), options, step.name, run.chain, run.id
    )


async def invoke_in_process(
    step: Step, function: Callable[P, Any], /, *args: P.args, **kwargs: P.kwargs
) -> Any:
    """Calls a function in a pool of processes; it, its arguments and result are pickled."""
    step.place = None
    work = functools.partial(function, *args, **kwargs)
    pool = process_pool()
    try:
        return await run_in_pool(pool, work)
    except BrokenExecutor:
        # A worker died, and with it the whole pool: the next call gets another.
        drop_process_pool(pool)
        raise


def process_pool() -> ProcessPoolExecutor:
    """The process's worker processes, started when they are first needed."""
    state = process_state()
    name = f"processes_{os.getpid()}"
    found: ProcessPoolExecutor | None = state.get(name)
    if found is not None:
        return found
    spawning = multiprocessing.get_context("spawn")
    pool: ProcessPoolExecutor
    pool = state.setdefault(name, ProcessPoolExecutor(mp_context=spawning))
    return pool


def drop_process_pool(pool: ProcessPoolExecutor) -> None:
    """Forgets a pool that is broken."""
    state = process_state()
    name = f"processes_{os.getpid()}"
    if state.get(name) is pool:
        del state[name]
    pool.shutdown(wait=False)
