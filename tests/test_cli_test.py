"""`n3gen test` from end to end: what it prints, and what it exits with."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest
from n3gen.cli import main

Output = pytest.CaptureFixture[str]

SPEC = """\
chain greet:
    step visitor:
        target: name_finder
    step hello:
        value: "Hello {{ visitor }}"

test by_name of greet:
    mock:
        visitor: {delay: 2h, value: Ada}
    expect:
        status: timeout

test "with a guest" of greet:
    mock:
        visitor: Ada
    expect:
        result: Hello Ada
"""
WRONG = """
test wrong of greet:
    mock:
        visitor: Bob
    expect:
        result: Hello Ada
"""
TIMES = re.compile(r"\d+(\.\d+)? m?s\)")


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("N3GEN_RECORD", raising=False)
    monkeypatch.delenv("N3GEN_REPLAY", raising=False)
    (tmp_path / "chains").mkdir()
    (tmp_path / "chains/x.ai").write_text(SPEC)
    return tmp_path


def lines_of(text: str) -> list[str]:
    return [TIMES.sub("N)", line) for line in text.splitlines()]


def test_a_line_a_test(capsys: Output) -> None:
    assert main(["test"]) == 0
    captured = capsys.readouterr()
    assert lines_of(captured.out) == [
        "ok    by_name of greet  (5 min 0 s of virtual time in N)",
        "ok    with a guest of greet  (0 ms of virtual time in N)",
    ]
    assert captured.err == "2 tests passed\n"


def test_a_failure_is_drawn_at_its_place(root: Path, capsys: Output) -> None:
    (root / "chains/x.ai").write_text(SPEC + WRONG)
    assert main(["test", "chains/x.ai", "--filter", "WRONG of"]) == 1
    captured = capsys.readouterr()
    assert lines_of(captured.out) == [
        "FAIL  wrong of greet  (0 ms of virtual time in N)",
        '  `result` is "Hello Bob", not "Hello Ada"',
        "    --> chains/x.ai:23:17",
        "     |",
        "  23 |         result: Hello Ada",
        '     |                 ^^^^^^^^^ is "Hello Bob"',
    ]
    assert captured.err == "1 of 1 test failed\n"


def test_the_same_in_yaml(root: Path, capsys: Output) -> None:
    assert main(["convert", "chains/x.ai"]) == 0
    text = capsys.readouterr().out
    (root / "chains/x.ai").unlink()
    (root / "chains/x.yaml").write_text(text)
    assert main(["test"]) == 0
    assert capsys.readouterr().err == "2 tests passed\n"


def test_data_for_tools(root: Path, capsys: Output) -> None:
    (root / "chains/x.ai").write_text(SPEC + WRONG)
    assert main(["test", "--json"]) == 1
    report = json.loads(capsys.readouterr().out)
    assert (report["passed"], report["failed"], report["problems"]) == (2, 1, [])
    wrong = report["tests"][2]
    assert wrong.pop("real_ms") >= 0
    assert wrong == {
        "name": "wrong",
        "chain": "greet",
        "status": "failed",
        "file": "chains/x.ai",
        "line": 19,
        "column": 6,
        "elapsed_ms": 0,
        "faults": [
            {
                "message": '`result` is "Hello Bob", not "Hello Ada"',
                "file": "chains/x.ai",
                "line": 23,
                "column": 17,
            }
        ],
    }


def test_problems_of_specs_come_first(root: Path, capsys: Output) -> None:
    wrong = SPEC.replace("visitor: Ada", "visiter: Ada")
    (root / "chains/x.ai").write_text(wrong)
    assert main(["test"]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "error[N320]: chain `greet` has no step `visiter`" in captured.err
    assert main(["test", "--json"]) == 1
    (problem,) = json.loads(capsys.readouterr().out)["problems"]
    assert problem["code"] == "N320"


def test_files_without_tests_are_not_compiled(root: Path, capsys: Output) -> None:
    (root / "chains/y.ai").write_text("chain broken:\n    step a\n")
    (root / "chains/z.ai").write_text("chain odd:\n    step a:\n        tiemout: 1\n")
    assert main(["test", "chains/x.ai", "chains/z.ai"]) == 0
    capsys.readouterr()
    # It may hold tests that cannot be read.
    assert main(["test"]) == 1
    assert "chains/y.ai" in capsys.readouterr().err


def test_no_test_is_no_success(root: Path, capsys: Output) -> None:
    assert main(["test", "--filter", "nothing"]) == 1
    told = "no test has `nothing` in its `NAME of CHAIN`; there are 2 tests\n"
    assert capsys.readouterr().err == told
    (root / "chains/x.ai").write_text(SPEC.partition("test ")[0])
    assert main(["test"]) == 1
    told = "no tests; write a `test NAME of CHAIN:` block in a spec\n"
    assert capsys.readouterr().err == told


def test_wrong_usage(capsys: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    assert main(["test", "chains/nowhere.ai"]) == 2
    assert main(["test", "--record", "a", "--replay", "b"]) == 2
    assert "`--record` and `--replay` are both given" in capsys.readouterr().err
    monkeypatch.setenv("N3GEN_REPLAY", "b")
    assert main(["test", "--record", "a"]) == 2


def test_a_recording_runs_in_real_time(root: Path, capsys: Output) -> None:
    spec = SPEC.replace("2h", "1ms").replace("status: timeout", "status: ok")
    (root / "chains/x.ai").write_text(spec)
    assert main(["test", "--record", "kept"]) == 0
    assert lines_of(capsys.readouterr().out)[0] == "ok    by_name of greet  (N)"
    assert not (root / "kept").exists()


def test_what_steps_print_is_no_part_of_the_report(
    root: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "printing_functions", raising=False)
    (root / "printing_functions.py").write_text("def f(ctx):\n    print('HERE')\n")
    spec = "chain c:\n    step a:\n        kind: python\n        target: printing_functions.f\n"
    (root / "chains/x.ai").write_text(
        spec + "test t of c:\n    expect: {result: null}\n"
    )
    assert main(["test", "--json"]) == 0
    captured = capsys.readouterr()
    assert json.loads(captured.out)["passed"] == 1
    assert "HERE" in captured.err


def test_nothing_is_written(root: Path) -> None:
    assert main(["test"]) == 0
    assert [path.name for path in root.iterdir()] == ["chains"]


BRANCHES = {
    "if": """\
    if payload.n:
        {first}
    else:
        {second}
