"""`n3gen batch` from end to end: rows in, records out, stopped and resumed."""

from __future__ import annotations

import io
import json
import os
import signal
import sqlite3
import subprocess
import sys
import tracemalloc
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from n3gen.cli import main
from n3gen.project.batch_ids import RowIds

Output = pytest.CaptureFixture[str]

CHAINS = """\
chain double:
    input:
        n: int
        note: str = "none"
        flag: bool = false
        share: float?
        tags: list[str] = []
    step twice:
        target: double
        options: {of: "{{ payload.n }}"}
    result: {n: "{{ twice }}", note: "{{ payload.note }}", flag: "{{ payload.flag }}"}

chain echo:
    step it:
        value: "{{ payload }}"

connection model:
    api: local

chain asks:
    input: {text: str}
    step answer:
        prompt: "{{ payload.text }}"
"""

WORK = """
import asyncio, os, pathlib, signal, sys

FRAGILE = pathlib.Path("fragile")

async def double(ctx):
    n = ctx.options["of"]
    with open("calls.txt", "a") as file:
        file.write(f"{n} ")
    if n < 0:
        raise ValueError("a negative number")
    if n == 9 and FRAGILE.exists():
        # Turns of the loop, in which the rows before end; row 1 is still under way.
        for _ in range(50):
            await asyncio.sleep(0)
        if FRAGILE.read_text() == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        print("holding", file=sys.stderr, flush=True)
    if n in (0, 9) and FRAGILE.exists():
        try:
            await asyncio.sleep(600)
        finally:
            if FRAGILE.read_text() == "slow":
                await asyncio.sleep(600)
    return 2 * n

ALL = {"double": double}
"""


@pytest.fixture(autouse=True, name="root")
def fixture_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delitem(sys.modules, "work_of_batch", raising=False)
    monkeypatch.delenv("MAX_CONCURRENT_LLM_CALLS", raising=False)
    (tmp_path / "c.ai").write_text(CHAINS)
    (tmp_path / "work_of_batch.py").write_text(WORK)
    return tmp_path


CONNECTORS = ("--connectors", "work_of_batch:ALL")
OUT = ("--out", "out.jsonl")


def write_rows(*rows: Any, name: str = "rows.jsonl") -> None:
    Path(name).write_text("".join(json.dumps(row) + "\n" for row in rows))


def batch(*arguments: str, chain: str = "double", rows: str = "rows.jsonl") -> int:
    given = CONNECTORS if chain == "double" else ()
    return main(["batch", "c.ai", chain, rows, *given, *arguments])


def records(name: str = "out.jsonl") -> list[dict[str, Any]]:
    text = Path(name).read_text()
    assert text.endswith("\n") or not text
    return [json.loads(line) for line in text.splitlines()]


def calls() -> list[int]:
    """What the connector was called with since the last time."""
    path = Path("calls.txt")
    text = path.read_text() if path.exists() else ""
    path.unlink(missing_ok=True)
    return [int(word) for word in text.split()]


def test_every_row_has_its_record_in_order(capsys: Output) -> None:
    write_rows({"n": 3}, {"n": -1}, {"n": "x"}, {"n": 4, "note": "four"})
    assert batch(*OUT) == 1
    found = records()
    assert [r["row"] for r in found] == [1, 2, 3, 4]
    assert [r["status"] for r in found] == ["ok", "error", "error", "ok"]
    assert found[3]["result"] == {"n": 8, "note": "four", "flag": False}
    assert "ValueError: a negative number (c.ai:" in found[1]["error"]
    assert found[1]["place"] == "rows.jsonl:2"
    assert "`n` must be int, not str: 'x'" in found[2]["error"]
    assert "place" not in found[0]
    told = capsys.readouterr()
    assert told.out == ""
    assert "4 rows run: 2 ok, 2 error in" in told.err
    assert "  rows.jsonl:2: Step 'twice' failed: ValueError: a negative" in told.err
    assert "with --retry-failed the rows that failed run again" in told.err
    assert "Traceback" not in told.err


