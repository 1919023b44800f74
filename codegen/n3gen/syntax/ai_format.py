"""Formatting of an `.ai` file in canonical style, comments kept.

Four spaces a level, at most one blank line, double quotes where nothing needs
single ones, blanks behind commas and colons. What a text says never changes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from n3gen.diagnostics import Diagnostic, Problems
from n3gen.source import SourceFile
from n3gen.syntax.canonical import canonical
from n3gen.syntax.characters import checked
from n3gen.syntax.lower import lower
from n3gen.syntax.nodes import Scalar, build
from n3gen.syntax.parser import parse
from n3gen.syntax.tree import (
    Block,
    Body,
    Flow,
    FlowItem,
    Item,
    LongText,
    Pair,
    Statement,
    Value,
)
from n3gen.syntax.words import WORDS

__all__ = ["format_ai", "tree_text"]

_STEP = 4


def format_ai(source: SourceFile) -> tuple[str | None, tuple[Diagnostic, ...]]:
    """The formatted text; `None` and the diagnostics where the file has errors."""
    problems = Problems()
    file = checked(source, problems)
    tree = parse(file, problems)
    build(file, canonical(lower(file, tree, problems), file, problems), problems)
    if problems.has_errors:
        return None, tuple(problems)
    return tree_text(file.text, tree), tuple(problems)


def tree_text(text: str, tree: Body) -> str:
    """The statements that were read from `text`, in the one layout."""
    lines = _Formatter(text).body(tree, 0)
    return "".join(line + "\n" for line in lines)


def _remarks(texts: Iterable[str], column: int) -> list[str]:
    """Comments and single blank lines, at a column."""
    lines: list[str] = []
    for text in texts:
        if text:
            lines.append(" " * column + text)
        elif not lines or lines[-1]:
            lines.append("")
    return lines


def _without_blank_start(lines: list[str]) -> list[str]:
    return lines[1:] if lines and not lines[0] else lines


def _beside(comment: str) -> str:
    return f"  {comment}" if comment else ""


@dataclass(frozen=True, slots=True)
class _Formatter:
    text: str

    def body(self, body: Body, column: int) -> list[str]:
        lines: list[str] = []
        for number, statement in enumerate(body.statements):
            above = _remarks(_above(statement), column)
            lines += above if number else _without_blank_start(above)
            lines += self.statement(statement, column, column + _STEP)
        below = _remarks(body.below, column)
        while below and not below[-1]:
            below.pop()
        return lines + (below if lines else _without_blank_start(below))

    def statement(self, statement: Statement, column: int, inner: int) -> list[str]:
        """The lines of a statement at `column`, those below it at `inner`."""
        if isinstance(statement, Item):
            return self._item(statement, column)
        if isinstance(statement, Pair):
            head = f"{' ' * column}{self.scalar(statement.key)}:"
        else:
            head = " " * column + self._header(statement)
        return self._headed(head, statement, column, inner)

    def _headed(
        self, head: str, statement: Pair | Block | Item, column: int, inner: int
    ) -> list[str]:
        beside = _beside(statement.beside)
        if statement.value is not None:
            first, *rest = self.value(statement.value, column)
            lines = [f"{head} {first}", *rest]
            at = 0 if isinstance(statement.value, LongText) else -1
            lines[at] += beside
            if statement.body is not None:
                lines += self.body(statement.body, inner)
            return lines
        lines = [head + beside]
        if statement.body is not None:
            lines += self.body(statement.body, inner)
        return lines

    def _item(self, item: Item, column: int) -> list[str]:
        dash = " " * column + "-"
        if item.body is None or not item.body.statements:
            return self._headed(dash, item, column, column + _STEP)
        first = item.body.statements[0]
        lines = self.statement(first, column + 2, column + _STEP)
        if not isinstance(first, Block):
            lines = self.statement(first, column + 2, column + 2 + _STEP)
        rest = Body(item.body.span, item.body.statements[1:], item.body.below)
        lines[0] = f"{dash} {lines[0][column + 2 :]}"
        following = self._following(rest, column + 2)
        return [*lines, *following]

    def _following(self, body: Body, column: int) -> list[str]:
        """The statements of a body whose first one is written already."""
        lines: list[str] = []
        for statement in body.statements:
            lines += _remarks(_above(statement), column)
            lines += self.statement(statement, column, column + _STEP)
        return lines + _remarks(body.below, column)

    # --- values ----------------------------------------------------------

    def value(self, value: Value, column: int) -> list[str]:
        """A value whose first line stands behind a head at `column`."""
        if isinstance(value, Scalar):
            return [self.scalar(value)]
        if isinstance(value, LongText):
            pad = " " * (column + _STEP)
            indent = str(_STEP) if value.style.indent else ""
            head = f"{value.style.sign}{indent}{value.style.chomp}"
            return [head, *(pad + line if line else "" for line in value.lines)]
        if self._breaks(value):
            return self._broken(value, column)
        return [self._on_one_line(value)]

    def scalar(self, scalar: Scalar) -> str:
        """A scalar as it is written, single quotes made double where nothing changes."""
        written = self.text[scalar.span.start : scalar.span.end]
        if not written:
            return "null"
        value = scalar.value
        if written[0] != "'" or not isinstance(value, str) or value == written:
            return written
        return written if '"' in value or "\\" in value else f'"{value}"'

    def _breaks(self, flow: Flow) -> bool:
        """Whether brackets stand on several lines: as the author had it."""
        return self.text.find("\n", flow.span.start, flow.span.end) >= 0

    def _on_one_line(self, flow: Flow) -> str:
        items = ", ".join(self._one_item(item) for item in flow.items)
        return f"[{items}]" if flow.opening == "[" else f"{{{items}}}"

    def _one_item(self, item: FlowItem) -> str:
        value = item.value
        text = (
            self._on_one_line(value)
            if isinstance(value, Flow)
            else self.value(value, 0)[0]
        )
        return text if item.key is None else f"{self.scalar(item.key)}: {text}"

    def _broken(self, flow: Flow, column: int) -> list[str]:
        """Brackets with each item on a line of its own."""
        inner = column + _STEP
        pad = " " * inner
        lines = [flow.opening]
        for item in flow.items:
            lines += [pad + comment for comment in item.above]
            key = f"{self.scalar(item.key)}: " if item.key is not None else ""
            first, *rest = self.value(item.value, inner)
            lines += [f"{pad}{key}{first}", *rest]
            lines[-1] += "," + _beside(item.beside)
        lines += [pad + comment for comment in flow.below]
        return [*lines, " " * column + ("]" if flow.opening == "[" else "}")]

    # --- first lines -----------------------------------------------------

    def _header(self, block: Block) -> str:
        texts = [(part.role, self.scalar(part.scalar)) for part in block.parts]
        return block.word + WORDS.blocks()[block.word].head.written(texts)


def _above(statement: Statement) -> tuple[str, ...]:
    """The comments above a statement, with those that an item has inside of it."""
    above = statement.above
    if isinstance(statement, Item) and statement.body is not None:
        inner = [statement.beside] if statement.body.statements else []
        for first in statement.body.statements[:1]:
            inner += _above(first)
        above = (*above, *(text for text in inner if text))
    return above
