"""`n3gen test` of tests with rows, from end to end: text, data for tools, JUnit."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from n3gen.cli import main

Output = pytest.CaptureFixture[str]

SPEC = """\
chain greet:
    input: {name: str}
    step title:
        target: titles
    result: "Hello {{ title }} {{ payload.name }}"

test greets of greet:
    rows: cases.jsonl
    payload: {name: "{{ row.name }}"}
    mock:
        title: {delay: 1s, value: "{{ row.title }}"}
    score: {exact: "{{ result == row.want }}"}
    expect:
        result: "{{ row.want }}"
        exact: {mean_above: 0.5}
"""
ROWS = [("Ada", "Dr", "Hello Dr Ada"), ("Bob", "Mr", "Hello Mr Bob")]
WRONG = [("Cem", "Mr", "Hi"), ("Dee", "Ms", "Hi"), ("Eve", "Ms", "Hi")]
TIMES = re.compile(r"\d+(\.\d+)? m?s\)")


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("N3GEN_RECORD", raising=False)
    monkeypatch.delenv("N3GEN_REPLAY", raising=False)
    (tmp_path / "chains").mkdir()
    (tmp_path / "chains/x.ai").write_text(SPEC)
    write(tmp_path, ROWS)
    return tmp_path


def write(root: Path, rows: list[tuple[str, str, str]]) -> None:
    keys = ("name", "title", "want")
    lines = [json.dumps(dict(zip(keys, row, strict=True))) for row in rows]
    (root / "chains/cases.jsonl").write_text("\n".join(lines) + "\n")


def lines_of(text: str) -> list[str]:
    return [TIMES.sub("N)", line) for line in text.splitlines()]


def test_a_line_a_test(capsys: Output) -> None:
    assert main(["test"]) == 0
    captured = capsys.readouterr()
    assert lines_of(captured.out) == [
        "ok    greets of greet  (2 rows, exact 1, 2 s of virtual time in N)"
    ]
    assert captured.err == "1 test passed\n"


def test_the_failures_of_rows_are_drawn_once(root: Path, capsys: Output) -> None:
    write(root, [*ROWS, *WRONG])
    assert main(["test"]) == 1
    captured = capsys.readouterr()
    assert lines_of(captured.out) == [
        "FAIL  greets of greet  (3 of 5 rows failed, exact 0.4, 5 s of virtual time in N)",
        '  row 3 (chains/cases.jsonl:3): `result` is "Hello Mr Cem", not "Hi"',
        '  row 4 (chains/cases.jsonl:4): `result` is "Hello Ms Dee", not "Hi"',
        '  row 5 (chains/cases.jsonl:5): `result` is "Hello Ms Eve", not "Hi"',
        "    --> chains/x.ai:14:17",
        "     |",
        '  14 |         result: "{{ row.want }}"',
        "     |                 ^^^^^^^^^^^^^^^^",
        "  the mean of `exact` is 0.4 over 5 rows, which is not above 0.5",
        '    row 3 (chains/cases.jsonl:3): 0, the result is "Hello Mr Cem"',
        '    row 4 (chains/cases.jsonl:4): 0, the result is "Hello Ms Dee"',
        '    row 5 (chains/cases.jsonl:5): 0, the result is "Hello Ms Eve"',
        "    --> chains/x.ai:15:29",
        "     |",
        "  15 |         exact: {mean_above: 0.5}",
        "     |                             ^^^ is 0.4",
    ]
    assert captured.err == "1 of 1 test failed\n"


def test_of_many_rows_a_few_are_named(root: Path, capsys: Output) -> None:
    write(root, [(f"A{n}", "Mr", "Hi") for n in range(2000)])
    assert main(["test"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("FAIL  greets of greet  (2,000 of 2,000 rows failed, ")
    assert lines[5].startswith("  row 5 (chains/cases.jsonl:5): ")
    assert lines[6] == "  and 1,995 more rows"
    assert lines.count("    and 1,995 more rows") == 1
    assert len(lines) < 30


def test_a_broken_line_is_drawn_in_the_data(root: Path, capsys: Output) -> None:
    (root / "chains/cases.jsonl").write_text('{"name": "Ada"}\n{"name": Bob}\n')
    assert main(["test"]) == 1
    assert lines_of(capsys.readouterr().out) == [
        "FAIL  greets of greet  (N)",
        "  this is not JSON: expecting value",
        "    --> chains/cases.jsonl:2:10",
        "     |",
        '   2 | {"name": Bob}',
        "     |          ^",
    ]


def test_the_same_in_yaml(root: Path, capsys: Output) -> None:
    write(root, [*ROWS, *WRONG])
    assert main(["test"]) == 1
    first = capsys.readouterr().out
    assert main(["convert", "chains/x.ai"]) == 0
    text = capsys.readouterr().out
    (root / "chains/x.ai").unlink()
    (root / "chains/x.yaml").write_text(text)
    assert main(["test"]) == 1
    second = capsys.readouterr().out
    worded = [
        line
        for line in lines_of(first)
        if line.startswith(("  row ", "    row ", "  the mean"))
    ]
    assert worded == [
        line
        for line in lines_of(second)
        if line.startswith(("  row ", "    row ", "  the mean"))
    ]
    # And back.
    assert main(["convert", "chains/x.yaml"]) == 0
    (root / "chains/x.yaml").unlink()
    (root / "chains/x.ai").write_text(capsys.readouterr().out)
    assert main(["test"]) == 1
    assert lines_of(capsys.readouterr().out)[:4] == lines_of(first)[:4]


def test_data_for_tools(root: Path, capsys: Output) -> None:
    write(root, [*ROWS, WRONG[0]])
    assert main(["test", "--json"]) == 1
    report = json.loads(capsys.readouterr().out)
    assert (report["passed"], report["failed"]) == (0, 1)
    (test,) = report["tests"]
    assert (test["status"], test["elapsed_ms"], test["faults"]) == ("failed", 3000, [])
    assert test["rows_file"] == "chains/cases.jsonl"
    assert test["scores"] == {
        "exact": {"rows": 3, "mean": 2 / 3, "min": 0.0, "max": 1.0}
    }
    passed = {"status": "ok", "elapsed_ms": 1000, "faults": []}
    assert test["rows"] == [
        {"row": 1, "line": 1, **passed},
        {"row": 2, "line": 2, **passed},
        {
            "row": 3,
            "line": 3,
            "status": "failed",
            "elapsed_ms": 1000,
            "faults": [
                {
                    "message": '`result` is "Hello Mr Cem", not "Hi"',
                    "file": "chains/x.ai",
                    "line": 14,
                    "column": 17,
                }
            ],
        },
    ]


def test_a_junit_case_a_row(root: Path, capsys: Output) -> None:
    write(root, [*ROWS, *WRONG])
    assert main(["test", "--output-format", "junit"]) == 1
    suites = ET.fromstring(capsys.readouterr().out)
    (suite,) = suites
    assert (suite.get("tests"), suite.get("failures")) == ("6", "4")
    assert [case.get("name") for case in suite] == [
        *(f"greets of greet [{n}]" for n in range(1, 6)),
        "greets of greet",
    ]
    assert [len(case) for case in suite] == [0, 0, 1, 1, 1, 1]
    assert [case.get("time") for case in suite] == [*["1.000"] * 5, "0.000"]
    message = suite[2][0].get("message")
    assert message == '`result` is "Hello Mr Cem", not "Hi" (chains/x.ai:14)'
    assert "row 3 (chains/cases.jsonl:3): 0" in (suite[5][0].text or "")


def test_junit_of_data_that_cannot_be_read(root: Path, capsys: Output) -> None:
    (root / "chains/cases.jsonl").unlink()
    assert main(["test", "--output-format", "junit"]) == 1
    ((case,),) = ET.fromstring(capsys.readouterr().out)
    assert case.get("name") == "greets of greet"
    assert "there is no file `chains/cases.jsonl`" in (case[0].text or "")


ALLOWED = {
    "testsuites": ("name tests failures errors time", "testsuite"),
    "testsuite": ("name tests failures errors skipped time", "testcase"),
    "testcase": ("name classname file line time", "failure system-out"),
    "failure": ("message type", ""),
    "system-out": ("", ""),
}
"""What JUnit's schema as Jenkins has it (junit-10.xsd) allows, as far as we write it."""
TIME = re.compile(r"\d+\.\d{3}")


