"""Lists and objects that are written out, beside values whose items are of another type."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from n3gen.expressions.writer import Level, Piece
from n3gen.names import outside

__all__ = ["beside", "held_by", "of_any", "written_out"]

_OPEN: Final = ("dict", "list", "tuple")
"""Kinds of items that do not say all of their type."""

_PLAIN: Final = ("bool", "float", "int", "str")


def written_out(piece: Piece, items: Sequence[Piece], key: str = "Any") -> Piece:
    """Return a list, or an object with keys of a type, that knows the kind of its items."""
    kinds = {"" if item.kind in _OPEN else item.kind for item in items}
    kind = kinds.pop() if len(kinds) == 1 else ""
    held = frozenset({(piece.kind, kind)} if items else ())
    return replace(piece, held=held, of_any=_any_items(piece, key))


def held_by(*pieces: Piece) -> frozenset[tuple[str, str]]:
    """What lists and objects a value may be that is one of these, each with its items' kind."""
    found: set[tuple[str, str]] = set()
    for piece in pieces:
        is_known = bool(piece.held) or piece.of_any is not None
        is_open = not is_known and piece.kind in ("dict", "list")
        found |= {(piece.kind, _item_kind(piece))} if is_open else piece.held
    return frozenset(found)


def _item_kind(piece: Piece) -> str:
    """The kind of the items of a list that is read, if that is sure."""
    items = piece.shape.items if piece.shape is not None else None
    return items.kind if items is not None and items.kind in _PLAIN else ""


def of_any(piece: Piece) -> Piece:
    """Return the same value, what is written out of it as that of any items."""
    if piece.of_any is None and piece.kind == "list" and piece.text[0] == "[":
        return _any_items(piece)
    return piece.of_any or piece


def beside(left: Piece, right: Piece) -> Piece:
    """Return the second operand of two, of any items where the first one has others.

    Type checkers expect items of the first one's type in the second one.
    """
    expected, own = held_by(left), held_by(right)
    for kind in ("dict", "list"):
        kinds = [
            {item for name, item in one if name == kind} for one in (expected, own)
        ]
        is_same = kinds[0] == kinds[1] and len(kinds[0]) == 1 and "" not in kinds[0]
        if all(kinds) and not is_same:
            return of_any(right)
    return right


def _any_items(piece: Piece, key: str = "Any") -> Piece:
    """A list or an object that is written out, as one of any items."""
    any_ = outside("Any")
    items = any_ if piece.kind == "list" else f"{outside(key)}, {any_}"
    given = "" if piece.text in ("[]", "{}") else piece.text
    text = f"{outside(piece.kind)}[{items}]({given})"
    return replace(piece, text=text, level=Level.ATOM, element="", clause="")
