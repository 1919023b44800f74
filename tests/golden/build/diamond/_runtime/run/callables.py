"""Takes functions of the user's, of any kind; hands on what they return."""

from __future__ import annotations

import asyncio
import contextvars
import functools
import inspect
import os
from collections.abc import AsyncGenerator, Awaitable, Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import aclosing
from typing import Any, ParamSpec, cast

from .events import Ready
from .process import process_state
from .run import Step

P = ParamSpec("P")


class Context:
    """What a callable is told: the payload, the results so far by step name, its options.

    `deadline` is the event loop's time at which the run ends.
    """

    def __init__(self, step: Step, options: dict[str, Any]) -> None:
        self.options = options
        self._step = step

    @property
    def payload(self) -> Any:
        return self._step.run.payload

    @property
    def results(self) -> dict[str, Any]:
        return self._step.run.results

    @property
    def step(self) -> str:
        return self._step.name

    @property
    def chain(self) -> str:
        return self._step.run.chain

    @property
    def run_id(self) -> str:
        return self._step.run.id

    @property
    def deadline(self) -> float | None:
        return self._step.run.deadline

    def emit(self, data: Any) -> Awaitable[None]:
        """Tells the run's listener of progress, from any thread.

        What it returns may be awaited in the event loop, to wait for a listener that
        is behind.
        """
        run = self._step.run
        if run.events is None:
            return Ready()
        event = run.event("step_progress", step=self._step.path, data=data)
        return run.events.append_from_anywhere(event)


def connector(
    name: str,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Registers a callable for the connector `name`, once per process, for all modules."""

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        process_state().setdefault("connectors", {})[name] = function
        return function

    return register


def call_connector(step: Step, name: str, options: dict[str, Any]) -> Awaitable[Any]:
    """Calls the connector `name` that the run was given."""
    step.place = None
    function = step.run.connectors[name]
    code = getattr(function, "__code__", None)
    if code is not None and code.co_flags & inspect.CO_COROUTINE:
        awaitable: Awaitable[Any] = function(Context(step, options))
        return awaitable
    return invoke(step, function, Context(step, options))


async def invoke(
    step: Step, function: Callable[P, Any], /, *args: P.args, **kwargs: P.kwargs
) -> Any:
    """Calls a function of any kind.

    A coroutine function is awaited, anything else runs in a thread; a generator's
    items become progress and are returned as a list. A thread cannot be cancelled:
    on a timeout the run goes on and what the thread returns is dropped.
    """
    step.place = None
    if is_async(function):
        result = function(*args, **kwargs)
    else:
        work = functools.partial(function, *args, **kwargs)
        context = contextvars.copy_context()
        result = await run_in_pool(
            thread_pool(), context.run, work_in_thread, step, work
        )
    if inspect.isasyncgen(result):
        return await collect_items(step, cast("AsyncGenerator[Any, None]", result))
    if inspect.isawaitable(result):
        return await result
    return result


def work_in_thread(step: Step, work: Callable[[], Any]) -> Any:
    """What a call returns, or the items of the generator that it returns."""
    try:
        result = work()
        if not inspect.isgenerator(result) or inspect.isawaitable(result):
            return result
        items: list[Any] = []
        for item in result:
            items.append(item)
            Context(step, {}).emit(item)
        return items
    except StopIteration as error:
        # A future takes no StopIteration: who waits for it would wait for ever.
        raise RuntimeError("the function raised StopIteration") from error


async def run_in_pool(pool: Executor, function: Callable[..., Any], *args: Any) -> Any:
    """Waits for a call in a pool."""
    return await asyncio.get_running_loop().run_in_executor(pool, function, *args)


async def collect_items(step: Step, generator: AsyncGenerator[Any, None]) -> list[Any]:
    """The items of an async generator; each is also told as progress."""
    run = step.run
    items: list[Any] = []
    async with aclosing(generator):
        async for item in generator:
            items.append(item)
            if run.events is not None:
                event = run.event("step_progress", step=step.path, data=item)
                await run.events.append(event)
    return items


def is_async(function: Callable[..., Any]) -> bool:
    """Whether calling it gives a coroutine or an async generator at once."""
    while isinstance(function, functools.partial):
        function = function.func
    if not (inspect.isroutine(function) or inspect.isclass(function)):
        function = type(function).__call__
    return inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function)


def thread_pool() -> ThreadPoolExecutor:
    """The process's threads for calls that would block the event loop.

    It is wider than asyncio's own, which has few threads on small machines and
    would cap a fan-out unseen. A fork has none of the threads, hence its own pool.
    """
    state = process_state()
    name = f"threads_{os.getpid()}"
    found: ThreadPoolExecutor | None = state.get(name)
    if found is not None:
        return found
    pool: ThreadPoolExecutor
    pool = state.setdefault(name, ThreadPoolExecutor(256, "n3gen"))
    return pool
