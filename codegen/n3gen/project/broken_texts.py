"""Fixes after which an expression or a template cannot be read any more."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from n3gen.diagnostics import Diagnostic, Fix, Problems
from n3gen.expressions.rules import ExpressionSyntax, TemplateSyntax
from n3gen.source import Loc, SourceFile, Span
from n3gen.syntax import read_document
from n3gen.syntax.document import Document

__all__ = ["breaking"]

_UNREADABLE: Final = (ExpressionSyntax, TemplateSyntax)


def breaking(fixes: Sequence[Fix], before: Problems, after: Problems) -> list[Fix]:
    """Those of the fixes that were made between `before` and `after` that broke a text.

    A text that no fix has touched, or that could not be read before, is not theirs.
    """
    files = {edit.file.path: edit.file for fix in fixes for edit in fix.edits}
    spans: dict[str, list[Span]] = {}
    for path, file in files.items():
        faults = [*_unreadable(path, after)]
        known = [fault.label.span.start for fault in _unreadable(path, before)]
        for span in _spans_before(file, faults):
            if not any(span.start <= at <= span.end for at in known):
                spans.setdefault(path, []).append(span)
    return [fix for fix in fixes if _touches(fix, spans)]


def _unreadable(path: str, problems: Problems) -> Iterator[Diagnostic]:
    for problem in problems:
        if problem.file.path == path and issubclass(problem.rule, _UNREADABLE):
            yield problem


def _spans_before(file: SourceFile, faults: Sequence[Diagnostic]) -> Iterator[Span]:
    """Where the texts with faults stood before the fixes."""
    old = read_document(file)[0] if faults else None
    new = read_document(faults[0].file)[0] if faults else None
    if old is None or new is None:
        return
    for fault in faults:
        loc = _text_at(new, fault.label.span.start)
        if loc in old.values:
            yield old.values[loc]


def _text_at(document: Document, offset: int) -> Loc:
    """The loc of the smallest text around an offset; empty where there is none."""
    around = [
        (span.end - span.start, loc)
        for loc in document.texts
        if (span := document.span(loc)).start <= offset <= span.end
    ]
    return min(around, key=lambda one: one[0], default=(0, ()))[1]


def _touches(fix: Fix, spans: dict[str, list[Span]]) -> bool:
    return any(
        span.start <= edit.span.end and edit.span.start <= span.end
        for edit in fix.edits
        for span in spans.get(edit.file.path, [])
    )
