"""The lines of an `.ai` file, and the scalars in them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from n3gen.diagnostics import Diagnostic, Label, Problems
from n3gen.source import SourceFile, Span
from n3gen.syntax.characters import ODD_BLANKS
from n3gen.syntax.document import TextMap
from n3gen.syntax.nodes import Scalar
from n3gen.syntax.rules import (
    BadEscape,
    TabIndentation,
    UnexpectedText,
    UnterminatedQuote,
)
from n3gen.syntax.scalars import resolve
from n3gen.syntax.texts import double_quoted, single_quoted

__all__ = ["Broken", "Line", "Lines", "Remark", "Scalars", "split_trivia"]

_BLANKS = re.compile(r"[ \t]*+")
_INDENT = re.compile(f"[ \\t{ODD_BLANKS}]*+")
_NO_PLAIN_BLANK = re.compile(f"[\\t{ODD_BLANKS}]")
_NEXT_INDENT = re.compile(r"(?:[ \t]*+(?:#[^\n]*+)?\n)*+([ \t]*+)(?=[^\s#])")
_DOUBLE = re.compile(r'"(?:[^"\\\n]++|\\[^\n])*+"')
_SINGLE = re.compile(r"'(?:[^'\n]++|'')*+'")
_INDICATORS = frozenset(",[]{}#&*!|>'\"%@`")
_TAB_WIDTH = 4
"""The width assumed for a tab, to go on after it has been reported."""


class Broken(Exception):
    """What cannot be read here has been reported; ends one statement only.

    `resume` is the start of the line to go on with, where that is not the next.
    """

    def __init__(self, resume: int | None = None) -> None:
        super().__init__(resume)
        self.resume = resume


@dataclass(frozen=True, slots=True)
class Remark:
    """A comment on a line of its own, or a blank line: no text, column -1."""

    column: int
    text: str


BLANK = Remark(-1, "")


@dataclass(frozen=True, slots=True)
class Line:
    """A line that is not blank: where its text begins and ends, and its indentation."""

    start: int
    end: int
    indent: int
    trivia: tuple[Remark, ...] = ()


class Lines:
    """The lines of a text, one at a time.

    `line` is the current one, `None` at the end; then `trivia` has the remarks
    after the last line.
    """

    def __init__(self, file: SourceFile, problems: Problems) -> None:
        self.file = file
        self.text = file.text
        self.problems = problems
        self.tabbed = False
        self.trivia: tuple[Remark, ...] = ()
        self.line: Line | None = None
        self._at = 0
        self._read()

    def advance(self, offset: int) -> None:
        """Go on to the line after the one that `offset` is in."""
        if offset >= self._at:
            after = self.text.find("\n", offset)
            self._at = len(self.text) if after < 0 else after + 1
        self._read()

    def resume(self, offset: int) -> None:
        """Go on to the line that begins at `offset`."""
        self._at = offset
        self._read()

    def replace(self, line: Line) -> None:
        """Replace the current line: by its rest, or by one with other trivia."""
        self.line = line

    def next_indent(self) -> int:
        """The indentation of the line after the current one; -1 at the end."""
        match = _NEXT_INDENT.match(self.text, self._at)
        return len(match[1]) if match else -1

    def skip(self, indent: int) -> None:
        """Skip the lines that are deeper than `indent`."""
        while self.line is not None and self.line.indent > indent:
            self.advance(self.line.start)

    def _read(self) -> None:
        text, at = self.text, self._at
        trivia: list[Remark] = []
        while at < len(text):
            match = _INDENT.match(text, at)
            assert match is not None
            start = match.end()
            stop = text.find("\n", start)
            stop = len(text) if stop < 0 else stop
            if start == stop:
                if not trivia or trivia[-1] is not BLANK:
                    trivia.append(BLANK)
            elif text[start] == "#":
                trivia.append(Remark(start - at, text[start:stop].rstrip(" \t")))
            else:
                self._at = stop + 1
                indent = self._indent(at, start)
                end = start + len(text[start:stop].rstrip(" \t"))
                self.line = Line(start, end, indent, tuple(trivia))
                return
            at = stop + 1
        self._at = len(text)
        self.line, self.trivia = None, tuple(trivia)

    def _indent(self, at: int, start: int) -> int:
        """The indentation of a line; report the first blank of a file that is no space."""
        blanks = self.text[at:start]
        odd = _NO_PLAIN_BLANK.search(blanks)
        if odd is None:
            return start - at
        if not self.tabbed:
            self.tabbed = True
            label = Label(self.file, Span(at + odd.start(), start))
            self.problems.add(TabIndentation.at(label, odd.group()))
        return len(blanks.expandtabs(_TAB_WIDTH))


def split_trivia(
    trivia: tuple[Remark, ...], indent: int
) -> tuple[tuple[str, ...], tuple[Remark, ...]]:
    """The comments that still belong to a body that stood at `indent`, and the rest."""
    used = 0
    for position, remark in enumerate(trivia):
        if remark is BLANK:
            continue
        if remark.column < indent:
            break
        used = position + 1
    return tuple(remark.text for remark in trivia[:used]), trivia[used:]


class Scalars:
    """Read the scalars and the ends of lines."""

    def __init__(self, file: SourceFile, problems: Problems) -> None:
        self.file = file
        self.text = file.text
        self.problems = problems

    def label(self, start: int, end: int) -> Label:
        return Label(self.file, Span(start, max(start, end)))

    def blanks(self, at: int) -> int:
        """The offset of the next character that is no blank."""
        match = _BLANKS.match(self.text, at)
        assert match is not None
        return match.end()

    def quoted_end(self, at: int, end: int) -> int | None:
        """Where the quoted text at `at` ends, if it is closed before `end`."""
        pattern = _DOUBLE if self.text[at] == '"' else _SINGLE
        match = pattern.match(self.text, at, end)
        return match.end() if match else None

    def quoted(self, at: int, end: int) -> Scalar:
        """The quoted text at `at`, on a line that ends at `end`."""
        quote = self.text[at]
        after = self.quoted_end(at, end)
        if after is None:
            self.problems.add(UnterminatedQuote.of(quote, self.label(at, end)))
            raise Broken
        start, stop = at + 1, after - 1
        if quote == '"':
            value, text = double_quoted(self.text, start, stop, self._bad_escape)
        else:
            value, text = single_quoted(self.text, start, stop)
        return Scalar(value, Span(at, after), text)

    def _bad_escape(self, span: Span) -> None:
        escape = self.text[span.start : span.end]
        self.problems.add(BadEscape.of(escape, Label(self.file, span)))

    def bare(self, start: int, end: int) -> Scalar:
        """The bare scalar that stands at `start` to `end`, its value resolved."""
        text = self.text[start:end]
        value = resolve(text)
        if isinstance(value, str):
            return Scalar(value, Span(start, end), TextMap(((0, start),)))
        return Scalar(value, Span(start, end))

    def piece(self, start: int, end: int) -> Scalar:
        """The text that stands at `start` to `end`, as it is."""
        text = TextMap(((0, start),))
        return Scalar(self.text[start:end], Span(start, end), text)

    def comment_start(self, start: int, end: int) -> int:
        """Where a comment begins between `start` and `end`, or `end`."""
        if self.text.startswith("#", start) and start < end:
            return start
        if self.text.find("#", start, end) < 0:
            return end
        found = [self.text.find(mark, start, end) for mark in (" #", "\t#")]
        return min((at + 1 for at in found if at >= 0), default=end)

    def trimmed(self, start: int, end: int) -> int:
        """`end` without the blanks before it."""
        return start + len(self.text[start:end].rstrip(" \t"))

    def check_start(self, at: int, end: int) -> None:
        """Report a character at `at` with which no bare text can begin."""
        char = self.text[at]
        follows = self.text[at + 1 : at + 2]
        lone = char in "-?:" and (at + 1 >= end or follows in (" ", "\t"))
        if char in _INDICATORS or lone:
            self.problems.add(UnexpectedText.starts(char, self.label(at, at + 1)))
            raise Broken

    def line_end(self, at: int, end: int, what: str) -> str:
        """The comment after `at`; report any other text."""
        return self._comment(at, end, partial(UnexpectedText.after, what))

    def colon_end(self, at: int, end: int, keyed: str) -> str:
        """The comment after the colon of a block; report any other text.

        `keyed` is the word of a block whose keys can be in braces there.
        """
        return self._comment(at, end, partial(UnexpectedText.after_colon, keyed))

    def quote_end(self, at: int, end: int) -> str:
        """The comment after the closing quote before `at`; report any other text."""
        quote = self.text[at - 1]
        return self._comment(at, end, partial(UnexpectedText.after_quote, quote))

    def _comment(
        self, at: int, end: int, unexpected: Callable[[Label], Diagnostic]
    ) -> str:
        start = self.blanks(at)
        if start >= end:
            return ""
        if self.text[start] == "#" and start > at:
            return self.text[start:end]
        self.problems.add(unexpected(self.label(start, end)))
        return ""