def test_the_summary_as_data(capsys: Output) -> None:
    write_rows({"n": 3}, {"n": -1})
    assert batch(*OUT, "--output-format", "json") == 1
    shown = capsys.readouterr()
    assert shown.err == ""
    data = json.loads(shown.out)
    assert data.pop("elapsed_ms") > 0
    assert data == {
        "clean": False,
        "run": {"error": 1, "ok": 1},
        "kept": {},
        "total": 2,
        "requests": 0,
        "tokens": 0,
        "cost": 0,
        "unpriced": 0,
        "errors": [
            {
                "place": "rows.jsonl:2",
                "error": "Step 'twice' failed: ValueError: a negative number (c.ai:8)",
            }
        ],
        "stopped": False,
        "interrupted": False,
    }
    assert batch(*OUT, "--output-format", "json") == 1
    data = json.loads(capsys.readouterr().out)
    assert (data["run"], data["kept"]) == ({}, {"failed": 1, "ok": 1})
    assert batch("--out", "-", "--output-format", "json") == 2
    assert "give `--out` a file" in capsys.readouterr().err


def test_rows_of_any_kind_and_blank_lines_between(root: Path) -> None:
    (root / "rows.jsonl").write_bytes(
        b'\xef\xbb\xbf{"a": 1}\n\n  \n[1, null]\n{"a": \n\xff\n{"a": NaN}\n"last"'
    )
    assert batch(*OUT, chain="echo") == 1
    found = records()
    assert [r["row"] for r in found] == [1, 2, 3, 4, 5, 6]
    assert [r["result"] for r in found] == [
        {"a": 1},
        [1, None],
        None,
        None,
        None,
        "last",
    ]
    places = ["", "", "5:7", "6:1", "7:7", ""]
    assert [r.get("place", "")[11:] for r in found] == places
    words = [r["error"] for r in found[2:5]]
    assert words[0] == (
        "this is not JSON: expecting value; each line of a `.jsonl` file is one value"
    )
    assert words[1] == "the data is not UTF-8: save it as UTF-8"
    assert "`NaN` is not a number that data can hold" in words[2]


@pytest.mark.parametrize(
    ("name", "text"),
    [("rows.jsonl", ""), ("rows.csv", "n,note\n"), ("rows.json", "[]"), ("-", "\n")],
)
@pytest.mark.parametrize("out", ["out.jsonl", "-"])
def test_rows_of_which_there_is_none_are_a_mistake(
    name: str,
    text: str,
    out: str,
    root: Path,
    capsys: Output,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (root / (name if name != "-" else "piped")).write_text(text)
    with open(root / "piped", "a+b") as piped:
        piped.seek(0)
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(piped))
        assert batch("--out", out, rows=name) == 2
    shown = "standard input" if name == "-" else f"`{name}`"
    told = capsys.readouterr()
    assert told.err == f"error: {shown} has no row, so nothing runs: add one\n"
    assert told.out == ""


@pytest.mark.parametrize("is_there", [False, True])
def test_a_batch_that_cannot_begin_leaves_no_file_of_its_own(
    root: Path, capsys: Output, is_there: bool
) -> None:
    if is_there:
        (root / "out.jsonl").write_text("")
    os.mkfifo(root / "pipe.jsonl")
    assert batch(*OUT, rows="nowhere/rows.jsonl") == 2
    assert batch(*OUT, rows="pipe.jsonl") == 2
    assert "`pipe.jsonl` is a pipe or device" in capsys.readouterr().err
    assert (root / "out.jsonl").exists() == is_there


def test_a_batch_whose_rows_are_gone_says_so(root: Path, capsys: Output) -> None:
    write_rows({"n": 3})
    assert batch(*OUT) == 0
    (root / "rows.jsonl").write_text("")
    assert batch(*OUT) == 2
    assert "has the result of row 1, and `rows.jsonl` has 0 rows" in (
        capsys.readouterr().err
    )
    assert len(records()) == 1


