"""Lists that templates go through, and what may turn out to be none of them."""

from __future__ import annotations

from typing import Final

from n3gen.expressions.literals import literal
from n3gen.expressions.writer import Level, Piece, Writer

__all__ = ["gone_through"]

_ITEMS: Final = ("dict", "list", "mapping", "str", "tuple")
"""Kinds of values that have items."""


def gone_through(writer: Writer, items: Piece, word: str) -> str:
    """Return the source of items; where it is not sure that there are any, it says so itself.

    `word` is what goes through them: `for`, or a filter.
    """
    known = writer.loose(items)
    kind = items.kind or (items.shape.kind if items.shape is not None else "")
    is_sure = kind in _ITEMS and not items.may_be_none
    if is_sure or items.element or items.is_constant:
        return known.at(Level.OR)
    return writer.call("items_for", literal(word), known.text)
