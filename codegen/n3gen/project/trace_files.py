"""Traces in files: records and events of runs are read, pictures of them are written."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

from n3gen.project.config import Config, working_directory
from n3gen.project.errors import ProjectError
from n3gen.project.regular import read_regular
from n3gen.project.writing import write_file
from n3gen.semantics.taken_permits import taken_permits
from n3gen.spec.model import Spec
from n3gen.traces.model import LimitUses, Trace
from n3gen.traces.read import NoTrace, TraceNotes, trace_of
from n3gen.traces.render import trace_html, trace_json, trace_svg

__all__ = [
    "TRACE_ENDINGS",
    "check_ending",
    "limit_uses",
    "read_trace",
    "write_trace",
]

_LARGEST = 1024 * 1024 * 1024

TRACE_ENDINGS = (".html", ".svg", ".json")
"""The endings of the files that traces are written to."""


def read_trace(path: str) -> Trace:
    """Return the trace in a file: a record, events, or what `write_trace` has written."""
    data = read_regular(os.path.join(working_directory(), path), path, _LARGEST)
    if data is None:
        raise ProjectError(f"cannot read `{path}`: there is no such file")
    try:
        return _trace(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        reason = str(error) if isinstance(error, NoTrace) else "it is not JSON"
        if path.lower().endswith((".html", ".svg")):
            reason = "it is for people to look at; write the trace as `.json`, and draw it from that"
        raise ProjectError(
            f"`{path}` holds neither the record of a run nor its events: {reason}"
        ) from error


def _trace(text: str) -> Trace:
    try:
        found = json.loads(text)
    except ValueError:
        # A run that was killed may have left half a line.
        whole = text.split("\n")[:-1]
        return _of_events([json.loads(line) for line in whole if line.strip()])
    if not isinstance(found, dict):
        raise NoTrace("it is no object")
    if "traceEvents" in found:
        return _of_file(found.get("n3gen"))
    return _of_events([found]) if "event" in found else trace_of(found)


def _of_events(events: list[Any]) -> Trace:
    notes = TraceNotes()
    try:
        if len({event["run_id"] for event in events}) > 1:
            raise NoTrace("it has the events of several runs")
        for event in events:
            notes.event(event)
        if "chain" not in notes.last:
            raise NoTrace("it ends before the first event")
        return trace_of(notes.record(), notes.retries)
    except (AttributeError, KeyError, TypeError) as error:
        raise NoTrace("its lines are no events") from error


def _of_file(kept: Any) -> Trace:
    """The trace in a file of Chrome's events, which n3gen has written."""
    if not isinstance(kept, dict) or "record" not in kept:
        raise NoTrace("these events are not those of a run")
    limits = {
        name: LimitUses(use["most"], use["steps"])
        for name, use in kept.get("limits", {}).items()
    }
    return trace_of(kept["record"], kept.get("retries", ()), limits)


def check_ending(path: str, runs: int = 1) -> str:
    """Return the ending of a file to write traces of `runs` to; raises `ProjectError`."""
    ending = os.path.splitext(path)[1].lower()
    if ending not in TRACE_ENDINGS:
        known = "`.html` (a page), `.svg` (a picture) or `.json` (for Perfetto)"
        raise ProjectError(f"the name of a trace ends in {known}, not as `{path}` does")
    if runs > 1 and ending != ".html":
        raise ProjectError(
            f"only a page (`.html`) shows several runs, and `{path}` is none"
        )
    return ending


def write_trace(path: str, titles: Mapping[str, Trace]) -> None:
    """Write traces to a file in the format that its ending says; raises `ProjectError`."""
    traces = list(titles.values())
    ending = check_ending(path, len(traces))
    if ending == ".html":
        text = trace_html(traces, list(titles))
    else:
        text = trace_svg(traces[0]) if ending == ".svg" else trace_json(traces[0])
    write_file(os.path.join(working_directory(), path), path, text.encode())


def limit_uses(spec: Spec, config: Config) -> dict[str, LimitUses]:
    """Return what the steps of a spec take of each limit, and how much that has."""
    calls = config.max_concurrent_llm_calls
    given = os.environ.get("MAX_CONCURRENT_LLM_CALLS", "")
    calls = int(given) if given.isdecimal() else calls
    return {
        name: LimitUses(calls if most is None else most, steps)
        for name, (most, steps) in taken_permits(spec).items()
    }
