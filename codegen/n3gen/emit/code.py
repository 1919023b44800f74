"""Python expressions, put together from others with all that they need."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from n3gen.expressions import Code, literal
from n3gen.names import is_name, outside

__all__ = [
    "call",
    "comma_separated",
    "constant",
    "dict_of",
    "is_whole",
    "keyword",
    "keyword_argument",
    "list_of",
    "name",
    "parameter",
    "seconds",
    "support_call",
    "tuple_of",
]


def constant(value: Any) -> Code:
    """The literal of plain data."""
    return Code(literal(value))


def name(text: str, *support: str) -> Code:
    """A variable or another name; `support` are those that come from outside."""
    return Code(_linked(text, support))


def _linked(text: str, names: Iterable[str]) -> str:
    """Generated Python with holes for the names that come from outside."""
    for known in names:
        text = re.sub(rf"(?<![\w.]){known}(?!\w)", outside(known), text)
    return text


def seconds(value: float) -> Code:
    """Seconds as a number literal, whole where they are."""
    return Code(repr(int(value)) if is_whole(value) else repr(value))


def is_whole(value: float) -> bool:
    """Whether a number has no fraction."""
    return value == int(value)


def call(function: str, parts: Iterable[Code], *support: str) -> Code:
    """The call of a function with arguments that are ready."""
    joined = comma_separated([part.argument for part in parts])
    return Code(
        f"{_linked(function, support)}({joined.source})",
        joined.fallible,
    )


def support_call(function: str, *parts: Code) -> Code:
    """The call of a definition of the run-time support."""
    return call(function, parts, function)


def keyword(name: str, value: Code) -> Code:
    """A keyword argument of a name that is known to be one."""
    value = value.argument
    return Code(f"{name}={value.source}", value.fallible)


def keyword_argument(name: str, value: Code) -> Code:
    """A keyword argument of a user's name; one that is no identifier is never code."""
    if is_name(name):
        return keyword(name, value)
    unpacked = dict_of({name: value})
    return Code(f"**{unpacked.source}", value.fallible)


def dict_of(items: Mapping[str, Code]) -> Code:
    """A dictionary with keys that are texts."""
    pairs = comma_separated(
        [
            Code(f"{literal(key)}: {value.source}", value.fallible)
            for key, value in items.items()
        ]
    )
    return Code(f"{{{pairs.source}}}", pairs.fallible)


def parameter(name: str, annotation: Code, default: Code | None = None) -> Code:
    """A parameter of a function."""
    given = f" = {default.source}" if default is not None else ""
    return Code(f"{name}: {annotation.source}{given}")


def list_of(items: Iterable[Code]) -> Code:
    """A list."""
    joined = comma_separated(items)
    return Code(f"[{joined.source}]", joined.fallible)


def tuple_of(items: Iterable[Code]) -> Code:
    """A tuple."""
    found = list(items)
    joined = comma_separated(found)
    comma = "," if len(found) == 1 else ""
    return Code(f"({joined.source}{comma})", joined.fallible)


def comma_separated(codes: Iterable[Code]) -> Code:
    """Expressions with commas between them."""
    codes = list(codes)
    source = ", ".join(code.source for code in codes)
    return Code(source, any(code.fallible for code in codes))
