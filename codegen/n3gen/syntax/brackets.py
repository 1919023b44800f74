"""Where the brackets of a stretch of text close, and where its colons are.

Quotes are those of expressions: a backslash escapes in both kinds.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

__all__ = ["CLOSING", "Scan", "closing_comment", "scan", "uncommaed"]

CLOSING = {"[": "]", "{": "}", "(": ")"}

_RUN = re.compile(r"[^\"'()\[\]{}:#]++")
_STRINGS = {
    '"': re.compile(r'"(?:[^"\\]++|\\.)*+"'),
    "'": re.compile(r"'(?:[^'\\]++|\\.)*+'"),
}
_KEY_BACKWARDS = re.compile(r"[ \t]*+(?:\"[^\"\n]*+\"|'[^'\n]*+'|[\w-]++)")
_COVER = "\0"


@dataclass(slots=True)
class Scan:
    """What stands between `start` and `end`.

    `end` is where a comment begins, or the end of what was asked for. `masked`
    is the text with all that is in quotes and brackets masked, each
    character by one. `colons` are the offsets of colons outside of both that a
    blank or the end follows. `unclosed` is the offset of the bracket or quote
    that has no partner. With `once`, all ends behind the first bracket's partner.
    """

    start: int
    end: int
    masked: str = ""
    colons: list[int] = field(default_factory=list)
    unclosed: int | None = None


def uncommaed(text: str, colon: int, start: int) -> int | None:
    """Return where the key before `colon` begins, if a value and no comma precedes it.

    The bracket that both are in opens at `start`. The key is matched from its end: a
    search for it from the front would try a long value again from each character.
    """
    found = _KEY_BACKWARDS.match(text[start + 1 : colon][::-1])
    if found is None:
        return None
    key = colon - found.end()
    before = text[start + 1 : key].rstrip()
    return key if before and before[-1] not in ",:[{" else None


def closing_comment(text: str, start: int, stop: int) -> tuple[int, int] | None:
    """Return start and end of a comment in whose line the bracket at `start` would close.

    The line is the one that ends at `stop`, or that of the bracket.
    """
    for end in (stop, text.find("\n", start)):
        end = len(text) if end < 0 else end
        begin = max(start, text.rfind("\n", 0, end) + 1)
        found = scan(text, begin, end)
        if found.end < end and CLOSING[text[start]] in text[found.end : end]:
            return found.end, end
    return None


def scan(text: str, start: int, end: int, once: bool = False) -> Scan:
    """Looks through `text` from `start` to `end`, in time linear in its length."""
    found = Scan(start, end)
    open_at: list[int] = []
    masked: list[str] = []
    lone_quotes: set[str] = set()
    at = start
    while at < end:
        match = _RUN.match(text, at, end)
        if match:
            run = match.group()
            masked.append(_COVER * len(run) if open_at else run)
            at = match.end()
            continue
        char = text[at]
        if char == "#" and at > start and text[at - 1] in " \t":
            found.end = at
            break
        width = 1
        if char in _STRINGS:
            width = _string_width(text, at, end, lone_quotes)
            if not width:
                found.unclosed = at if found.unclosed is None else found.unclosed
                width = 1
            masked.append(_COVER * width)
        else:
            covered = _bracket(char, at, open_at)
            if char == ":" and not open_at and _ends_key(text, at, end):
                found.colons.append(at)
            masked.append(_COVER if covered or open_at else char)
        at += width
        if once and not open_at:
            found.end = at
            break
    found.masked = "".join(masked)
    if open_at:
        found.unclosed = open_at[-1]
    return found


def _string_width(text: str, at: int, end: int, lone_quotes: set[str]) -> int:
    """How long the string at `at` is; 0 where it has no end.

    One kind of quote that has found no end once will not find one further on.
    """
    quote = text[at]
    if quote in lone_quotes:
        return 0
    match = _STRINGS[quote].match(text, at, end)
    if match is None:
        lone_quotes.add(quote)
        return 0
    return match.end() - at


def _bracket(char: str, at: int, open_at: list[int]) -> bool:
    if char in CLOSING:
        open_at.append(at)
        return True
    if char in ")]}":
        if open_at:
            open_at.pop()
        return True
    return False


def _ends_key(text: str, at: int, end: int) -> bool:
    return at + 1 >= end or text[at + 1] in " \t"
