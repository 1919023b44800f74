"""Parts of a batch by themselves: cells, windows, workers, files that cannot be written."""

from __future__ import annotations

import asyncio
import errno
import io
import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from n3gen.cli.batch_progress import PlainBatchProgress
from n3gen.project.batch import Batch
from n3gen.project.batch_cells import MISSING, cell_value
from n3gen.project.batch_feed import StreamFeed
from n3gen.project.batch_request import Wanted
from n3gen.project.batch_results import ResultsFile, opened_results
from n3gen.project.batch_rows import BatchRows
from n3gen.project.batch_stream import StreamedResults
from n3gen.project.errors import ProjectError
from n3gen.project.row_reader import RawRow
from n3gen.project.rows import RowFault
from n3gen.spec.types import parse_type

from tests.building import build
from tests.clock import run


@pytest.mark.parametrize(
    ("text", "type_", "value"),
    [
        ("5", "int", 5),
        (" -5 ", "int", -5),
        ("5.0", "int", "5.0"),
        ("1_000", "int", "1_000"),
        ("", "int", MISSING),
        ("5", "float", 5.0),
        ("1e3", "float", 1000.0),
        ("1_0", "float", "1_0"),
        ("TRUE", "bool", True),
        ("0", "bool", False),
        ("maybe", "bool", "maybe"),
        ("5", "str", "5"),
        (" a ", "str", " a "),
        ("", "str", ""),
        ("5", "any", "5"),
        ("2026-01-02", "date", "2026-01-02"),
        ("", "date", MISSING),
        ("5", "int?", 5),
        ("", "int?", MISSING),
        *((text, "int?", text) for text in ("null", "none", "None")),
        *((text, "str?", text) for text in ("null", "NULL", "none", "~", " a ")),
        ("null", "list[int]?", "null"),
        ("[null]", "list[int?]", [None]),
        ("null", "one of [1, none]", "null"),
        ("", "str | int | none", MISSING),
        ("5", "str | int", 5),
        ("five", "str | int", "five"),
        ("", "str?", MISSING),
        ("", "str | int", ""),
        ('["a", 1]', "list[any]", ["a", 1]),
        ("a, b", "list[str]", "a, b"),
        ('{"a": 1}', "dict[str, int]", {"a": 1}),
        ('{"a": 1}', "Person", {"a": 1}),
        ("2", "one of [1, 2]", 2),
        ("a", 'one of ["a", "b"]', "a"),
        ("7", "duration", 7),
        ("0.5", "duration?", 0.5),
        ("5m", "duration", "5m"),
        ("PT5M", "duration", "PT5M"),
        ("\u0663", "float", "\u0663"),
        ("nan", "any", "nan"),
        ("nan", "float | str", "nan"),
        ("[NaN]", "list[float] | str", "[NaN]"),
        ("null", "none", "null"),
        ("", "none", MISSING),
        ("2026-01-02T03:04:05", "datetime", "2026-01-02T03:04:05"),
        ("a.png", "file", "a.png"),
    ],
)
def test_a_cell_reads_as_its_type(text: str, type_: str, value: Any) -> None:
    found = cell_value(text, parse_type(type_.replace("?", " | none")))
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    ("text", "type_", "message"),
    [
        ("1e999", "float", "`1e999` is not a number that data can hold"),
        (" NaN", "float?", "`NaN` is not a number that data can hold"),
        ("-inf", "int | float", "`-inf` is not a number that data can hold"),
        ("infinity", "duration", "`infinity` is not a number that data can hold"),
        ("[NaN,1e999]", "list[float]", "`NaN` is not a number that data can hold"),
        ("[[1e999]]", "list[any]?", "`inf` is not a number that data can hold"),
        ('{"x": 1, "x": 2}', "P", "the key `x` is there twice in one mapping"),
        ("9" * 301, "int", "the number has more than 300 digits"),
        ("[" * 10**5, "list[any]", "the value has too many levels"),
    ],
)
def test_a_cell_that_no_data_can_hold_is_a_fault(
    text: str, type_: str, message: str
) -> None:
    with pytest.raises(RowFault) as fault:
        cell_value(text, parse_type(type_.replace("?", " | none")))
    assert fault.value.message == message


