"""Literals of cases that were meant as more than a literal."""

from __future__ import annotations

import re
from typing import Final

from n3gen.diagnostics import Diagnostic, Label
from n3gen.syntax.rules import BadHeader

__all__ = ["odd_literal"]

_COMPARED: Final = re.compile(r"(?:[<>]=?|[!=]=).*")


def odd_literal(text: str, label: Label) -> Diagnostic | None:
    """What is wrong with a bare literal that stands for itself, and was not to."""
    if _COMPARED.fullmatch(text):
        message = "a `case` takes values, and compares with `==` alone"
        way_out = "write `if` and `elif` blocks, or the text in quotes"
        return BadHeader.of(message, label, way_out)
    return None