def test_cells_of_csv_have_the_types_of_the_input(root: Path) -> None:
    (root / "rows.csv").write_text(
        "n,note,flag,share,tags,extra\r\n"
        '1,"two\r\nlines",TRUE,0.5,"[""a""]",x\r\n'
        "\r\n"
        "2,007,,,,y\r\n"
        "many,,no,,,z\r\n"
        "3,a,b,c,d,e,f\r\n"
        '4,"x"y,,,,v\r\n',
        newline="",
    )
    assert batch(*OUT, "--id", "extra", rows="rows.csv") == 1
    found = records()
    assert [r["id"] for r in found] == ["x", "y", "z", None, None]
    assert found[0]["result"] == {"n": 2, "note": "two\r\nlines", "flag": True}
    assert found[1]["result"] == {"n": 4, "note": "007", "flag": False}
    assert [r.get("place") for r in found[2:]] == [
        *("rows.csv:6", "rows.csv:7:1", "rows.csv:8:1")
    ]
    assert "`n` must be int, not str: 'many'" in found[2]["error"]
    assert found[3]["error"] == (
        "the row has 7 fields, and the first line 6 fields: put quotes around what has a "
        "comma in it"
    )
    assert found[4]["error"].startswith("this is not CSV: ")
    assert calls() == [1, 2]


@pytest.mark.parametrize(
    ("header", "words"),
    [
        (
            "n,n\n1,2\n",
            "rows.csv:1:1: the first line names the fields, and has `n` twice",
        ),
        ("n,\n1,2\n", "the first line names the fields, and has an empty name"),
        (
            "n,NOTE\n1,2\n",
            "rows.csv:1:3: the first line has `NOTE`, and the input of the chain `note`",
        ),
    ],
)
def test_a_header_that_names_nothing_is_refused(
    header: str, words: str, root: Path, capsys: Output
) -> None:
    (root / "rows.csv").write_text(header)
    assert batch(*OUT, rows="rows.csv") == 2
    assert words in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "hint"), [("mal", "did you mean `mail`?"), ("zzz", "it has `n`, `mail`")]
)
def test_an_id_that_no_row_has_is_told_before_any_row_runs(
    name: str, hint: str, root: Path, capsys: Output
) -> None:
    write_rows({"n": 1, "mail": "a"}, {"n": 2, "mail": "b"})
    assert batch(*OUT, "--id", name) == 2
    words = f"the first row of `rows.jsonl` has no `{name}`, which --id names; {hint}"
    assert words in capsys.readouterr().err
    assert not Path("out.jsonl").exists()


def test_an_id_that_the_input_does_not_know_is_no_part_of_the_payload() -> None:
    write_rows({"n": 1, "key": "a"}, {"n": 2}, {"n": 3, "key": {"b": 1}})
    assert batch(*OUT, "--id", "key") == 1
    found = records()
    assert [r["id"] for r in found] == ["a", None, {"b": 1}]
    assert found[1]["error"] == "the row has no field `key`, which --id names"
    assert batch("--out", "other.jsonl", "--id", "n") == 1
    assert [r["id"] for r in records("other.jsonl")] == [1, 2, 3]
    assert "`key` is unknown" in records("other.jsonl")[0]["error"]


