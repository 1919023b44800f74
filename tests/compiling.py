"""Compiling texts that stand in no folder."""

from __future__ import annotations

from collections.abc import Mapping

from n3gen.compiler import compile_file
from n3gen.diagnostics import Problems
from n3gen.source import SourceFile

__all__ = ["problems_of"]


def problems_of(
    path: str, text: str, others: Mapping[str, str] | None = None
) -> Problems:
    """What is wrong with a spec; `others` are the texts of the files it uses, by path."""
    files = {name: SourceFile.of(name, other) for name, other in (others or {}).items()}
    return compile_file(SourceFile.of(path, text), used=files).problems
