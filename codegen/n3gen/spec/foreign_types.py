"""Types as other languages write them, as they are written here."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["choice_meant", "type_meant"]

_OTHER_BRACKETS: Final = re.compile(r"[(<]([^()<>]+)[)>]")
_TEXT: Final = re.compile(r"[\"']([a-z]\w*)[\"']")
_TEXTS: Final = re.compile(rf"{_TEXT.pattern}(?:\s*\|\s*{_TEXT.pattern})+")
"""Several texts in quotes, none of which needs them as the name of a type."""


def type_meant(before: str, rest: str) -> str | None:
    """The type that other brackets, or the word `optional`, were meant to say.

    `before` is the type that was read, `rest` what cannot follow it.
    """
    found = _OTHER_BRACKETS.fullmatch(rest)
    form = before.lower()
    if found is not None and form in ("list", "dict", "set", "array", "optional"):
        inner = found[1].strip()
        if form == "optional":
            return f"{inner}?"
        return f"dict[{inner}]" if form == "dict" else f"list[{inner}]"
    if form in ("optional", "nullable") and rest.isidentifier():
        return f"{rest}?"
    return None


def choice_meant(text: str) -> str | None:
    """The type that `"a" | "b"` was meant to say."""
    if not _TEXTS.fullmatch(text):
        return None
    return f"one of [{', '.join(found[1] for found in _TEXT.finditer(text))}]"
