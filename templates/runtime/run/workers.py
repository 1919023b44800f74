"""Functions that keep a processor busy, in worker processes."""

from __future__ import annotations

import functools
import multiprocessing
import os
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor
from dataclasses import dataclass
from typing import Any, ParamSpec

from .process import process_state
from .run import Step
from .threads import in_thread

__all__ = ["invoke_in_process", "process_context"]

P = ParamSpec("P")


@dataclass(frozen=True)
class ProcessContext:
    """What a callable in a worker process gets: a `Context` without `emit`."""

    payload: Any
    results: dict[str, Any]
    options: dict[str, Any]
    step: str
    chain: str
    run_id: str


def process_context(step: Step, options: dict[str, Any]) -> ProcessContext:
    """Return the context of a step in a form that can be pickled."""
    run = step.run
    return ProcessContext(
        run.payload, dict(run.results), options, step.name, run.chain, run.id
    )


async def invoke_in_process(
    step: Step, function: Callable[P, Any], /, *args: P.args, **kwargs: P.kwargs
) -> Any:
    """Call a function in a worker process; it, its arguments and its result are pickled."""
    work = functools.partial(function, *args, **kwargs)
    pool = process_pool()
    future = pool.submit(work)
    try:
        return await in_thread(future.result)
    except BrokenExecutor:
        # A worker died, and the whole pool with it: the next call gets another.
        drop_process_pool(pool)
        raise
    finally:
        future.cancel()


def process_pool() -> ProcessPoolExecutor:
    """Return this process's workers, which start when they are first needed."""
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
    """Forget a pool that is broken."""
    state = process_state()
    name = f"processes_{os.getpid()}"
    if state.get(name) is pool:
        del state[name]
    pool.shutdown(wait=False)
