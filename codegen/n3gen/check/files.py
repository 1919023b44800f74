"""Files that define nothing."""

from __future__ import annotations

from collections.abc import Iterator

from n3gen.check.finders import finder
from n3gen.check.rules.file_rules import EmptyFile
from n3gen.diagnostics import Diagnostic, Label
from n3gen.semantics.known import Semantics
from n3gen.source import Span

__all__ = ["check_files"]


@finder
def check_files(known: Semantics) -> Iterator[Diagnostic]:
    """Find a file without a chain or a definition."""
    document = known.documents[known.spec.path]
    if not any(document.data.values()) and not known.spec.rejected:
        text = document.source.text
        start = len(text) - len(text.lstrip())
        line = text[start:].partition("\n")[0].rstrip()
        yield EmptyFile.of(Label(document.source, Span(start, start + len(line))))
