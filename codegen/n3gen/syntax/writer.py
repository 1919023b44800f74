"""Writing of plain values, quoted only where they must be."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from n3gen.syntax.characters import UNSEEN
from n3gen.syntax.scalars import number_text, resolve

__all__ = [
    "DataWriter",
    "choices",
    "flow",
    "is_bare",
    "long_text",
    "quoted",
    "scalar",
]

_WIDTH = 88
_SWITCHES = ("yes", "no", "on", "off")
_DOUBTFUL = {
    *("None", "nil", "undefined", "True", "False"),
    *_SWITCHES,
    *(word.capitalize() for word in _SWITCHES),
    *(word.upper() for word in _SWITCHES),
}
"""Texts that are nothing, true or false in Python or in the YAML of old."""

_BARE = re.compile(r"(?:[^\W]|[$(./=+^~;\\]|-(?=\w))[^\n\t]*+")
_NOT_BARE = re.compile(r": | #|:\Z| \Z|\A\.{3}(?:\s|\Z)")  # `...` ends a YAML document
_UNSEEN = re.compile(f"[{UNSEEN}]")
_NOT_IN_FLOW = re.compile(r"[,\[\]{}():]")
_BLANK_LINE = re.compile(r"^[ \t]+$", re.MULTILINE)
_ESCAPES = {
    "\0": "\\0",
    "\t": "\\t",
    "\n": "\\n",
    "\r": "\\r",
    "\x1b": "\\e",
    '"': '\\"',
    "\\": "\\\\",
}
_ESCAPED = re.compile(f'[{UNSEEN}\t\n"\\\\\ufffd]')
_IN_SINGLE = re.compile(f"[^'{UNSEEN}\t\n\ufffd]*[\"\\\\][^'{UNSEEN}\t\n\ufffd]*")
_LONGEST_KEY = 1000
"""Beyond this libyaml takes a key only behind a `?`."""


def is_bare(text: str, in_flow: bool = False) -> bool:
    """Whether a text can stand without quotes and is still the same text."""
    if not _BARE.fullmatch(text) or _NOT_BARE.search(text) or _UNSEEN.search(text):
        return False
    if in_flow and _NOT_IN_FLOW.search(text):
        return False
    return "\ufffd" not in text and isinstance(resolve(text), str)


def quoted(text: str) -> str:
    """The text in double quotes; in single ones where those need no escapes."""
    if _IN_SINGLE.fullmatch(text):
        return f"'{text}'"
    return f'"{_ESCAPED.sub(_escape, text)}"'


def _escape(match: re.Match[str]) -> str:
    char = match.group()
    if char in _ESCAPES:
        return _ESCAPES[char]
    code = ord(char)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def scalar(value: Any, in_flow: bool = False) -> str:
    """A scalar on one line."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return number_text(value)
    text = str(value)
    return text if is_bare(text, in_flow) else quoted(text)


def datum(value: Any, in_flow: bool = False) -> str:
    """A scalar among data on one line: a word that others read as no text is in quotes."""
    is_doubtful = isinstance(value, str) and value in _DOUBTFUL
    return quoted(value) if is_doubtful else scalar(value, in_flow)


def flow(value: Any) -> str:
    """Any value on one line, lists and mappings in brackets."""
    if isinstance(value, dict):
        entries = (f"{scalar(key, True)}: {flow(one)}" for key, one in value.items())
        return f"{{{', '.join(entries)}}}"
    if isinstance(value, list):
        return f"[{', '.join(flow(one) for one in value)}]"
    return datum(value, in_flow=True)


def choices(values: list[Any]) -> str:
    """The values of a type, in brackets."""
    return f"[{', '.join(scalar(one, in_flow=True) for one in values)}]"


def long_text(value: Any, step: int) -> tuple[str, list[str]] | None:
    """The head of a block text and its lines, where the value is exactly such a text."""
    if not isinstance(value, str) or "\n" not in value or value.endswith("\n\n"):
        return None
    if not value.strip("\n") or _BLANK_LINE.search(value):
        return None
    if _UNSEEN.search(value) or "\ufffd" in value:
        return None
    indent = str(step) if value[0] in " \t\n" else ""
    chomp = "" if value.endswith("\n") else "-"
    return f"|{indent}{chomp}", value.removesuffix("\n").split("\n")


class DataWriter:
    """Writes data as lines: mappings and lists by indentation, short lists in brackets.

    `step` is how much deeper each level stands; `key` writes a key.
    """

    def __init__(self, step: int, key: Callable[[str], str] = scalar) -> None:
        self.step = step
        self.key = key

    def mapping(self, data: dict[str, Any], column: int) -> list[str]:
        lines: list[str] = []
        for key, value in data.items():
            lines += self.pair(self.key(key), value, column)
        return lines

    def pair(self, key: str, value: Any, column: int) -> list[str]:
        """The lines of an entry whose key is written already."""
        pad = " " * column
        if len(key) > _LONGEST_KEY:
            return [f"{pad}? {key}", *self._headed(f"{pad}:", value, column)]
        return self._headed(f"{pad}{key}:", value, column)

    def item(self, value: Any, column: int) -> list[str]:
        """The lines of an item of a list."""
        dash = " " * column + "-"
        inner = column + 2
        if isinstance(value, dict) and value:
            lines = self.mapping(value, inner)
        elif isinstance(value, list) and value and not self.short(value, inner):
            lines = self.items(value, inner)
        else:
            return self._headed(dash, value, column)
        return [f"{dash} {lines[0][inner:]}", *lines[1:]]

    def items(self, values: list[Any], column: int) -> list[str]:
        return [line for value in values for line in self.item(value, column)]

    def short(self, values: list[Any], column: int) -> bool:
        """Whether a list can be in brackets on one line."""
        if any(isinstance(one, dict | list) and one for one in values):
            return False
        if any(isinstance(one, str) and "\n" in one for one in values):
            return False
        return column + len(flow(values)) <= _WIDTH

    def _headed(self, head: str, value: Any, column: int) -> list[str]:
        """A value behind `head`, which ends in `:` or `-`."""
        deeper = column + self.step
        if isinstance(value, dict) and value:
            return [head, *self.mapping(value, deeper)]
        if isinstance(value, list) and value and not self.short(value, len(head) + 1):
            return [head, *self.items(value, deeper)]
        if isinstance(value, dict | list):
            return [f"{head} {flow(value)}"]
        text = long_text(value, self.step)
        if text is None:
            return [f"{head} {datum(value)}"]
        pad = " " * deeper
        return [f"{head} {text[0]}", *(pad + one if one else "" for one in text[1])]
