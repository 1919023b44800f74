"""The form of a file: its one layout, its outline, and what folds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lsprotocol import types as lsp

from n3gen.lsp.positions import range_of, with_closers
from n3gen.source import Loc, SourceFile, Span
from n3gen.syntax import format_ai
from n3gen.syntax.document import Document
from n3gen.syntax.words import WORDS

__all__ = ["folds", "formatted", "symbols"]

_SYMBOLS = {
    "chains": lsp.SymbolKind.Function,
    "pipelines": lsp.SymbolKind.Function,
    "connections": lsp.SymbolKind.Interface,
    "connectors": lsp.SymbolKind.Method,
    "types": lsp.SymbolKind.Struct,
    "tests": lsp.SymbolKind.Event,
    "states": lsp.SymbolKind.Variable,
}
_BODIES = lsp.SymbolKind.Namespace


def formatted(file: SourceFile) -> list[lsp.TextEdit]:
    """The edits that bring an `.ai` file into the one layout; none where it has errors."""
    if not file.path.endswith(".ai"):
        return []
    text, _ = format_ai(file)
    if text is None or text == file.text:
        return []
    return [lsp.TextEdit(range_of(file, Span(0, len(file.text))), text)]


def symbols(
    document: Document,
    source: SourceFile | None = None,
    now: Callable[[Span], Span] = lambda span: span,
) -> list[lsp.DocumentSymbol]:
    """The definitions of a file, and the steps and blocks in them.

    `source` is the file as it is by now, where that is not what the document was read
    from, and `now` says where its spans are in it.
    """
    outline = _Outline(document, *_extents(document), source or document.source, now)
    return outline.definitions()


@dataclass(frozen=True, slots=True)
class _Outline:
    """A document, and where its parts begin and end by their places."""

    document: Document
    starts: Mapping[Loc, int]
    ends: Mapping[Loc, int]
    source: SourceFile
    now: Callable[[Span], Span]

    def definitions(self) -> list[lsp.DocumentSymbol]:
        found: list[lsp.DocumentSymbol] = []
        for section in WORDS.definitions():
            for name, data in _items(self.document.data.get(section)):
                loc = (section, name)
                if loc in self.document.keys:
                    kind = _SYMBOLS.get(section, lsp.SymbolKind.Constant)
                    inner = list(self._entries(loc, data))
                    found.append(self._symbol(loc, (str(name), ""), kind, inner))
        return sorted(found, key=lambda one: one.range.start.line)

    def _entries(self, loc: Loc, data: Any) -> Iterator[lsp.DocumentSymbol]:
        """The steps and blocks below a place, each with those inside it."""
        for key, value in _items(data):
            for index, entry in enumerate(value if isinstance(value, list) else ()):
                at = (*loc, key, index)
                if isinstance(entry, dict) and at in self.document.keys:
                    yield from self._entry(at, entry)

    def _entry(self, loc: Loc, entry: dict[str, Any]) -> Iterator[lsp.DocumentSymbol]:
        inner = list(self._entries(loc, entry))
        control = WORDS.control_of(entry)
        name = entry.get("name", entry.get("step"))
        if control is None and name is None:
            yield from inner
            return
        word = control.word if control is not None else str(entry.get("kind", "step"))
        kind = _BODIES if control is not None else lsp.SymbolKind.Field
        yield self._symbol(loc, (str(name or word), word), kind, inner)

    def _symbol(
        self,
        loc: Loc,
        words: tuple[str, str],
        kind: lsp.SymbolKind,
        inner: list[lsp.DocumentSymbol],
    ) -> lsp.DocumentSymbol:
        whole = Span(self.starts[loc], self.ends[loc])
        whole = with_closers(self.document.source.text, whole)
        named = self.document.values.get((*loc, "name")) or self.document.keys[loc]
        if not (whole.start <= named.start and named.end <= whole.end):
            named = whole
        return lsp.DocumentSymbol(
            name=words[0] or "?",
            detail=words[1],
            kind=kind,
            range=range_of(self.source, self.now(whole)),
            selection_range=range_of(self.source, self.now(named)),
            children=inner,
        )


def _extents(document: Document) -> tuple[dict[Loc, int], dict[Loc, int]]:
    """Where the parts of a document begin and end, by their places."""
    starts: dict[Loc, int] = {}
    ends: dict[Loc, int] = {}
    for spans in (document.keys, document.values):
        for loc, span in spans.items():
            for depth in range(1, len(loc) + 1):
                part = loc[:depth]
                starts[part] = min(starts.get(part, span.start), span.start)
                ends[part] = max(ends.get(part, span.end), span.end)
    return starts, ends


def folds(file: SourceFile) -> list[lsp.FoldingRange]:
    """The lines that fold: each with the deeper ones below it, and runs of comments."""
    lines = [(number, line) for number, line in enumerate(file.text.split("\n"))]
    found: list[lsp.FoldingRange] = []
    waiting: list[tuple[int, int]] = []
    last = 0
    for number, line in [*lines, (len(lines), "x")]:
        if not line.strip():
            continue
        indent = len(line) - len(line.lstrip())
        while waiting and indent <= waiting[-1][0]:
            _, start = waiting.pop()
            if last > start:
                found.append(lsp.FoldingRange(start, last))
        waiting.append((indent, number))
        last = number
    return sorted([*found, *_remarks(lines)], key=lambda one: one.start_line)


def _remarks(lines: list[tuple[int, str]]) -> Iterator[lsp.FoldingRange]:
    start: int | None = None
    for number, line in [*lines, (len(lines), "")]:
        is_remark = line.lstrip().startswith("#")
        if is_remark and start is None:
            start = number
        elif not is_remark and start is not None:
            if number - start > 1:
                kind = lsp.FoldingRangeKind.Comment
                yield lsp.FoldingRange(start, number - 1, kind=kind)
            start = None


def _items(data: Any) -> list[tuple[Any, Any]]:
    return list(data.items()) if isinstance(data, dict) else []
