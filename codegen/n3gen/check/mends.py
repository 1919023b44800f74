"""Edits that add a key to a step, or a name to what it waits for, in either spelling."""

from __future__ import annotations

from n3gen.diagnostics import Edit, Fix
from n3gen.source import Loc, Span
from n3gen.syntax.document import Document

__all__ = ["adding", "waiting"]

_KEY = "depends_on"
_HEAD = ("name", "step")


def adding(document: Document, loc: Loc, line: str) -> Fix | None:
    """The fix that writes a key into the step at `loc`, where edits can."""
    step = _data(document, loc)
    edit = _inserted(document, loc, step, line) if isinstance(step, dict) else None
    return None if edit is None else Fix(f"add `{line}`", (edit,))


def waiting(document: Document, loc: Loc, name: str | None) -> Fix | None:
    """The fix that makes the step at `loc` wait for `name`, where edits can."""
    if name is None or not name.isidentifier():
        return None
    step = _data(document, loc)
    if not isinstance(step, dict):
        return None
    edit = (
        _added(document, (*loc, _KEY), step[_KEY], name)
        if _KEY in step
        else _inserted(document, loc, step, f"{_KEY}: [{name}]")
    )
    return None if edit is None else Fix(f"add `{_KEY}: [{name}]`", (edit,))


def _data(document: Document, loc: Loc) -> object:
    found: object = document.data
    for key in loc:
        if isinstance(found, dict):
            found = found.get(key)
        elif isinstance(found, list) and isinstance(key, int):
            found = found[key]
    return found


def _added(document: Document, loc: Loc, value: object, name: str) -> Edit | None:
    """The edit that adds a name to those that are there; a join is left as it is."""
    if isinstance(value, list) and value:
        last = document.values[(*loc, len(value) - 1)]
        listed = document.source.text[document.span(loc).start]
        if listed == "[":
            return Edit(document.source, Span(last.end, last.end), f", {name}")
        item = _column(document, document.keys[(*loc, len(value) - 1)].start)
        line = f"\n{' ' * item}- {name}"
        return Edit(document.source, Span(last.end, last.end), line)
    if isinstance(value, str):
        span = document.span(loc)
        written = document.source.text[span.start : span.end]
        return Edit(document.source, span, f"[{written}, {name}]")
    return None


def _inserted(
    document: Document, loc: Loc, step: dict[object, object], line: str
) -> Edit | None:
    """The edit that writes a key before the first of a step that is not its name."""
    spans = [
        document.keys[(*loc, str(key))]
        for key in step
        if key not in _HEAD and (*loc, str(key)) in document.keys
    ]
    if not spans:
        return None
    start = min(span.start for span in spans)
    column = _column(document, start)
    text = document.source.text
    is_own_line = text[start - column : start].strip(" ") in ("", "-")
    added = f"{line}\n{' ' * column}" if is_own_line else f"{line}, "
    return Edit(document.source, Span(start, start), added)


def _column(document: Document, offset: int) -> int:
    return document.source.position(offset)[1] - 1
