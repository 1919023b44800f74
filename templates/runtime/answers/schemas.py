"""Schemas of types, for who is asked for a value."""

from __future__ import annotations

from functools import cache
from typing import Any

from .forms import without_docstrings
from .typed import adapter

__all__ = ["schema_of"]


@cache
def schema_of(type_: Any) -> dict[str, Any]:
    """Return the JSON Schema of a type."""
    return without_docstrings(adapter(type_).json_schema())
