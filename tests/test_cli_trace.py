"""`n3gen trace` and `n3gen run --trace` from end to end."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from n3gen.cli import main

from tests.pictures.ran import digest

Output = pytest.CaptureFixture[str]

SPEC = """\
connection m:
    api: local
    latency: 5ms
chain greet:
    step mood:
        prompt: "{{ payload }}"
        parallel: true
    step name:
        prompt: "{{ payload }}"
        parallel: true
    step hello:
        value: "{{ mood }} {{ name }}"
"""


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MAX_CONCURRENT_LLM_CALLS", raising=False)
    (tmp_path / "chains").mkdir()
    (tmp_path / "chains/x.ai").write_text(SPEC)
    (tmp_path / "a.json").write_text(json.dumps(digest()))
    (tmp_path / "b.json").write_text(json.dumps(digest(faster=2)))
    return tmp_path


def test_the_numbers_of_a_run(capsys: Output) -> None:
    assert main(["trace", "a.json"]) == 0
    out = capsys.readouterr().out
    assert "time                          2.90 s\n" in out
    assert "docs[].classify               3.90 s\n" in out
    assert out.endswith("critical path: fetch -> docs[1].classify -> summary\n")


def test_the_numbers_as_data(capsys: Output) -> None:
    assert main(["trace", "a.json", "b.json", "--output-format", "json"]) == 0
    first, second = json.loads(capsys.readouterr().out)["runs"]
    assert (first["run"], first["status"]) == ("a.json", "ok")
    assert (first["elapsed_ms"], second["elapsed_ms"]) == (2900, 2500)
    assert first["critical_path"] == ["fetch", "docs[1].classify", "summary"]
    assert first["steps"]["docs[].classify"] == 3900
    assert main(["trace", "a.json", "-o", "a.svg", "--output-format", "json"]) == 2
    assert "`--out` does not print" in capsys.readouterr().err


def test_two_runs_beside_each_other(capsys: Output) -> None:
    assert main(["trace", "a.json", "b.json"]) == 0
    out = capsys.readouterr().out
    assert out.splitlines()[0].split() == ["a.json", "b.json"]
    assert "time                          2.90 s        2.50 s    -14%\n" in out
    assert main(["trace", "a.json", "b.json", "-o", "c.html"]) == 0
    assert main(["trace", "a.json", "b.json", "-o", "c.svg"]) == 2
    assert "only a page (`.html`) shows several runs" in capsys.readouterr().err


@pytest.mark.parametrize("ending", ["html", "svg", "json"])
def test_a_run_is_traced(ending: str, root: Path, capsys: Output) -> None:
    arguments = ["run", "chains/x.ai", "--input", '"hi"', "--parallel"]
    assert main([*arguments, "--trace", f"t.{ending}"]) == 0
    shown = capsys.readouterr()
    assert json.loads(shown.out) == "hi hi"
    assert shown.err.endswith(f"wrote t.{ending}\n")
    text = (root / f"t.{ending}").read_text()
    assert {"html": "<!doctype", "svg": "<svg", "json": '{"traceEvents"'}[
        ending
    ] in text
    assert "mood" in text
    if ending == "json":
        assert json.loads(text)["n3gen"]["limits"]["llm"]["most"] == 50
        assert "hi hi" not in text
        assert main(["trace", "t.json", "-o", "again.svg"]) == 0
        assert "llm: at most" in (root / "again.svg").read_text()


def test_a_run_that_fails_is_traced_too(root: Path) -> None:
    (root / "chains/x.ai").write_text(SPEC.replace("{{ mood }}", "{{ payload.x }}"))
    arguments = ["run", "chains/x.ai", "--input", '"hi"']
    assert main([*arguments, "--trace", "t.json"]) == 1
    kept = json.loads((root / "t.json").read_text())["n3gen"]["record"]
    assert kept["status"] == "error"


def test_the_events_of_a_run_are_lines_of_json(root: Path, capsys: Output) -> None:
    assert main(["run", "chains/x.ai", "--input", '"hi"', "--events"]) == 0
    out = capsys.readouterr().out
    found = [json.loads(line)["event"] for line in out.splitlines()]
    assert found[0] == "chain_start"
    assert found[-1] == "chain_complete"
    (root / "e.jsonl").write_text(out)
    assert main(["trace", "e.jsonl", "-o", "e.html"]) == 0
    lines = out.splitlines()
    other = [line.replace('"run_id": "', '"run_id": "x') for line in lines]
    (root / "e.jsonl").write_text("\n".join([*lines[:-1], *other, ""]))
    assert main(["trace", "e.jsonl"]) == 2
    assert "it has the events of several runs" in capsys.readouterr().err
    (root / "e.jsonl").write_text(f"\ufeff{out}", encoding="utf-8")
    assert main(["trace", "e.jsonl", "-o", "e.html"]) == 0
    # A run that was killed leaves no record, and perhaps half a line.
    (root / "e.jsonl").write_text(out[: out.index('{"event": "chain_complete"') + 9])
    assert main(["trace", "e.jsonl"]) == 0
    assert "cancelled" in capsys.readouterr().out


def test_what_a_module_prints_can_be_traced(root: Path) -> None:
    assert main(["build"]) == 0
    for option, file in (("--events", "m.jsonl"), ("--timeout=9", "m.json")):
        ran = subprocess.run(
            [sys.executable, "generated/x.py", "greet", "--input", '"hi"', option],
            capture_output=True,
            check=True,
        )
        (root / file).write_bytes(ran.stdout)
        assert main(["trace", file, "-o", "m.svg"]) == 0
        assert "mood" in (root / "m.svg").read_text()


def test_what_is_wrong(root: Path, capsys: Output) -> None:
    def error(*arguments: str) -> str:
        assert main(list(arguments)) == 2
        return capsys.readouterr().err

    run = ("run", "chains/x.ai", "--input", '"hi"')
    assert "the name of a trace ends in `.html` (a page)" in error(
        *run, "--trace", "t.txt"
    )
    assert not (root / "t.txt").exists()
    assert "there is no such file" in error("trace", "gone.json")
    (root / "page.html").write_text("<html>")
    assert "it is for people to look at; write the trace as `.json`" in error(
        "trace", "page.html"
    )
    assert "compared with itself" in error("trace", "a.json", "a.json")
    for text in (
        "",
        "[1]",
        "{}",
        "[]\n[]\n",
        '{"traceEvents": []}',
        "nothing",
        '{"event": 1}',
    ):
        (root / "bad.json").write_text(text)
        assert "holds neither the record of a run nor its events" in error(
            "trace", "bad.json"
        )