def test_rows_that_have_one_id_are_told_before_any_row_runs(
    root: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = ["a", {"b": 1}, "a", "c", {"b": 1}, "a"]
    write_rows(*[{"n": n, "key": one} for n, one in enumerate(ids)])
    assert batch(*OUT, "--id", "key") == 0
    rest = 'have the same `key`, "a"{}: --id is to tell rows apart\n'
    told = "warning: rows 1 and 3 of `rows.jsonl` " + rest.format(
        ", and 2 more repeat one"
    )
    assert told in capsys.readouterr().err
    assert [r["id"] for r in records()] == ids
    with open(root / "rows.jsonl", encoding="utf-8") as piped:
        monkeypatch.setattr("sys.stdin", piped)
        monkeypatch.setattr(
            "n3gen.project.batch_rows.BatchRows.is_file", property(lambda _: False)
        )
        assert batch("--out", "other.jsonl", "--id", "key", rows="-") == 0
    words = capsys.readouterr().err
    assert words.count("have the same") == 1
    assert "of standard input have the same `key`" in words


def test_ids_take_the_same_memory_for_any_number_of_rows() -> None:
    ids = RowIds()
    tracemalloc.start()
    assert not any(ids.first(f"row {n}", n) for n in range(1, 20_000))
    assert ids.first("row 77", 30_000) == 77
    assert ids.first({"b": 1, "a": 2}, 30_001) is None
    assert ids.first({"a": 2, "b": 1}, 30_002) == 30_001
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    ids.close()
    assert ids.repeated == 2
    assert most < 100_000


def test_a_field_that_only_names_a_row_is_told_by_the_option_for_it(
    capsys: Output,
) -> None:
    write_rows({"n": 1, "key": "a"}, {"n": 2, "key": "b"})
    assert batch(*OUT) == 1
    told = "with `--id key` the field `key` names a row, and is no part of its payload"
    assert told in capsys.readouterr().err.splitlines()


def test_usage_is_in_the_records_and_added_up(capsys: Output) -> None:
    write_rows({"text": "one two"}, {"text": "three"})
    assert batch(*OUT, "--records", chain="asks") == 0
    found = records()
    assert found[0]["usage"]["requests"] == 1
    assert [step["name"] for step in found[0]["steps"]] == ["answer"]
    assert found[0]["metadata"]["chain"] == "asks"
    tokens = sum(r["usage"]["tokens"] for r in found)
    assert f"2 requests, {tokens} tokens" in capsys.readouterr().err


def test_rows_that_have_a_record_do_not_run_again(capsys: Output) -> None:
    write_rows({"n": 1}, {"n": -2})
    assert batch(*OUT) == 1
    write_rows({"n": 1}, {"n": -2}, {"n": 3})
    calls()
    assert batch(*OUT) == 1
    assert calls() == [3]
    assert "2 rows kept from before, 1 of them failed" in capsys.readouterr().err
    assert [r["row"] for r in records()] == [1, 2, 3]


def test_failed_rows_run_again_on_request(root: Path) -> None:
    write_rows({"n": -1}, {"n": 2}, {"n": -3}, {"n": 4})
    assert batch(*OUT) == 1
    work = (root / "work_of_batch.py").read_text().replace("n < 0", "n < -1")
    (root / "work_of_batch.py").write_text(work)
    sys.modules.pop("work_of_batch")
    calls()
    assert batch(*OUT, "--retry-failed") == 1
    assert sorted(calls()) == [-3, -1]
    found = records()
    assert [(r["row"], r["status"]) for r in found] == [
        *((1, "ok"), (2, "ok"), (3, "error"), (4, "ok"))
    ]


def test_a_failed_row_may_be_mended_in_the_data(capsys: Output) -> None:
    write_rows({"n": 1}, {"n": "x"})
    assert batch(*OUT) == 1
    write_rows({"n": 1}, {"n": 2})
    assert batch(*OUT) == 2
    assert "`rows.jsonl:2` (row 2) is not the row" in capsys.readouterr().err
    assert batch(*OUT, "--retry-failed") == 0
    assert [r["result"]["n"] for r in records()] == [2, 4]


def test_failed_records_stay_where_the_rows_are_refused() -> None:
    write_rows({"n": 1}, {"n": -2})
    assert batch(*OUT) == 1
    before = records()
    write_rows({"n": 5}, {"n": -2})
    assert batch(*OUT, "--retry-failed") == 2
    assert records() == before


def test_max_errors_stops_early(capsys: Output) -> None:
    write_rows(*({"n": -n} for n in range(1, 30)))
    assert batch(*OUT, "--max-errors", "3", "--concurrency", "1") == 1
    assert [r["row"] for r in records()] == [1, 2, 3]
    told = capsys.readouterr().err
    assert "stopped after 3 errors, as --max-errors says" in told
    assert "the same command continues from here" in told


def change_chain(root: Path) -> None:
    text = CHAINS.replace('note: "{{ payload.note }}"', 'note: "other"')
    (root / "c.ai").write_text(text)


def change_flow(root: Path) -> None:
    text = CHAINS.replace("options: {of", "when: payload.n > 0\n        options: {of")
    (root / "c.ai").write_text(text)


def change_failed(root: Path) -> None:
    text = CHAINS.replace("options: {of", "on_error: continue\n        options: {of")
    (root / "c.ai").write_text(text)


def change_row(root: Path) -> None:
    write_rows({"n": 1}, {"n": 3})


def drop_row(root: Path) -> None:
    write_rows({"n": 1})


def write_results(root: Path, line: str) -> None:
    (root / "out.jsonl").write_text(line)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (change_chain, "has results of another version of chain `double`"),
        (change_flow, "has results of another version of chain `double`"),
        (change_failed, "has results of another version of chain `double`"),
        (change_row, "`rows.jsonl:2` (row 2) is not the row that `out.jsonl` has the"),
        (drop_row, "`out.jsonl` has the result of row 2, and `rows.jsonl` has 1 row;"),
    ],
)
def test_results_of_something_else_are_refused(
    change: Any, words: str, root: Path, capsys: Output
) -> None:
    write_rows({"n": 1}, {"n": 2})
    assert batch(*OUT) == 0
    before = (root / "out.jsonl").read_text()
    change(root)
    calls()
    assert batch(*OUT) == 2
    told = capsys.readouterr().err
    assert words in told
    assert "choose another --out" in told
    assert calls() == []
    assert (root / "out.jsonl").read_text() == before


