"""The page of a trace: what `templates/traces/page.html.j2` comes to when this is built."""

from __future__ import annotations

__all__ = ["TRACE_PAGE"]

TRACE_PAGE = ""
"""HTML that needs no network; the data of the trace goes into the place of `{}`."""