SPEC = """
chain waits:
    input: {seconds: float}
    step it:
        target: work
        options: {seconds: "{{ payload.seconds }}"}
"""


class Work:
    """A connector that waits on the virtual clock, and how many do at once."""

    def __init__(self) -> None:
        self.now = self.most = 0

    async def __call__(self, ctx: Any) -> float:
        self.now += 1
        self.most = max(self.most, self.now)
        seconds: float = ctx.options["seconds"]
        await asyncio.sleep(abs(seconds))
        self.now -= 1
        if seconds < 0:
            raise ValueError("it fails")
        return seconds


@pytest.fixture(scope="module", name="module")
def fixture_module() -> ModuleType:
    return build(SPEC)


def rows_of(folder: Path, seconds: list[float]) -> BatchRows:
    path = folder / "rows.jsonl"
    path.write_text("".join(json.dumps({"seconds": s}) + "\n" for s in seconds))
    return BatchRows(str(path))


def wanted(work: Work, **given: Any) -> Wanted:
    given = {"concurrency": 3, "options": {"connectors": {"work": work}}, **given}
    return Wanted("waits", "0", **given)


def rows_in(text: str | bytes) -> list[int]:
    return [json.loads(line)["row"] for line in text.splitlines()]


def test_no_more_rows_run_than_are_allowed(module: ModuleType, tmp_path: Path) -> None:
    rows, work, told = rows_of(tmp_path, [4.0] * 30), Work(), io.StringIO()
    out = tmp_path / "out.jsonl"
    with opened_results(str(out), "waits", "0") as results:
        shown = PlainBatchProgress(told)
        work_to_do = Batch(module, rows, results, wanted(work), shown)
        run(work_to_do.run())
    assert work.most == 3
    assert sorted(rows_in(out.read_text())) == [*range(1, 31)]
    # Three rows end every four seconds, and a line is due every ten.
    assert told.getvalue().splitlines() == [
        "7 of 30 rows, 0.6 rows/s, 39.4 s left",
        "16 of 30 rows, 0.7 rows/s, 21 s left",
        "25 of 30 rows, 0.7 rows/s, 7.2 s left",
    ]


def test_records_are_written_as_rows_end_and_ordered_at_the_end(
    module: ModuleType, tmp_path: Path
) -> None:
    rows, work = rows_of(tmp_path, [9.0, 1.0, 2.0, 3.0, 4.0]), Work()
    out = tmp_path / "out.jsonl"
    with opened_results(str(out), "waits", "0") as results:
        shown = PlainBatchProgress(io.StringIO())
        run(Batch(module, rows, results, wanted(work), shown).run())
        assert rows_in(out.read_text()) == [2, 3, 4, 5, 1]
        results.finish(in_order=True)
        assert rows_in(out.read_text()) == [1, 2, 3, 4, 5]
        # What is appended from now on goes to the file in its new place.
        results.append(6, '{"row": 6}', "0" * 16, is_ok=True)
    assert rows_in(out.read_text()) == [1, 2, 3, 4, 5, 6]
    assert {path.name for path in tmp_path.iterdir()} == {"rows.jsonl", "out.jsonl"}


@pytest.mark.parametrize("in_order", [True, False])
def test_a_stream_in_order_waits_within_its_window(
    module: ModuleType, tmp_path: Path, in_order: bool
) -> None:
    rows, work, out = rows_of(tmp_path, [100.0] + [1.0] * 19), Work(), io.BytesIO()
    results = StreamedResults(out, 6, in_order=in_order)
    seen: list[int] = []

    async def main() -> None:
        shown = PlainBatchProgress(io.StringIO())
        batch = Batch(module, rows, results, wanted(work), shown)
        task = asyncio.create_task(batch.run())
        await asyncio.sleep(50)
        seen.append(batch.tally.ended)
        await task

    run(main())
    # In order, rows 2 to 6 have ended, and row 7 waits for the first to be written.
    assert seen == [5 if in_order else 19]
    expected = [*range(1, 21)] if in_order else [*range(2, 21), 1]
    assert rows_in(out.getvalue()) == expected


