"""Numbers that are printed as they were written."""

from __future__ import annotations

from typing import Any

from n3gen.source import Loc
from n3gen.syntax.document import Document
from n3gen.syntax.scalars import SpelledFloat, SpelledInt, number_text, resolve

__all__ = ["with_spellings"]


def with_spellings(document: Document) -> dict[str, Any]:
    """The data of a document, whose numbers know how they were written."""
    data: dict[str, Any] = _spelled(document, document.data, ())
    return data


def _spelled(document: Document, value: Any, loc: Loc) -> Any:
    if isinstance(value, dict):
        return {k: _spelled(document, one, (*loc, k)) for k, one in value.items()}
    if isinstance(value, list):
        return [_spelled(document, one, (*loc, i)) for i, one in enumerate(value)]
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or loc not in document.values:
        return value
    span = document.values[loc]
    written = document.source.text[span.start : span.end]
    if written == number_text(value) or repr(resolve(written)) != repr(value):
        return value
    found = SpelledInt(value) if isinstance(value, int) else SpelledFloat(value)
    found.spelling = written
    return found
