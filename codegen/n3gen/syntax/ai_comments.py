"""Printing of canonical data as `.ai` text with comments above its blocks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from n3gen.diagnostics import Problems
from n3gen.source import SourceFile
from n3gen.syntax.ai_format import tree_text
from n3gen.syntax.ai_print import print_ai
from n3gen.syntax.parser import parse
from n3gen.syntax.print_blocks import STEP, entry_lines
from n3gen.syntax.tree import Block, Body, Statement

__all__ = ["Comments", "Place", "entry_text", "print_commented"]

Place = tuple[str, ...]
"""The names of the blocks down to one; the empty place is the top of the file."""

Comments = Mapping[Place, Sequence[str]]
"""The lines of comments above blocks, without `#`."""


def print_commented(data: dict[str, Any], comments: Comments) -> str:
    """The text of data in the one layout, with comments above its blocks."""
    text = print_ai(data)
    tree = parse(SourceFile("printed.ai", text), Problems())
    marked = _marked(tree, (), comments)
    first, *others = marked.statements
    top = _lines(comments.get((), ()))
    if top:
        first = replace(first, above=(*top, "", *first.above))
    return tree_text(text, replace(marked, statements=(first, *others)))


def entry_text(entry: dict[str, Any]) -> list[str]:
    """The lines of a step or a block of a chain."""
    return [line.removeprefix(" " * STEP) for line in entry_lines(entry, STEP)]


def _marked(body: Body, place: Place, comments: Comments) -> Body:
    statements = tuple(_with(one, place, comments) for one in body.statements)
    return replace(body, statements=statements)


def _with(statement: Statement, place: Place, comments: Comments) -> Statement:
    if not isinstance(statement, Block):
        return statement
    name = statement.part("name")
    if name is None:
        return statement
    inner = (*place, str(name.value))
    lines = _lines(comments.get((statement.word, *inner), ()))
    above = (*statement.above, *lines)
    within = statement.body
    if within is not None:
        within = _marked(within, inner, comments)
    return replace(statement, above=above, body=within)


def _lines(texts: Sequence[str]) -> tuple[str, ...]:
    return tuple(f"# {line}".rstrip() for text in texts for line in text.split("\n"))
