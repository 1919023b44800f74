"""Takes a chain and a payload; hands on the record of the run, whatever happened in it."""

from __future__ import annotations

import asyncio
import math
import os
from collections.abc import AsyncGenerator, Callable, Coroutine, Mapping
from contextvars import copy_context
from typing import Any, Literal, TypeVar, cast

from .chain import CALLER_HTTP, Chain, Module, Options, check_options
from .ending import count_run, record_of
from .events import EventQueue
from .inputs import InputError
from .process import llm_limiter, process_state
from .records import ChainError, ChainTimeout, RunResult, StepError
from .run import Run
from .settings import flag_setting, seconds_setting

__all__ = ["Ended", "execute_chain", "stream_run"]

T = TypeVar("T")


class Ended:
    """A run that has ended: its record, and the error if it failed."""

    def __init__(self, record: RunResult, error: Exception | None) -> None:
        self.record = record
        self.error = error

    def value(self) -> Any:
        """The chain's result; raises `ChainError` or `ChainTimeout` with the record."""
        record = self.record
        if record["status"] == "ok":
            return record["result"]
        kind = ChainTimeout if record["status"] == "timeout" else ChainError
        raise kind(record["error"] or record["status"], record) from self.error


async def execute_chain(
    module: Module,
    name: str,
    payload: Any,
    options: Options,
    events: EventQueue | None = None,
) -> Ended:
    """Runs a chain to its end or its deadline.

    A failure of the run is told in its record. Raised are the caller's own
    cancellation, `LookupError` for an unknown chain, and `ValueError` for a setting
    that cannot be read.
    """
    chain = module.chain(name)
    run, seconds = prepare_run(module, chain, options)
    run.events = events
    result: Any = None
    error: Exception | None = None
    status: Literal["ok", "error", "timeout"] = "ok"
    try:
        if events is not None:
            await events.append(run.event("chain_start", payload=payload))
        with run:
            run.connectors = connectors_of(chain, options.connectors)
            run.payload = chain.check(payload) if chain.check else payload
            result = await in_time(run, chain.function(run, run.payload), seconds)
    except asyncio.CancelledError:
        module.metrics.runs["cancelled"] += 1
        raise
    except (StepError, InputError) as failure:
        error, status = failure, "timeout" if is_late(run) else "error"
    except TimeoutError as failure:
        error, status = failure, "timeout"
    ended = Ended(record_of(chain, run, seconds, status, result, error), error)
    count_run(module.metrics, run, ended.record)
    # Run and steps name each other: this frees the payload without the collector.
    run.steps.clear()
    if events is not None:
        kinds = {
            "ok": "chain_complete",
            "error": "chain_error",
            "timeout": "chain_timeout",
        }
        await events.append(run.event(kinds[status], run=ended.record))
    return ended


def prepare_run(module: Module, chain: Chain, options: Options) -> tuple[Run, float]:
    """The run and its seconds: argument before chain, environment, configuration."""
    defaults = module.defaults
    check_options(options)
    _, seconds, parallel, calls, http = options
    if seconds is None:
        seconds = chain.timeout
    if seconds is None:
        seconds = seconds_setting("CHAIN_TIMEOUT_SECONDS", defaults.chain_seconds)
    if parallel is None:
        parallel = flag_setting("ENABLE_PARALLEL_STEPS", defaults.parallel_steps)
    run = Run(chain.name, module.source, llm_limiter(calls, defaults.llm_calls), {})
    run.id = os.urandom(8).hex()
    run.parallel = parallel
    run.http = http
    run.deadline = run.started + seconds
    return run, seconds


def connectors_of(
    chain: Chain, given: Mapping[str, Callable[..., Any]] | None
) -> dict[str, Callable[..., Any]]:
    """The callables that the chain needs; raises `InputError` naming all it lacks."""
    found: dict[str, Callable[..., Any]] = {}
    if given is not None:
        if not isinstance(cast(Any, given), Mapping):
            raise InputError("the connectors must be a mapping of names to callables")
        found = dict(given)
    if (registered := process_state().get("connectors")) is not None:
        found = {**registered, **found}
    if all(map(callable, map(found.get, chain.connectors))):
        return found
    missing = [name for name in chain.connectors if name not in found]
    if missing:
        names = ", ".join(name_missing(name, found) for name in missing)
        raise InputError(
            f"Chain '{chain.name}' needs connectors that were not given: {names}"
        )
    kinds = ", ".join(
        f"'{name}' is {type(found[name]).__name__}"
        for name in chain.connectors
        if not callable(found[name])
    )
    raise InputError(f"Chain '{chain.name}' got connectors to call, but {kinds}")


def name_missing(name: str, given: Mapping[Any, Any]) -> str:
    """A connector that was not given, with the one that may be meant."""
    from difflib import get_close_matches

    near = get_close_matches(name, [key for key in given if isinstance(key, str)], 1)
    return f"'{name}' (is it '{near[0]}'?)" if near else f"'{name}'"


async def in_time(run: Run, work: Coroutine[Any, Any, T], seconds: float) -> T:
    """Awaits `work` for at most `seconds`; it has ended when this returns or raises.

    On Python 3.11 `wait_for` can lose a cancellation that lands as the work ends,
    and leaves the work behind when it is cancelled twice.
    """
    caller = cast("asyncio.Task[Any]", asyncio.current_task())
    cancelled_before = caller.cancelling()
    context = copy_context()
    if run.http is not None:
        context.run(CALLER_HTTP.set, run.http)
    run.task = task = asyncio.get_running_loop().create_task(work, context=context)
    try:
        result = await asyncio.wait_for(task, None if math.isinf(seconds) else seconds)
    except BaseException as error:
        if isinstance(error, GeneratorExit) and not task.done():
            raise  # this coroutine is being closed, and may not wait
        await settle_task(task)
        if caller.cancelling() > cancelled_before:
            raise asyncio.CancelledError from None
        if isinstance(error, Exception | KeyboardInterrupt | SystemExit):
            raise
        raise StepError("a step cancelled the run that it is part of") from error
    if caller.cancelling() > cancelled_before:
        raise asyncio.CancelledError
    if task.cancelling() and is_late(run):
        raise TimeoutError  # the work was told to stop, and did not
    return result


async def settle_task(task: asyncio.Future[Any]) -> None:
    """Waits until a cancelled task has ended; raises a cancellation only then."""
    is_cancelled = False
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError:
            is_cancelled = True
    if is_cancelled:
        raise asyncio.CancelledError


def is_late(run: Run) -> bool:
    """Whether the deadline has passed: a step may fail as it is cancelled for it."""
    return run.deadline is not None and run.time() >= run.deadline


async def stream_run(
    module: Module, name: str, payload: Any, options: Options
) -> AsyncGenerator[dict[str, Any], None]:
    """The events of a run; a slow reader slows the run, closing it cancels the run."""
    events = EventQueue()
    task = asyncio.ensure_future(execute_chain(module, name, payload, options, events))
    task.add_done_callback(lambda _: events.append({}))
    try:
        while event := await events.get():
            yield event
        task.result()
    finally:
        events.close()
        task.cancel()
        await settle_task(task)