def test_rows_under_way_end_where_errors_stop_a_batch(
    module: ModuleType, tmp_path: Path
) -> None:
    seconds = [-2.0, 5.0, 6.0, 1.0, 1.0]
    rows, work, out = rows_of(tmp_path, seconds), Work(), io.BytesIO()
    results = StreamedResults(out, 100, in_order=True)
    shown = PlainBatchProgress(io.StringIO())
    batch = Batch(module, rows, results, wanted(work, max_errors=1), shown)
    run(batch.run())
    assert batch.tally.is_stopped
    assert rows_in(out.getvalue()) == [1, 2, 3]


def test_a_cancelled_batch_leaves_no_row_under_way(
    module: ModuleType, tmp_path: Path
) -> None:
    before = signal.getsignal(signal.SIGINT)
    rows, work, out = rows_of(tmp_path, [1.0, 9.0, 9.0]), Work(), io.BytesIO()
    results = StreamedResults(out, 100, in_order=True)

    async def main() -> None:
        shown = PlainBatchProgress(io.StringIO())
        task = asyncio.create_task(
            Batch(module, rows, results, wanted(work), shown).run()
        )
        await asyncio.sleep(2)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    run(main())  # which fails for a task that is left over
    assert rows_in(out.getvalue()) == [1]
    assert signal.getsignal(signal.SIGINT) is before


def test_a_stream_is_read_only_so_far_ahead() -> None:
    read: list[int] = []

    def rows() -> Iterator[RawRow]:
        for number in range(1, 5001):
            read.append(number)
            yield RawRow(number, number, b"1")

    async def main() -> int:
        feed = StreamFeed(rows())
        first = await feed.next()
        assert first is not None
        assert len(read) <= 1003
        taken = 1
        while await feed.next() is not None:
            taken += 1
            assert len(read) <= taken + 1002
        assert await feed.next() is None
        return taken

    assert asyncio.run(main()) == 5000


def test_a_full_disk_leaves_whole_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out.jsonl"
    write = os.write

    def full(descriptor: int, data: bytes) -> int:
        if len(data) > 20:
            return write(descriptor, data[:20])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with opened_results(str(out), "waits", "0") as results:
        results.append(1, '{"row": 1}', "0" * 16, is_ok=True)
        monkeypatch.setattr(os, "write", full)
        with pytest.raises(ProjectError, match="no space left on device"):
            results.append(2, '{"row": 2, "result": "long"}', "0" * 16, is_ok=True)
    assert out.read_text() == '{"row": 1}\n'


def test_the_order_of_a_file_costs_no_line(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    about = '"status": "ok", "chain": "c", "chain_version": "0"'
    numbers = [*range(2000, 0, -1)]
    lines = [f'{{"row": {n}, {about}, "row_digest": "{n:016x}"}}\n' for n in numbers]
    out.write_text("".join(lines))
    with opened_results(str(out), "c", "0") as results:
        assert (results.rows, results.count("ok")) == (2000, 2000)
        assert results.digest(7) == f"{7:016x}"
        results.finish(in_order=True)
    assert out.read_text() == "".join(reversed(lines))


def test_a_row_that_stands_there_twice_is_refused(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    line = json.dumps(
        {
            "row": 1,
            "status": "ok",
            "chain": "c",
            "chain_version": "0",
            "row_digest": "0" * 16,
        }
    )
    out.write_text(f"{line}\n{line}\n")
    results = ResultsFile(str(out), "c", "0")
    with pytest.raises(
        ProjectError, match="has row 1 twice, the second time in line 2"
    ):
        results.open()
    results.close()
