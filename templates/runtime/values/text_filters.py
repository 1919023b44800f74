"""Filters of texts and numbers."""

from __future__ import annotations

import json
import math
import re
import textwrap
from collections.abc import Mapping
from typing import Any, cast
from urllib.parse import quote, urlencode

from .json_data import json_data

__all__ = [
    "count_words",
    "format_text",
    "indent_text",
    "json_text",
    "round_to",
    "title_text",
    "to_float",
    "to_int",
    "truncate_text",
    "url_encode",
    "wrap_text",
]


def title_text(value: Any) -> str:
    """Return the text with each word's first letter in upper case, the others in lower."""
    words = re.split(r"([-\s({\[<]+)", str(value))
    return "".join(word[:1].upper() + word[1:].lower() for word in words)


def truncate_text(
    value: Any,
    length: int = 255,
    killwords: bool = False,
    end: str = "...",
    leeway: int = 5,
) -> str:
    """Return the text cut to `length`, `end` included; `leeway` more are let through."""
    text = str(value)
    if length < len(end):
        raise ValueError(f"a text cannot be cut to {length} with {end!r} at its end")
    if len(text) <= length + leeway:
        return text
    cut = text[: length - len(end)]
    return (cut if killwords else cut.rsplit(" ", 1)[0]) + end


def wrap_text(
    value: Any,
    width: int = 79,
    break_long_words: bool = True,
    wrapstring: str = "\n",
    break_on_hyphens: bool = True,
) -> str:
    """Return the text with lines of at most `width`; its own line ends stay."""
    lines: list[str] = []
    for line in str(value).splitlines():
        wrapped = textwrap.wrap(
            line,
            width=width,
            expand_tabs=False,
            replace_whitespace=False,
            break_long_words=break_long_words,
            break_on_hyphens=break_on_hyphens,
        )
        lines.append(wrapstring.join(wrapped))
    return wrapstring.join(lines)


def indent_text(
    value: Any, width: int | str = 4, first: bool = False, blank: bool = False
) -> str:
    """Return the text with its lines indented, but the first and, by default, blank ones."""
    indention = width if isinstance(width, str) else " " * width
    lines = (str(value) + "\n").splitlines()
    rest = [indention + line if line or blank else line for line in lines[1:]]
    text = "\n".join([lines[0], *rest])
    return indention + text if first else text


def count_words(value: Any) -> int:
    """Return the number of words in the text."""
    return len(re.findall(r"\w+", str(value)))


def format_text(value: Any, values: Any) -> str:
    """Return the text with its `%s` and the like filled in."""
    return str(str(value) % values)


def to_int(value: Any, fallback: Any = 0, base: int = 10) -> Any:
    """Return the value as a whole number, or `fallback` where it is none."""
    try:
        return int(value, base) if isinstance(value, str) else int(value)
    except (TypeError, ValueError):
        try:
            return int(float(value))
        except (TypeError, ValueError, OverflowError):
            return fallback


def to_float(value: Any, fallback: Any = 0.0) -> Any:
    """Return the value as a number, or `fallback` where it is none."""
    try:
        return float(value)
    except (TypeError, ValueError):
        return fallback


def round_to(value: Any, precision: int = 0, method: str = "common") -> Any:
    """Return the number rounded: `common`, up with `ceil` or down with `floor`."""
    if method == "common":
        return round(value, precision)
    rounded = math.ceil if method == "ceil" else math.floor
    return rounded(value * 10**precision) / 10**precision


def json_text(value: Any, indent: int | None = None) -> str:
    """Return the value as JSON with sorted keys, for a model or a service to read."""
    return json.dumps(
        value, indent=indent, sort_keys=True, ensure_ascii=False, default=json_data
    )


def url_encode(value: Any) -> str:
    """Percent-encode a text, slashes excepted, or a mapping or pairs as a query."""
    if isinstance(value, Mapping | list | tuple):
        return urlencode(pairs_of(value), quote_via=quote)
    return quote(str(value))


def pairs_of(value: Any) -> list[tuple[Any, Any]]:
    """Return the pairs of a query; raise `TypeError` for a list of anything else."""
    pairs: list[Any] = [*value]
    if isinstance(value, Mapping):
        pairs = [*cast("Any", value).items()]
    if not all(isinstance(p, list | tuple) and len(cast("Any", p)) == 2 for p in pairs):
        raise TypeError("`urlencode` takes a text, a mapping or a list of pairs")
    return [(name, found) for name, found in pairs]
