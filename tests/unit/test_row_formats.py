"""Rows read by all who read them: one set of rules, of messages and of places."""

from __future__ import annotations

import json
import tracemalloc
from pathlib import Path

import pytest
from n3gen.project.batch_rows import rows_of
from n3gen.project.config import Config
from n3gen.project.errors import ProjectError
from n3gen.project.row_files import RowsFile
from n3gen.project.row_reader import LONGEST_ROW
from n3gen.project.rows import BadRows, RowFault
from n3gen.spec.types import parse_type

GOOD = {
    "jsonl": b'\xef\xbb\xbf{"a": "x", "b": "1"}\r\n \t\n\n{"a": "\xc3\xa9", "b": ""}',
    "json": b'\xef\xbb\xbf[\n{"a": "x", "b": "1"},\n\n{"a": "\xc3\xa9", "b": ""}]\n',
    "csv": b'\xef\xbb\xbfa, b\r\nx,1\r\n\r\n  \r\n"\xc3\xa9",\r\n',
    "tsv": b"\xef\xbb\xbfa\tb\nx\t1\n\n\xc3\xa9\t\n",
}
LINES = {"jsonl": [1, 4], "json": [2, 4], "csv": [2, 5], "tsv": [2, 4]}


def in_tests(path: Path) -> list[tuple[int, object]]:
    return [
        (row.line, row.data)
        for row in RowsFile(path.name, Config(root=str(path.parent)))
    ]


def in_batches(path: Path, row_format: str | None = None) -> list[tuple[int, object]]:
    rows = rows_of(str(path), row_format, {})
    return [(row.line, rows.payload(row)) for row in rows]


