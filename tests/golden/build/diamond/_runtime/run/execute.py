"""Runs from their start to their record, whatever happens in them."""

from __future__ import annotations

import asyncio
import math
import os
from collections.abc import AsyncGenerator, Callable, Coroutine, Mapping
from contextvars import copy_context
from functools import partial
from inspect import iscoroutinefunction
from typing import Any, Literal, TypeVar, cast

from .chain import CALLER_HTTP, Chain, Module, Options, check_options
from .ending import record_of
from .events import EventQueue
from .inputs import InputError
from .process import llm_limiter, process_state
from .records import ChainError, ChainTimeout, RunResult, StepError, describe_error
from .run import Run
from .settings import flag_setting, seconds_setting

T = TypeVar("T")


class Ended:
    """A run that has ended: its record, and the error if it failed."""

    def __init__(self, record: RunResult, error: Exception | None) -> None:
        self.record = record
        self.error = error

    def value(self) -> Any:
        """Return the chain's result; raise `ChainError` or `ChainTimeout` with the record."""
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
    """Run a chain to its end or its deadline; a failure of the run is in its record.

    Raises the caller's own cancellation, `LookupError` for an unknown chain, and
    `ValueError` for an option or a setting that makes no sense.
    """
    chain = module.chain(name)
    run, seconds = prepare_run(module, chain, options)
    run.events = events
    result: Any = None
    error: Exception | None = None
    status: Literal["ok", "error", "timeout"] = "ok"
    try:
        result = await outcome(module, chain, run, options, payload, seconds)
    except asyncio.CancelledError:
        module.metrics.runs["cancelled"] += 1
        raise
    except TimeoutError as failure:
        error, status = failure, "timeout"
    except (StepError, InputError) as failure:
        error, status = failure, "error"
    ended = Ended(record_of(chain, run, seconds, status, result, error), error)
    module.metrics.count(ended.record, used_parallel=run.used_parallel)
    # Run and steps refer to each other: this frees the payload without the collector.
    run.steps.clear()
    if events is not None:
        kind = "chain_complete" if status == "ok" else f"chain_{status}"
        await events.append(run.event(kind, run=ended.record))
    return ended


async def outcome(
    module: Module,
    chain: Chain,
    run: Run,
    options: Options,
    payload: Any,
    seconds: float,
) -> Any:
    """Return the result of a chain; raise `StepError` for an error that no step has."""
    try:
        if run.events is not None:
            await run.events.append(run.event("chain_start", payload=payload))
        run.connectors = connectors_of(module, chain, options.connectors)
        run.given = options.connectors or {}
        run.coroutine_functions = {
            name
            for name in chain.connectors
            if iscoroutinefunction(run.connectors[name])
        }
        run.payload = chain.check(payload) if chain.check else payload
        return await in_time(run, chain.function(run, run.payload), seconds)
    except (StepError, InputError, TimeoutError):
        raise
    except Exception as failure:
        raise run.failure(failure, 0) from failure


def prepare_run(module: Module, chain: Chain, options: Options) -> tuple[Run, float]:
    """Return the run and its seconds: by argument, chain, environment, configuration."""
    check_options(options)
    _, seconds, parallel, calls, http = options
    if seconds is None:
        seconds = chain.timeout
    if seconds is None:
        stated = module.defaults.chain_seconds
        seconds = seconds_setting("CHAIN_TIMEOUT_SECONDS", stated)
    if parallel is None:
        stated = module.defaults.parallel_steps
        parallel = flag_setting("ENABLE_PARALLEL_STEPS", stated)
    limiter = llm_limiter(calls, module.defaults.llm_calls)
    run = Run(chain.name, module.source, limiter, {})
    run.id = os.urandom(8).hex()
    run.parallel = parallel
    run.http = http
    run.deadline = run.started + seconds
    return run, seconds


