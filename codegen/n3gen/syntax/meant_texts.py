"""Texts as they were meant, where quotes are missing or end them too early."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["other_quotes", "text_at_comma", "text_with_template"]

_KEY: Final = r"(?:[\w-]+|\"[^\"\n]*\"|'[^'\n]*'):(?=[ \t\n]|\Z)"
_PIECE: Final = r"(?:\{\{[^\n]*?\}\}|[^,:#{}\[\]\n]|:(?![ \t\n,{}\[\]]|\Z)|(?<![ \t])#)"
_COMMA: Final = rf",(?![ \t]*{_KEY})"
_TEXT: Final = re.compile(rf"(?:{_PIECE}|{_COMMA})++")
"""A text up to the end of its line, of its brackets or to a comma before a key."""

_END: Final = re.compile(r"[,}\]\n]|#|\Z")
_OPEN: Final = re.compile(r"\{\{(?:(?!\}\})[^\n])*\Z")


def text_at_comma(text: str, start: int) -> str:
    """The text without quotes at `start` with what stands behind its commas, in quotes.

    Empty where more than a text is there.
    """
    found = _TEXT.match(text, start)
    if found is None or not _END.match(text, found.end()):
        return ""
    return _quoted(" ".join(found[0].rstrip(", \t").split()))


def text_with_template(text: str, at: int) -> str:
    """The text without quotes around the `{{` at `at`, in quotes; empty as above."""
    begin = text.rfind("\n", 0, at) + 1
    keys = [found.end() for found in re.finditer(_KEY, text[begin:at])]
    start = begin + keys[-1] if keys else at
    return text_at_comma(text, at - len(text[start:at].lstrip()))


def other_quotes(text: str, at: int) -> str:
    """The template that the quotes before `at` cut short, with the other quotes in it.

    Empty where the text in quotes that ends there has no open `{{`.
    """
    quote = text[at - 1]
    opened = _OPEN.search(text[text.rfind("\n", 0, at) + 1 : at])
    closed = text.find("}}", at)
    if opened is None or closed < 0 or "\n" in text[at:closed]:
        return ""
    other = "'" if quote == '"' else '"'
    template = opened[0] + text[at : closed + 2]
    return "" if other in template else template.replace(quote, other)


def _quoted(words: str) -> str:
    if not re.search(r'["\\]', words):
        return f'"{words}"'
    return f"""'{words.replace("'", "''")}'"""
