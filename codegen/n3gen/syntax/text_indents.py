"""Lines that are more of the text above them, and not deep enough to be read so."""

from __future__ import annotations

import re

from n3gen.source import Span
from n3gen.syntax.words import WORDS

__all__ = ["OF_WORDS", "goes_on_in_words", "stray_below", "stray_line"]

_LINE = re.compile(r"(?:[ \t]*+\n)*+([ ]*+)([^\n]*+)")
_KEY_LIKE = re.compile(r".*:(?:[ \t]|$)|[#}\]]")
_PLAIN_KEY = re.compile(
    r"(?:- )*+(?:[\w-]+|\"[^\"]*+\"|'[^']*+')[ \t]*+:(?:[ \t]|$)|.*:$|[#}\]]"
)
"""Keys that nobody takes for prose, behind a text of which there is nothing yet."""
_PROSE = re.compile(r"\S+(?:[ \t]+\S+){2,}|[^a-z].*")
_SENTENCE = re.compile(r"[^\W\d_][^\s=]*+(?:[ \t]+(?!\W*=|--?>)\S+){2,}")
OF_WORDS = ("ask", "content", "description", "fail", "prompt", "system", "value")
"""Keys with texts in words."""

_CAPITAL = re.compile(r"(?P<lead>[ ]*+)([A-Z][^\n]*)")
"""A line that no key begins as it is spelled here."""

_PAIR = re.compile(
    r"(?P<lead>[ ]*+(?:- +)*+)(?P<key>[\w-]+):(?:[ \t]+(?P<value>\S.*))?"
)
_QUOTED = re.compile(r"\"[^\"\\]*+\"|'[^']*+'")
_HEAD = re.compile(
    r"^(?P<lead>[ ]*+(?:- +)*+)(?P<key>[^\n#]*?)(?P<sign>[|>])[-+\d]*+[ \t]*+(?:#[^\n]*+)?\n",
    re.MULTILINE,
)


def goes_on_in_words(key: str, value: str, line: str) -> bool:
    """Whether a line without a colon, in the column of `key`, goes on its text.

    One that begins with a key or the word of a block rather lacks its colon.
    """
    first = line.partition(" ")[0]
    return (
        key in OF_WORDS
        and " " in value
        and first not in (*OF_WORDS, "result", "when")
        and first not in WORDS.blocks()
        and _SENTENCE.fullmatch(line) is not None
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
    if span is None and not indent and (found := _CAPITAL.match(source, at)):
        span = Span(*found.span(2)) if len(found["lead"]) == column else None
    return (span, column, indent) if span is not None and span.start <= end else None


def run_on(source: str, at: int) -> tuple[Span, Span] | None:
    """Return the first line that goes on a complete text in YAML, and the key of that.

    `at` is where the file is found faulty: in that line, or in the one after it.
    """
    end = source.find("\n", at)
    lines = source[: len(source) if end < 0 else end].splitlines(keepends=True)
    start = sum(map(len, lines))
    below: list[tuple[int, str]] = []
    while lines:
        line = lines.pop()
        start -= len(line)
        pair = _PAIR.fullmatch(line.rstrip())
        if pair is None and line.strip():
            below.append((start, line.rstrip()))
        elif below or (pair is None and not line.endswith("\n")):
            break
    else:
        return None
    if pair is None:
        return None
    key = Span(start + pair.start("key"), start + pair.end("key"))
    found = _first_past(pair, below[::-1])
    return None if found is None else (found, key)


def _first_past(pair: re.Match[str], below: list[tuple[int, str]]) -> Span | None:
    """The first of the lines below a key that is no part of its text, and goes on it."""
    column, value, first = len(pair["lead"]), pair["value"] or "", None
    for start, line in below:
        text = line.lstrip()
        width = len(line) - len(text)
        if width < column or text.startswith("- "):
            return None
        if not value:
            value = text
        elif first is None and (
            _QUOTED.fullmatch(value)
            if width > column
            else _QUOTED.fullmatch(text) or goes_on_in_words(pair["key"], value, text)
        ):
            first = Span(start + width, start + len(line))
        elif first is None and width == column:
            return None
    return first


def _ends_key(head: re.Match[str]) -> bool:
    """Whether a `|` or `>` begins a block text."""
    key = head["key"].rstrip()
    return key.endswith(":") or (not key and "-" in head["lead"])
