"""What YAML and JSON mean, that they mean what `.ai` means, and their faults."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml
from n3gen.source import SourceFile
from n3gen.syntax import print_yaml, read_document, used_files, yaml_reader
from n3gen.syntax.document import Document

TWIN = """
use: [shared/models]
chains:
  triage:
    timeout: 2m
    input: {text: str, limit: "int = 10"}
    steps:
      - step: sentiment
        kind: connector
        parallel: true
        options: {source: twitter}
      - if: sentiment.score < 0.5
        then:
          - {name: escalate, kind: connector}
        elif:
          - {if: payload.vip, then: [{name: call}]}
        else:
          - {name: log, value: "fine"}
      - match: route.category
        cases:
          - {case: legal, steps: [{step: a}]}
          - {case: [billing, refund], steps: [{step: b}]}
        else: [{step: c}]
      - while: draft.score < 0.8
        max: 5
        steps: [{step: draft}]
      - for: doc
        in: payload.docs
        parallel: 10
        name: docs
        steps: [{step: e}]
"""
BLOCKS = """
use shared/models
chain triage:
    timeout: 2m
    input:
        text: str
        limit: int = 10
    step sentiment:
        kind: connector
        parallel: true
        options:
            source: twitter
    if sentiment.score < 0.5:
        step escalate:
            kind: connector
    elif payload.vip:
        step call:
    else:
        step log:
            value: "fine"
    match route.category:
        case "legal":
            step a:
        case "billing", "refund":
            step b:
        else:
            step c:
    while draft.score < 0.8 max 5:
        step draft:
    for docs: doc in payload.docs parallel 10:
        step e:
"""


def read(text: str, path: str = "x.yaml") -> Document:
    document, problems = read_document(SourceFile.of(path, text))
    assert not problems, [problem.message for problem in problems]
    assert document is not None
    return document


def found(text: str, path: str = "x.yaml") -> list[str]:
    _, problems = read_document(SourceFile.of(path, text))
    shown = []
    for problem in problems:
        line, column = problem.file.position(problem.label.span.start)
        shown.append(f"{problem.rule.code} {line}:{column}")
    return shown


def test_both_spellings_mean_the_same() -> None:
    assert read(TWIN).data == read(BLOCKS, "x.ai").data


def test_one_chain_on_top() -> None:
    text = "chain: a\ntimeout: 5\ntypes: {T: {x: str}}\nsteps:\n  - step: b\n"
    document = read(text)
    assert document.data == {
        "chains": {"a": {"timeout": 5, "steps": [{"name": "b"}]}},
        "types": {"T": {"x": "str"}},
    }
    assert document.line(("chains", "a", "timeout")) == 2
    assert document.line(("chains", "a", "steps", 0)) == 5


def test_json_as_tools_write_it() -> None:
    data: dict[str, Any] = {
        "chain": "a",
        "steps": [{"name": "b", "value": '😀 é "x" \n', "when": True}],
    }
    for text in (json.dumps(data), json.dumps(data, indent="\t")):
        document = read(text, "x.json")
        step = document.data["chains"]["a"]["steps"][0]
        assert step == {"name": "b", "value": '😀 é "x" \n', "when": "true"}
        places = document.texts[("chains", "a", "steps", 0, "value")]
        assert text[places.offset(2)] == "\\"


def test_the_schema_is_that_of_yaml_1_2() -> None:
    assert read("a: [yes, no, on, 012, 1:30, 2024-01-01, ~, 0o7]\n").data == {
        "a": ["yes", "no", "on", 12, "1:30", "2024-01-01", None, 7]
    }


def test_anchors_and_aliases() -> None:
    text = "a: &x {k: [1, &y two]}\nb: *x\nc: *y\n"
    document = read(text)
    assert document.data == {"a": {"k": [1, "two"]}, "b": {"k": [1, "two"]}, "c": "two"}
    span = document.span(("a", "k", 1))
    assert text[span.start : span.end] == "two"


def test_a_final_line_end_makes_no_difference() -> None:
    assert read("a: |\n  x").data == read("a: |\n  x\n").data == {"a": "x\n"}


def test_places_count_characters_not_bytes() -> None:
    text = 'é😀: "ü{{ x }}"\nb: |\n  é {{ y }}\nc: >\n  a\n  {{ z }}\nd: x\n  {{ w }}\n'
    document = read(text)
    for key, name in (("é😀", "x"), ("b", "y"), ("c", "z"), ("d", "w")):
        at = document.data[key].index(name)
        span = document.text_span((key,), at, at + 1)
        assert text[span.start : span.end] == name


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: b: c\n", "N119 1:5"),
        ("a:\n\tb: c\n", "N103 2:1"),
        ("a:\n  b: 1\n\tc: 2\n", "N103 3:1"),
        ('a: "x\nb: 1\n', "N107 1:4"),
        ("a: [1,\nb: {c\n", "N108 2:4"),
        ("a: [1,\n", "N108 1:4"),
        ("a: @b\n", "N106 1:4"),
        ("é: `b\n", "N106 1:4"),
        ("a: *x\n", "N119 1:4"),
        ("a: &x [*x]\n", "N119 1:8"),
        ("a: !!str 1\n", "N120 1:4"),
        ("a: &x !t {b: 1}\n", "N120 1:7"),
        ("a: 1\n---\nb: 2\n", "N120 2:1"),
        ("<<: {a: 1}\n", "N120 1:1"),
        ("a: 1\nb: 2\na: 3\n", "N111 3:1"),
        ("a: {b: 1, b: 2}\n", "N111 1:11"),
        ("5: a\n", "N121 1:1"),
        ("[a]: b\n", "N121 1:1"),
        ("a: &x b\n*x : c\n", "N121 2:1"),
        ("- a\n", "N122 1:1"),
        ("text\n", "N122 1:1"),
        ('a: "\\q"\n', "N109 1:5"),
        ("steps: []\n", "N116 1:1"),
        ("chain: a\nchains: {a: {}}\nsteps: []\n", "N111 1:8"),
        ("a: 1\n...\nb\n", "N119 3:1"),
    ],
)
def test_faults(text: str, expected: str) -> None:
    assert found(text) == [expected]


@pytest.fixture(params=["CSafeLoader", "SafeLoader"])
def either_loader(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Read YAML with libyaml, and with PyYAML's own scanner."""
    loader = getattr(yaml, request.param, None)
    if loader is None:
        pytest.skip("this PyYAML comes without libyaml")
    monkeypatch.setattr(yaml_reader, "_LOADER", loader)


