"""Positions of the protocol, which count UTF-16 units, and offsets of the compiler."""

from __future__ import annotations

import re
from itertools import islice

from lsprotocol import types as lsp

from n3gen.source import SourceFile, Span

__all__ = ["offset_of", "position_of", "range_of", "units", "with_closers"]

_CLOSERS = re.compile(r"\s*[}\]]")

_BASIC = 0xFFFF
"""The last code point that is one unit of UTF-16."""


def position_of(file: SourceFile, offset: int) -> lsp.Position:
    """The position of an offset."""
    line, column = file.position(min(offset, len(file.text)))
    start = file.line_span(line).start
    before = file.text[start : start + column - 1]
    return lsp.Position(line - 1, units(before))


def range_of(file: SourceFile, span: Span) -> lsp.Range:
    """The range of a span."""
    return lsp.Range(position_of(file, span.start), position_of(file, span.end))


def offset_of(file: SourceFile, position: lsp.Position) -> int:
    """The offset of a position; one behind the end of its line is that end."""
    if position.line >= file.line_count:
        return len(file.text)
    span = file.line_span(position.line + 1)
    line = file.text[span.start : span.end]
    if line.isascii():
        return span.start + min(position.character, len(line))
    units = 0
    for index, char in enumerate(line):
        if units >= position.character:
            return span.start + index
        units += 1 + (ord(char) > _BASIC)
    return span.end


def units(text: str) -> int:
    """The UTF-16 units of a text."""
    if text.isascii():
        return len(text)
    return len(text) + sum(ord(char) > _BASIC for char in text if char > "\x7f")


def with_closers(text: str, span: Span) -> Span:
    """The span with the brackets behind it that close those which it opens."""
    inside, end = text[span.start : span.end], span.end
    missing = sum(map(inside.count, "{[")) - sum(map(inside.count, "}]"))
    for closer in islice(_CLOSERS.finditer(text, end), max(missing, 0)):
        if closer.start() != end:
            break
        end = closer.end()
    return Span(span.start, end)
