"""The user's functions, of any kind."""

from __future__ import annotations

import functools
import inspect
import threading
from collections.abc import (
    AsyncGenerator,
    Awaitable,
    Callable,
    Iterable,
    Iterator,
    Sequence,
)
from contextlib import aclosing, suppress
from types import FunctionType
from typing import Any, ParamSpec, cast

from .events import Ready
from .inputs import InputError
from .process import process_state
from .records import check_cancelled
from .run import Run, Step
from .threads import in_thread

P = ParamSpec("P")


class Context:
    """What a callable gets: the payload, the results so far by step name, its options.

    `deadline` is the event loop's time at which the run ends.
    """

    def __init__(self, step: Step, options: dict[str, Any]) -> None:
        run = step.run
        self.payload = run.payload
        self.options = options
        self.step = step.name
        self.chain = run.chain
        self.run_id = run.id
        self.deadline = run.deadline
        self._step = step

    @functools.cached_property
    def results(self) -> dict[str, Any]:
        """The results so far, copied where they are asked for: a run may have very many."""
        return self._step.results.copy()

    def emit(self, data: Any) -> Awaitable[None]:
        """Emit progress, from any thread; in the event loop it may await a slow listener."""
        run = self._step.run
        if run.events is None:
            return Ready()
        progress = {"step": self._step.path, "data": data}
        shown = process_state().get("shown_data", dict)(progress)
        return run.events.append_from_anywhere(run.event("step_progress", **shown))


ASYNC = inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR
"""The flags of functions that are `async def`."""


def connector(name: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register a callable for the connector `name`, in all modules of the process."""
    if type(cast(Any, name)) is not str:
        raise TypeError(f"write @connector(NAME), where NAME is a text, not {name!r}")

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        process_state().setdefault("connectors", {})[name] = function
        return function

    return register


def require_connectors(
    run: Run, *names: str, named: Iterable[Sequence[str]] = ()
) -> None:
    """Find the callables that a run needs; raise `InputError` for missing and unfit ones.

    Each gets a context; those of `named` get arguments with the names behind theirs.
    """
    found = {**process_state().get("connectors", {}), **run.connectors}
    calls = [(name, None) for name in names] + [(one, given) for one, *given in named]
    needed = dict.fromkeys(name for name, _ in calls)
    if missing := [name for name in needed if name not in found]:
        from difflib import get_close_matches

        known = [one for one in found if isinstance(one, str) and one not in needed]
        near = {name: get_close_matches(name, known, 1) for name in missing}
        hints = [f"'{n}'" + "".join(f" (is it '{k}'?)" for k in near[n]) for n in near]
        what = "needs connectors that were not given"
        raise InputError(f"Chain '{run.chain}' {what}: {', '.join(hints)}")
    faults = {fault_of_call(name, found[name], given): None for name, given in calls}
    if said := "; ".join(filter(None, faults)):
        raise InputError(f"Chain '{run.chain}' got wrong connectors: {said}")
    run.connectors = found


def fault_of_call(name: str, function: Any, given: Sequence[str] | None) -> str | None:
    """Say why a callable cannot be called with these names, or (`None`) a context."""
    if not callable(function):
        return f"'{name}' must be callable, not {type(function).__name__}"
    if given is None and isinstance(function, FunctionType):
        code = function.__code__  # a signature takes as long to find as a step to run
        if code.co_argcount == 1 and not code.co_kwonlyargcount:
            return None
    with suppress(TypeError, ValueError):  # what shows no signature may take anything
        takes = inspect.signature(function, follow_wrapped=False)
        try:
            takes.bind(*([name] if given is None else ()), **dict.fromkeys(given or ()))
        except TypeError as error:
            call = "ctx" if given is None else ", ".join(f"{one}=..." for one in given)
            return f"'{name}' is called with ({call}) and takes {takes}: {error}"
    return None


def call_connector(step: Step, name: str, options: dict[str, Any]) -> Awaitable[Any]:
    """Call the connector `name` that the run was given."""
    return invoke(step, step.run.connectors[name], Context(step, options))


async def invoke(
    step: Step, function: Callable[P, Any], /, *args: P.args, **kwargs: P.kwargs
) -> Any:
    """Call a function of any kind.

    A coroutine function is awaited, anything else runs in a thread. The items of a
    generator or another iterator become progress and are returned as a list.
    """
    if is_async(function):
        result = function(*args, **kwargs)
    else:
        call = functools.partial(function, *args, **kwargs)
        result = await call_in_thread(step, call)
    if inspect.isawaitable(result):
        result = await result
        if isinstance(result, Iterator):
            return await call_in_thread(step, functools.partial(iter, result))
    elif inspect.isasyncgen(result):
        return await collect_async_items(
            step, cast("AsyncGenerator[Any, None]", result)
        )
    return result


async def call_in_thread(step: Step, call: Callable[[], Any]) -> Any:
    """Make a call in a thread, and ask an iterator for its items there."""
    over = threading.Event()
    try:
        return await in_thread(lambda: collect_items(step, call(), over))
    finally:
        over.set()


def collect_items(step: Step, result: Any, over: threading.Event) -> Any:
    """Return an iterator's items, emitted until the call is `over`; all else as it is."""
    found: Any = result
    if inspect.isawaitable(result) or not isinstance(result, Iterator):
        return found
    context = Context(step, {})
    items: list[Any] = []
    for item in found:
        if over.is_set():
            getattr(found, "close", list)()  # which not every iterator has
            break
        items.append(item)
        context.emit(item)
    return items


async def collect_async_items(
    step: Step, generator: AsyncGenerator[Any, None]
) -> list[Any]:
    """Return the items of an async generator, emitting each as progress."""
    context = Context(step, {})
    items: list[Any] = []
    async with aclosing(generator):
        async for item in generator:
            check_cancelled()
            items.append(item)
            await context.emit(item)
    return items


def is_async(function: Callable[..., Any]) -> bool:
    """Say whether calling it gives a coroutine or an async generator at once."""
    if isinstance(function, FunctionType) and function.__code__.co_flags & ASYNC:
        return True
    while isinstance(function, functools.partial):
        function = function.func
    if not (inspect.isroutine(function) or inspect.isclass(function)):
        function = type(function).__call__
    return inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function)
