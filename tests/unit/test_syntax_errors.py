"""What is wrong with texts: codes and places, and that reading goes on behind them."""

from __future__ import annotations

import pytest
from n3gen.catalog import ALL_RULES, examples
from n3gen.diagnostics import Diagnostic, Rule
from n3gen.source import SourceFile
from n3gen.syntax import format_ai, read_document


def found(text: str, path: str = "x.ai") -> list[str]:
    """The codes with the lines and columns of their places."""
    _, problems = read_document(SourceFile.of(path, text))
    return [_shown(problem) for problem in problems]


def _shown(problem: Diagnostic) -> str:
    line, column = problem.file.position(problem.label.span.start)
    return f"{problem.rule.code} {line}:{column}"


RULES = [rule for rule in ALL_RULES if ".syntax." in rule.__module__]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: str(rule.code))
def test_the_pages_of_rules(rule: type[Rule]) -> None:
    wrong, right = examples(rule)
    _, problems = read_document(SourceFile.of(f"x.{wrong.language}", wrong.text))
    assert [problem.rule for problem in problems] == [rule]
    _, problems = read_document(SourceFile.of(f"x.{right.language}", right.text))
    assert not problems


def test_codes_and_names_are_used_once() -> None:
    assert len({rule.code for rule in RULES}) == len(RULES)
    assert len({rule.name for rule in RULES}) == len(RULES)
    assert all(rule.code.startswith("N1") for rule in RULES)


def test_all_faults_of_a_file_in_one_run() -> None:
    text = """chain a
    step b
        kind connector
        kind:connector
        target: x y: z
    stpe c:
        value: 1
    if x.y
        step d:
            value: [1, 2
    for x of y:
        step e: value
    step class:
        value: "q
    else:
        step g:
    match x:
        step i:
        case _:
            step j:
limit
foo: 1
foo: 2
"""
    assert found(text) == [
        "N110 1:8",
        "N110 2:11",
        "N110 3:9",
        "N110 4:9",
        "N106 5:20",
        "N114 6:5",
        "N110 8:11",
        "N108 10:20",
        "N113 11:9",
        "N106 12:17",
        "N112 13:10",
        "N107 14:16",
        "N115 15:5",
        "N115 18:9",
        "N112 21:1",
        "N111 23:1",
    ]


def test_what_is_read_in_spite_of_faults() -> None:
    text = "chain a:\n    stpe x:\n        value: 1\n    step b:\n        value: [1\n    step c:\n        value: 2\n"
    document, problems = read_document(SourceFile("x.ai", text))
    assert [problem.rule.code for problem in problems] == ["N114", "N108"]
    assert document is not None
    assert document.data["chains"]["a"]["steps"] == [
        {"name": "b"},
        {"name": "c", "value": 2},
    ]


@pytest.mark.parametrize(
    ("line", "help_"),
    [
        ("kind connector", "write `kind: connector`"),
        ("kind:connector", "write `kind: connector`"),
    ],
)
def test_the_way_out_of_a_missing_colon(line: str, help_: str) -> None:
    text = f"chain a:\n    step b:\n        {line}\n"
    _, problems = read_document(SourceFile("x.ai", text))
    assert [problem.help for problem in problems] == [help_]


def test_did_you_mean() -> None:
    for text, meant in (
        ("chian x:\n", "chain"),
        ("chain a:\n    stpe b:\n", "step"),
        ("chain a:\n    fro x in y:\n", "for"),
        ("conection x:\n    api: local\n", "connection"),
    ):
        _, problems = read_document(SourceFile("x.ai", text))
        assert [problem.rule.code for problem in problems] == ["N114"]
        assert problems[0].help == f"did you mean `{meant}`?"
    _, problems = read_document(
        SourceFile(
            "x.ai",
            "chain a:\n    if x:\n        step b:\n    else if y:\n        step c:\n",
        )
    )
    assert problems[0].help == "write `elif y:`"


