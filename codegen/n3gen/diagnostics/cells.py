"""What a terminal may show of a text of any origin, and how wide that is."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

__all__ = ["TAB", "plain", "shown", "width"]

TAB = 4
"""Cells of a tab, wherever it stands: a tab stop would hang on the gutter's width."""

_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Categories that steer a terminal, reorder a line, or cannot be encoded."""

_JOINERS = frozenset({"\u200c", "\u200d"})
"""Written in Persian, Indic scripts and emoji: harmless, and nothing to see."""

_LONGEST = 600
"""Code points of a message or a label that are shown before its middle is left out."""


@lru_cache(maxsize=4096)
def shown(char: str) -> str:
    """What stands for one character in a drawing: itself, a tab's spaces, or `<U+202E>`."""
    if char == "\t":
        return " " * TAB
    code = ord(char)
    hidden = unicodedata.category(char) in _HIDDEN and char not in _JOINERS
    if hidden or code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF:
        return f"<U+{code:04X}>"
    return char


@lru_cache(maxsize=4096)
def width(char: str) -> int:
    """Cells of one character as `shown` gives it: 0 for combining ones, 2 for wide ones."""
    drawn = shown(char)
    if drawn != char:
        return len(drawn)
    if char in _JOINERS or "\u1160" <= char <= "\u11ff":
        return 0
    if unicodedata.category(char) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def plain(text: str) -> str:
    """`text` on one line with nothing hidden in it, its middle left out where it is long."""
    if len(text) > _LONGEST:
        half = _LONGEST // 2
        text = f"{text[:half]}...{text[-half:]}"
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(shown, text))
