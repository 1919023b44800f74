"""Runs from their start to their record, whatever happens in them."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Coroutine
from contextvars import copy_context
from typing import Any, Literal, NamedTuple, TypeVar

from .chain import CALLER_HTTP, Chain, Module, Options, check_options
from .deadline import Deadline
from .earlier import RENEWED, Earlier
from .ending import record_of
from .inputs import InputError
from .process import llm_limiter
from .records import (
    ChainError,
    ChainTimeout,
    RunCancelled,
    RunResult,
    StepError,
    describe_error,
)
from .run import Run
from .settings import flag_setting, seconds_setting

T = TypeVar("T")


class Ended(NamedTuple):
    """A run that has ended: its record, and the error if it failed."""

    record: RunResult
    error: Exception | None

    def value(self) -> Any:
        """Return the chain's result; raise `ChainError` or `ChainTimeout` with the record."""
        record = self.record
        if record["status"] == "ok":
            return record["result"]
        kind = ChainTimeout if record["status"] == "timeout" else ChainError
        raise kind(record["error"] or record["status"], record) from self.error


async def execute_chain(
    module: Module, name: str, payload: Any, options: Options
) -> Ended:
    """Run a chain to its end or its deadline; a failure of the run is in its record.

    Raises the caller's own cancellation, `LookupError` for an unknown chain, and
    `ValueError` for an option or a setting that makes no sense, or a foreign record.
    """
    chain = module.chain(name)
    return await execute(module, chain, new_run(module, chain, payload, options))


async def execute(module: Module, chain: Chain, run: Run) -> Ended:
    """Run a chain to its end or its deadline, or until somebody cancels it."""
    result: Any = None
    error: Exception | None = None
    status: Literal["ok", "error", "timeout", "cancelled"] = "ok"
    module.running[run] = ended_event = asyncio.Event()
    try:
        result = await outcome(chain, run)
    except asyncio.CancelledError:
        module.metrics.runs["cancelled"] += 1
        raise
    except RunCancelled as failure:
        error, status = failure, "cancelled"
    except TimeoutError as failure:
        error, status = failure, "timeout"
    except (StepError, InputError) as failure:
        error, status = failure, "error"
    finally:
        del module.running[run]
        ended_event.set()
    ended = Ended(record_of(chain, run, status, result, error), error)
    module.metrics.count(ended.record, used_parallel=run.used_parallel)
    # Run and steps refer to each other: this frees the payload without the collector.
    run.steps.clear()
    if run.events is not None:
        run.events.append(chain.event(run, status, run=ended.record))
    return ended


def new_run(module: Module, chain: Chain, payload: Any, options: Options) -> Run:
    """Return a run as its arguments, the chain, the environment, the configuration say."""
    check_options(options)
    connectors, seconds, parallel, calls, run_id, resume, http = options
    if seconds is None:
        seconds = chain.timeout
    is_stated = seconds is not None
    if seconds is None:
        stated = module.defaults.chain_seconds
        seconds = seconds_setting("CHAIN_TIMEOUT_SECONDS", stated)
    if parallel is None:
        stated = module.defaults.parallel_steps
        parallel = flag_setting("ENABLE_PARALLEL_STEPS", stated)
    limiter = llm_limiter(calls, module.defaults.llm_calls)
    run = Run(chain.name, module.source, limiter, connectors or {})
    run.id = run_id or os.urandom(8).hex()
    run.payload = payload
    run.versions = chain.versions
    run.parallel = parallel
    run.http = http
    run.seconds = seconds
    run.limit = Deadline(run.started + seconds, is_stated=is_stated)
    if resume is not None:
        run.earlier = Earlier(resume, chain, payload)
    return run


async def outcome(chain: Chain, run: Run) -> Any:
    """Return the result of a chain; raise `StepError` for an error that no step has."""
    try:
        if run.events is not None:
            await run.events.append(chain.event(run, "start", payload=run.payload))
        run.payload = chain.check(run.payload) if chain.check else run.payload
        return await in_time(run, chain.function(run, run.payload))
    except (StepError, InputError, TimeoutError, RunCancelled):
        raise
    except Exception as failure:
        raise run.failure(failure, 0) from failure


async def in_time(run: Run, work: Coroutine[Any, Any, T]) -> T:
    """Await `work` until the run's deadline; it has ended when this returns or raises.

    It has a task of its own, so that a step which cancels its task does not cancel
    the caller.
    """
    loop, context = asyncio.get_running_loop(), copy_context()
    if run.http is not None:
        context.run(CALLER_HTTP.set, run.http)
    if run.earlier is not None:
        context.run(RENEWED.set, [False])
    run.task = task = loop.create_task(work, context=context)
    run.limit.end = task.cancel
    run.limit.timer = loop.call_at(run.deadline, task.cancel)
    if run.is_cancelled:
        task.cancel()
    try:
        await wait_for_end(task)
    finally:
        run.limit.timer.cancel()
        run.limit.end = None
    if task.cancelling() and run.time() >= run.deadline:
        raise TimeoutError
    if task.cancelled() and run.is_cancelled:
        raise RunCancelled(f"Chain '{run.chain}' was cancelled")
    if task.cancelled():
        raise StepError("a step cancelled the run that it is part of")
    error = task.exception()
    if error is None:
        return task.result()
    if isinstance(error, Exception | KeyboardInterrupt | SystemExit):
        raise error
    raise StepError(f"a step raised {describe_error(error)}") from error


async def wait_for_end(task: asyncio.Task[Any]) -> None:
    """Wait until a task has ended, even if this is cancelled: it then cancels the task.

    Raises a cancellation only when the task has ended.
    """
    cancelled: asyncio.CancelledError | None = None
    ended = asyncio.Event()
    task.add_done_callback(lambda _: ended.set())
    while not task.done():
        try:
            await ended.wait()
        except asyncio.CancelledError as error:
            if cancelled is None:
                task.cancel()
            cancelled = error
    if not task.cancelled():
        task.exception()  # else asyncio reports it as never retrieved
    if cancelled is not None:
        raise cancelled