def check_junit(text: str) -> ET.Element:
    """Parse a report, and hold it against the rules of the schema."""
    root = ET.fromstring(text)
    assert root.tag == "testsuites"
    for element in root.iter():
        attributes, children = ALLOWED[element.tag]
        assert set(element.attrib) <= set(attributes.split()), element.attrib
        assert {child.tag for child in element} <= set(children.split())
        if element.tag in ("testsuite", "testcase"):
            assert element.get("name")
        if element.tag == "testcase":
            assert element.get("classname")
            assert len(element.findall("failure")) <= 1
        for key, value in element.attrib.items():
            if key in ("tests", "failures", "errors", "skipped", "line"):
                assert value.isdecimal()
            if key == "time":
                assert TIME.fullmatch(value)
    for parent in (root, *root):
        cases = list(parent.iter("testcase"))
        assert parent.get("tests") == str(len(cases))
        failures = [case for case in cases if case.find("failure") is not None]
        assert parent.get("failures") == str(len(failures))
        assert parent.get("errors") == "0"
    return root


ODD = "a\x00b\x08\x1b[31m\x7f\x85]]>&lt;<!--\"'\ud7ff\ufffe\uffff\U0001f600\r\n\t"


@pytest.mark.parametrize("rows", [ROWS, [*ROWS, *WRONG], [(ODD, ODD, ODD)] * 3])
def test_junit_keeps_to_its_schema(
    root: Path, capsys: Output, rows: list[tuple[str, str, str]]
) -> None:
    """Whatever rows and specs hold, and where specs have errors."""
    write(root, rows)
    odd = root / "chains/odd ]]> & <b>.ai"
    odd.write_text(
        'chain c:\n    step s: {value: "\\e[31m ]]> <x> \\0 \\u2028"}\n'
        "test t of c:\n    expect: {result: '<y> & ]]>'}\n"
    )
    main(["test", "--output-format", "junit"])
    report = check_junit(capsys.readouterr().out)
    assert [len(suite) for suite in report] == [1, len(rows) + 1]
    assert all(suite.get("skipped") == "0" for suite in report)
    odd.write_text("chain c:\n    step s: {value: '\x1b]]>\x00'}\n")
    assert main(["test", "--output-format", "junit"]) == 1
    report = check_junit(capsys.readouterr().out)
    assert int(report.get("failures", "")) > 0
    main(["lint", "--output-format", "junit"])
    check_junit(capsys.readouterr().out)
