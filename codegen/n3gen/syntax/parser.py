"""Parsing of an `.ai` file to its tree, with all that does not parse.

A recursive descent over lines: a line that cannot be read is reported, its block is
left out, and parsing goes on with the next line in a known column.
"""

from __future__ import annotations

from n3gen.diagnostics import Problems
from n3gen.source import SourceFile, Span
from n3gen.syntax.block_texts import block_text, read_block_style
from n3gen.syntax.headers import Header
from n3gen.syntax.keys import stands
from n3gen.syntax.lexer import Broken, Line, Lines, split_trivia
from n3gen.syntax.nodes import MAX_DEPTH, MAX_PROBLEMS, Scalar
from n3gen.syntax.overruns import Overruns
from n3gen.syntax.rules import BadDedent, BadIndent, TooDeep, UnexpectedText
from n3gen.syntax.tree import Block, Body, Item, LongText, Pair, Statement, Value
from n3gen.syntax.words import WORDS, Context

__all__ = ["parse"]


def parse(file: SourceFile, problems: Problems) -> Body:
    """The statements of a file; `problems` gets all that is wrong."""
    return _Parser(Lines(file, problems)).file_body()


class _Parser(Overruns):
    def file_body(self) -> Body:
        body = self._body(-1, Context.TOP, 1)
        below = tuple(remark.text for remark in self.lines.trivia)
        whole = Span(0, len(self.text))
        if body is None:
            return Body(whole, (), below)
        return Body(whole, body.statements, (*body.below, *below))

    # --- bodies ----------------------------------------------------------

    def _body(self, parent: int, context: Context, depth: int) -> Body | None:
        """The lines that are deeper than `parent`, if there are any."""
        line = self.lines.line
        if line is None or line.indent <= parent or self._too_deep(parent, depth):
            return None
        start = line.start
        columns = [line.indent]
        statements: list[Statement] = []
        while line is not None and line.indent > parent:
            if self.overruns(statements[-1] if statements else None, line, columns[0]):
                line = self.lines.line
                continue
            line = self._placed(line, columns, parent, context)
            statement = self._statement(line, context, depth)
            if statement is not None:
                statements.append(statement)
            if len(self.problems) >= MAX_PROBLEMS:
                self.lines.resume(len(self.text))
            line = self.lines.line
        return self._finished(start, columns[0], statements)

    def _too_deep(self, parent: int, depth: int) -> bool:
        """Report a body that is nested too deep, and leave it out."""
        line = self.lines.line
        if depth <= MAX_DEPTH or line is None:
            return False
        self.problems.add(TooDeep.at(self.label(line.start, line.end), MAX_DEPTH))
        self.lines.skip(parent)
        return True

    def _placed(
        self, line: Line, columns: list[int], parent: int, context: Context
    ) -> Line:
        """The line, as deep as its body where what follows is deeper than that."""
        self._check_column(line, columns, parent, context)
        if line.indent >= columns[0] or self.lines.next_indent() <= columns[0]:
            return line
        placed = Line(line.start, line.end, columns[0], line.trivia)
        self.lines.replace(placed)
        return placed

    def _check_column(
        self, line: Line, columns: list[int], parent: int, context: Context
    ) -> None:
        """Report a line that begins in a new column, in which lines below it may go on."""
        if line.indent in columns:
            return
        columns.append(line.indent)
        if self.lines.tabbed:
            return
        label = self.label(line.start, line.end)
        word = self.block_word(line, context)
        if line.indent > columns[0] and word and not stands(word, context):
            return  # it is reported as a block in the wrong place
        if line.indent > columns[0]:
            self.problems.add(BadIndent.of(line.indent, columns[0], label))
        else:
            levels = (parent, columns[0])
            self.problems.add(BadDedent.of(line.indent, levels, label))
            self.crooked = line.start

    def _finished(self, start: int, column: int, statements: list[Statement]) -> Body:
        """The body, with the comments at its end that stand no less deep than it."""
        line = self.lines.line
        if line is None:
            below, self.lines.trivia = split_trivia(self.lines.trivia, column)
        else:
            below, rest = split_trivia(line.trivia, column)
            if below:
                self.lines.replace(Line(line.start, line.end, line.indent, rest))
        end = statements[-1].span.end if statements else start
        return Body(Span(start, max(start, end)), tuple(statements), below)

    def _statement(self, line: Line, context: Context, depth: int) -> Statement | None:
        try:
            self.count(line.start)
            if self.braced and self.text[line.start] == "}":
                raise Broken  # closes the brace of a block that was reported
            if self.is_item(line):
                return self._item(line, context, depth)
            word = self.block_word(line, context)
            if word is not None:
                return self._block(line, line.indent, word, context, depth)
            return self._pair(line, context, depth)
        except Broken as broken:
            self._recover(line, broken)
            return None

    def _recover(self, line: Line, broken: Broken) -> None:
        """Leave out the rest of a statement and the lines below it."""
        if broken.resume is not None:
            self.lines.resume(broken.resume)
        elif self.lines.line is not None and self.lines.line.end == line.end:
            self.lines.advance(line.start)
        self.lines.skip(line.indent)
        following = self.lines.line
        if following is not None and self.text[following.start] in ")]}":
            self.lines.advance(following.start)
            if self.braced:
                self.lines.skip(line.indent)

    # --- statements ------------------------------------------------------

    def _pair(self, line: Line, context: Context, depth: int) -> Pair:
        key, colon = self.key(line, context)
        value, beside = self._inline(colon + 1, line, depth)
        body = None
        if value is None:
            inner = WORDS.context_of_key(str(key.value), context)
            if inner is Context.DATA:
                self.check_holds_no_steps(line, colon, context)
            value, body, more = self._below(line.indent, inner, depth)
            beside = " ".join(filter(None, (beside, more)))
        end = (value or body or key).span.end
        span = Span(line.start, max(end, colon))
        return Pair(span, key, value, body, _above(line), beside)

    def _item(self, line: Line, context: Context, depth: int) -> Item:
        if context is Context.TOP:
            label = self.label(line.start, line.end)
            self.problems.add(UnexpectedText.only("keys and blocks", "a file", label))
            raise Broken
        inner_context = Context.DATA if context is Context.DATA else Context.ENTRY
        at = self.blanks(line.start + 1)
        column = line.indent + at - line.start
        inner = Line(at, line.end, column)
        value, body, beside = None, None, ""
        if at >= line.end or self.text[at] == "#":
            beside = self.line_end(line.start + 1, line.end, "`-`")
            self.lines.advance(line.start)
            value, body, more = self._below(line.indent, inner_context, depth)
            beside = " ".join(filter(None, (beside, more)))
        elif word := self._word_of_item(inner, context):
            block = self._block(inner, line.indent, word, context, depth + 1)
            body = Body(block.span, (block,))
        elif self.is_item(inner) or self.is_pair(inner):
            self.lines.replace(inner)
            body = self._body(line.indent, inner_context, depth + 1)
        else:
            value, beside = self._inline(at, Line(at, line.end, line.indent), depth)
        end = (value or body or Scalar(None, Span(at, at))).span.end
        span = Span(line.start, max(line.start + 1, end))
        return Item(span, value, body, _above(line), beside)

    def _word_of_item(self, inner: Line, context: Context) -> str | None:
        if context not in (Context.STEPS, Context.STAGES):
            return None
        return self.block_word(inner, context)

    def _block(
        self, line: Line, indent: int, word: str, context: Context, depth: int
    ) -> Block:
        """The block that begins on `line`; its body is deeper than `indent`."""
        form, body = WORDS.blocks()[word], None
        lost, known = not self.check_place(word, line, context), len(self.problems)
        header = self.header(word, line.start + len(word), line.end, context)
        # A branch that is reported is left out: what follows continues the block before.
        lost = lost or (bool(form.partners) and len(self.problems) > known)
        value, beside = self._after_header(word, header, line, depth)
        if form.body is not None and (value is None or form.value_and_body):
            body = self._body(indent, form.body, depth + 1)
        span = Span(line.start, max(header.stop, line.start + len(word)))
        above = _above(line)
        return Block(word, span, header.parts, value, body, above, beside, lost)

    def _after_header(
        self, word: str, header: Header, line: Line, depth: int
    ) -> tuple[Value | None, str]:
        """What stands behind a block's colon: a value for some, else only a comment."""
        at = self.blanks(header.after)
        form = WORDS.blocks()[word]
        takes_flow = form.takes_flow and self.text.startswith("{", at)
        if at < line.end and (takes_flow or form.takes_value):
            return self._inline(header.after, line, depth)
        if form.body is None:
            beside = self.line_end(header.after, line.end, "the path")
        else:
            keyed = word if form.takes_flow or form.among_keys else ""
            beside = self.colon_end(header.after, line.end, keyed)
        self.lines.advance(line.start)
        return None, beside

    # --- values ----------------------------------------------------------

    def _below(
        self, indent: int, context: Context, depth: int
    ) -> tuple[Value | None, Body | None, str]:
        """What stands on the lines below a key: a value, or a body; and its comments.

        The items of a list may be in the column of its key.
        """
        line = self.lines.line
        if line is None:
            return None, None, ""
        if line.indent == indent and self.is_item(line):
            return None, self._items(indent, context, depth + 1), ""
        if line.indent > indent and self.is_value(line):
            above = [text for text in _above(line) if text]
            own = Line(line.start, line.end, indent)
            value, beside = self._inline(line.start, own, depth)
            return value, None, " ".join(filter(None, (*above, beside)))
        return None, self._body(indent, context, depth + 1), ""

    def _items(self, indent: int, context: Context, depth: int) -> Body | None:
        """The items that stand at `indent` itself."""
        line = self.lines.line
        if line is None or self._too_deep(indent - 1, depth):
            return None
        start = line.start
        statements: list[Statement] = []
        while line is not None and line.indent == indent and self.is_item(line):
            statement = self._statement(line, context, depth)
            if statement is not None:
                statements.append(statement)
            if len(self.problems) >= MAX_PROBLEMS:
                self.lines.resume(len(self.text))
            line = self.lines.line
        end = statements[-1].span.end if statements else start
        return Body(Span(start, max(start, end)), tuple(statements))

    def _inline(self, at: int, line: Line, depth: int) -> tuple[Value | None, str]:
        """The value at `at` on a line, and the comment behind it; goes to the next line."""
        start = self.blanks(at)
        if start >= line.end or (self.text[start] == "#" and start > at):
            self.lines.advance(line.start)
            return None, self.text[start : line.end] if start < line.end else ""
        char = self.text[start]
        self.check_fence(start, line)
        if char in "|>":
            return self._long_text(start, line)
        if char in "[{" and not self.text.startswith("{{", start):
            flow, after = self.flow(start, line.indent, depth + 1)
            stop = self._line_stop(after - 1)
            beside = self.line_end(after, self.trimmed(after, stop), "the bracket")
            self.lines.advance(after - 1)
            return flow, beside
        if char in "\"'":
            scalar = self.quoted(start, line.end)
            beside = self.quote_end(scalar.span.end, line.end)
        else:
            scalar, beside = self._bare_value(start, line.end)
        self.lines.advance(line.start)
        return scalar, beside

    def _bare_value(self, start: int, end: int) -> tuple[Scalar, str]:
        if not self.text.startswith("{{", start):
            self.check_start(start, end)
        stop = self.comment_start(start, end)
        beside = self.text[stop:end]
        stop = self.trimmed(start, stop)
        self._check_colon(start, stop)
        return self.bare(start, stop), beside

    def _check_colon(self, start: int, stop: int) -> None:
        """Report a `: ` in a bare text, outside of quotes and brackets."""
        colon = self.text.find(": ", start, stop)
        if colon < 0 and self.text[stop - 1] != ":":
            return
        found = self.colons(start, stop)
        if found:
            label = self.label(found[0], found[0] + 1)
            self.problems.add(UnexpectedText.colon(label))
            raise Broken

    def _long_text(self, start: int, line: Line) -> tuple[LongText, str]:
        read = read_block_style(self.text, start, line.end)
        assert read is not None
        style, after = read
        beside = self.line_end(after, line.end, f"`{self.text[start:after]}`")
        first = min(self._line_stop(start) + 1, len(self.text))
        block = block_text(self.text, first, line.indent, style)
        self.lines.resume(block.after)
        self.skip_stray(block, line)
        span = Span(start, max(after, block.end))
        return (
            LongText(Scalar(block.value, span, block.text), style, block.lines),
            beside,
        )


def _above(line: Line) -> tuple[str, ...]:
    return tuple(remark.text for remark in line.trivia)
