"""Lines of a block text, `|` or `>`, that are less deep than they have to be."""

from __future__ import annotations

import re

from n3gen.source import Span
from n3gen.syntax.words import WORDS

__all__ = ["stray_below", "stray_line"]

_LINE = re.compile(r"(?:[ \t]*+\n)*+([ ]*+)([^\n]*+)")
_KEY_LIKE = re.compile(r".*:(?:[ \t]|$)|[#}\]]")
_PLAIN_KEY = re.compile(
    r"(?:- )*+(?:[\w-]+|\"[^\"]*+\"|'[^']*+')[ \t]*+:(?:[ \t]|$)|.*:$|[#}\]]"
)
"""Keys that nobody takes for prose, behind a text of which there is nothing yet."""
_PROSE = re.compile(r"\S+(?:[ \t]+\S+){2,}|[^a-z].*")
_HEAD = re.compile(
    r"^(?P<lead>[ ]*+(?:- +)*+)(?P<key>[^\n#]*?)(?P<sign>[|>])[-+\d]*+[ \t]*+(?:#[^\n]*+)?\n",
    re.MULTILINE,
)


def stray_line(source: str, at: int, column: int, indent: int) -> Span | None:
    """Return the first line at `at` or below it, if it was meant for the text above.

    `column` is that of the text's key, `indent` that of the text's lines, 0 where it
    has none. A line that can be a key or a block ends the text.
    """
    found = _LINE.match(source, at)
    if found is None or not found[2].strip():
        return None
    width, line = len(found[1]), found[2].rstrip()
    is_key = (_KEY_LIKE if indent else _PLAIN_KEY).match(line) is not None
    between = column < width < indent
    if line.startswith("- ") and width < column:
        return None
    is_prose = _PROSE.fullmatch(line) and line.split()[0] not in WORDS.blocks()
    if between or (not is_key and (not indent or is_prose)):
        start = found.start(2)
        return Span(start, start + len(line))
    return None


def stray_below(source: str, end: int) -> tuple[Span, int, int] | None:
    """Return the stray line below the last block text that begins before `end`.

    With it come the columns of the text's key and of its lines, 0 where it has none.
    """
    heads = [head for head in _HEAD.finditer(source, 0, end) if _ends_key(head)]
    if not heads:
        return None
    head = heads[-1]
    column, at, indent = len(head["lead"]), head.end(), 0
    while (found := _LINE.match(source, at)) and found[2].strip():
        width = len(found[1])
        if width <= column or (indent and width < indent):
            break
        indent = indent or width
        at = found.end() + 1
    span = stray_line(source, at, column, indent)
    return (span, column, indent) if span is not None and span.start <= end else None


def _ends_key(head: re.Match[str]) -> bool:
    """Whether a `|` or `>` stands where a block text begins."""
    key = head["key"].rstrip()
    return key.endswith(":") or (not key and "-" in head["lead"])