def test_results_of_another_chain_are_refused(capsys: Output) -> None:
    write_rows({"n": 1})
    assert batch(*OUT, chain="echo") == 0
    assert batch(*OUT) == 2
    assert "has results of chain `echo`, not `double`" in capsys.readouterr().err


@pytest.mark.parametrize(
    "text", ["notes of mine", "notes\n", '{"row": 1}\n', "5\n", '{"a": 1}', "\x00\n"]
)
def test_a_file_that_holds_something_else_is_left_alone(
    text: str, root: Path, capsys: Output
) -> None:
    write_rows({"n": 1})
    (root / "out.jsonl").write_text(text)
    assert batch(*OUT) == 2
    assert "`out.jsonl:1` is not a record of a batch" in capsys.readouterr().err
    assert (root / "out.jsonl").read_text() == text


def test_a_timeout_that_was_mended_goes_on(root: Path) -> None:
    write_rows({"n": 1}, {"n": -2})
    assert batch(*OUT) == 1
    (root / "c.ai").write_text(CHAINS.replace("input:", "timeout: 9\n    input:", 1))
    calls()
    assert batch(*OUT) == 1
    assert calls() == []


@pytest.mark.parametrize("cut", [1, 2, 40])
def test_a_torn_last_line_is_cut_off_and_its_row_runs_again(
    cut: int, root: Path
) -> None:
    write_rows({"n": 1}, {"n": 2})
    assert batch(*OUT, "--concurrency", "1") == 0
    before = records()
    text = (root / "out.jsonl").read_text()
    (root / "out.jsonl").write_text(text[:-cut])
    calls()
    assert batch(*OUT) == 0
    # Without its line break alone the record is whole.
    assert calls() == ([] if cut == 1 else [2])
    assert [r["result"] for r in records()] == [r["result"] for r in before]


def test_the_rows_are_no_place_for_results(capsys: Output) -> None:
    write_rows({"n": 1})
    assert batch("--out", "./rows.jsonl") == 2
    assert "is where the rows come from" in capsys.readouterr().err


def test_rows_from_stdin_go_on_too(
    monkeypatch: pytest.MonkeyPatch, capsys: Output
) -> None:
    def given(*rows: Any) -> None:
        text = "".join(json.dumps(row) + "\n" for row in rows)
        stream = io.TextIOWrapper(io.BytesIO(text.encode()))
        monkeypatch.setattr(sys, "stdin", stream)

    given({"n": 1}, {"n": 2})
    assert batch(*OUT, rows="-") == 0
    calls()
    given({"n": 1}, {"n": 2}, {"n": -3})
    assert batch(*OUT, rows="-") == 1
    assert calls() == [-3]
    assert records()[2]["place"] == "standard input:3"
    given({"n": 1}, {"n": 5}, {"n": -3})
    assert batch(*OUT, rows="-") == 2
    assert "`standard input:2` (row 2) is not the row" in capsys.readouterr().err


