"""The filters of regular expressions, whose patterns are compiled ahead to find their faults."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from jinja2 import nodes

from n3gen.expressions.arguments import Bound, Given
from n3gen.expressions.call_rules import BadPattern
from n3gen.expressions.value_filters import Filter, supported
from n3gen.expressions.writer import Piece, Writer

__all__ = ["REGEX_FILTERS"]

_FLAGS: Final = "ignorecase multiline"

_CONTROL: Final = re.compile("[\x00-\x08]")
"""What becomes of `\\b` and `\\1` where the backslash is not doubled."""


def _checked(known: Filter) -> Filter:
    """The filter with a look at a pattern, and at a replacement, that are written out."""

    def write(writer: Writer, subject: Piece, call: Given, bound: Bound) -> Piece:
        pattern = _compiled(writer, bound["pattern"])
        if pattern is not None and "replacement" in bound:
            _check_replacement(writer, pattern, bound["replacement"])
        return known.write(writer, subject, call, bound)

    return known._replace(write=write)


def _text(writer: Writer, node: nodes.Expr) -> str | None:
    """A text that is written out, without what a lost backslash makes of it."""
    if not isinstance(node, nodes.Const) or not isinstance(node.value, str):
        return None
    token = writer.token(node)
    for character in _CONTROL.findall(node.value):
        sign = "b" if character == "\b" else str(ord(character))
        writer.fault(BadPattern.control(sign, token.start, token.end))
        return None
    return node.value


def _compiled(writer: Writer, node: nodes.Expr) -> re.Pattern[str] | None:
    text, token = _text(writer, node), writer.token(node)
    if text is None:
        return None
    try:
        return re.compile(text)
    except (re.error, OverflowError, RecursionError) as error:
        start, end = token.start, token.end
        at = error.pos if isinstance(error, re.error) else None
        is_plain = end - start == len(text) + 2  # nothing in it is escaped
        if at is not None and is_plain:
            start, end = start + 1 + at, start + 2 + at
        message = error.msg if isinstance(error, re.error) else str(error)
        writer.fault(BadPattern.of(message, start, end))
        return None


def _check_replacement(
    writer: Writer, pattern: re.Pattern[str], node: nodes.Expr
) -> None:
    text, token = _text(writer, node), writer.token(node)
    if text is None:
        return
    try:
        pattern.sub(text, "")
    except (re.error, IndexError) as error:
        writer.fault(BadPattern.replacement(str(error), token.start, token.end))


REGEX_FILTERS: Final[Mapping[str, Filter]] = {
    "regex_find": _checked(
        supported(
            "regex_find",
            f"pattern {_FLAGS}",
            1,
            may_miss=True,
            about="the first match of a pattern; with a group, the group, with several, "
            "a list of them",
        )
    ),
    "regex_findall": _checked(
        supported(
            "regex_findall",
            f"pattern {_FLAGS}",
            1,
            "list",
            about="all matches, each as `regex_find` gives it",
        )
    ),
    "regex_replace": _checked(
        supported(
            "regex_replace",
            f"pattern replacement {_FLAGS} count",
            2,
            "str",
            about="the text with the matches replaced; `\\\\1` is a group",
        )
    ),
    "regex_test": _checked(
        supported(
            "regex_test",
            f"pattern {_FLAGS}",
            1,
            "bool",
            about="whether the pattern matches anywhere in the text",
        )
    ),
}
"""These filters by name."""
