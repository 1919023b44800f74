"""Reading rows from bytes: what all formats have in common."""

from __future__ import annotations

import codecs
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO, Final

from n3gen.project.rows import BadRows, RowFault
from n3gen.spec.type_refs import TypeRef

__all__ = ["LONGEST_ROW", "Lines", "RawRow", "RowReader", "decoded", "kept_bytes"]

LONGEST_ROW: Final = 16 * 1024 * 1024
"""Bytes of a row at most, and of a `.json` file, which is one list."""

_OTHER_MARKS: Final = {
    codecs.BOM_UTF32_LE: "UTF-32",
    codecs.BOM_UTF32_BE: "UTF-32",
    codecs.BOM_UTF16_LE: "UTF-16",
    codecs.BOM_UTF16_BE: "UTF-16",
}
"""With what files of other encodings begin, the longest marks first."""


@dataclass(frozen=True, slots=True)
class RawRow:
    """A row that was found and is not read: its number and line, both from 1."""

    number: int
    line: int
    raw: Any


class RowReader(ABC):
    """Rows of one format. `shown` is what messages call the file.

    Never more than a row is in memory, or than the bytes that a `.json` file may have.
    """

    def __init__(self, shown: str, types: Mapping[str, TypeRef] = {}) -> None:
        """`types` are those of the fields, for formats that know texts alone."""
        self.shown = shown
        self.types = types

    @abstractmethod
    def rows(self, file: BinaryIO) -> Iterator[RawRow]:
        """Find the rows; raises `BadRows` where none can be found from there on."""

    @abstractmethod
    def data(self, row: RawRow) -> Any:
        """Read a row, anew each time; raises `RowFault` where it cannot be read."""


class Lines:
    """The lines of a file with their ends; `number` is that of the last.

    A line is cut behind `LONGEST_ROW`, so that its reader sees that it is longer.
    """

    def __init__(self, shown: str, file: BinaryIO) -> None:
        self.shown = shown
        self.file = file
        self.number = 0

    def __iter__(self) -> Iterator[bytes]:
        """Raises `BadRows` for a file that says by its mark that it is not UTF-8."""
        while data := self.file.readline(LONGEST_ROW + 1):
            self.number += 1
            if self.number == 1:
                self._check_mark(data)
                data = data.removeprefix(codecs.BOM_UTF8)
            yield data
            while len(data) > LONGEST_ROW and not data.endswith(b"\n"):
                data = self.file.readline(LONGEST_ROW + 1)

    def _check_mark(self, data: bytes) -> None:
        for mark, encoding in _OTHER_MARKS.items():
            if data.startswith(mark):
                message = f"`{self.shown}` is {encoding}: save it as UTF-8"
                raise BadRows(message)


def decoded(data: bytes) -> str:
    """Return a row as text; raises `RowFault` where it is too long, or no UTF-8."""
    if len(data) > LONGEST_ROW:
        raise RowFault(f"the row has more than {LONGEST_ROW:,} bytes")
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        column = len(data[: error.start].decode(errors="replace"))
        shown = data.decode(errors="replace")
        message = "the data is not UTF-8: save it as UTF-8"
        raise RowFault(message, shown, column) from error


def kept_bytes(data: bytes) -> str:
    """Return a line as text in which bytes that are no UTF-8 are kept as surrogates."""
    return data.decode(errors="surrogateescape")
