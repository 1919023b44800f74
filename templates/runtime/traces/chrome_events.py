"""A trace as the events that Chrome and Perfetto show."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .step_spans import StepSpan, UseOverTime, spans_of, uses_over_time

__all__ = ["chrome_events"]

ABOUT = ("status", "attempts", "error", "tokens", "cost")
"""What of a step is shown beside its time."""


def chrome_events(trace: Mapping[str, Any]) -> dict[str, Any]:
    """Return the file that shows a trace; the trace itself stands beside its events.

    Steps that ran at once are in lanes of their own, each from when it was queued on.
    What was in use over time are counters.
    """
    chain = trace["record"]["metadata"].get("chain", "run")
    named = {"ph": "M", "pid": 1, "name": "process_name", "args": {"name": chain}}
    spans = spans_of(trace)
    events: list[dict[str, Any]] = [named]
    for span in spans:
        events += span_events(span)
    for use in uses_over_time(spans, trace):
        events += counter_events(use)
    return {"traceEvents": events, "displayTimeUnit": "ms", "n3gen": trace}


def span_events(span: StepSpan) -> Iterator[dict[str, Any]]:
    """Yield the event of a step, and those of its wait, its tries and its pauses."""
    about = {key: span.step[key] for key in ABOUT if key in span.step}
    whole = shown(span, span.path, "step", span.start, span.end)
    yield {**whole, "args": {**about, "critical": span.critical}}
    if len(span.parts) > 1:
        for kind, start, end in span.parts:
            yield shown(span, kind, kind, start, end)


def shown(
    span: StepSpan, name: str, category: str, start: int, end: int
) -> dict[str, Any]:
    """Return the event of a stretch of time, in milliseconds."""
    length = {"ts": start * 1000, "dur": (end - start) * 1000}
    where = {"ph": "X", "pid": 1, "tid": span.lane + 1}
    return {"name": name, "cat": category, **where, **length}


def counter_events(use: UseOverTime) -> Iterator[dict[str, Any]]:
    """Yield the events of how many of something there were."""
    for at, number in use.points:
        counted = {"ts": at * 1000, "args": {use.name: number}}
        yield {"ph": "C", "pid": 1, "name": use.name, **counted}
