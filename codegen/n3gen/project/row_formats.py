"""The formats of rows, by the endings of the names of their files."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from typing import Final

from n3gen.project.row_csv import CommaRows, TabRows
from n3gen.project.row_json import JsonLines, JsonList
from n3gen.project.row_reader import RowReader

__all__ = ["FORMATS", "format_of"]

FORMATS: Final[Mapping[str, type[RowReader]]] = {
    "jsonl": JsonLines,
    "json": JsonList,
    "csv": CommaRows,
    "tsv": TabRows,
}


def format_of(path: str) -> type[RowReader] | None:
    """Return the reader for a file of this name, `None` where its ending says nothing."""
    return FORMATS.get(posixpath.splitext(path)[1].lower().removeprefix("."))
