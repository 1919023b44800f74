"""Keys that no construct has because they are lines of the text above them."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

from n3gen.diagnostics import Diagnostic, Label
from n3gen.source import Loc, Span
from n3gen.spec.keys import Key, key_names
from n3gen.syntax.document import Document
from n3gen.syntax.rules import BadIndent

__all__ = ["first_spilled", "spilled_line"]

_EMPTY_TEXT = re.compile(r"[|>][-+\d]*+[ \t]*+(?:#[^\n]*+)?\n(?:[ \t]*+\n)*+[ ]*+")
"""The beginning of a block text, up to the next line of the file."""


def first_spilled(
    document: Document, loc: Loc, data: Any, text: str, known: Collection[Key]
) -> str | None:
    """The key right below the empty block text `text` that is meant as a line of it.

    `data` are the items at `loc`, of which the `known` keys are none.
    """
    names = [*data]
    below = names[names.index(text) + 1 :][:1]
    if data[text] != "" or not below or below[0] in key_names(known):
        return None
    begin = document.span((*loc, text)).start
    found = _EMPTY_TEXT.match(document.source.text, begin)
    start = document.key_span((*loc, below[0])).start
    return below[0] if found is not None and found.end() == start else None


def spilled_line(
    document: Document, loc: Loc, data: Any, key: Any, known: Collection[Key]
) -> Diagnostic | None:
    """Tell the first line of the text that an unknown `key` stands below as a line of it."""
    names = [*data]
    above = reversed(names[: names.index(key)])
    holder = next((name for name in above if name in key_names(known)), None)
    if holder is None:
        return None
    first = first_spilled(document, loc, data, holder, known)
    if first is None:
        return None
    source = document.source.text
    start = document.key_span((*loc, first)).start
    stop = source.find("\n", start)
    end = len(source[: len(source) if stop < 0 else stop].rstrip())
    at = document.key_span((*loc, holder)).start
    column = at - (source.rfind("\n", 0, at) + 1)
    return BadIndent.of_text(column, 0, Label(document.source, Span(start, end)))
