"""The formats of rows, by the endings of the names of their files."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Mapping
from typing import Final

from n3gen.diagnostics import nearest
from n3gen.project.row_csv import CommaRows, TabRows
from n3gen.project.row_json import JsonLines, JsonList
from n3gen.project.row_reader import RowReader
from n3gen.project.rows import BadRows

__all__ = ["FORMATS", "format_of", "missing_rows"]

FORMATS: Final[Mapping[str, type[RowReader]]] = {
    "jsonl": JsonLines,
    "json": JsonList,
    "csv": CommaRows,
    "tsv": TabRows,
}


def format_of(path: str) -> type[RowReader] | None:
    """Return the reader for a file of this name, `None` where its ending says nothing."""
    return FORMATS.get(posixpath.splitext(path)[1].lower().removeprefix("."))


def missing_rows(shown: str, absolute: str, way_out: str = "") -> BadRows:
    """The error for a file that is not there, with one beside it that was likely meant."""
    folder, name = os.path.split(absolute)
    if name.startswith("@") and os.path.isfile(os.path.join(folder, name[1:])):
        way_out = f"name it without the `@`: `{shown.replace(name, name[1:])}`"
    else:
        try:
            beside = sorted(os.listdir(folder or "."))
        except OSError:
            beside = []
        if meant := nearest(name, [name for name in beside if format_of(name)]):
            way_out = f"did you mean `{meant}`?"
    return BadRows(f"there is no file `{shown}`" + (way_out and f": {way_out}"))
