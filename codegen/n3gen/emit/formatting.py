"""Python text as black leaves it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from itertools import accumulate, groupby, takewhile

import black
from black.mode import TargetVersion

__all__ = ["format_once", "format_python"]

_MODE = black.Mode(target_versions={TargetVersion.PY311})

_TEXT = r'"(?:[^"\\\n]|\\.)*+"' + r"|'(?:[^'\\\n]|\\.)*+'"
_ALONE = re.compile(rf"( *)(?:{_TEXT}|-?[0-9]+|None|True|False)(,?)")
"""A literal on a line of its own, which black leaves as it is but for its indentation."""

_KEPT = 100
"""Characters of a run that black is shown at either end: too many for one line."""

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
