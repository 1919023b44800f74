"""A trace from what a run leaves: its record, or its events, which know of tries as well."""

from __future__ import annotations

import importlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from n3gen.diagnostics.cells import plain
from n3gen.traces.lanes import mark_critical, place, series_of
from n3gen.traces.model import LimitUses, Part, Span, Trace

__all__ = ["NoTrace", "TraceNotes", "record_so_far", "trace_of"]

_NOTES: Final = importlib.import_module("n3gen.templates.runtime.traces.trace_notes")

TraceNotes: Final[Any] = _NOTES.TraceNotes
"""What a trace needs of a run's events: what modules note that write traces."""


class NoTrace(ValueError):
    """What was given is not what a run leaves; the message says what is missing."""


def record_so_far(
    chain: str, run_id: str, status: str, steps: Sequence[dict[str, Any]]
) -> Mapping[str, Any]:
    """Return the record of a run that goes on, up to the last step that has ended."""
    now = max((step["started_ms"] + step["elapsed_ms"] for step in steps), default=0)
    names = {"chain": chain, "run_id": run_id}
    found: dict[str, Any] = _NOTES.record_so_far(names, steps, now)
    return {"status": status, "error": None, **found}


def trace_of(
    record: Mapping[str, Any],
    retries: Iterable[Mapping[str, Any]] = (),
    limits: Mapping[str, LimitUses] | None = None,
) -> Trace:
    """Return the trace of a run; raises `NoTrace` where it is no record of one.

    Without `retries` a step with several tries is one stretch of work. `limits` are
    those that its steps take, by their names.
    """
    try:
        tries: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
        for retry in retries:
            tries[retry["step"]].append(retry)
        steps: Sequence[Mapping[str, Any]] = record["steps"]
        spans = [_span(step, tries) for step in steps if step["status"] != "skipped"]
        metadata = record["metadata"]
        trace = Trace(
            chain=metadata.get("chain", "run"),
            run_id=str(metadata.get("run_id", "")),
            status=record["status"],
            elapsed=float(metadata["elapsed_ms"]),
            metadata=metadata,
            spans=spans,
            error=record.get("error"),
            data=_kept(record, tries, limits or {}),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise NoTrace("it lacks parts of the record of a run") from error
    _mark_outer(spans)
    trace.lanes = place(spans)
    mark_critical(spans, trace.status)
    trace.series = series_of(spans, limits or {})
    return trace


def _span(
    step: Mapping[str, Any], tries: Mapping[str, Sequence[Mapping[str, Any]]]
) -> Span:
    path = step.get("path", step["name"])
    error = step["error"]
    return Span(
        # Keys of rounds come from data, in which there may be anything.
        path=plain(path),
        name=step["name"],
        status=step["status"],
        parts=tuple(_parts(step, tries.get(path, ()))),
        attempts=step["attempts"],
        tokens=step.get("tokens"),
        cost=step.get("cost"),
        requests=step.get("requests", 0),
        error=None if error is None else plain(error),
    )


def _parts(step: Mapping[str, Any], retries: Sequence[Mapping[str, Any]]) -> list[Part]:
    """The wait of a step, its tries, and the pauses between them."""
    started, ended = step["started_ms"], step["started_ms"] + step["elapsed_ms"]
    parts: list[Part] = []
    if step["queued_ms"]:
        parts.append(Part("queued", max(started - step["queued_ms"], 0), started))
    at = started
    for retry in retries:
        failed = min(max(retry["time_ms"], at), ended)
        again = min(failed + retry["delay_ms"], ended)
        if failed > at:
            parts.append(Part("work", at, failed))
        if again > failed:
            parts.append(Part("sleep", failed, again))
        at = again
    if ended > at or all(part.kind == "queued" for part in parts):
        parts.append(Part("work", at, ended))
    return parts


def _mark_outer(spans: Sequence[Span]) -> None:
    """Mark the steps that others are inside of."""
    around = {span.path[:at] for span in spans for at in _dots(span.path)}
    for span in spans:
        span.outer = span.path in around


def _dots(path: str) -> Iterator[int]:
    at = path.find(".")
    while at >= 0:
        yield at
        at = path.find(".", at + 1)


def _kept(
    record: Mapping[str, Any],
    tries: Mapping[str, Sequence[Mapping[str, Any]]],
    limits: Mapping[str, LimitUses],
) -> dict[str, Any]:
    """What a file needs to make the same trace again, without results of steps."""
    steps = [
        {key: value for key, value in step.items() if key not in ("result", "version")}
        for step in record["steps"]
    ]
    return {
        "record": {**record, "result": None, "steps": steps},
        "retries": [retry for of_step in tries.values() for retry in of_step],
        "limits": {name: use._asdict() for name, use in limits.items()},
    }
