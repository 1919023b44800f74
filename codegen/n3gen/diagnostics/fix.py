"""Edits that mend what a diagnostic reports."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from n3gen.source import SourceFile, Span

__all__ = ["Edit", "Fix", "applied", "replacing"]

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