def connectors_of(
    module: Module, chain: Chain, given: Mapping[str, Callable[..., Any]] | None
) -> dict[str, Callable[..., Any]]:
    """Return the callables for the chain; raise `InputError` naming all that are missing.

    A given one takes the place of a connector of the spec that has its name. The others
    may be for other modules, unless one is spelled almost like a connector of this one.
    """
    if given is not None and not isinstance(cast(Any, given), Mapping):
        raise InputError("the connectors must be a mapping of names to callables")
    found = {**process_state().get("connectors", {}), **(given or {})}
    faults: list[str] = []
    missing = [name for name in chain.connectors if name not in found]
    if missing:
        from difflib import get_close_matches

        names = [name for name in found if isinstance(cast(Any, name), str)]
        for name in missing:
            near = get_close_matches(name, names, 1)
            faults.append(f"'{name}'" + (f" (is it '{near[0]}'?)" if near else ""))
        what = "needs connectors that were not given: "
    else:
        what = "got connectors to call, but "
        replaced = (given or {}).keys() & module.connectors
        called = replaced.union(chain.connectors)
        for name in sorted(called):
            if not callable(cast(Any, found[name])):
                faults.append(f"'{name}' is {type(found[name]).__name__}")
        faults += misspelled(module, given or {})
    if faults:
        raise InputError(f"Chain '{chain.name}' {what}{', '.join(faults)}")
    return found


def misspelled(module: Module, given: Mapping[str, Any]) -> list[str]:
    """Say which given names are almost those of connectors that were not given."""
    known = {*module.connectors}
    for chain in module.chains.values():
        known.update(chain.connectors)
    return [
        f"'{name}' is almost '{near}'"
        for name in given
        if name not in known and isinstance(cast(Any, name), str)
        for near in sorted(known - given.keys())
        if is_slip(name, near)
    ]


def is_slip(name: str, other: str) -> bool:
    """Say whether two names differ by one letter or two swapped ones.

    Names that differ in a digit are different on purpose.
    """
    left, right = name.casefold(), other.casefold()
    if min(len(left), len(right)) < 4 or abs(len(left) - len(right)) > 1:
        return False
    while left and right and left[0] == right[0]:
        left, right = left[1:], right[1:]
    while left and right and left[-1] == right[-1]:
        left, right = left[:-1], right[:-1]
    is_swap = len(left) == 2 and left == right[::-1]
    is_short = len(left) < 2 and len(right) < 2
    return (is_swap or is_short) and not any(map(str.isdigit, left + right))


async def in_time(run: Run, work: Coroutine[Any, Any, T], seconds: float) -> T:
    """Await `work` for at most `seconds`; it has ended when this returns or raises.

    It has a task of its own, so that a step which cancels its task does not cancel
    the caller.
    """
    loop = asyncio.get_running_loop()
    context = copy_context()
    if run.http is not None:
        context.run(CALLER_HTTP.set, run.http)
    run.task = task = loop.create_task(work, context=context)
    is_late = False

    def expire() -> None:
        nonlocal is_late
        is_late = task.cancel()

    timer = None if math.isinf(seconds) else loop.call_later(seconds, expire)
    try:
        await wait_for_end(task)
    finally:
        if timer is not None:
            timer.cancel()
    if is_late:
        raise TimeoutError
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
    while not task.done():
        ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        task.add_done_callback(partial(end_wait, ended))
        try:
            await ended
        except asyncio.CancelledError as error:
            if cancelled is None:
                task.cancel()
            cancelled = error
    if not task.cancelled():
        task.exception()  # else asyncio reports it as never retrieved
    if cancelled is not None:
        raise cancelled


def end_wait(waiter: asyncio.Future[None], _: asyncio.Task[Any]) -> None:
    """End a wait, unless it was cancelled."""
    if not waiter.done():
        waiter.set_result(None)


async def stream_run(
    module: Module, name: str, payload: Any, options: Options
) -> AsyncGenerator[dict[str, Any], None]:
    """Yield the events of a run; a slow reader slows it, closing the generator cancels it."""
    events = EventQueue()
    work = execute_chain(module, name, payload, options, events)
    task = asyncio.get_running_loop().create_task(work)
    task.add_done_callback(lambda _: events.append({}))
    try:
        while event := await events.get():
            yield event
        task.result()
    finally:
        events.close()
        task.cancel()
        await wait_for_end(task)
