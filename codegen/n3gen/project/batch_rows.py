"""The rows of a batch, read one by one: JSON Lines, or CSV with a header."""

from __future__ import annotations

import csv
import io
import json
import os
import stat
import sys
from abc import ABC, abstractmethod
from codecs import BOM_UTF8
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, BinaryIO, ClassVar, NoReturn

from n3gen.project.batch_cells import MISSING, cell_value
from n3gen.project.errors import ProjectError, disk_error
from n3gen.project.regular import open_regular
from n3gen.spec.type_refs import TypeRef

__all__ = ["CsvRows", "JsonRows", "Row", "RowFault", "Rows", "rows_of"]

_LONGEST_CELL = 2**31 - 1


class RowFault(ValueError):
    """A row that cannot be read as a payload."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the data: its number from 1, and the line where it begins."""

    number: int
    line: int
    data: bytes | list[str] | RowFault


class Rows(ABC):
    """The rows of a file, or of `stream`, which can be read once."""

    def __init__(self, path: str, stream: BinaryIO | None = None) -> None:
        self.path = path
        self.shown = "standard input" if path == "-" else path
        self._stream = stream

    @property
    def is_file(self) -> bool:
        """Whether the rows can be read more than once, and without waiting."""
        if self._stream is not None:
            return False
        try:
            return stat.S_ISREG(os.stat(self.path).st_mode)
        except OSError as error:
            raise disk_error("read", self.path, error) from error

    def __iter__(self) -> Iterator[Row]:
        """Yield the rows; raise `ProjectError` where the file cannot be read."""
        with self._opened() as file:
            yield from self._rows(file)

    @contextmanager
    def _opened(self) -> Iterator[BinaryIO]:
        try:
            if self._stream is not None:
                yield self._stream
                return
            with open_regular(self.path, self.path) as file:
                if file is None:
                    raise ProjectError(f"cannot read `{self.path}`: no such file")
                yield file
        except OSError as error:
            raise disk_error("read", self.shown, error) from error

    def place(self, row: Row) -> str:
        """Return where a row stands: `rows.jsonl:17`."""
        return f"{self.shown}:{row.line}"

    def digest(self, row: Row) -> str:
        """Return sixteen hexadecimal digits that change with the payload of a row."""
        try:
            text = json.dumps(self.payload(row), sort_keys=True)
        except RowFault:
            text = str(row.data)
        return sha256(text.encode()).hexdigest()[:16]

    @abstractmethod
    def _rows(self, file: BinaryIO) -> Iterator[Row]: ...

    @abstractmethod
    def payload(self, row: Row) -> Any:
        """Return the payload that a row is; raise `RowFault` where it is none."""


class JsonRows(Rows):
    """JSON Lines; blank lines are no rows."""

    def _rows(self, file: BinaryIO) -> Iterator[Row]:
        number = 0
        for line, text in enumerate(file, 1):
            data = text.removeprefix(BOM_UTF8) if line == 1 else text
            if data := data.strip():
                number += 1
                yield Row(number, line, data)

    def payload(self, row: Row) -> Any:
        assert isinstance(row.data, bytes)
        try:
            return json.loads(row.data.decode(), parse_constant=_no_number)
        except UnicodeDecodeError as error:
            raise RowFault(f"the row is not UTF-8 text: {error.reason}") from error
        except json.JSONDecodeError as error:
            words = f"{error.msg} (column {error.colno})"
            raise RowFault(f"the row is not valid JSON: {words}") from error
        except ValueError as error:
            raise RowFault(f"the row is not valid JSON: {error}") from error
        except RecursionError as error:
            raise RowFault("the row is nested too deeply") from error


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number that JSON knows")


class CsvRows(Rows):
    """CSV whose first line names the fields; `types` are those of the chain's input."""

    delimiter: ClassVar[str] = ","

    def __init__(
        self,
        path: str,
        stream: BinaryIO | None = None,
        types: Mapping[str, TypeRef] = {},
    ) -> None:
        super().__init__(path, stream)
        self._types = types
        self._names: list[str] = []

    def _rows(self, file: BinaryIO) -> Iterator[Row]:
        text = io.TextIOWrapper(file, "utf-8-sig", "surrogateescape", newline="")
        csv.field_size_limit(_LONGEST_CELL)
        reader = csv.reader(text, delimiter=self.delimiter, strict=True)
        try:
            yield from self._read(reader)
        finally:
            text.detach()

    def _read(self, reader: Any) -> Iterator[Row]:
        number = ended = 0
        is_header = True
        while (cells := _next_cells(reader)) is not None:
            line, ended = ended + 1, reader.line_num
            if not cells:
                continue
            if is_header:
                self._names, is_header = self._header(cells), False
            else:
                number += 1
                yield Row(number, line, cells)

    def _header(self, cells: list[str] | RowFault) -> list[str]:
        if isinstance(cells, RowFault):
            raise ProjectError(
                f"`{self.shown}` has no header that can be read: {cells}"
            )
        names = [name.strip() for name in cells]
        for column, name in enumerate(names, 1):
            if not name:
                raise ProjectError(f"column {column} of `{self.shown}` has no name")
            if names.index(name) != column - 1:
                raise ProjectError(f"two columns of `{self.shown}` are called `{name}`")
        return names

    def payload(self, row: Row) -> Any:
        if isinstance(row.data, RowFault):
            raise row.data
        assert isinstance(row.data, list)
        cells, names = row.data, self._names
        if len(cells) > len(names):
            raise RowFault(
                f"the row has {len(cells):,} cells, and the header {len(names):,}"
            )
        try:
            "".join(cells).encode()
        except UnicodeEncodeError as error:
            raise RowFault("the row is not UTF-8 text") from error
        found = {
            name: cell_value(cell, self._types[name]) if name in self._types else cell
            for name, cell in zip(names, cells, strict=False)
        }
        return {name: value for name, value in found.items() if value is not MISSING}


class TsvRows(CsvRows):
    """CSV whose cells are separated by tabs."""

    delimiter = "\t"


def _next_cells(reader: Any) -> list[str] | RowFault | None:
    """The cells of the next row, what is wrong with it, or `None` at the end."""
    try:
        return next(reader, None)
    except csv.Error as error:
        return RowFault(f"the row is not valid CSV: {error}")


def rows_of(path: str, row_format: str | None, types: Mapping[str, TypeRef]) -> Rows:
    """Return the rows of a file, or of standard input where the path is `-`.

    Their format is `jsonl`, `csv` or `tsv`; by default that which the path ends with.
    """
    if os.path.isdir(path):
        raise ProjectError(f"`{path}` is a folder; name a file of rows")
    stream = _standard_input() if path == "-" else None
    ending = row_format or os.path.splitext(path)[1].lower().removeprefix(".")
    if ending in ("csv", "tsv"):
        kind = CsvRows if ending == "csv" else TsvRows
        return kind(path, stream, types)
    return JsonRows(path, stream)


def _standard_input() -> BinaryIO:
    """Standard input under a reader of its own.

    A thread that waits in that of `sys.stdin` would keep the interpreter from ending.
    """
    try:
        return open(sys.stdin.fileno(), "rb", closefd=False)
    except OSError:  # replaced by something without a descriptor
        return sys.stdin.buffer