""",
    "match": """\
    match payload.n:
        case 1:
            {first}
        else:
            {second}
""",
    "race": """\
    race quick:
        do one:
            {first}
        do two:
            {second}
""",
    "on_error": """\
    do guarded:
        step broken: {fail: "no"}
        on_error [CAUGHT]:
            {first}
        on_error [any]:
            {second}
""",
}


@pytest.mark.parametrize(
    "caller", ["step d: {target: name_finder}", "step d: {wait: answer}"]
)
@pytest.mark.parametrize("block", BRANCHES)
def test_a_mock_is_for_the_step_that_calls_in_any_order(
    root: Path, capsys: Output, block: str, caller: str
) -> None:
    value = 'step d: {value: "{{ 1 / 0 }}"}'
    chains = ""
    for name, first, second in (("a", caller, value), ("b", value, caller)):
        body = BRANCHES[block].replace("{first}", first).replace("{second}", second)
        body = body.replace("CAUGHT", "failed" if name == "a" else "timeout")
        taken = 1 if name == "a" else 0
        chains += f"chain {name}:\n{body}\ntest t{name} of {name}:\n"
        chains += f"    payload: {{n: {taken}}}\n    mock: {{d: mocked}}\n"
        chains += "    expect: {result: mocked}\n"
    (root / "chains/x.ai").write_text(chains)
    code = main(["test"])
    told = capsys.readouterr()
    assert code == 0, told.out + told.err