@pytest.mark.large
@pytest.mark.usefixtures("either_loader")
@pytest.mark.parametrize("levels", [101, 999, 1001, 5000])
def test_depth_is_bounded_whatever_the_loader_bounds(levels: int) -> None:
    nested = "[" * levels + "]" * levels
    assert found("a: " + nested) == ["N117 1:103"]
    assert found("a: " + "[" * levels) == ["N117 1:103"]
    assert found("a: " + "{b: " * levels + "}" * levels) == ["N117 1:400"]
    assert found(f"a:\n  - x\n  - {nested}\n") == ["N117 3:103"]
    blocks = "a:\n" + "".join(" " * i + "- \n" for i in range(1, levels + 1))
    assert [place[:4] for place in found(blocks)] == ["N117"]


@pytest.mark.usefixtures("either_loader")
def test_brackets_in_texts_have_no_depth() -> None:
    assert read("a: '" + "[" * 5000 + "'\nb: x" + "[" * 5000).data.keys() == {"a", "b"}


@pytest.mark.usefixtures("either_loader")
def test_sizes_are_bounded() -> None:
    lists = "".join(
        f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 30)
    )
    assert found("a0: &a0 x\n" + lists)[0].startswith("N118")
    chained = "a0: &a0 [x]\n" + "".join(
        f"a{i}: &a{i} [*a{i - 1}]\n" for i in range(1, 300)
    )
    assert found(chained)[0].startswith("N117")


def test_nothing_is_an_empty_document() -> None:
    for text in ("", "# only a comment\n", "---\n", "null\n"):
        assert read(text).data == {}


def test_printed_yaml() -> None:
    data = {
        "use": ["a"],
        "chains": {"c": {"steps": [{"name": "s", "prompt": "x\ny\n", "when": "true"}]}},
        "limits": {},
    }
    assert print_yaml(Document(SourceFile("x.ai", ""), data)) == (
        "use: [a]\n\nchains:\n  c:\n    steps:\n      - name: s\n        prompt: |\n"
        '          x\n          y\n        when: "true"\n\nlimits: {}\n'
    )


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("x.ai", 'use a\n\nuse "b #c"  # d\n', ("a", "b #c")),
        ("x.ai", "use: [a, 5]\n", ("a",)),
        ("x.ai", "chain c:\n    step s:\n        prompt: use this\n", ()),
        ("x.ai", '"\\x75se": [a]\n', ("a",)),
        ("x.yaml", "use: a\n", ("a",)),
        ("x.yaml", "  use:\n  - a\n  - b\n", ("a", "b")),
        ("x.yaml", "? use\n: [a]\n", ("a",)),
        ("x.json", '{"chain": "c", "use": ["a"]}', ("a",)),
        ("x.json", '{"\\u0075se": ["a"]}', ("a",)),
        ("x.yaml", "chain: c\ndescription: use it\n", ()),
        ("x.yaml", "- use: a\n", ()),
    ],
)
def test_used_files(path: str, text: str, expected: tuple[str, ...]) -> None:
    assert used_files(SourceFile.of(path, text)) == expected
