"""What both spellings of a spec become: plain data and its places."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from n3gen.diagnostics import Label
from n3gen.source import Loc, SourceFile, Span

__all__ = ["Document", "TextMap"]


@dataclass(frozen=True, slots=True)
class TextMap:
    """Where the characters of a string value are in the source.

    `runs` holds pairs (offset in the value, offset in the source), ascending in
    both; between two pairs characters stand one for one. An escape or a folded
    line starts a new run.
    """

    runs: tuple[tuple[int, int], ...]

    def offset(self, index: int) -> int:
        """The source offset of the value's character `index`."""
        at = bisect_right(self.runs, index, key=lambda run: run[0]) - 1
        value, source = self.runs[max(at, 0)]
        return source + max(index - value, 0)


@dataclass(frozen=True)
class Document:
    """One spec file as plain data (`dict`, `list`, `str`, numbers, `bool`, `None`).

    `data` has the canonical shape of LANGUAGE 11, whatever the file's spelling:
    plurals on top, `name` on steps. `values` and `keys` hold, by loc, the span
    of a value and of the key (or item) that brings it in; `texts` the maps of
    string values.
    """

    source: SourceFile
    data: dict[str, Any]
    values: Mapping[Loc, Span] = field(default_factory=dict)
    keys: Mapping[Loc, Span] = field(default_factory=dict)
    texts: Mapping[Loc, TextMap] = field(default_factory=dict)

    def span(self, loc: Loc) -> Span:
        """The span of the value at `loc`, or of its nearest ancestor that has one."""
        return self._nearest(self.values, loc)

    def key_span(self, loc: Loc) -> Span:
        """The span of the key at `loc`; where there is none, that of the value."""
        return self.keys[loc] if loc in self.keys else self.span(loc)

    def text_span(self, loc: Loc, start: int, end: int) -> Span:
        """The span of the characters `start` to `end` of the string value at `loc`."""
        text = self.texts.get(loc)
        if text is None:
            return self.span(loc)
        limit = len(self.source.text)
        first = min(text.offset(start), limit)
        last = text.offset(end - 1) + 1 if end > start else first
        return Span(first, max(first, min(last, limit)))

    def label(self, loc: Loc, text: str = "") -> Label:
        """A label under the value at `loc`."""
        return Label(self.source, self.span(loc), text)

    def key_label(self, loc: Loc, text: str = "") -> Label:
        """A label under the key at `loc`."""
        return Label(self.source, self.key_span(loc), text)

    def text_label(self, loc: Loc, start: int, end: int, text: str = "") -> Label:
        """A label under some characters of the string value at `loc`."""
        return Label(self.source, self.text_span(loc, start, end), text)

    def line(self, loc: Loc) -> int:
        """The line, from 1, on which the key or value at `loc` begins."""
        return self.source.line_at(self.key_span(loc).start)

    def _nearest(self, spans: Mapping[Loc, Span], loc: Loc) -> Span:
        while True:
            if loc in spans:
                return spans[loc]
            if not loc:
                return Span(0, 0)
            loc = loc[:-1]
