"""Python text as black leaves it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import accumulate, groupby, pairwise, takewhile

import black
from black.mode import TargetVersion

from n3gen.emit.examples import example_of

__all__ = ["format_once", "format_python"]

_MODE = black.Mode(target_versions={TargetVersion.PY311})

_TEXT = r'"(?:[^"\\\n]|\\.)*+"' + r"|'(?:[^'\\\n]|\\.)*+'"
_ALONE = re.compile(rf"( *)(?:{_TEXT}|-?[0-9]+|None|True|False)(,?)")
"""A literal on a line of its own, which black leaves as it is but for its indentation."""

_DEFINITION = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)

_SHORT = 0.7
"""How long an example may be, beside its text: black says twice what it changes."""

_KEPT = 100
"""Characters of a run that black is shown at either end: too many for one line."""

_MARK = "\ufdd1"
"""Begins the text that black is shown for a run; no source has it."""

_MARKED = re.compile(rf'( *)"{_MARK}([0-9]+)",?')


def format_python(text: str) -> str:
    """Format a text as black does, each definition alone."""
    return "\n\n".join(
        part if _surely_stands(part) else _formatted(part)
        for part in _definitions(text)
    )


def _surely_stands(text: str) -> bool:
    """Whether a much shorter example shows that black leaves a text as it is."""
    example = example_of(text)
    return len(example) < _SHORT * len(text) and _stands(example)


@lru_cache(maxsize=512)
def _stands(text: str) -> bool:
    """Whether black leaves a text as it is."""
    return _formatted(text) == text


def _definitions(text: str) -> Iterator[str]:
    """Split a text before each of its definitions and behind them."""
    lines = text.split("\n")
    bounds = {0, len(lines)}
    for node in ast.parse(text).body:
        if isinstance(node, _DEFINITION):
            first = min([node, *node.decorator_list], key=lambda part: part.lineno)
            bounds |= {first.lineno - 1, node.end_lineno or 0}
    for start, end in pairwise(sorted(bounds)):
        if part := "\n".join(lines[start:end]).strip("\n"):
            yield f"{part}\n"


def _formatted(text: str) -> str:
    """Format a part of a text; black sees only the ends of long runs of literals."""
    lines: list[str] = []
    left_out: list[list[str]] = []
    for shape, run in groupby(text.split("\n"), _shape):
        found = list(run)
        first, last = (0, 0) if shape is None else (_shown(found), _shown(found[::-1]))
        if shape is None or first + last >= len(found):
            lines += found
            continue
        indent, comma = shape
        mark = f'{indent}"{_MARK}{len(left_out)}"{comma}'
        lines += [*found[:first], mark, *found[-last:]]
        left_out.append([line.strip(" ") for line in found[first:-last]])
    formatted = black.format_str("\n".join(lines), mode=_MODE)
    if not left_out:
        return formatted
    written = (_whole(line, left_out) for line in formatted.split("\n"))
    return "\n".join(written)


@lru_cache(maxsize=16)
def format_once(text: str) -> str:
    """Format a text that many modules have alike."""
    return format_python(text)


def _shape(line: str) -> tuple[str, str] | None:
    """The indentation and the comma of a literal that stands alone on its line."""
    found = _ALONE.fullmatch(line)
    return (found[1], found[2]) if found else None


def _shown(run: Iterable[str]) -> int:
    """How many lines of a run it takes to be longer than a line of black's."""
    widths = accumulate(len(line.strip(" ")) for line in run)
    return 1 + sum(1 for _ in takewhile(lambda width: width < _KEPT, widths))


def _whole(line: str, left_out: list[list[str]]) -> str:
    """The line, or the literals that it marks."""
    marked = _MARKED.fullmatch(line)
    if marked is None:
        return line
    return "\n".join(f"{marked[1]}{literal}" for literal in left_out[int(marked[2])])
