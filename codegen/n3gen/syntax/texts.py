"""Values of bare and quoted texts, each with its TextMap.

The rules are YAML 1.2's as libyaml applies them, so that both readers agree: line
folding in bare and quoted texts, and the escapes of double quotes.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from n3gen.source import Span
from n3gen.syntax.document import TextMap

__all__ = ["TextBuilder", "double_quoted", "plain_text", "single_quoted"]

_ESCAPES = {
    "0": "\0",
    "a": "\a",
    "b": "\b",
    "t": "\t",
    "\t": "\t",
    "n": "\n",
    "v": "\v",
    "f": "\f",
    "r": "\r",
    "e": "\x1b",
    " ": " ",
    '"': '"',
    "/": "/",
    "\\": "\\",
    "N": "\x85",
    "_": "\xa0",
    "L": "\u2028",
    "P": "\u2029",
}
_HEX_WIDTH = {"x": 2, "u": 4, "U": 8}
_HEX = re.compile(r"[0-9a-fA-F]++")
_BREAKS = re.compile(r"(?:\n[ \t]*+)++")
_PLAIN_CHUNK = re.compile(r"[^\n]++")
_SINGLE_CHUNK = re.compile(r"[^'\n]++")
_DOUBLE_CHUNK = re.compile(r"[^\\\n]++")

OnBadEscape = Callable[[Span], None]


@dataclass(slots=True)
class TextBuilder:
    """A value that grows piece by piece; a piece that does not follow starts a run."""

    pieces: list[str] = field(default_factory=list)
    runs: list[tuple[int, int]] = field(default_factory=list)
    length: int = 0
    expected: int = -1

    def add(self, piece: str, offset: int, width: int | None = None) -> None:
        """Add a piece that begins at `offset` and covers `width` source characters."""
        if not piece:
            return
        if offset != self.expected:
            self.runs.append((self.length, offset))
        self.pieces.append(piece)
        self.length += len(piece)
        self.expected = offset + len(piece) if width in (None, len(piece)) else -1

    def result(self, start: int) -> tuple[str, TextMap]:
        runs = self.runs or [(0, start)]
        return "".join(self.pieces), TextMap(tuple(runs))


def _fold(builder: TextBuilder, source: str, at: int, end: int) -> int:
    """Add what the line breaks at `at` mean: one is a space, more are one less."""
    match = _BREAKS.match(source, at, end)
    assert match is not None
    breaks = match.group().count("\n")
    builder.add(" " if breaks == 1 else "\n" * (breaks - 1), at, match.end() - at)
    return match.end()


def _line_piece(source: str, at: int, stop: int, end: int) -> str:
    """The characters `at` to `stop`; blanks before a line break do not count."""
    piece = source[at:stop]
    return piece.rstrip(" \t") if stop < end and source[stop] == "\n" else piece


def plain_text(source: str, start: int, end: int) -> tuple[str, TextMap]:
    """The text of a bare scalar that stands at `start` to `end`."""
    if source.find("\n", start, end) < 0:
        return source[start:end], TextMap(((0, start),))
    return _folded_text(source, start, end, _PLAIN_CHUNK)


def single_quoted(source: str, start: int, end: int) -> tuple[str, TextMap]:
    """The text between single quotes; `start` and `end` leave the quotes out."""
    if source.find("\n", start, end) < 0 and source.find("'", start, end) < 0:
        return source[start:end], TextMap(((0, start),))
    return _folded_text(source, start, end, _SINGLE_CHUNK)


def _folded_text(
    source: str, start: int, end: int, chunk: re.Pattern[str]
) -> tuple[str, TextMap]:
    builder = TextBuilder()
    at = start
    while at < end:
        match = chunk.match(source, at, end)
        if match:
            builder.add(_line_piece(source, at, match.end(), end), at)
            at = match.end()
        elif source[at] == "\n":
            at = _fold(builder, source, at, end)
        else:
            builder.add("'", at, 2)
            at += 2
    return builder.result(start)


def double_quoted(
    source: str, start: int, end: int, on_bad_escape: OnBadEscape
) -> tuple[str, TextMap]:
    """The text between double quotes; `start` and `end` leave the quotes out.

    An escape that YAML does not know is given to `on_bad_escape` and left out.
    """
    if source.find("\\", start, end) < 0 and source.find("\n", start, end) < 0:
        return source[start:end], TextMap(((0, start),))
    builder = TextBuilder()
    at = start
    while at < end:
        match = _DOUBLE_CHUNK.match(source, at, end)
        if match:
            builder.add(_line_piece(source, at, match.end(), end), at)
            at = match.end()
        elif source[at] == "\n":
            at = _fold(builder, source, at, end)
        elif source.startswith("\\\n", at):
            at = _joined_lines(builder, source, at, end)
        else:
            char, width = _escape(source, at, end)
            if char is None:
                on_bad_escape(Span(at, at + width))
            else:
                builder.add(char, at, width)
            at += width
    return builder.result(start)


def _joined_lines(builder: TextBuilder, source: str, at: int, end: int) -> int:
    """Read a backslash at a line's end: the line break itself means nothing."""
    match = _BREAKS.match(source, at + 1, end)
    assert match is not None
    builder.add("\n" * (match.group().count("\n") - 1), at, match.end() - at)
    return match.end()


def _escape(source: str, at: int, end: int) -> tuple[str | None, int]:
    """The character of the escape at `at`, or None, and how long the escape is."""
    letter = source[at + 1 : at + 2]
    if letter in _ESCAPES and at + 2 <= end:
        return _ESCAPES[letter], 2
    code = _code(source, at, end)
    if code is None:
        return None, min(2, end - at)
    width = 2 + _HEX_WIDTH[letter]
    if 0xD800 <= code <= 0xDBFF:
        # JSON writes a character beyond U+FFFF as two escapes
        low = _code(source, at + width, end)
        if low is not None and 0xDC00 <= low <= 0xDFFF and source[at + 7] == "u":
            return chr(0x10000 + ((code - 0xD800) << 10) + low - 0xDC00), 2 * width
    if 0xD800 <= code <= 0xDFFF or code > 0x10FFFF:
        return None, width
    return chr(code), width


def _code(source: str, at: int, end: int) -> int | None:
    """The code point of a `\\x`, `\\u` or `\\U` escape at `at`."""
    letter = source[at + 1 : at + 2]
    if source[at : at + 1] != "\\" or letter not in _HEX_WIDTH:
        return None
    stop = at + 2 + _HEX_WIDTH[letter]
    if stop > end or not _HEX.fullmatch(source, at + 2, stop):
        return None
    return int(source[at + 2 : stop], 16)
