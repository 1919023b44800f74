"""Short examples of Python text, of which black says the same as of the whole.

Black's time is most of the compiler's, and most of what it is shown is alike: a branch
of a `match` differs from the next in its names and texts. How long these are matters
only where a line is too long, or where brackets are open at its end.
"""

from __future__ import annotations

import ast
import keyword
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, islice, pairwise
from typing import Any

__all__ = ["example_of"]

LINE = 88
"""Columns of a line of code."""

_TEXT = re.compile(r'(?<![\w"])[bfr]{0,2}"(?:[^"\\]|\\[^"\'])*"(?![\w"])')
_NUMBER = re.compile(r"(?<![\w.])[0-9]+(?:\.[0-9]+)?(?![\w.])")
_NAME = re.compile(r"(?<!\w)[A-Za-z_]\w*")
_ODD = re.compile(r"""["'#\\;]""")
"""What black may change by what stands around it."""

_KEYWORDS = frozenset([*keyword.kwlist, *keyword.softkwlist])
_INSIDE = ("body", "handlers", "orelse", "finalbody", "cases")

_Piece = tuple[int, str]
"""The indentation of a statement, and its lines up to the next one."""


def example_of(text: str) -> str:
    """A text that black leaves as it is only if it leaves the given one.

    It has short names and texts in the place of those that do not matter, and two of
    many statements in a row that are then the same.
    """
    lines = text.splitlines(keepends=True)
    starts = {0: False} | dict(_starts(ast.parse(text)))
    pieces: list[_Piece] = []
    for start, end in pairwise([*sorted(starts), len(lines)]):
        first = _shortened(lines[start]) if starts[start] else lines[start]
        indent = len(first) - len(first.lstrip(" "))
        pieces.append((indent, "".join([first, *lines[start + 1 : end]])))
    return "".join(_without_repeats(pieces))


def _starts(tree: ast.Module) -> Iterator[tuple[int, bool]]:
    """The index of each line that starts a statement, and whether it is all of it."""
    waiting: list[ast.AST] = list(tree.body)
    while waiting:
        node = waiting.pop()
        inside = [part for field in _INSIDE for part in getattr(node, field, [])]
        waiting += inside
        first = _line(node)
        last = _line(inside[0]) - 1 if inside else getattr(node, "end_lineno", first)
        is_text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        yield first - 1, first == last and not is_text


def _line(node: ast.AST) -> int:
    """The line on which a statement or a part of one begins, decorators aside."""
    placed: Any = getattr(node, "pattern", node)
    return int(placed.lineno)


def _shortened(line: str) -> str:
    """The line with short texts, numbers and names, or as it is."""
    if len(line.rstrip("\n")) > LINE or not line.isascii():
        return line
    without_texts = _TEXT.sub("\0", line)
    if _ODD.search(without_texts):
        return line
    short = _NAME.sub(_short_name, _NUMBER.sub("1", without_texts))
    return short.replace("\0", '"-"')


def _short_name(name: re.Match[str]) -> str:
    return name[0] if name[0] in _KEYWORDS else "a"


def _without_repeats(pieces: Sequence[_Piece]) -> Iterator[str]:
    """The texts of pieces; of equal ones in a row with what is inside them, two."""
    for _, equal in groupby("".join(block) for block in _blocks(pieces)):
        yield from islice(equal, 2)


def _blocks(pieces: Sequence[_Piece]) -> Iterator[Iterable[str]]:
    """Each piece of the least indentation, and what is inside it."""
    least = min((indent for indent, _ in pieces), default=0)
    heads = [at for at, (indent, _) in enumerate(pieces) if indent == least]
    for start, end in pairwise([*heads, len(pieces)]):
        yield [pieces[start][1], *_without_repeats(pieces[start + 1 : end])]
