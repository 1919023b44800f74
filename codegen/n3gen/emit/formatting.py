"""Python text as black leaves it."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import groupby

import black
from black.mode import TargetVersion

__all__ = ["format_once", "format_python"]

_MODE = black.Mode(target_versions={TargetVersion.PY311})

_TEXT = r'"(?:[^"\\\n]|\\.)*+"' + r"|'(?:[^'\\\n]|\\.)*+'"
_ALONE = re.compile(rf"( *)(?:{_TEXT}|-?[0-9]+|None|True|False)(,?)")
"""A literal on a line of its own, which black leaves as it is but for its indentation."""

_KEPT = 40
"""Literals of a run that black is shown at either end: too many for one line."""

_MARK = "\ufdd1"
"""Begins the text that black is shown for a run; no source has it."""

_MARKED = re.compile(rf'( *)"{_MARK}([0-9]+)",?')


def format_python(text: str) -> str:
    """Format a text as black does, which sees only the ends of long runs of literals.

    Black's time is that of the compiler where a prompt or a list is long.
    """
    lines: list[str] = []
    left_out: list[list[str]] = []
    for shape, run in groupby(text.split("\n"), _shape):
        found = list(run)
        if shape is None or len(found) <= 2 * _KEPT:
            lines += found
            continue
        indent, comma = shape
        mark = f'{indent}"{_MARK}{len(left_out)}"{comma}'
        lines += [*found[:_KEPT], mark, *found[-_KEPT:]]
        left_out.append([line.strip(" ") for line in found[_KEPT:-_KEPT]])
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


def _whole(line: str, left_out: list[list[str]]) -> str:
    """The line, or the literals that it marks."""
    marked = _MARKED.fullmatch(line)
    if marked is None:
        return line
    return "\n".join(f"{marked[1]}{literal}" for literal in left_out[int(marked[2])])
