"""The occurrences of names in specs, each with what it means."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from n3gen.source import Loc, SourceFile, Span
from n3gen.syntax.document import Document

__all__ = ["QUOTES", "Occurrence", "Target", "named_at"]

QUOTES: Final = "\"'"


@dataclass(frozen=True, slots=True)
class Target:
    """What a name means: the place that defines it, and the name."""

    path: str
    loc: Loc
    name: str


@dataclass(frozen=True, slots=True)
class Occurrence:
    """An occurrence of a name in a file."""

    target: Target
    file: SourceFile
    span: Span
    is_definition: bool = False


def named_at(
    target: Target, document: Document, span: Span, *, is_definition: bool = False
) -> Occurrence:
    """The name at a span, without the quotes that it may be written in."""
    text = document.source.text[span.start : span.end]
    if len(text) > 1 and text[0] in QUOTES and text[-1] == text[0]:
        span = Span(span.start + 1, span.end - 1)
    return Occurrence(target, document.source, span, is_definition)
