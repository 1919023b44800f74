"""Scalars of libyaml's events, the place of every character known."""

from __future__ import annotations

import re
from typing import Any

from n3gen.source import SourceFile, Span
from n3gen.syntax.block_texts import block_text, read_block_style
from n3gen.syntax.document import TextMap
from n3gen.syntax.nodes import Scalar
from n3gen.syntax.scalars import resolve
from n3gen.syntax.texts import double_quoted, plain_text, single_quoted

__all__ = ["YamlScalars"]

_PROPERTY = re.compile(r"(?:[&!][^\s,\[\]{}]*+|#[^\n]*+|\s++)")
_PAIR = re.compile(r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}")


class YamlScalars:
    """Read scalars again from their source.

    `feed` is the text for libyaml. It ends in a line end, as a file means the
    same with and without it. JSON's pairs of escapes for one character, which
    libyaml refuses, are covered up in it, by as many characters; then the values
    too come from the source.
    """

    def __init__(self, file: SourceFile) -> None:
        self.text = file.text
        covered = _PAIR.sub("x" * 12, file.text)
        self.covers = covered != file.text
        self.feed = covered if covered.endswith("\n") else covered + "\n"

    def content_start(self, event: Any) -> int:
        """Where a node begins, behind its anchor."""
        at: int = event.start_mark.index
        if event.anchor is None and event.tag is None:
            return min(at, len(self.text))
        while match := _PROPERTY.match(self.text, at):
            at = match.end()
        return min(at, len(self.text))

    def scalar(self, event: Any, parent: int) -> Scalar:
        """The scalar of an event in a block whose lines stand at column `parent`."""
        start = self.content_start(event)
        end = max(start, min(event.end_mark.index, len(self.text)))
        style = event.style
        value, text, end = self._read(style, start, end, parent)
        if not self.covers:
            if value != event.value:
                text = None
            value = event.value
        if style in (None, ""):
            resolved = resolve(value)
            if not isinstance(resolved, str):
                return Scalar(resolved, Span(start, end))
        return Scalar(value, Span(start, end), text)

    def _read(
        self, style: str | None, start: int, end: int, parent: int
    ) -> tuple[str, TextMap | None, int]:
        """Value, map and end of the scalar at `start`."""
        if style == '"':
            return (*double_quoted(self.text, start + 1, end - 1, _ignore), end)
        if style == "'":
            return (*single_quoted(self.text, start + 1, end - 1), end)
        if style in ("|", ">"):
            return self._block(start, end, parent)
        return (*plain_text(self.text, start, end), end)

    def _block(
        self, start: int, end: int, parent: int
    ) -> tuple[str, TextMap | None, int]:
        read = read_block_style(self.text, start, len(self.text))
        if read is None:
            return "", None, end
        first = self.text.find("\n", start) + 1 or len(self.text)
        block = block_text(self.text, first, parent, read[0])
        return block.value, block.text, max(read[1], block.end)


def _ignore(span: Span) -> None:
    """libyaml has reported what is no escape."""
