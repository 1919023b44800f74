"""Files of rows, read one row after another: `.jsonl`, `.json` and `.csv`."""

from __future__ import annotations

import csv
import json
import os
import posixpath
from codecs import BOM_UTF8
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, BinaryIO, NoReturn

from n3gen.diagnostics import Label, nearest
from n3gen.project.config import Config
from n3gen.project.errors import ProjectError
from n3gen.project.regular import open_regular
from n3gen.project.rows import BadRows, Row
from n3gen.source import SourceFile, Span
from n3gen.spec.values import data_fault

__all__ = ["RowsFile"]

LONGEST_ROW = 16 * 1024 * 1024
"""Bytes of a row at most, and of a `.json` file, which is one list."""


@dataclass(frozen=True, slots=True)
class RowsFile:
    """The rows of a file, reread whenever they are asked for; `path` is from the root.

    Never more than a row is in memory, or than the bytes that a `.json` file may have.
    """

    path: str
    absolute: str

    @classmethod
    def beside(cls, spec: str, name: str, config: Config) -> RowsFile:
        """The file of a name that the spec gives, relative to its own folder."""
        path = posixpath.normpath(posixpath.join(posixpath.dirname(spec), name))
        return cls(path, config.absolute(path))

    def __iter__(self) -> Iterator[Row]:
        """Raises `BadRows`."""
        number = 0
        try:
            with open_regular(self.absolute, self.path) as file:
                if file is None:
                    raise BadRows(self._missing())
                form = _FORMS[posixpath.splitext(self.path)[1].lower()]
                for line, data in form(_Lines(self, file)):
                    number += 1
                    yield Row(number, line, data)
        except ProjectError as error:
            raise BadRows(str(error)) from error
        if not number:
            raise BadRows(f"`{self.path}` has no row, so nothing runs: add one")

    def _missing(self) -> str:
        """What to say where there is no file, with one that was likely meant."""
        folder, name = os.path.split(self.absolute)
        try:
            beside = sorted(os.listdir(folder))
        except OSError:
            beside = []
        meant = nearest(name, [n for n in beside if n.lower().endswith((*_FORMS,))])
        way_out = "the path is relative to the folder of the spec"
        if meant is not None:
            way_out = f"did you mean `{meant}`?"
        return f"there is no file `{self.path}`: {way_out}"


class _Lines:
    """The lines of a file of rows as text, without line ends; `number` is that of the last."""

    def __init__(self, rows: RowsFile, file: BinaryIO) -> None:
        self.rows = rows
        self.file = file
        self.number = 0

    def __iter__(self) -> Iterator[str]:
        while data := self.file.readline(LONGEST_ROW + 1):
            self.number += 1
            if self.number == 1:
                data = data.removeprefix(BOM_UTF8)
            if len(data) > LONGEST_ROW:
                raise self.broken(f"the line has more than {LONGEST_ROW:,} bytes", "")
            yield self.text(data)

    def text(self, data: bytes) -> str:
        try:
            return data.decode().rstrip("\r\n")
        except UnicodeDecodeError as error:
            before = data[: error.start].decode(errors="replace")
            shown = data.decode(errors="replace").rstrip("\r\n")
            raise self.broken(
                "the data is not UTF-8: save it as UTF-8", shown, len(before)
            ) from error

    def broken(
        self, message: str, text: str, column: int = 0, line: int | None = None
    ) -> BadRows:
        """The error at a column, from 0, of a line whose text is given."""
        # The lines before stand as empty ones: no more than one is in memory.
        start = (line or self.number) - 1
        source = SourceFile(self.rows.path, "\n" * start + text)
        at = start + min(column, len(text))
        return _broken(source, at, message)


def _from_jsonl(lines: _Lines) -> Iterator[tuple[int, Any]]:
    """A row for each line that is not empty."""
    for text in lines:
        broken = partial(_broken_line, lines, text)
        start = len(text) - len(text.lstrip())
        if start < len(text):
            data, end = _json(text, start, broken)
            if text[end:].strip():
                raise broken(end, "the line goes on after its value")
            yield lines.number, data


def _broken_line(lines: _Lines, text: str, column: int, message: str) -> BadRows:
    way_out = "each line of a `.jsonl` file is one value"
    if lines.number == 1 and text.lstrip()[:1] == "[":
        way_out = "a file with one list is called `.json`"
    return lines.broken(f"{message}; {way_out}", text, column)


