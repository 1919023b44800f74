"""What an editor shows of the word under the cursor."""

from __future__ import annotations

from lsprotocol import types as lsp

from n3gen.expressions.filters import FILTERS
from n3gen.lsp.names import word_at
from n3gen.lsp.occurrences import Occurrence
from n3gen.lsp.plans import chain_page, node_at, step_page
from n3gen.lsp.positions import range_of, with_closers
from n3gen.lsp.readings import OpenFile, Reading
from n3gen.lsp.tables import keys_of, shapes_at
from n3gen.source import Loc, Span
from n3gen.spec.types import spelled
from n3gen.syntax.document import Document

__all__ = ["hover"]


def hover(file: OpenFile, offset: int) -> lsp.Hover | None:
    """The page of what is at an offset: a name, a key, or the head of a step."""
    reading = file.reading
    if reading is None or reading.document is None:
        return None
    then = file.then(offset)
    word = word_at(reading, then)
    if word is not None and (page := _name_page(reading, word)):
        return _shown(file, word.span, page)
    loc = _key_at(reading.document, then)
    if loc is None:
        return _filter(file, offset)
    if isinstance(loc[-1], int):
        node = node_at(reading, reading.path, loc)
        page = step_page(reading, node) if node is not None else ""
    else:
        page = _key_page(reading.document, loc)
    span = reading.document.keys[loc]
    return _shown(file, span, page) if page else _filter(file, offset)


def _shown(file: OpenFile, span: Span, page: str) -> lsp.Hover:
    markup = lsp.MarkupContent(lsp.MarkupKind.Markdown, page)
    return lsp.Hover(markup, range_of(file.source, file.now(span)))


def _name_page(reading: Reading, word: Occurrence) -> str:
    """What is known of what a name means."""
    target, spec = word.target, reading.spec
    node = node_at(reading, target.path, target.loc)
    if node is not None:
        return step_page(reading, node)
    if spec is None:
        return ""
    for chain in spec.chains:
        if chain.place.loc == target.loc and chain.place.path == target.path:
            return chain_page(reading, chain)
        for field in chain.typed_fields:
            if field.place.loc == target.loc and field.place.path == target.path:
                about = f"\n\n{field.description}" if field.description else ""
                return f"`{field.key}: {spelled(field.type)}`{about}"
    document = reading.compilation.documents.get(target.path)
    if document is None or target.loc not in document.keys:
        return ""
    return _definition_page(document, target.loc)


def _definition_page(document: Document, loc: Loc) -> str:
    """The text of a short definition."""
    ends = [s.end for at, s in document.values.items() if at[: len(loc)] == loc]
    start = document.keys[loc].start
    start = document.source.line_span(document.source.line_at(start)).start
    whole = Span(start, max(ends, default=start))
    whole = with_closers(document.source.text, whole)
    text = document.source.text[whole.start : whole.end]
    lines = text.split("\n")[:20]
    language = "n3gen" if document.source.path.endswith(".ai") else "yaml"
    return f"```{language}\n" + "\n".join(lines) + "\n```"


def _key_at(document: Document, offset: int) -> Loc | None:
    """The place of the key at an offset, the innermost one."""
    found = [
        (span.end - span.start, -len(loc), loc)
        for loc, span in document.keys.items()
        if loc and span.start <= offset <= span.end
    ]
    return min(found, default=(0, 0, None), key=lambda one: one[:2])[2]


def _key_page(document: Document, loc: Loc) -> str:
    """What a key means, and what it can hold."""
    shapes, data = shapes_at(document.data, loc[:-1])
    for shape in shapes:
        for key in keys_of(shape, data):
            if key.name == loc[-1]:
                default = f", by default `{key.default}`" if key.default else ""
                return f"`{key.name}`: {key.shape.words}{default}\n\n{key.hint}"
    return ""


def _filter(file: OpenFile, offset: int) -> lsp.Hover | None:
    """The name of a filter, where one is at the offset."""
    text = file.source.text
    start, end = offset, offset
    while start > 0 and (text[start - 1].isalnum() or text[start - 1] == "_"):
        start -= 1
    while end < len(text) and (text[end].isalnum() or text[end] == "_"):
        end += 1
    word = text[start:end]
    if word not in FILTERS or not text[:start].rstrip().endswith("|"):
        return None
    markup = lsp.MarkupContent(lsp.MarkupKind.Markdown, f"`{word}`: a filter")
    return lsp.Hover(markup, range_of(file.source, Span(start, end)))
