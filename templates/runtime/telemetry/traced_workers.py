"""Calls in worker processes that know of the span they belong to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ParamSpec

from opentelemetry import context as otel_context
from opentelemetry import propagate as otel_propagate
from opentelemetry import trace as otel_trace

from ..run.run import Step
from ..run.workers import invoke_in_process, settled
from .spans import carried_context

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
    """Call a function in the trace context of another process.

    What spans it has made are exported at once, as a worker may be killed at any time.
    """
    token = otel_context.attach(otel_propagate.extract(carrier))
    try:
        return settled(function(*args, **kwargs))
    finally:
        otel_context.detach(token)
        flush = getattr(otel_trace.get_tracer_provider(), "force_flush", None)
        if flush is not None:
            flush()
