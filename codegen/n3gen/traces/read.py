"""A trace from what a run leaves: its record, or its events, which know of tries as well."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from n3gen.diagnostics.cells import plain
from n3gen.traces.model import LimitUses, Part, Series, Span, Trace

__all__ = ["NoTrace", "TraceNotes", "record_so_far", "trace_of"]

_NOTES: Final = importlib.import_module("n3gen.templates.runtime.traces.trace_notes")

_SPANS: Final = importlib.import_module("n3gen.templates.runtime.traces.step_spans")

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
        data = {
            "record": _without_results(record),
            "retries": [*retries],
            "limits": {name: use._asdict() for name, use in (limits or {}).items()},
        }
        found = _SPANS.spans_of(data)
        metadata = record["metadata"]
        trace = Trace(
            chain=metadata.get("chain", "run"),
            run_id=str(metadata.get("run_id", "")),
            status=record["status"],
            elapsed=float(metadata["elapsed_ms"]),
            metadata=metadata,
            spans=list(map(_span, found)),
            error=record.get("error"),
            lanes=1 + max((span.lane for span in found), default=-1),
            series=[
                Series(name, most, tuple(points))
                for name, most, points in _SPANS.uses_over_time(found, data)
            ],
            data=data,
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise NoTrace("it lacks parts of the record of a run") from error
    return trace


def _without_results(record: Mapping[str, Any]) -> dict[str, Any]:
    """What a file needs to make the same trace again, without results of steps."""
    steps = [_NOTES.without_result(step) for step in record["steps"]]
    return {**record, "result": None, "steps": steps}


def _span(found: Any) -> Span:
    """The span of a step; keys of rounds come from data, in which there may be anything."""
    step = found.step
    return Span(
        path=plain(found.path),
        name=step["name"],
        status=step["status"],
        parts=tuple(Part(*part) for part in found.parts),
        attempts=step["attempts"],
        tokens=step.get("tokens"),
        cost=step.get("cost"),
        requests=step.get("requests", 0),
        error=None if step["error"] is None else plain(step["error"]),
        outer=found.outer,
        lane=found.lane,
        critical=found.critical,
    )
