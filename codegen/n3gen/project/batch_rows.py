"""The rows of a batch, read one by one from a file or from a stream."""

from __future__ import annotations

import json
import os
import stat
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from typing import Any, BinaryIO

from n3gen.project.errors import ProjectError, disk_error
from n3gen.project.regular import open_regular
from n3gen.project.row_formats import FORMATS, format_of, missing_rows
from n3gen.project.row_json import JsonLines
from n3gen.project.row_reader import RawRow, RowReader
from n3gen.project.rows import BadRows, RowFault, no_rows
from n3gen.spec.type_refs import TypeRef

__all__ = ["BatchRows", "rows_of"]


class BatchRows:
    """The rows of a file, or of `stream`, which can be read once.

    One that cannot be read is one of them: it fails when its payload is asked for.
    """

    def __init__(
        self,
        path: str,
        stream: BinaryIO | None = None,
        form: type[RowReader] = JsonLines,
        types: Mapping[str, TypeRef] = {},
    ) -> None:
        self.path = path
        self.shown = "standard input" if path == "-" else path
        self._stream = stream
        self._reader = form(self.shown, types)

    @property
    def is_file(self) -> bool:
        """Whether the rows can be read more than once, and without waiting."""
        if self._stream is not None:
            return False
        try:
            return stat.S_ISREG(os.stat(self.path).st_mode)
        except FileNotFoundError:
            raise missing_rows(self.path, self.path) from None
        except OSError as error:
            raise disk_error("read", self.path, error) from error

    def __iter__(self) -> Iterator[RawRow]:
        """Yield the rows; raise `ProjectError` where the file cannot be read."""
        with self._opened() as file:
            yield from self._reader.rows(file)

    @contextmanager
    def _opened(self) -> Iterator[BinaryIO]:
        try:
            if self._stream is not None:
                yield self._stream
                return
            with open_regular(self.path, self.path) as file:
                if file is None:
                    raise missing_rows(self.path, self.path)
                yield file
        except OSError as error:
            raise disk_error("read", self.shown, error) from error

    def place(self, row: RawRow, fault: RowFault | None = None) -> str:
        """Return where a row stands, `rows.jsonl:17`, or with its column where a fault does."""
        if fault is not None:
            return fault.place(self.shown, row.line)
        return f"{self.shown}:{row.line}"

    @property
    def named(self) -> str:
        """Where the rows come from, as messages name it."""
        return self.shown if self.path == "-" else f"`{self.shown}`"

    def none(self) -> BadRows:
        """Return the error where there is no row."""
        return no_rows(self.named)

    def digest(self, row: RawRow) -> str:
        """Return sixteen hexadecimal digits that change with the payload of a row."""
        try:
            text = json.dumps(self.payload(row), sort_keys=True)
        except RowFault:
            text = str(row.raw)
        return sha256(text.encode(errors="surrogateescape")).hexdigest()[:16]

    def payload(self, row: RawRow) -> Any:
        """Return the payload that a row is; raise `RowFault` where it is none."""
        return self._reader.data(row)


def rows_of(
    path: str, row_format: str | None, types: Mapping[str, TypeRef]
) -> BatchRows:
    """Return the rows of a file, or of standard input where the path is `-`.

    Their format is one of `FORMATS`; by default that which the path ends with, and
    JSON Lines where it ends with something else.
    """
    if os.path.isdir(path):
        raise ProjectError(f"`{path}` is a folder; name a file of rows")
    stream = _standard_input() if path == "-" else None
    form = FORMATS[row_format] if row_format else format_of(path)
    return BatchRows(path, stream, form or JsonLines, types)


def _standard_input() -> BinaryIO:
    """Standard input under a reader of its own.

    A thread that waits in that of `sys.stdin` would keep the interpreter from ending.
    """
    try:
        return open(sys.stdin.fileno(), "rb", closefd=False)
    except OSError:  # replaced by something without a descriptor
        return sys.stdin.buffer
