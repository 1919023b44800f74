"""Texts that run over the end of their line, as other languages allow: one message each."""

from __future__ import annotations

import re

from n3gen.syntax.block_texts import BlockText
from n3gen.syntax.keys import Keys
from n3gen.syntax.lexer import Broken, Line
from n3gen.syntax.nodes import Scalar
from n3gen.syntax.rules import BadHeader, BadIndent, UnexpectedText, UnknownBlock
from n3gen.syntax.text_indents import OF_WORDS, goes_on_in_words, stray_line
from n3gen.syntax.tree import Pair, Statement
from n3gen.syntax.words import WORDS, Context

__all__ = ["Overruns"]

_FENCES = ('"""', "```", "'''")
_KEY = re.compile(r"[\w.-]+[ \t]*:(?:[ \t]|$)", re.MULTILINE)

_STEP_IN_BRACES = re.compile(r"step[ \t]+(?:\w+|\"[^\"\n]*\")[ \t]*:[ \t]*\{")


class Overruns(Keys):
    """Report what goes on below a line that is complete, and leave out all of it."""

    def check_fence(self, start: int, line: Line) -> None:
        """Report a text in three quotes or backticks, which ends where they close."""
        fence = self.text[start : start + 3]
        if fence not in _FENCES:
            return
        if fence == "'''" and self.quoted_end(start, line.end) is not None:
            return
        close = self.text.find(fence, start + 3)
        within = self.text[start + 3 : close] if close >= 0 else "\n"
        label = self.label(start, start + 3)
        self.problems.add(UnexpectedText.fence(fence, within, label))
        if close < 0:
            raise Broken
        after = self.text.find("\n", close)
        raise Broken(len(self.text) if after < 0 else after + 1)

    def skip_stray(self, text: BlockText, line: Line) -> None:
        """Report lines that are not deep enough for the text on `line`; leave them out."""
        indent = 0
        if last := next((one for one in reversed(text.lines) if one), ""):
            begin = self.text.rfind("\n", 0, text.end) + 1
            indent = text.end - begin - len(last)
        span = stray_line(self.text, text.after, line.indent, indent)
        first = self.text.rfind("\n", 0, line.start) + 1
        is_item = self.text[first : line.end].lstrip().startswith("- ")
        if span is None or (is_item and self.text.startswith("- ", span.start)):
            return
        if not self.lines.tabbed:  # which says why the line is not where it seems
            label = self.label(span.start, span.end)
            self.problems.add(BadIndent.of_text(line.indent, indent, label))
        while (below := self.lines.line) is not None:
            at = self.text.rfind("\n", 0, below.start) + 1
            if below.start != span.start and not (
                below.indent > line.indent
                or stray_line(self.text, at, line.indent, 0) is not None
            ):
                return
            self.lines.advance(below.start)

    def overruns(self, before: Statement | None, line: Line, column: int) -> bool:
        """Whether `line` goes on a key before it whose value is complete."""
        if line.indent < column or not isinstance(before, Pair) or not before.value:
            return False
        key = str(before.key.value)
        label = self.label(line.start, line.end)
        beside = self.label(before.key.span.start, before.key.span.end)
        if line.indent == column:
            if not self._goes_on(before, line):
                return False
            self.problems.add(BadIndent.goes_on(key, label, beside))
            self.lines.advance(line.start)
            self._skip_text(before, column)
            return True
        if self.block_word(line, Context.STEPS) is not None:
            name = self.text[before.value.span.start : before.value.span.end]
            is_clause = key in WORDS.blocks() and WORDS.blocks()[key].among_keys
            if key not in WORDS.definitions_by_word() and not is_clause:
                return False
            what = "kinds of errors" if is_clause else f"the name of a `{key}`"
            go = "go" if is_clause else "goes"
            message = f"{what} {go} before the `:`"
            self.problems.add(BadHeader.of(message, beside, f"write `{key} {name}:`"))
        elif self._is_entry(before, line):
            return False
        else:
            self.problems.add(BadIndent.goes_on(key, label, beside))
        self._skip_text(before, column)
        return True

    def _is_entry(self, before: Pair, line: Line) -> bool:
        """Whether a line is an item or a key: below a text in words, one in small letters."""
        if self.text[line.start] in "\"'" or self.is_item(line):
            return self.is_item(line) or self.is_pair(line)
        if not _KEY.match(self.text, line.start):
            return False
        in_words = before.key.value in OF_WORDS and isinstance(before.value, Scalar)
        return not (in_words and self.text[line.start].isupper())

    def _goes_on(self, before: Pair, line: Line) -> bool:
        """Whether a line in the column of a key can only be more of its text."""
        value = before.value
        if not isinstance(value, Scalar) or not isinstance(value.value, str):
            return False
        if self.text[line.start] in "\"'":
            return self.is_value(line)
        written = self.text[line.start : line.end]
        is_key = self.is_pair(line) or self.is_item(line)
        key = str(before.key.value)
        return not is_key and goes_on_in_words(key, value.value, written)

    def _skip_text(self, before: Pair, column: int) -> None:
        """Leave out the lines that go on a text, and all below them."""
        self.lines.skip(column)
        while (line := self.lines.line) is not None:
            if line.indent != column or line.trivia or not self._goes_on(before, line):
                return
            self.lines.advance(line.start)
            self.lines.skip(column)

    def check_holds_no_steps(self, line: Line, colon: int, context: Context) -> None:
        """Report a key with steps below it, where a block was meant."""
        below = self.lines.line
        if below is None or below.indent <= line.indent:
            return
        among = Context.STEPS if context is Context.CASES else Context.DATA
        word = self.block_word(below, among)
        if word is None and _STEP_IN_BRACES.match(self.text, below.start):
            word = "step"
        in_body = context in (Context.STEPS, Context.CASES)
        if not in_body or word not in WORDS.within(Context.STEPS):
            return
        stop = self.trimmed(line.start, colon)
        key, label = self.text[line.start : stop], self.label(line.start, stop)
        if context is Context.CASES:
            self.problems.add(UnknownBlock.no_case(key, label))
        else:
            known = WORDS.within(context)
            meant = WORDS.meant(key, context)
            self.problems.add(UnknownBlock.of(key, label, meant, known))
        raise Broken
