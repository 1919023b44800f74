"""Where in a spec the cursor is, in a text that need not be whole.

The definition around the cursor is cut out, a mark is written at the cursor so that its
line can be read, and the compiler's own reader says where the mark has landed. A reader
leaves out lines that it cannot read, so that mistakes elsewhere do no harm.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from n3gen.source import Loc, SourceFile
from n3gen.syntax import read_document
from n3gen.syntax.document import Document
from n3gen.syntax.words import WORDS

__all__ = ["MARK", "Cursor", "cursor_in"]

MARK = "n3genCursor"
"""What is written at the cursor: a name that no spec has."""

_WORD = re.compile(r"[\w.-]*\Z")
_KEY = re.compile(r"(?P<indent>[ \t]*(?:-[ \t]+)*)(?P<word>[\w-]*)\Z")


@dataclass(frozen=True, slots=True)
class Cursor:
    """The place of the cursor.

    `loc` is that of the value which it is in or, where it `is_key`, of the mapping.
    `before` is the text of the value before the cursor, `word` the part of a word there.
    """

    document: Document
    loc: Loc
    is_key: bool
    before: str
    word: str


def cursor_in(source: SourceFile, offset: int) -> Cursor | None:
    """The place of an offset, where the text around it can be read."""
    is_ai = source.path.endswith(".ai")
    line = source.line_span(source.line_at(offset))
    before = source.text[line.start : offset]
    after = source.text[offset : line.end]
    key = _KEY.fullmatch(before)
    word = _WORD.search(before)
    assert word is not None
    if is_ai and key is not None and not key["indent"]:
        return Cursor(Document(source, {}), (), True, "", key["word"])
    for marked in _marked(source, offset, before, after):
        document, _ = read_document(SourceFile(source.path, marked))
        found = _found(document) if document is not None else None
        if document is not None and found is not None:
            loc, text = found
            is_key = text is None
            return Cursor(document, loc, is_key, text or "", word[0])
    return None


def _marked(source: SourceFile, offset: int, before: str, after: str) -> Iterator[str]:
    """The texts to try: the definition around the cursor, then without what follows."""
    is_key = _KEY.fullmatch(before) is not None and not after.strip()
    line = before + MARK + (": null" if is_key else _closed(before, after))
    ahead, behind = _around(source, offset)
    yield "\n".join([*ahead, line, *behind])
    yield "\n".join([*ahead, line])
    if is_key:
        yield "\n".join([*ahead, before + MARK, *behind])


def _closed(before: str, after: str) -> str:
    """What is behind the cursor on its line, with the ends that are missing."""
    line = before + after
    opened: list[str] = []
    quote = ""
    for char in line:
        if quote:
            quote = "" if char == quote else quote
        elif char in "\"'":
            quote = char
        elif char in "[{(":
            opened.append({"[": "]", "{": "}", "(": ")"}[char])
        elif opened and char == opened[-1]:
            opened.pop()
    ends = quote + "".join(reversed(opened))
    word = before.split(maxsplit=1)[0] if before.strip() else ""
    begins = word in WORDS.blocks() and not WORDS.blocks()[word].plain_key
    is_head = begins and WORDS.blocks()[word].body is not None and ":" not in line
    return after + ends + (":" if is_head else "")


def _around(source: SourceFile, offset: int) -> tuple[list[str], list[str]]:
    """The lines of the definition before that of the cursor, and those behind it."""
    lines = source.text.split("\n")
    at = source.line_at(offset) - 1
    first = at
    while first > 0 and not _is_outer(lines[first], 0):
        first -= 1
    last = _end(lines, at, 0)
    inner = _indent(lines[first + 1]) if first + 1 < len(lines) else 0
    if source.path.endswith(".ai") or at == first or not inner:
        return lines[first:at], lines[at + 1 : last]
    if lines[first].split(":")[0].strip() not in WORDS.definitions():
        return lines[:at], lines[at + 1 :]
    start = at
    while start > first + 1 and not _is_outer(lines[start], inner):
        start -= 1
    return [lines[first], *lines[start:at]], lines[at + 1 : _end(lines, at, inner)]


def _end(lines: list[str], at: int, indent: int) -> int:
    last = at + 1
    while last < len(lines) and not _is_outer(lines[last], indent):
        last += 1
    return last


def _is_outer(line: str, indent: int) -> bool:
    text = line.strip()
    return bool(text) and not text.startswith("#") and _indent(line) <= indent


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _found(document: Document) -> tuple[Loc, str | None] | None:
    """Where the mark is: in a value, with the text before it, or among keys."""
    waiting: list[tuple[Loc, Any]] = [((), document.data)]
    while waiting:
        loc, value = waiting.pop()
        if isinstance(value, str) and MARK in value:
            return loc, value[: value.index(MARK)]
        if isinstance(value, dict):
            for key, inner in value.items():
                if MARK in str(key):
                    return loc, None
                waiting.append(((*loc, key), inner))
        elif isinstance(value, list):
            waiting += [((*loc, index), inner) for index, inner in enumerate(value)]
    return None
