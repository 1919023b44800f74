"""Values in the text of a type, such as `[a, "b c"]`, as plain data.

This is the flow style of YAML 1.2's core: `yes` is a text, `012` is 12.
"""

from __future__ import annotations

import re
from typing import Any, Final

from n3gen.syntax.scalars import resolve

__all__ = ["FlowFault", "read_default", "read_flow", "skip_space"]

_DEEPEST: Final = 20
_SPACE: Final = re.compile(r"\s*")
_PLAIN: Final = re.compile(r"[^\s,\[\]{}:\"'](?:[^,\[\]{}:]*[^\s,\[\]{}:])?")
_DOUBLE: Final = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_SINGLE: Final = re.compile(r"'((?:[^']|'')*)'")
_ESCAPE: Final = re.compile(r"\\(u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|.)", re.DOTALL)
_ESCAPES: Final = {"n": "\n", "t": "\t", "r": "\r", "0": "\0", '"': '"', "\\": "\\"}


class FlowFault(ValueError):
    """A value that does not parse; `start` and `end` are offsets in the text."""

    def __init__(self, message: str, start: int, end: int) -> None:
        super().__init__(message)
        self.message = message
        self.start = start
        self.end = end


def skip_space(text: str, at: int) -> int:
    """The offset of the first character from `at` on that is no white space."""
    found = _SPACE.match(text, at)
    return found.end() if found else at


def read_flow(text: str, at: int) -> tuple[Any, int]:
    """The value that begins at `at`, and the offset behind it.

    Raises `FlowFault`.
    """
    return _value(text, skip_space(text, at), 0)


def read_default(text: str, at: int) -> tuple[Any, int]:
    """As `read_flow`, but an unquoted scalar goes on to the end of the text."""
    at = skip_space(text, at)
    if at >= len(text) or text[at] in "[{\"'":
        return _value(text, at, 0)
    word = text[at:].rstrip()
    return resolve(word), at + len(word)


def _value(text: str, at: int, depth: int) -> tuple[Any, int]:
    if depth > _DEEPEST:
        raise FlowFault(f"this value nests deeper than {_DEEPEST} levels", at, at + 1)
    first = text[at : at + 1]
    if first == "[":
        return _list(text, at, depth)
    if first == "{":
        return _mapping(text, at, depth)
    return _scalar(text, at)


def _scalar(text: str, at: int) -> tuple[Any, int]:
    first = text[at : at + 1]
    if first == '"' and (found := _DOUBLE.match(text, at)):
        return _ESCAPE.sub(_unescaped, found[1]), found.end()
    if first == "'" and (found := _SINGLE.match(text, at)):
        return found[1].replace("''", "'"), found.end()
    if first in ('"', "'") and first:
        raise FlowFault("this quote has no end", at, at + 1)
    if found := _PLAIN.match(text, at):
        return resolve(found[0]), found.end()
    raise FlowFault("a value is missing here", at, min(at + 1, len(text)))


def _unescaped(found: re.Match[str]) -> str:
    code = found[1]
    if code[0] in "ux" and len(code) > 1:
        return chr(int(code[1:], 16))
    return _ESCAPES.get(code, code)


def _list(text: str, start: int, depth: int) -> tuple[list[Any], int]:
    items: list[Any] = []
    at = skip_space(text, start + 1)
    while text[at : at + 1] != "]":
        item, at = _value(text, at, depth + 1)
        items.append(item)
        at = _next(text, at, start, "]")
    return items, at + 1


def _mapping(text: str, start: int, depth: int) -> tuple[dict[str, Any], int]:
    items: dict[str, Any] = {}
    at = skip_space(text, start + 1)
    while text[at : at + 1] != "}":
        key_at = at
        key, at = _scalar(text, at)
        at = skip_space(text, at)
        if text[at : at + 1] != ":":
            raise FlowFault("a `:` and a value are missing after this key", key_at, at)
        if not isinstance(key, str) or key in items:
            why = "is there twice" if key in items else "is not text"
            raise FlowFault(f"this key {why}", key_at, at)
        items[key], at = _value(text, skip_space(text, at + 1), depth + 1)
        at = _next(text, at, start, "}")
    return items, at + 1


def _next(text: str, at: int, start: int, closing: str) -> int:
    """The offset of the next item or of `closing`, past one comma."""
    at = skip_space(text, at)
    if text[at : at + 1] == ",":
        return skip_space(text, at + 1)
    if text[at : at + 1] == closing:
        return at
    if at >= len(text):
        raise FlowFault(f"this has no closing `{closing}`", start, start + 1)
    raise FlowFault(f"a `,` or `{closing}` is missing here", at, at + 1)