def test_records_go_to_stdout(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    write_rows(*({"n": n} for n in range(300)))
    assert batch("--out", "-", "--concurrency", "7") == 0
    found = [json.loads(line) for line in capsysbinary.readouterr().out.splitlines()]
    assert [r["result"]["n"] for r in found] == [2 * n for n in range(300)]


def test_a_terminal_gets_a_bar(monkeypatch: pytest.MonkeyPatch, capsys: Output) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.delenv("NO_COLOR", raising=False)
    write_rows({"n": 1}, {"n": -2})
    assert batch(*OUT) == 1
    told = capsys.readouterr().err
    assert "2 of 2 rows, 1 failed" in told
    assert "━" in told


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((*OUT, "--timeout", "-1"), "'--timeout': `-1` is no time above 0"),
        ((*OUT, "--timeout", "nan"), "'--timeout': `nan` is no time above 0"),
        ((*OUT, "--timeout", "0s"), "'--timeout': "),
        ((*OUT, "--timeout", "5q"), "`5q` is not a duration"),
        (("--out", "no/such/out.jsonl"), "cannot write `no/such/out.jsonl`"),
        (("--out", "."), "cannot write `.`: is a directory"),
        ((*OUT, "--connectors", "nope:ALL"), "cannot import `nope:ALL`"),
    ],
)
def test_what_cannot_be_meant_is_said(
    arguments: Sequence[str], words: str, capsys: Output
) -> None:
    write_rows({"n": 1})
    assert batch(*arguments) == 2
    assert words in capsys.readouterr().err


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ((), "`double`; give them by --connectors MODULE:NAME"),
        (("--connectors", "work_of_batch:NEAR"), "`double`; is it `doubles`?"),
    ],
)
def test_a_batch_of_which_no_row_could_run_leaves_its_records(
    given: Sequence[str], words: str, capsys: Output
) -> None:
    """What is forgotten on the command line is no failure of a hundred thousand rows."""
    write_rows({"n": 1}, {"n": -2})
    assert batch(*OUT) == 1
    kept = Path("out.jsonl").read_text()
    command = ["batch", "c.ai", "double", "rows.jsonl", *OUT, "--retry-failed"]
    with Path("work_of_batch.py").open("a") as file:
        file.write("\nNEAR = {'doubles': double}\n")
    del sys.modules["work_of_batch"]
    capsys.readouterr()
    assert main([*command, *given]) == 2
    wanted = "error: chain `double` needs connectors that were not given: "
    assert capsys.readouterr().err == f"{wanted}{words}\n"
    assert Path("out.jsonl").read_text() == kept


def test_a_timeout_may_have_a_unit(capsys: Output) -> None:
    write_rows({"text": "Hello"})
    assert batch(*OUT, "--timeout", "1m", chain="asks") == 0


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("desk_of_ada.csv", "there is no file `desk_of_ada.csv`"),
        ("row.jsonl", "there is no file `row.jsonl`: did you mean `rows.jsonl`?"),
        (
            "@rows.jsonl",
            "there is no file `@rows.jsonl`: name it without the `@`: `rows.jsonl`",
        ),
    ],
)
def test_a_file_that_is_missing_is_said(
    name: str, message: str, capsys: Output
) -> None:
    write_rows({"n": 3})
    assert batch(*OUT, rows=name) == 2
    assert capsys.readouterr().err == f"error: {message}\n"


def test_a_wrong_limit_is_said(monkeypatch: pytest.MonkeyPatch, capsys: Output) -> None:
    monkeypatch.setenv("MAX_CONCURRENT_LLM_CALLS", "many")
    write_rows({"n": 1})
    assert batch(*OUT) == 2
    assert "MAX_CONCURRENT_LLM_CALLS must be" in capsys.readouterr().err


