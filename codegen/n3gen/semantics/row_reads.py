"""What the texts of a test read of its rows."""

from __future__ import annotations

from n3gen.expressions import Parsed, parse_expression, parse_template
from n3gen.spec.texts import Text

__all__ = ["is_score", "names_of_text", "row_text"]

_ROW = ("row",)
_SCORE = ("result", "row", "run")
_RUN = frozenset(["run"])
"""In a score `run` is the record of the run, with all its fields."""


def is_score(text: Text) -> bool:
    """Whether a text of a test is the expression of a score."""
    return text.keys[0] == "score"


def names_of_text(text: Text) -> tuple[str, ...]:
    """The names that a text of a test can read."""
    return _SCORE if is_score(text) else _ROW


def row_text(text: Text) -> Parsed:
    """A text of a test as the room of expressions reads it."""
    if is_score(text):
        return parse_expression(text.text, _RUN)
    return parse_template(text.text)
