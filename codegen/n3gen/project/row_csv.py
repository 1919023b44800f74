"""Rows in CSV: the first line names the fields."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO, ClassVar, Final

from n3gen.project.batch_cells import MISSING, cell_value
from n3gen.project.row_reader import (
    LONGEST_ROW,
    Lines,
    RawRow,
    RowReader,
    decoded,
    kept_bytes,
)
from n3gen.project.rows import BadRows, RowFault
from n3gen.spec.values import shown

__all__ = ["CommaRows", "TabRows"]

_SIGNS: Final = {",": "commas", "\t": "tabs", ";": "semicolons"}


class CommaRows(RowReader):
    """CSV. A cell is a text, or of the type that its field has in `types`."""

    delimiter: ClassVar[str] = ","
    _names: list[str]

    def rows(self, file: BinaryIO) -> Iterator[RawRow]:
        # This is a setting of the process; cells are bounded by the bytes of a row.
        csv.field_size_limit(LONGEST_ROW)
        number, is_header = 0, True
        kept = _RowLines(Lines(self.shown, file))
        reader = csv.reader(kept, delimiter=self.delimiter, strict=True)
        while (found := _next(kept, reader)) is not None:
            if found.is_blank and (is_header or len(self._names) > 1):
                continue
            if is_header:
                self._names, is_header = self._header(found), False
                continue
            number += 1
            yield RawRow(number, found.line, found)

    def _header(self, found: _Cells) -> list[str]:
        try:
            cells = found.read()
        except RowFault as fault:
            raise fault.bad_rows(self.shown, found.line) from fault
        names = [name.strip() for name in cells]
        for cell, name in zip(cells, names, strict=True):
            if not name or names.count(name) > 1:
                what = f"`{shown(name)}` twice" if name else "an empty name"
                message = f"the first line names the fields, and has {what}"
                raise self._bad_header(found, cell, message)
        sign = next((sign for sign in _SIGNS if sign in names[0]), None)
        if len(names) == 1 and sign is not None:
            message = (
                f"the fields are separated by {_SIGNS[sign]}: separate them by "
                f"{_SIGNS[self.delimiter]}"
            )
            raise self._bad_header(found, sign, message)
        self._check_case(found, names)
        return names

    def _check_case(self, found: _Cells, names: list[str]) -> None:
        """Refuse a field that differs from one of the input by case or signs alone."""
        open_ = {_folded(name): name for name in self.types if name not in names}
        for name in names:
            meant = None if name in self.types else open_.get(_folded(name))
            if meant is not None:
                message = (
                    f"the first line has `{shown(name)}`, and the input of the chain "
                    f"`{shown(meant)}`: write it as the input does"
                )
                raise self._bad_header(found, name, message)

    def _bad_header(self, found: _Cells, word: str, message: str) -> BadRows:
        column = max(found.text.find(word), 0)
        return BadRows.at(self.shown, found.line, found.text, column, message)

    def data(self, row: RawRow) -> Any:
        found: _Cells = row.raw
        cells, names = found.read(), self._names
        if len(cells) != len(names):
            sign = {",": "a comma", "\t": "a tab"}[self.delimiter]
            way_out = f"put quotes around what has {sign} in it"
            if len(cells) < len(names):
                way_out = f"{sign} belongs before an empty one too"
            message = (
                f"the row has {_count(len(cells))}, and the first line "
                f"{_count(len(names))}: {way_out}"
            )
            raise RowFault(message, found.text)
        values = {
            name: self._value(found, index, name, cell)
            for index, (name, cell) in enumerate(zip(names, cells, strict=True))
        }
        return {name: value for name, value in values.items() if value is not MISSING}

    def _value(self, found: _Cells, index: int, name: str, cell: str) -> Any:
        if name not in self.types:
            return cell
        try:
            return cell_value(cell, self.types[name])
        except RowFault as fault:
            message = f"`{shown(name)}`: {fault.message}"
            raise found.fault_at(index, self.delimiter, message) from fault


class TabRows(CommaRows):
    """CSV whose cells are separated by tabs."""

    delimiter = "\t"


class _Cells:
    """The cells of a row, or why there are none, the `line` and the `text` it begins with."""

    __slots__ = ("cells", "fault", "first", "line")

    def __init__(
        self, line: int, first: bytes, cells: list[str], fault: str | None = None
    ) -> None:
        self.line = line
        self.first = first
        self.cells = cells
        self.fault = fault

    @property
    def text(self) -> str:
        return self.first.decode(errors="replace").rstrip("\r\n")

    @property
    def is_blank(self) -> bool:
        """Whether the line is blank."""
        return self.fault is None and not self.first.strip(b" \r\n")

    def read(self) -> list[str]:
        """Return the cells; raises `RowFault`."""
        if self.fault is not None:
            raise RowFault(self.fault, self.text)
        try:
            "".join(self.cells).encode()
        except UnicodeEncodeError:
            decoded(self.first.rstrip(b"\r\n"))
            raise RowFault(
                "the data is not UTF-8: save it as UTF-8", self.text
            ) from None
        return self.cells

    def fault_at(self, index: int, delimiter: str, message: str) -> RowFault:
        """The fault of a cell, at its place; at the row's where it begins further down."""
        text, at = self.text, 0
        cell = re.compile(rf'(?:"(?:[^"]|"")*"|[^{delimiter}]*){delimiter}')
        for _ in range(index):
            if (found := cell.match(text, at)) is None:
                return RowFault(message, text)
            at = found.end()
        return RowFault(message, text, at)

    def __repr__(self) -> str:
        return self.fault or str(self.cells)


class _RowLines:
    """The lines of a file for a reader of CSV, which may take several for a row."""

    def __init__(self, lines: Lines) -> None:
        self.lines = lines
        self.found = _with_returns(lines)
        self.first: bytes | None = None
        self.number = self.size = 0
        self.start = 1

    def begin(self) -> None:
        self.first, self.start, self.size = None, self.number + 1, 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self.found)
        self.number += 1
        self.size += len(line)
        if self.first is None:
            self.first = line
        if self.size > LONGEST_ROW:
            message = f"the row has more than {LONGEST_ROW:,} bytes"
            if line is not self.first:
                message = "a quote in this row is never closed"
            text = self.first[:80].decode(errors="replace").rstrip("\r\n")
            raise BadRows.at(self.lines.shown, self.start, text, 0, message)
        return kept_bytes(line)


def _with_returns(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Cut lines where a carriage return alone ends one, as some spreadsheets write it."""
    for line in lines:
        if len(line) > LONGEST_ROW or b"\r" not in line[:-2]:
            yield line
        else:
            yield from line.splitlines(keepends=True)


def _next(kept: _RowLines, reader: Any) -> _Cells | None:
    """The next row, blank lines among them; `None` at the end; raises `BadRows`."""
    kept.begin()
    try:
        cells = next(reader, None)
    except csv.Error as error:
        words = f"this is not CSV: {error}"
        if "unexpected end of data" in str(error):
            words = "a quote in this row is never closed"
        return _Cells(kept.start, kept.first or b"", [], words)
    return None if cells is None else _Cells(kept.start, kept.first or b"", cells)


def _folded(name: str) -> str:
    return re.sub(r"[\s_-]+", "", name).casefold()


def _count(number: int) -> str:
    return f"{number:,} field" + ("" if number == 1 else "s")
