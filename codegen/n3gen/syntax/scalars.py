"""Values of bare scalars, by YAML 1.2's core schema."""

from __future__ import annotations

import math
import re

__all__ = ["Plain", "SpelledFloat", "SpelledInt", "number_text", "resolve"]

Plain = str | int | float | bool | None
"""What a scalar can be."""

_INT = re.compile(r"[-+]?[0-9]++")
_OTHER_BASE = re.compile(r"0o[0-7]++|0x[0-9a-fA-F]++")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]++|[0-9]++(?:\.[0-9]*+)?)(?:[eE][-+]?[0-9]++)?")
_WORDS: dict[str, Plain] = {
    "": None,
    "~": None,
    **dict.fromkeys(("null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **{
        sign + word: math.inf for sign in ("", "+") for word in (".inf", ".Inf", ".INF")
    },
    **{"-" + word: -math.inf for word in (".inf", ".Inf", ".INF")},
    **dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan),
}
_STARTS = frozenset("0123456789+-.~nNtTfF")
_LONGEST = 500
"""Digits beyond this make no number: Python itself refuses to read far longer ones."""


def resolve(text: str) -> Plain:
    """The value of a bare scalar.

    `yes`, `no`, `on`, `off`, dates and `1:30` are texts, `012` is twelve. A
    number of more than 500 characters stays a text.
    """
    if text and text[0] not in _STARTS:
        return text
    if len(text) > _LONGEST:
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _INT.fullmatch(text):
        return int(text)
    if _OTHER_BASE.fullmatch(text):
        return int(text[2:], 8 if text[1] == "o" else 16)
    if _FLOAT.fullmatch(text):
        return float(text)
    return text


class SpelledInt(int):
    """A whole number that is printed as it was written."""

    spelling = ""


class SpelledFloat(float):
    """A number that is printed as it was written."""

    spelling = ""


def number_text(value: float) -> str:
    """The text of a number that is no bool, from which `resolve` gives it back."""
    if isinstance(value, SpelledInt | SpelledFloat):
        return value.spelling
    if isinstance(value, int):
        return str(value)
    if math.isnan(value):
        return ".nan"
    if math.isinf(value):
        return ".inf" if value > 0 else "-.inf"
    return repr(value)
