"""Texts of constant parts and of values, as the Python that puts them together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from n3gen.expressions.literals import WIDTH, Hole, pieces
from n3gen.expressions.tokens import CHAIN
from n3gen.expressions.writer import Level, Piece
from n3gen.names import outside

__all__ = ["Part", "text_piece"]

Part = str | Piece
"""A stretch of constant text, or an expression whose value is printed."""

_LONGEST = 60
"""A longer expression stands beside the texts, not between braces in one."""

_BARRED = frozenset("\\'#\n")
"""What cannot stand between the braces of an f-string in Python 3.11."""


def text_piece(parts: Iterable[Part], *, one_line: bool = False) -> Piece:
    """The text that `parts` make: one literal, several in a row, or a sum of texts.

    Expressions are in f-strings where Python 3.11 lets them.
    """
    known = _merged(parts)
    if len(known) == 1 and isinstance(known[0], Piece):
        alone = known[0]
        return alone if alone.kind == "str" else Piece(_summand(alone), kind="str")
    operands: list[str] = []
    run: list[str] = []
    is_sum = False
    width = 1_000_000_000 if one_line else WIDTH
    for part in known:
        if isinstance(part, str):
            run.append(part)
        elif (hole := _hole(part)) is not None:
            run.append(hole)
        else:
            operands += pieces(run, width) if run else []
            operands.append(_summand(part))
            run, is_sum = [], True
    operands += pieces(run, width) if run or not operands else []
    if len(operands) == 1:
        return Piece(operands[0], kind="str")
    if one_line and is_sum and len(operands) <= CHAIN:
        return Piece(" + ".join(operands), Level.SUM, "str")
    if is_sum and len(operands) > CHAIN:
        lines = "\n    ".join(f"{operand}," for operand in operands)
        text = f'"".join(\n    (\n    {lines}\n    )\n)'
        return Piece(text, kind="str", is_joined=True)
    lines = ("\n    + " if is_sum else "\n    ").join(operands)
    return Piece(f"(\n    {lines}\n)", kind="str", inner=f"    {lines}")


def _merged(parts: Iterable[Part]) -> Sequence[Part]:
    """The parts with neighbouring texts made one, and empty ones left out."""
    found: list[Part] = []
    for part in parts:
        if isinstance(part, str) and found and isinstance(found[-1], str):
            found[-1] += part
        elif part:
            found.append(part)
    return found


def _hole(piece: Piece) -> Hole | None:
    """Return the expression as it can be in an f-string, if it can."""
    text = piece.printed or piece.text
    is_brace = text[0] == "{"  # two would be one brace of the text
    if piece.is_joined or is_brace or len(text) > _LONGEST or _BARRED & set(text):
        return None
    # Without a backslash or a single quote, each double quote delimits a literal.
    return Hole(text.replace('"', "'"))


def _summand(piece: Piece) -> str:
    if piece.kind == "str":
        return piece.at(Level.PRODUCT)
    return f"{outside('str')}({piece.printed or piece.text})"
