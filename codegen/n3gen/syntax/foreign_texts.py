"""What other languages write beside a text in quotes, as it is written here."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["defaulted_text", "joined_text", "joined_within", "negated_name"]

_QUOTED: Final = re.compile(r"(\"[^\"\n]*\"|'[^'\n]*')[ \t]*\Z")
_JOINED: Final = re.compile(
    r"(?P<sign>[+~%]|\.format\()[ \t]*\(?[ \t]*"
    r"(?:(?P<value>[A-Za-z_][\w.]*)|(?P<text>\"[^\"\n{}]*\"|'[^'\n{}]*'))[ \t]*\)*[ \t]*"
    r"(?:[+~][ \t]*(?P<end>\"[^\"\n{}]*\"|'[^'\n{}]*')[ \t]*)?\Z"
)
"""A value that is joined to the text in quotes before it, or put into that."""

_PLACE: Final = re.compile(r"\{\w*\}|%[sdr]")
"""Where a value is put into a text."""

_ITEM: Final = re.compile(r"(?:\"[^\"\n]*\"|'[^'\n]*'|[^\"',{}\[\]\n])+")
_NEGATED: Final = re.compile(r"!([A-Za-z_][\w.]*)[ \t]*$", re.MULTILINE)
_DEFAULT: Final = re.compile(r"=[ \t]*(\[\]|\{\}|[^,\[\]{}\n]*[^,\[\]{}\s])")


def joined_text(before: str, text: str) -> str:
    """The text in quotes at the end of `before`, with the value that `text` joins to it."""
    quoted, found = _QUOTED.search(before), _JOINED.match(text)
    if quoted is None or found is None:
        return ""
    quote, words = quoted[1][0], quoted[1][1:-1]
    value = f"{{{{ {found['value']} }}}}" if found["value"] else found["text"][1:-1]
    if quote in value:
        return ""
    if found["sign"] in "+~":
        words += value + (found["end"] or "")[1:-1]
    elif len(_PLACE.findall(words)) == 1 and not found["end"]:
        words = _PLACE.sub(lambda _: value, words)
    else:
        words = f"... {value}"
    return f"{quote}{words}{quote}"


def joined_within(text: str, at: int) -> str:
    """The text in quotes before `at`, within brackets, with the value joined to it there."""
    found = _ITEM.match(text, at)
    begin = text.rfind("\n", 0, at) + 1
    return joined_text(text[begin:at], found[0].rstrip()) if found else ""


def negated_name(text: str, at: int) -> str:
    """The name in `!a.b`, where all of a value is that."""
    found = _NEGATED.match(text, at)
    return found[1] if found else ""


def defaulted_text(text: str, at: int) -> str:
    """A type in quotes before `at` with the default that is there."""
    quoted, found = _QUOTED.search(text, 0, at), _DEFAULT.match(text, at)
    if quoted is None or found is None:
        return ""
    quote = quoted[1][0]
    return f"{quote}{quoted[1][1:-1]} = {found[1]}{quote}"
