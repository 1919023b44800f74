"""A trace as the events that Chrome and Perfetto show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["chrome_events"]

ABOUT = ("status", "attempts", "error", "tokens", "cost")
"""What of a step is shown beside its time."""


def chrome_events(trace: Mapping[str, Any]) -> dict[str, Any]:
    """Return the file that shows a trace; the trace itself stands beside its events.

    Steps that ran at once are in lanes of their own, each from when it was queued on.
    """
    chain = trace["record"]["metadata"]["chain"]
    named = {"ph": "M", "pid": 1, "name": "process_name", "args": {"name": chain}}
    events: list[dict[str, Any]] = [named]
    free_from: list[int] = []
    retries: dict[str, list[Mapping[str, Any]]] = {}
    for retry in trace["retries"]:
        retries.setdefault(retry["step"], []).append(retry)
    for step in sorted(trace["record"]["steps"], key=asked_at):
        if step["status"] == "skipped":
            continue
        asked, ended = asked_at(step), step["started_ms"] + step["elapsed_ms"]
        lanes = range(len(free_from))
        lane = next((lane for lane in lanes if free_from[lane] <= asked), len(lanes))
        free_from[lane : lane + 1] = [max(ended, asked + 1)]
        path = step.get("path", step["name"])
        events.append(shown(path, "step", lane, asked, ended))
        events[-1]["args"] = {key: step[key] for key in ABOUT if key in step}
        parts = parts_of(step, retries.get(path, ()))
        if len(parts) > 1:
            events += (shown(kind, kind, lane, at, end) for kind, at, end in parts)
    return {"traceEvents": events, "displayTimeUnit": "ms", "n3gen": trace}


def shown(name: str, category: str, lane: int, start: int, end: int) -> dict[str, Any]:
    """Return the event of a stretch of time, in milliseconds."""
    length = {"ts": start * 1000, "dur": (end - start) * 1000}
    where = {"ph": "X", "pid": 1, "tid": lane + 1}
    return {"name": name, "cat": category, **where, **length}


def asked_at(step: Mapping[str, Any]) -> int:
    """Return when a step was asked to start, in milliseconds, its wait included."""
    asked: int = max(step["started_ms"] - step["queued_ms"], 0)
    return asked


def parts_of(
    step: Mapping[str, Any], retries: Sequence[Mapping[str, Any]]
) -> list[tuple[str, int, int]]:
    """Return the wait of a step, its tries, and the pauses between them."""
    at, ended = step["started_ms"], step["started_ms"] + step["elapsed_ms"]
    parts = [("queued", asked_at(step), at)] if step["queued_ms"] else []
    for retry in retries:
        failed = min(max(retry["time_ms"], at), ended)
        again = min(failed + retry["delay_ms"], ended)
        parts += [("work", at, failed), ("sleep", failed, again)]
        at = again
    return [*parts, ("work", at, ended)]
