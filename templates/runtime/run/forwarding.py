"""Functions whose items are passed on while they make them."""

from __future__ import annotations

import functools
import inspect
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterator
from typing import Any, ParamSpec, TypeGuard

from ..limits.permit import Permit
from .callables import Context, is_async
from .process import Limiter
from .records import check_cancelled
from .run import Step
from .stage_line import Channel
from .streams import END, ThreadedItems
from .threads import in_thread

__all__ = ["call_connector_into", "invoke_into"]

P = ParamSpec("P")


async def invoke_into(
    step: Step,
    function: Callable[P, Any],
    outlet: Channel,
    limiter: Limiter | None,
    /,
    *args: P.args,
    **kwargs: P.kwargs,
) -> Any:
    """Call a function of any kind, and pass on what an iterator of its makes as it comes.

    They are also progress and, as a list, the result. A permit of `limiter` is held
    while the function works, not while an item waits for room.
    """
    call = functools.partial(function, *args, **kwargs)
    async with Permit(step, limiter):
        result = call() if is_async(function) else await in_thread(call)
        if inspect.isawaitable(result):
            result = await result
    items = asked_items(result)
    if items is None:
        return result
    return await items_into(step, items, outlet, limiter)


def asked_items(result: object) -> AsyncIterator[Any] | None:
    """Return what asks a generator or another iterator for its items, if it is one."""
    if has_async_items(result):
        return aiter(result)
    if makes_items(result):
        return ThreadedItems(result)
    return None


def has_async_items(result: object) -> TypeGuard[AsyncIterable[Any]]:
    """Say whether a result is an async generator, or has other async items."""
    return isinstance(result, AsyncIterable)


def makes_items(result: object) -> TypeGuard[Iterator[Any]]:
    """Say whether a result is a generator, or another iterator."""
    return isinstance(result, Iterator)


async def items_into(
    step: Step,
    items: AsyncIterator[Any],
    outlet: Channel,
    limiter: Limiter | None,
) -> list[Any]:
    """Hand on the items of an iterator one by one, and return them all."""
    context = Context(step, {})
    found: list[Any] = []
    close = getattr(items, "aclose", None)
    try:
        while True:
            async with Permit(step, limiter):
                item = await anext(items, END)
            if item is END:
                return found
            check_cancelled()
            found.append(item)
            await context.emit(item)
            await outlet.put(item)
    finally:
        if close is not None:
            await close()


async def call_connector_into(
    step: Step,
    name: str,
    outlet: Channel,
    limiter: Limiter | None,
    options: dict[str, Any],
) -> Any:
    """Call the connector `name` that the run was given, and pass on its items."""
    function = step.run.connectors[name]
    return await invoke_into(step, function, outlet, limiter, Context(step, options))