@pytest.mark.parametrize(
    "text",
    [
        "chain a:\n    step b:\n    step c:\n",
        "chain a:\n    timeout: 5\nchain a:\n    timeout: 6\n",
        "chain a:\n    input:\n        x: str\n    input:\n        y: str\n",
        "chain a:\n    step b:\n        options: {x: 1, x: 2}\n",
        "chain a:\n    step b:\n        name: c\n",
        "chains: {a: {}}\nchain a:\n    timeout: 5\n",
    ],
)
def test_duplicate_keys_show_both_places(text: str) -> None:
    _, problems = read_document(SourceFile("x.ai", text))
    if "step c" in text:
        assert not problems
        return
    assert [problem.rule.code for problem in problems] == ["N111"]
    assert len(problems[0].labels) == 2
    assert problems[0].labels[0].span != problems[0].labels[1].span


def test_indentation() -> None:
    assert found("chain a:\n\tstep b:\n\t\tvalue: 1\n\tstep c:\n\t\tvalue: 2\n") == [
        "N103 2:1"
    ]
    assert found("chain a:\n    step b:\n          value: 1\n        x: 2\n") == [
        "N105 4:9"
    ]
    assert found(
        "chain a:\n    step b:\n        value: 1\n            x: 2\n        y: 3\n"
    ) == ["N104 4:13"]
    assert found("chain a:\n    step b:\n   step c:\n") == ["N105 3:4"]


def test_blocks_where_they_cannot_stand() -> None:
    assert found("if x:\n    step a:\n") == ["N116 1:1"]
    assert found("chain a:\n    chain b:\n        step c:\n") == ["N115 2:5"]
    assert found("pipeline a:\n    step b:\n") == ["N115 2:5"]
    data = "chain a:\n    step b:\n        options:\n            step c:\n                value: 1\n"
    assert found(data) == ["N115 4:13"]
    assert not found(data.replace("step c", '"step c"'))


def test_an_ellipsis_is_no_body() -> None:
    assert found("chain a:\n    step b: ...\n") == ["N106 2:13"]


def test_invisible_characters() -> None:
    for char in "\x07\x7f\x85\u2028\u202a\u202e\u2066\u2069\ufeff\ud800":
        for path in ("x.ai", "x.yaml"):
            assert found(f"strange: a{char}b\n", path) == ["N102 1:11"]
    assert found("strange: a\0b\0\n") == ["N101 1:11"]
    assert not found('strange: "a\\u202eb"\n')
    assert not found("strange: \u05d0\u200f\u200d\n")


@pytest.mark.large
def test_depth_and_number_are_bounded() -> None:
    deep = "".join(" " * depth + "a:\n" for depth in range(5000))
    assert [one.split()[0] for one in found(deep)] == ["N117"]
    blocks = "chain a:\n" + "".join(" " * (i + 1) + "if x:\n" for i in range(5000))
    assert {one.split()[0] for one in found(blocks)} == {"N117"}
    assert found("a: " + "[" * 1_000_000)[0].startswith("N117")
    assert found("a: [" + "1, " * 200_000 + "]")[0].startswith("N118")
    assert len(found("x\n" * 100_000)) == 200


@pytest.mark.parametrize("unit", ["(", "'\\", "a: ", "max ", "[", '"', "#", " #", ": "])
def test_long_lines_are_read_in_linear_time(unit: str) -> None:
    for head in ("chain a:\n    if ", "a: ", "a: [", ""):
        source = SourceFile("x.ai", head + unit * (200_000 // len(unit)))
        document, problems = read_document(source)
        assert document is not None or problems


@pytest.mark.parametrize("name", ["x.ai", "x.yaml"])
@pytest.mark.parametrize("value", ["a", "-", " a", "a  ", "'", '"', "'a' "])
def test_a_missing_comma_is_found_in_linear_time(name: str, value: str) -> None:
    text = "a: {b: x" + value * (200_000 // len(value)) + "! c: 1}\n"
    document, problems = read_document(SourceFile(name, text))
    assert document is not None or problems


def test_a_file_with_faults_is_not_formatted() -> None:
    text, problems = format_ai(SourceFile("x.ai", "chain a\n    step b:\n"))
    assert text is None
    assert [problem.rule.code for problem in problems] == ["N110"]
