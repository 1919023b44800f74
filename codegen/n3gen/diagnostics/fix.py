"""Edits that mend what a diagnostic reports."""

from __future__ import annotations

from bisect import bisect, insort
from collections.abc import Iterable
from dataclasses import dataclass

from n3gen.source import SourceFile, Span

__all__ = ["Edit", "Fix", "applied", "compatible", "inserting", "replacing"]

_PLACEHOLDER = "NAME"
_QUOTES = ("'", '"')


@dataclass(frozen=True, slots=True)
class Edit:
    """A stretch of a file, and the text that belongs there instead."""

    file: SourceFile
    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Fix:
    """A change of files that mends a problem; `title` says what it does."""

    title: str
    edits: tuple[Edit, ...]


def replacing(file: SourceFile, span: Span, word: str) -> Fix | None:
    """The fix that writes `word` at a place, in the quotes that are there.

    There is none where more stands at the place than a word on one line, and none
    for a word such as `env.NAME`, in which people have to fill in something.
    """
    if _PLACEHOLDER in word:
        return None
    written = file.text[span.start : span.end]
    if written[:1] in _QUOTES and written[-1:] == written[:1] and len(written) > 1:
        span = Span(span.start + 1, span.end - 1)
        written = written[1:-1]
    if not written or "\n" in written or "{{" in written:
        return None
    return Fix(f"write `{word}`", (Edit(file, span, word),))


def inserting(file: SourceFile, at: int, text: str) -> Fix:
    """The fix that adds a text at an offset."""
    return Fix(f"add `{text.strip() or text}`", (Edit(file, Span(at, at), text),))


def applied(text: str, edits: Iterable[Edit]) -> str:
    """The text of a file after edits of it; of two that overlap the first one counts."""
    parts: list[str] = []
    at = 0
    for edit in sorted(set(edits), key=lambda one: (one.span.start, one.span.end)):
        if edit.span.start < at:
            continue
        parts += [text[at : edit.span.start], edit.text]
        at = edit.span.end
    return "".join([*parts, text[at:]])


def compatible(fixes: Iterable[Fix]) -> list[Fix]:
    """The fixes that can be made together: of two that touch the same text, the first.

    A fix is made whole or not at all. Two that say the same at a place agree.
    """
    chosen: list[Fix] = []
    known: set[Edit] = set()
    taken: dict[str, list[tuple[int, int]]] = {}
    for fix in fixes:
        edits = [edit for edit in fix.edits if edit not in known]
        if any(_meets(edit, taken.get(edit.file.path, [])) for edit in edits):
            continue
        chosen.append(fix)
        known.update(edits)
        for edit in edits:
            spans = taken.setdefault(edit.file.path, [])
            insort(spans, (edit.span.start, edit.span.end))
    return chosen


def _meets(edit: Edit, taken: list[tuple[int, int]]) -> bool:
    """Whether an edit touches a stretch among others, of which no two overlap."""
    at = bisect(taken, (edit.span.start, edit.span.end))
    beside = taken[max(at - 1, 0) : at + 1]
    return any(
        start <= edit.span.end and edit.span.start <= end for start, end in beside
    )
