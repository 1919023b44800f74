"""The stretches of a file that its definitions take up, and where they are in its next text."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from n3gen.diagnostics import Diagnostic, Edit, Fix, Label
from n3gen.source import Loc, SourceFile, Span
from n3gen.syntax.document import Document

__all__ = ["Regions", "data_text", "moved"]


@dataclass(frozen=True)
class Regions:
    """A file in pieces: from one definition, or head of a section, to the next."""

    source: SourceFile
    starts: tuple[int, ...]
    locs: tuple[Loc, ...]
    spans: Mapping[Loc, Span]

    @classmethod
    def of(cls, document: Document) -> Regions:
        """The pieces of a document; what stands before the first one is that of `()`."""
        heads: dict[int, Loc] = {0: ()}
        for loc, span in document.keys.items():
            if len(loc) <= 2:
                start = cls._start(document.source, span)
                heads[start] = max(heads.get(start, ()), loc, key=len)
        starts = sorted(heads)
        ends = (*starts[1:], len(document.source.text))
        locs = tuple(heads[start] for start in starts)
        spans = zip(locs, map(Span, starts, ends), strict=True)
        return cls(document.source, tuple(starts), locs, dict(spans))

    @staticmethod
    def _start(source: SourceFile, key: Span) -> int:
        """Where the piece of a key begins: with its line, where nothing stands before it."""
        line = source.line_span(source.line_at(key.start)).start
        words = source.text[line : key.start]
        return (
            line if words.replace(" ", "").isalpha() or not words.strip() else key.start
        )

    def text(self, loc: Loc) -> str | None:
        """The text of a definition; `None` where it has none of its own."""
        span = self.spans.get(loc)
        return None if span is None else self.source.text[span.start : span.end]

    def moved(self, span: Span, now: Regions) -> Span | None:
        """A span of this text in another, where its piece has stayed the same."""
        loc = self.locs[bisect_right(self.starts, span.start) - 1]
        own, other = self.spans[loc], now.spans.get(loc)
        is_between = span.start == span.end == own.start
        if is_between or span.end > own.end or other is None:
            return None
        if self.text(loc) != now.text(loc):
            return None
        by = other.start - own.start
        return Span(span.start + by, span.end + by)


def data_text(document: Document, data: Any) -> str:
    """Data of a document as a text, where an alias may have brought it from elsewhere.

    Equal data may be of other types, `1` and `true`.
    """
    return "" if document.source.path.endswith(".ai") else repr(data)


def moved(
    problem: Diagnostic, before: Mapping[str, Regions], now: Mapping[str, Regions]
) -> Diagnostic | None:
    """A problem of texts before in those now; `None` where its places have changed."""
    labels: list[Label] = []
    for label in problem.labels:
        place = _place(label.file, label.span, before, now)
        if place is None:
            return None
        labels.append(Label(*place, label.text))
    fix = problem.fix
    if fix is not None:
        edits: list[Edit] = []
        for edit in fix.edits:
            place = _place(edit.file, edit.span, before, now)
            if place is None:
                return None
            edits.append(Edit(*place, edit.text))
        fix = Fix(fix.title, tuple(edits))
    return replace(problem, labels=tuple(labels), fix=fix)


def _place(
    file: SourceFile,
    span: Span,
    before: Mapping[str, Regions],
    now: Mapping[str, Regions],
) -> tuple[SourceFile, Span] | None:
    old, new = before.get(file.path), now.get(file.path)
    found = None if old is None or new is None else old.moved(span, new)
    return None if new is None or found is None else (new.source, found)