@pytest.mark.parametrize("ending", GOOD)
def test_all_read_the_same_rows(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"rows.{ending.upper()}"
    path.write_bytes(GOOD[ending])
    expected = [{"a": "x", "b": "1"}, {"a": "é", "b": ""}]
    found = in_tests(path)
    assert found == list(zip(LINES[ending], expected, strict=True))
    assert in_batches(path) == found
    plain = path.rename(tmp_path / "rows")
    assert in_batches(plain, ending) == found


ONE_VALUE = "; each line of a `.jsonl` file is one value"
BROKEN = [
    (
        "jsonl",
        b'{"a": 1}\n{"a":',
        2,
        6,
        "this is not JSON: expecting value" + ONE_VALUE,
    ),
    ("jsonl", b'{"a": 1}\n{"a" 1}', 2, 6, "this is not JSON: expecting ':' del"),
    (
        "jsonl",
        b'{"b": "{\\"b\\": NaN", "a": {"b": 1, "b": 2}}',
        1,
        36,
        "the key `b` is there twice in one map",
    ),
    ("jsonl", b'\n{"a": 1e999}', 2, 1, "`inf` is not a number that data can hold"),
    ("jsonl", b'{"id": "NaN", "n": NaN}', 1, 20, "`NaN` is not a number that data"),
    ("jsonl", b"[-Infinity]", 1, 2, "`-Infinity` is not a number that data can hold"),
    ("jsonl", b'"\\udc80"', 1, 1, "half of a surrogate pair"),
    ("jsonl", b"1" * 400, 1, 1, "the number has more than 300 digits"),
    ("jsonl", b"1" * 5000, 1, 1, "the number has more than 300 digits"),
    ("jsonl", b"{}\n" + b"[" * 10**5, 2, 1, "the value has too many levels"),
    ("jsonl", b'{"a": "\xc3\xa9\xe9"}', 1, 9, "the data is not UTF-8: save it as"),
    ("jsonl", b"\xa0{}", 1, 1, "the data is not UTF-8: save it as"),
    ("jsonl", b"\x0c{}", 1, 1, "this is not JSON: expecting value"),
    ("jsonl", b"{} {}", 1, 4, "the line goes on after its value" + ONE_VALUE),
    ("json", b'[{"a": "\\ud800"}]', 1, 2, "half of a surrogate pair"),
    ("json", b'[{"a": 1},\n{"a": NaN}, 5]', 2, 7, "`NaN` is not a number that data"),
    ("json", b'[1, {"a": 1, "a": 2}]', 1, 14, "the key `a` is there twice in one map"),
    ("json", b"[1, " + b"1" * 5000 + b"]", 1, 5, "the number has more than 300 digits"),
    ("json", b"[1, 1e999]", 1, 5, "`inf` is not a number that data can hold"),
    ("csv", b"a,b\n1,2\n1\n", 3, 1, "the row has 1 field, and the first line 2 fields"),
    ("csv", b'a,b\n"x\ny",1,2\n', 2, 1, "the row has 3 fields, and the first line 2"),
    ("csv", b'a,b\n1,2\n"1"2,3\n', 3, 1, "this is not CSV: ',' expected after '\"'"),
    ("csv", b"a,b\n1,\xe9\n", 2, 3, "the data is not UTF-8: save it as UTF-8"),
    ("csv", b'a,b\n1,2\n1,"2\n3,4\n', 3, 1, "a quote in this row is never closed"),
    ("tsv", b"a\tb\n1,2\n", 2, 1, "a tab belongs before an empty one too"),
]


@pytest.mark.parametrize(("ending", "data", "line", "column", "message"), BROKEN)
def test_a_row_that_cannot_be_read_is_told_alike(
    tmp_path: Path, ending: str, data: bytes, line: int, column: int, message: str
) -> None:
    path = tmp_path / f"rows.{ending}"
    path.write_bytes(data)
    with pytest.raises(BadRows) as bad:
        in_tests(path)
    label = bad.value.label
    assert label is not None
    assert label.file.position(label.span.start) == (line, column)
    assert message in bad.value.message
    rows = rows_of(str(path), None, {})
    faults: list[str] = []
    for row in rows:
        try:
            rows.payload(row)
        except RowFault as fault:
            assert rows.place(row) == f"{path}:{line}"
            assert fault.message == bad.value.message
            faults.append(rows.digest(row))
    assert len(faults) == 1


def test_a_fault_in_a_cell_has_the_place_of_the_cell(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text('s,f,l\n"a ""b"", c",1,[]\n"a ""b"", c",1e999,[]\n"x\ny",1,[NaN]\n')
    types = {"f": parse_type("float"), "l": parse_type("list[float]")}
    rows = rows_of(str(path), None, types)
    told: list[str] = []
    for row in rows:
        try:
            rows.payload(row)
        except RowFault as fault:
            told.append(f"{rows.place(row, fault)}: {fault.message}")
    words = "is not a number that data can hold"
    assert told == [
        f"{path}:3:14: `f`: `1e999` {words}",
        f"{path}:4:1: `l`: `NaN` {words}",
    ]


def test_a_fault_further_down_in_an_item_has_its_own_line(tmp_path: Path) -> None:
    path = tmp_path / "rows.json"
    path.write_text('[\n  {"a": 1,\n   "a": 2}\n]')
    rows = rows_of(str(path), None, {})
    (row,) = rows
    with pytest.raises(RowFault) as fault:
        rows.payload(row)
    assert rows.place(row, fault.value) == f"{path}:3:4"
    with pytest.raises(BadRows, match=r"rows\.json:3:4: the key `a` is there twice"):
        in_tests(path)


def test_lines_of_csv_may_end_with_a_carriage_return_alone(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_bytes(b'a,b\rx,1\r\r"y\rz",2\r1,2,3')
    with pytest.raises(BadRows, match=r"rows\.csv:6:1: the row has 3 fields"):
        in_tests(path)
    path.write_bytes(b'a,b\rx,1\r\r"y\rz",2\r')
    found = [(2, {"a": "x", "b": "1"}), (4, {"a": "y\rz", "b": "2"})]
    assert in_tests(path) == in_batches(path) == found


LONG_LINES = (b"x" * 1023 + b"\n") * (LONGEST_ROW // 1024)
"""The longest row in lines, as each takes its time to read."""

WRONG_FILES = [
    ("jsonl", "{}\n".encode("utf-16"), None, "is UTF-16: save it as UTF-8"),
    ("csv", "a,b\n1,2\n".encode("utf-32"), None, "is UTF-32: save it as UTF-8"),
    ("json", b'{"a": 1}\n{"a": 2}\n', (1, 1), "a row on each line is called `.jsonl`"),
    ("json", b'[{"a": 1},\n{a: 2}]', (2, 2), "this is not JSON: expecting prop"),
    ("json", b'[{"a": 1},\n{"a": 2,\n}]', (2, 8), "this is not JSON: illegal trailing"),
    ("json", b"[" * 10**5, (1, 2), "the value has too many levels"),
    ("json", b'["\xe9"]', (1, 3), "the data is not UTF-8: save it as UTF-8"),
    ("json", b"[" + b" " * LONGEST_ROW, None, "write it as `.jsonl`, which is read li"),
    (
        "csv",
        b"a,b,a\n1,2,3\n",
        (1, 1),
        "the first line names the fields, and has `a` t",
    ),
    (
        "csv",
        b"a,,b\n1,2,3\n",
        (1, 1),
        "the first line names the fields, and has an emp",
    ),
    ("csv", b'"a"b,c\n1,2\n', (1, 1), "this is not CSV"),
    ("csv", b"a;b\n1;2\n", (1, 2), "separated by semicolons: separate them by commas"),
    ("tsv", b"a,b\n1,2\n", (1, 2), "separated by commas: separate them by tabs"),
    ("csv", b'a,b\n\xe9,2\n1,2\n"' + LONG_LINES, (4, 1), "never closed"),
]


@pytest.mark.parametrize(("ending", "data", "at", "message"), WRONG_FILES)
def test_a_file_without_rows_that_can_be_found_is_told_alike(
    tmp_path: Path, ending: str, data: bytes, at: tuple[int, int] | None, message: str
) -> None:
    path = tmp_path / f"rows.{ending}"
    path.write_bytes(data)
    with pytest.raises(BadRows) as bad:
        for row in rows_of(str(path), None, {}):
            assert row.line < 4
    place = bad.value.label
    assert (place and place.file.position(place.span.start)) == at
    assert message in bad.value.message
    where = f"{path}:{at[0]}:{at[1]}: " if at else ""
    assert str(bad.value).startswith(where)
    assert isinstance(bad.value, ProjectError)
    path.write_bytes(data.replace(b"\n\xe9,2\n", b"\n\n"))
    with pytest.raises(BadRows) as told:
        in_tests(path)
    assert told.value.message == bad.value.message.replace(str(path), path.name)


def test_a_row_that_is_too_long_is_one_row(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_bytes(b'{"a": 1}\n"' + b"a" * 2 * LONGEST_ROW + b'"\n{"a": 2}\n')
    rows = rows_of(str(path), None, {})
    tracemalloc.start()
    found = list(rows)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 4 * LONGEST_ROW
    assert [row.line for row in found] == [1, 2, 3]
    with pytest.raises(RowFault, match=f"the row has more than {LONGEST_ROW:,} bytes"):
        rows.payload(found[1])
    assert rows.payload(found[2]) == {"a": 2}


def test_a_payload_is_read_anew(tmp_path: Path) -> None:
    """A run may change what it is given."""
    for ending, data in GOOD.items():
        path = tmp_path / f"rows.{ending}"
        path.write_bytes(data)
        rows = rows_of(str(path), None, {})
        first = next(iter(rows))
        before = rows.digest(first)
        rows.payload(first).clear()
        assert rows.payload(first) == {"a": "x", "b": "1"}
        assert rows.digest(first) == before


def test_the_ends_of_lines_in_cells_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_bytes(b'a,b\r\n"x\r\ny","u\nv"\r\n')
    expected = {"a": "x\r\ny", "b": "u\nv"}
    assert in_tests(path) == in_batches(path) == [(2, expected)]
    path = tmp_path / "rows.jsonl"
    path.write_text(json.dumps(expected) + "\n")
    assert in_tests(path) == in_batches(path) == [(1, expected)]
