"""Rows in JSON: one on each line, or one list of them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, BinaryIO, Final, NoReturn

from n3gen.diagnostics import Label
from n3gen.project.row_reader import LONGEST_ROW, Lines, RawRow, RowReader, decoded
from n3gen.project.rows import BadRows, RowFault
from n3gen.source import SourceFile, Span
from n3gen.spec.values import data_fault, shown

__all__ = ["JsonLines", "JsonList", "json_mistake", "json_value"]

_SPACE: Final = " \t\r\n"

_GOES_ON: Final = "the line goes on after its value"

_CLOSED: Final = {
    ("value", "]"): "array",
    ("property name enclosed in double quotes", "}"): "object",
}
"""What ends where the decoder expects what follows a comma."""

_Broken = Callable[[int, str], Exception]
"""Makes the error at an offset."""


class JsonLines(RowReader):
    """JSON Lines; blank lines are no rows."""

    def rows(self, file: BinaryIO) -> Iterator[RawRow]:
        number, lines = 0, Lines(self.shown, file)
        for line in lines:
            if line.strip(_SPACE.encode()):
                number += 1
                yield RawRow(number, lines.number, line.rstrip(b"\r\n"))

    def data(self, row: RawRow) -> Any:
        text = decoded(row.raw)
        broken = partial(_broken_line, row.line, text)
        start = _past_space(text, 0)
        data, end = _value(text, start, broken)
        if (end := _past_space(text, end)) < len(text):
            raise broken(end, _GOES_ON)
        _check(data, partial(broken, start))
        return data


def _broken_line(line: int, text: str, column: int, message: str) -> RowFault:
    way_out = ""
    if line == 1 and text.lstrip()[:1] == "[":
        way_out = "; a file with one list is called `.json`"
    elif _past_space(text, column) == len(text) or message == _GOES_ON:
        way_out = "; each line of a `.jsonl` file is one value"
    return RowFault(message + way_out, text, column)


class JsonList(RowReader):
    """The items of the list that a file is."""

    def rows(self, file: BinaryIO) -> Iterator[RawRow]:
        text = self._text(file)
        source = SourceFile(self.shown, text)
        broken = partial(_broken_list, source)
        at = _past_space(text, 0)
        if text[at : at + 1] != "[":
            way_out = "a file with a row on each line is called `.jsonl`"
            raise broken(at, f"rows are a list: write `[{{...}}, {{...}}]`; {way_out}")
        at, number = _past_space(text, at + 1), 0
        while text[at : at + 1] != "]":
            if number:
                if text[at : at + 1] != ",":
                    raise broken(at, "`,` or `]` belongs here")
                at = _past_space(text, at + 1)
            _, end = _value(text, at, broken, _FINDER)
            number += 1
            yield RawRow(number, source.line_at(at), _Item(text, at, end))
            at = _past_space(text, end)
        if (at := _past_space(text, at + 1)) < len(text):
            raise broken(at, "the list ends before this")

    def _text(self, file: BinaryIO) -> str:
        found: list[str] = []
        size = 0
        for line in (lines := Lines(self.shown, file)):
            size += len(line)
            if size > LONGEST_ROW:
                raise BadRows(
                    f"`{self.shown}` has more than {LONGEST_ROW:,} bytes, which a list "
                    "has at most: write it as `.jsonl`, which is read line by line"
                )
            try:
                found.append(decoded(line))
            except RowFault as fault:
                raise fault.bad_rows(self.shown, lines.number) from fault
        return "".join(found)

    def data(self, row: RawRow) -> Any:
        item: _Item = row.raw
        data, _ = _value(item.text, item.start, item.broken)
        _check(data, partial(item.broken, item.start))
        return data


@dataclass(frozen=True, slots=True)
class _Item:
    """Where an item of a list is in the text of its file."""

    text: str
    start: int
    end: int

    def __str__(self) -> str:
        return self.text[self.start : self.end]

    def broken(self, at: int, message: str) -> RowFault:
        begin = self.text.rfind("\n", 0, at) + 1
        line = self.text[begin:].partition("\n")[0]
        down = self.text.count("\n", self.start, at)
        return RowFault(message, line, at - begin, down)


def _broken_list(source: SourceFile, at: int, message: str) -> BadRows:
    at = min(at, len(source.text))
    span = Span(at, min(at + 1, len(source.text)))
    return BadRows(message, Label(source, span))


def _past_space(text: str, at: int) -> int:
    while at < len(text) and text[at] in _SPACE:
        at += 1
    return at


_TOKEN: Final = re.compile(r'("(?:[^"\\]|\\.)*")\s*(:)?|[{}]|NaN|-?Infinity')


class _Refused(ValueError):
    """Something that Python's reader takes for JSON, and that is none or misleads.

    `what` is the word or the key, by which its place is found: the reader gives none.
    """

    def __init__(self, message: str, what: str) -> None:
        super().__init__(message)
        self.what = what

    def place(self, text: str, start: int) -> int:
        mappings: list[set[str]] = []
        for token in _TOKEN.finditer(text, start):
            if token[0] == "{":
                mappings.append(set())
            elif token[0] == "}":
                mappings.pop()
            elif token[0] == self.what:
                return token.start()
            elif token[2]:
                key = json.loads(token[1])
                if key == self.what and key in mappings[-1]:
                    return token.start()
                mappings[-1].add(key)
        return start


def _not_finite(word: str) -> NoReturn:
    raise _Refused(f"`{word}` is not a number that data can hold", word)


def _mapping(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise _Refused(f"the key `{shown(twice)}` is there twice in one mapping", twice)
    return found


_DECODER: Final = json.JSONDecoder(
    parse_constant=_not_finite, object_pairs_hook=_mapping
)

_FINDER: Final = json.JSONDecoder(parse_int=str, parse_float=str)
"""Finds where a value ends, whatever is wrong with what it says."""


def json_value(text: str) -> Any:
    """Return a text of JSON as data; raise `RowFault` for what no data can hold.

    Raises another `ValueError` where it is not JSON.
    """

    def broken(at: int, message: str) -> RowFault:
        return RowFault(message, text, at)

    try:
        data = _DECODER.decode(text)
    except RecursionError as error:
        raise broken(0, "the value has too many levels") from error
    except _Refused as error:
        raise broken(error.place(text, 0), str(error)) from error
    _check(data, partial(broken, 0))
    return data


def _value(
    text: str,
    start: int,
    broken: _Broken,
    decoder: json.JSONDecoder = _DECODER,
) -> tuple[Any, int]:
    """The JSON value that begins at an offset, and where it ends."""
    try:
        return decoder.raw_decode(text, start)
    except json.JSONDecodeError as error:
        words, at = json_mistake(error)
        raise broken(at, f"this is not JSON: {words}") from error
    except RecursionError as error:
        raise broken(start, "the value has too many levels") from error
    except _Refused as error:
        raise broken(error.place(text, start), str(error)) from error
    except ValueError as error:  # the digits of a number that Python reads
        raise broken(start, "the number has more than 300 digits") from error


def json_mistake(error: json.JSONDecodeError) -> tuple[str, int]:
    """What the decoder found wrong, and its offset."""
    # Before Python 3.13 the decoder misses what may follow a comma, not before it.
    before = error.doc[: error.pos].rstrip(_SPACE)
    missed = error.msg.partition(" ")[2], error.doc[error.pos : error.pos + 1]
    closed = _CLOSED.get(missed)
    if closed and before.endswith(","):
        return f"illegal trailing comma before end of {closed}", len(before) - 1
    return error.msg[:1].lower() + error.msg[1:], error.pos


def _check(data: Any, broken: Callable[[str], Exception]) -> None:
    fault = data_fault(data)
    if fault is not None:
        raise broken(fault[1])