def process(*arguments: str) -> subprocess.Popen[str]:
    """The command as a process of its own, which interrupts reach."""
    command = ["-m", "n3gen", "batch", "c.ai", "double", "rows.jsonl", *OUT]
    return subprocess.Popen(
        [sys.executable, *command, *CONNECTORS, "--concurrency", "4", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )


def ended(*arguments: str) -> tuple[int, str]:
    running = process(*arguments)
    _, told = running.communicate(timeout=60)
    return running.returncode, told


def test_a_pipe_that_is_named_gets_the_records(root: Path, capsys: Output) -> None:
    write_rows(*({"n": n} for n in range(3)))
    os.mkfifo("pipe")
    reads = os.open("pipe", os.O_RDONLY | os.O_NONBLOCK)
    assert batch("--out", "pipe") == 0
    with open(reads, encoding="utf-8") as file:
        assert [json.loads(line)["row"] for line in file] == [1, 2, 3]
    assert (root / "pipe").is_fifo()
    reads = os.open("pipe", os.O_RDONLY | os.O_NONBLOCK)
    capsys.readouterr()
    assert batch("--out", "pipe", "--retry-failed") == 2
    os.close(reads)
    keeps = "`pipe` keeps no earlier results to retry: name a file by --out"
    assert capsys.readouterr().err == f"error: {keeps}\n"


def test_a_killed_process_repeats_no_row_that_has_ended(root: Path) -> None:
    write_rows(*({"n": n} for n in range(20)))
    (root / "fragile").write_text("kill")
    assert ended()[0] == -signal.SIGKILL
    done = {r["row"] for r in records()}
    # Row 1 is under way all the time, and none waits for it.
    assert 1 not in done
    assert {2, 3, 4, 5, 6, 7, 8, 9} <= done
    first = calls()
    assert len(first) == len({*first})
    with (root / "out.jsonl").open("a") as file:
        file.write('{"row": 10, "status": "o')  # as a kill in a write leaves it
    (root / "fragile").unlink()
    code, told = ended()
    assert (code, sorted(calls())) == (0, [n for n in range(20) if n + 1 not in done])
    assert f"{len(done)} rows kept from before" in told
    found = records()
    assert [r["row"] for r in found] == [*range(1, 21)]
    assert [r["result"]["n"] for r in found] == [2 * n for n in range(20)]


def test_an_interrupt_leaves_whole_lines_and_nothing_of_rows_under_way(
    root: Path,
) -> None:
    write_rows(*({"n": n} for n in range(12)))
    (root / "fragile").write_text("hold")
    running = process()
    assert running.stderr is not None
    assert running.stderr.readline() == "holding\n"
    running.send_signal(signal.SIGINT)
    _, told = running.communicate(timeout=60)
    assert running.returncode == 130
    assert "the same command continues from here" in told
    assert told.endswith("interrupted\n")
    assert "Traceback" not in told
    done = [r["row"] for r in records()]
    assert done == sorted(done)
    assert not {1, 10} & {*done}
    assert {*range(2, 10)} <= {*done}
    calls()
    (root / "fragile").unlink()
    assert ended()[0] == 0
    assert {n + 1 for n in calls()} == {*range(1, 13)} - {*done}
    assert [r["row"] for r in records()] == [*range(1, 13)]


def test_a_second_interrupt_leaves_at_once(root: Path) -> None:
    write_rows(*({"n": n} for n in range(12)))
    (root / "fragile").write_text("slow")
    with process() as running:
        assert running.stderr is not None
        assert running.stderr.readline() == "holding\n"
        running.send_signal(signal.SIGINT)
        told = next(line for line in running.stderr if "interrupted" in line)
        running.send_signal(signal.SIGINT)
        assert running.wait(60) == -signal.SIGINT
    assert told == (
        "interrupted; waiting for 2 rows to end (interrupt again to leave at once)\n"
    )
    assert {*range(2, 10)} <= {r["row"] for r in records()}


def test_two_processes_do_not_write_to_one_file(root: Path) -> None:
    write_rows(*({"n": n} for n in range(12)))
    (root / "fragile").write_text("hold")
    with process() as running:
        assert running.stderr is not None
        assert running.stderr.readline() == "holding\n"
        code, told = ended()
        assert code == 2
        assert "another process writes to `out.jsonl`" in told
        running.kill()


def test_an_interrupt_ends_the_wait_for_a_pipe() -> None:
    command = ["-m", "n3gen", "batch", "c.ai", "echo", "-", *OUT, "--concurrency", "1"]
    reads, writes = os.pipe()
    os.write(writes, b'{"a": 1}\n')
    running = subprocess.Popen(
        [sys.executable, *command],
        stdin=reads,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    out = Path("out.jsonl")
    while not (out.exists() and out.read_text()):
        assert running.poll() is None
    running.send_signal(signal.SIGINT)
    _, told = running.communicate(timeout=60)
    os.close(reads)
    os.close(writes)
    assert running.returncode == 130
    assert told.endswith("interrupted\n")
    assert [r["result"] for r in records()] == [{"a": 1}]


LANGUAGE = """\
state seen: int = 0
state total: int = 0
    scope: stored
state visits: int = 0
    scope: stored
    by: payload.user

channel parts: 2

chain c:
    input: {user: str, numbers: "list[int]"}
    step count: {state: seen, update: "{{ value + 1 }}"}
    step visit: {state: visits, update: "{{ value + 1 }}"}
    parallel both:
        for sent: number in payload.numbers:
            step put: {send: parts, value: "{{ number }}"}
        for taken: part in channel parts:
            step add: {state: total, update: "{{ value + part }}"}
    step approve:
        wait: approval
        when: payload.user == "ada"
        timeout: 10ms
        default: false
    step confirm:
        wait: confirmation
        when: payload.user == "eve"
    result: ["{{ state.seen }}", "{{ visit }}", "{{ both.taken | length }}", "{{ approve }}"]
"""


@pytest.fixture(name="stateful")
def fixture_stateful(root: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.setenv("N3GEN_STATE", "state.db")
    (root / "c.ai").write_text(LANGUAGE)
    return ["batch", "c.ai", "c", "rows.jsonl", *OUT]


def cells(root: Path) -> dict[str, int]:
    with closing(sqlite3.connect(root / "state.db")) as connection:
        rows = connection.execute("SELECT cell, value FROM n3gen_state").fetchall()
    return {cell.partition(":")[2]: int(value) for cell, value in rows}


def test_rows_have_run_states_and_channels_of_their_own_and_share_what_is_stored(
    root: Path, stateful: list[str]
) -> None:
    write_rows(*[{"user": f"u{n % 3}", "numbers": [n, n, n]} for n in range(30)])
    assert main(stateful) == 0
    results = [record["result"] for record in records()]
    assert [(seen, taken) for seen, _, taken, _ in results] == [(1, 3)] * 30
    assert sorted(visits for _, visits, _, _ in results) == sorted([*range(1, 11)] * 3)
    stored = cells(root)
    assert stored.pop("total") == 3 * sum(range(30))
    assert [*stored.values()] == [10] * 3


ASKING = """\
chain inner:
    step approve: {wait: approval}

chain asks:
    do asked:
        step call: {kind: chain, target: inner, payload: {}}

chain may:
    step call: {kind: chain, target: inner, payload: {}, when: payload.n > 1}

chain caught:
    step approve: {wait: approval}
    on_error:
        step nobody: {value: false}
"""


def test_a_chain_in_which_every_row_asks_people_is_refused(
    root: Path, capsys: Output
) -> None:
    (root / "c.ai").write_text(ASKING)
    write_rows({"n": 1})
    assert main(["batch", "c.ai", "asks", "rows.jsonl", *OUT]) == 2
    assert capsys.readouterr().err == (
        "error: nobody answers in a batch, and every row comes to step `approve`, which "
        "waits for `approval`: give it a `timeout` and a `default`, or start the runs by "
        "`start_chain` of the module\n"
    )
    assert not (root / "out.jsonl").exists()
    for chain in ("may", "caught"):
        assert main(["batch", "c.ai", chain, "rows.jsonl", "--out", chain]) == 0
        assert "fails in each row that comes to it" in capsys.readouterr().err


def test_a_row_that_asks_people_takes_its_default_or_fails(
    root: Path, stateful: list[str], capsys: Output
) -> None:
    write_rows(*[{"user": user, "numbers": []} for user in ("ada", "bob", "eve")])
    assert main(stateful) == 1
    assert capsys.readouterr().err.startswith(
        "warning: nobody answers in a batch: step `approve`, which waits for `approval`, "
        "takes its default after 10 ms\n"
        "warning: nobody answers in a batch: step `confirm`, which waits for "
        "`confirmation`, fails in each row that comes to it\n3 rows run"
    )
    ada, bob, eve = records()
    assert ada["result"] == [1, 1, 0, False]
    assert bob["result"] == [1, 1, 0, None]
    assert "nobody can answer 'confirmation'" in eve["error"]
    assert len(cells(root)) == 3


def test_a_batch_that_goes_on_changes_no_state_for_rows_that_have_a_record(
    root: Path, stateful: list[str]
) -> None:
    rows = [{"user": "bob", "numbers": [1]} for _ in range(4)]
    write_rows(*rows)
    assert main(stateful) == 0
    assert main(stateful) == 0
    assert cells(root) == {'visits\n"bob"': 4, "total": 4}
    write_rows(*rows, {"user": "bob", "numbers": [5]})
    assert main(stateful) == 0
    assert cells(root) == {'visits\n"bob"': 5, "total": 9}
    assert records()[-1]["result"] == [1, 5, 1, None]
