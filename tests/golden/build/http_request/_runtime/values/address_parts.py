"""Values inside of addresses, percent-encoded for their place."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote


def path_part(value: Any) -> str:
    """Return a value as text within one part of a path.

    Raises `ValueError` for `.` and `..`, which would lead to another path.
    """
    text = address_text(value)
    if text and not text.strip("."):
        raise ValueError(f"a value in a path is {text!r}, which leads to another path")
    return quote(text, safe="")


def address_text(value: Any) -> str:
    """Return a value as text; raise `ValueError` for none."""
    if value is None:
        raise ValueError("a value in an address is none")
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
