"""Calls in worker processes that know of the span they belong to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ParamSpec

from ..run.run import Step
from ..run.workers import invoke_in_process, settled
from .spans import carried_context, in_carried_context

__all__ = ["call_in_context", "invoke_in_process_traced"]

P = ParamSpec("P")


async def invoke_in_process_traced(
    step: Step, function: Callable[P, Any], /, *args: P.args, **kwargs: P.kwargs
) -> Any:
    """Call a function in a worker process, in the context of the current span."""
    carrier = carried_context()
    return await invoke_in_process(
        step, call_in_context, carrier, function, *args, **kwargs
    )


def call_in_context(
    carrier: Mapping[str, str],
    function: Callable[..., Any],
    /,
    *args: Any,
    **kwargs: Any,
) -> Any:
    """Call a function in the trace context of another process."""
    with in_carried_context(carrier):
        return settled(function(*args, **kwargs))
