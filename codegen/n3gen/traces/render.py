"""Traces in the formats that show them, each by its template in `templates/traces`."""

from __future__ import annotations

import importlib
import json
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

import jinja2

from n3gen.pages import page_templates, trace_page
from n3gen.traces.compare import compared, step_rows
from n3gen.traces.model import Trace
from n3gen.traces.timeline import timeline

__all__ = ["trace_html", "trace_json", "trace_svg", "trace_text"]

_EVENTS: Final = importlib.import_module("n3gen.templates.runtime.traces.chrome_events")

_NAMED: Final = 12
"""How many steps of a critical path are named."""


def trace_text(traces: Sequence[Trace], titles: Sequence[str]) -> str:
    """Return the numbers of one run, or of two beside each other."""
    return _render(
        "text.txt",
        traces=traces,
        titles=titles,
        column=max(12, *map(len, titles)) if len(titles) > 1 else 12,
        rows=compared(traces),
        steps=list(step_rows(traces)),
    )


def trace_html(traces: Sequence[Trace], titles: Sequence[str]) -> str:
    """Return a page with the timelines of runs, on one axis of time.

    Its script makes of the records what this room makes of them for pictures and texts,
    as modules that write the page themselves do not.
    """
    runs = [
        {"title": title, **trace.data}
        for trace, title in zip(traces, titles, strict=True)
    ]
    data = json.dumps(runs, separators=(",", ":"), default=str)
    # No text in it may end the element that it is in.
    return trace_page().replace("{}", data.replace("<", "\\u003c"), 1)


def trace_svg(trace: Trace) -> str:
    """Return the timeline of a run as a picture."""
    rows = [f"{row.name} {row.values[0]}" for row in compared([trace])]
    words = [", ".join(rows), f"critical path: {_way(trace, '→')}"]
    return _render("timeline.svg", **timeline(trace, words))


def trace_json(trace: Trace) -> str:
    """Return the events of a run as Chrome and Perfetto read them, as modules write them.

    What the page of a trace needs stands beside them, under `n3gen`.
    """
    return json.dumps(_EVENTS.chrome_events(trace.data), default=str) + "\n"


def _way(trace: Trace, arrow: str = "->") -> str:
    """The steps of the critical path, those in the middle left out where there are many."""
    if trace.dropped:
        return f"unknown without the {trace.dropped:,} steps whose records were dropped"
    known = [span.path for span in trace.critical_path]
    if len(known) > _NAMED + 1:
        left = f"({len(known) - _NAMED} more)"
        known = [*known[: _NAMED - 1], left, known[-1]]
    return f" {arrow} ".join(known)


def _render(name: str, **context: object) -> str:
    return _templates().get_template(f"{name}.j2").render(**context)


@lru_cache(maxsize=1)
def _templates() -> jinja2.Environment:
    return page_templates("traces", {"way": _way})