def _from_json(lines: _Lines) -> Iterator[tuple[int, Any]]:
    """A row for each item of the list that the file is."""
    size = os.fstat(lines.file.fileno()).st_size
    if size > LONGEST_ROW:
        raise BadRows(
            f"`{lines.rows.path}` has {size:,} bytes, and a list has {LONGEST_ROW:,} at "
            "most: write it as `.jsonl`, which is read line by line"
        )
    text = "\n".join(lines)
    source = SourceFile(lines.rows.path, text)
    broken = partial(_broken, source)
    at = _past_space(text, 0)
    if text[at : at + 1] != "[":
        raise broken(at, "rows are a list: write `[{...}, {...}]`")
    at = _past_space(text, at + 1)
    is_first = True
    while text[at : at + 1] != "]":
        if not is_first:
            if text[at : at + 1] != ",":
                raise broken(at, "`,` or `]` belongs here")
            at = _past_space(text, at + 1)
        line = source.line_at(at)
        data, end = _json(text, at, broken)
        yield line, data
        at, is_first = _past_space(text, end), False
    if text[at + 1 :].strip():
        raise broken(_past_space(text, at + 1), "the list ends before this")


def _past_space(text: str, at: int) -> int:
    while at < len(text) and text[at] in " \t\n\r":
        at += 1
    return at


def _broken(source: SourceFile, at: int, message: str) -> BadRows:
    at = min(at, len(source.text))
    return BadRows(message, Label(source, Span(at, min(at + 1, len(source.text)))))


def _not_finite(word: str) -> NoReturn:
    raise ValueError(f"`{word}` is not a number that data can hold")


_DECODER = json.JSONDecoder(parse_constant=_not_finite)


def _json(
    text: str, start: int, broken: Callable[[int, str], BadRows]
) -> tuple[Any, int]:
    """The JSON value that begins at an offset, and where it ends.

    `broken` makes the error at an offset.
    """
    try:
        data, end = _DECODER.raw_decode(text, start)
    except json.JSONDecodeError as error:
        message = f"this is not JSON: {_worded(error.msg)}"
        raise broken(error.pos, message) from error
    except RecursionError as error:
        raise broken(start, "the value has too many levels") from error
    except ValueError as error:
        raise broken(start, str(error)) from error
    fault = data_fault(data)
    if fault is not None:
        raise broken(start, fault[1])
    return data, end


def _worded(message: str) -> str:
    return message[:1].lower() + message[1:]


def _from_csv(lines: _Lines) -> Iterator[tuple[int, Any]]:
    """A row for each line under the first, which has the names; all values are texts."""
    csv.field_size_limit(LONGEST_ROW)
    kept = _Kept(lines)
    reader = csv.reader(kept, strict=True)
    names: list[str] | None = None
    while True:
        kept.start, kept.text = lines.number + 1, None
        try:
            values = next(reader, None)
        except csv.Error as error:
            message = f"this is not CSV: {error}"
            if "unexpected end of data" in str(error) or "limit" in str(error):
                message = "a quote in this row is never closed"
            raise lines.broken(message, kept.text or "", 0, kept.start) from error
        if values is None:
            return
        if not values:
            continue
        if names is None:
            names = _header(lines, values, kept.text or "")
            continue
        if len(values) != len(names):
            message = (
                f"the row has {_count(len(values))}, and the first line "
                f"{_count(len(names))}: put quotes around what has a comma in it"
            )
            raise lines.broken(message, kept.text or "", 0, kept.start)
        yield kept.start, dict(zip(names, values, strict=True))


def _header(lines: _Lines, names: list[str], text: str) -> list[str]:
    for name in names:
        if not name.strip() or names.count(name) > 1:
            what = f"`{name}` twice" if name.strip() else "an empty name"
            message = f"the first line names the fields, and has {what}"
            raise lines.broken(message, text, text.find(name) if name else 0)
    sign = next((sign for sign in (";", "\t") if sign in names[0]), None)
    if len(names) == 1 and sign is not None:
        shown = "tabs" if sign == "\t" else f"`{sign}`"
        message = f"the fields are separated by {shown}: separate them by commas"
        raise lines.broken(message, text, text.find(sign))
    return names


class _Kept:
    """The lines of a file; keeps the `text` of the first one of a row."""

    def __init__(self, lines: _Lines) -> None:
        self.lines = iter(lines)
        self.start = 1
        self.text: str | None = None

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        text = next(self.lines)
        if self.text is None:
            self.text = text
        return f"{text}\n"


def _count(number: int) -> str:
    return f"{number:,} field" + ("" if number == 1 else "s")


_FORMS = {".jsonl": _from_jsonl, ".json": _from_json, ".csv": _from_csv}
"""How the rows of a file are read, by the ending of its name."""
