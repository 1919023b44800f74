"""Block texts, `|` or `>`: their value and its TextMap.

The rules are YAML 1.2's as libyaml applies them, so that both readers agree.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from n3gen.syntax.document import TextMap
from n3gen.syntax.texts import TextBuilder

__all__ = ["BlockStyle", "BlockText", "block_text", "read_block_style"]

_SPACES = re.compile(r" *+")
_BLOCK_STYLE = re.compile(r"[|>](?:([1-9])([-+]?)|([-+])([1-9]?))?")


@dataclass(frozen=True, slots=True)
class BlockStyle:
    """The head of a block text: `|` or `>`, `-`, `+` or nothing, an indent or 0."""

    sign: str
    chomp: str
    indent: int


@dataclass(frozen=True, slots=True)
class BlockText:
    """A block text: its value, its lines without their indentation, where it ends.

    `end` is the offset behind its last line that has text, `after` the start of
    the first line that is not part of it.
    """

    value: str
    text: TextMap
    lines: tuple[str, ...]
    end: int
    after: int


def read_block_style(source: str, at: int, end: int) -> tuple[BlockStyle, int] | None:
    """The head of a block text at `at` and the offset behind it."""
    match = _BLOCK_STYLE.match(source, at, end)
    if match is None:
        return None
    indent = match[1] or match[4] or "0"
    return BlockStyle(source[at], match[2] or match[3] or "", int(indent)), match.end()


@dataclass(frozen=True, slots=True)
class _BlockLine:
    start: int
    stop: int
    spaces: int

    @property
    def blank(self) -> bool:
        return self.start + self.spaces == self.stop


def _block_line(source: str, at: int) -> _BlockLine:
    stop = source.find("\n", at)
    stop = len(source) if stop < 0 else stop
    match = _SPACES.match(source, at, stop)
    assert match is not None
    return _BlockLine(at, stop, match.end() - at)


def _block_lines(source: str, at: int, parent: int, explicit: int) -> list[_BlockLine]:
    """The lines of a block text from `at`; the last ones may be blank.

    A line's `spaces` are at most the indentation of the block text, so that what
    follows them is text.
    """
    indent = max(parent, 0) + explicit if explicit else 0
    lines: list[_BlockLine] = []
    while at < len(source):
        line = _block_line(source, at)
        if not line.blank:
            if not indent:
                indent = max(line.spaces, 1)
            if line.spaces < indent or line.spaces <= parent:
                break
        if indent:
            line = _BlockLine(line.start, line.stop, min(line.spaces, indent))
        lines.append(line)
        at = line.stop + 1
    return lines


def block_text(source: str, at: int, parent: int, style: BlockStyle) -> BlockText:
    """The block text whose first line begins at `at`, deeper than `parent` blanks."""
    lines = _block_lines(source, at, parent, style.indent)
    used = len(lines)
    while used and lines[used - 1].blank:
        used -= 1
    after = lines[used - 1].stop + 1 if used else at
    if style.chomp == "+":
        used, after = len(lines), lines[-1].stop + 1 if lines else at
    builder = TextBuilder()
    _add_block_lines(builder, source, lines[:used], style)
    value, text = builder.result(at)
    texts = tuple(source[line.start + line.spaces : line.stop] for line in lines[:used])
    end = max((line.stop for line in lines[:used] if not line.blank), default=at)
    return BlockText(value, text, texts, end, min(after, len(source)))


def _add_block_lines(
    builder: TextBuilder, source: str, lines: list[_BlockLine], style: BlockStyle
) -> None:
    folds = style.sign == ">"
    previous: _BlockLine | None = None  # the last line that is not blank
    breaks: list[int] = []  # where the line breaks since `previous` stand
    for line in lines:
        start = line.start + line.spaces
        if not line.blank:
            if folds and previous is not None and _both_fold(source, previous, line):
                first, *more = breaks
                if more:
                    _add_breaks(builder, more)
                else:
                    builder.add(" ", first)
            else:
                _add_breaks(builder, breaks)
            builder.add(source[start : line.stop], start)
            previous, breaks = line, []
        breaks.append(line.stop)
    if style.chomp == "+":
        _add_breaks(builder, breaks)
    elif style.chomp == "" and previous is not None:
        _add_breaks(builder, breaks[:1])


def _add_breaks(builder: TextBuilder, breaks: list[int]) -> None:
    for offset in breaks:
        builder.add("\n", offset)


def _both_fold(source: str, first: _BlockLine, second: _BlockLine) -> bool:
    """Whether the break between two lines folds: neither begins with a blank."""
    starts = (source[line.start + line.spaces] for line in (first, second))
    return not any(char in " \t" for char in starts)
