"""Diagnostics for tools: the shapes that others read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from n3gen.diagnostics import Label, Problems, Rule, Severity, render, summary
from n3gen.diagnostics.formats import FORMATS, write
from n3gen.source import SourceFile, Span


class Unknown(Rule):
    """A dependency that no step has

    Why it is wrong.
    """

    code = "N301"
    name = "unknown-dependency"


class Idle(Rule):
    """A flag that does nothing"""

    code = "N410"
    name = "idle-parallel"
    severity = Severity.NOTE


FILE = SourceFile.of("chains/a b.ai", "step ä: x\nstep c:\n    y\nstep <&>: 1\n")
OTHER = SourceFile.of("shared.ai", "step x:")


def label(part: str, text: str = "", file: SourceFile = FILE) -> Label:
    start = file.text.index(part)
    return Label(file, Span(start, start + len(part)), text)


def problems() -> Problems:
    found = Problems()
    found.add(
        Unknown.diagnose(
            "`ä` needs `x`, 100%: no\nstep \u202e",
            label("x", "not a step"),
            label("x", "similar", OTHER),
            label("c"),
            help="did you mean `<y>`?",
        )
    )
    found.add(Idle.diagnose("it is idle", label("step c:\n    y")))
    found.add(Unknown.diagnose("again", label("<&>")))
    return found


def area(*numbers: int) -> dict[str, Any]:
    first, second, third, fourth = numbers
    return {
        "start": {"line": first, "column": second},
        "end": {"line": third, "column": fourth},
    }


def test_text_is_the_drawings_and_the_summary() -> None:
    found = problems()
    drawings = [render(problem) for problem in found]
    assert write(found, "text") == "\n\n".join([*drawings, summary(found)]) + "\n"
    assert "\x1b[1;31merror" in write(found, "text", color=True)


def test_json() -> None:
    first, second, third = json.loads(write(problems(), "json"))
    assert first == {
        "code": "N301",
        "name": "unknown-dependency",
        "severity": "error",
        "message": "`ä` needs `x`, 100%: no<U+000A>step <U+202E>",
        "help": "did you mean `<y>`?",
        "file": "chains/a b.ai",
        "range": area(1, 9, 1, 10),
        "labels": [
            {
                "file": "chains/a b.ai",
                "range": area(1, 9, 1, 10),
                "text": "not a step",
            },
            {"file": "shared.ai", "range": area(1, 6, 1, 7), "text": "similar"},
            {"file": "chains/a b.ai", "range": area(2, 6, 2, 7), "text": ""},
        ],
        "url": "docs/rules/N301.md",
    }
    assert (second["severity"], second["help"]) == ("note", None)
    assert second["range"] == area(2, 1, 3, 6)
    assert list(third) == list(first)


def test_github_escapes_what_its_commands_read() -> None:
    lines = write(problems(), "github").splitlines()
    assert lines == [
        "::error file=chains/a b.ai,line=1,col=9,endColumn=10,"
        "title=N301 unknown-dependency::`ä` needs `x`, 100%25: no<U+000A>step "
        "<U+202E>%0Ahelp: did you mean `<y>`?",
        "::notice file=chains/a b.ai,line=2,endLine=3,title=N410 idle-parallel"
        "::it is idle",
        "::error file=chains/a b.ai,line=4,col=6,endColumn=9,"
        "title=N301 unknown-dependency::again",
    ]


def test_github_escapes_its_properties() -> None:
    file = SourceFile.of("a,b:c%d.ai", "x")
    found = [Unknown.diagnose("no", Label(file, Span(0, 0)))]
    assert write(found, "github") == (
        "::error file=a%2Cb%3Ac%25d.ai,line=1,col=1,endColumn=2,"
        "title=N301 unknown-dependency::no\n"
    )


def test_gitlab() -> None:
    first, second, _ = json.loads(write(problems(), "gitlab"))
    assert first["check_name"] == "N301 unknown-dependency"
    assert (first["severity"], second["severity"]) == ("major", "info")
    assert first["location"] == {
        "path": "chains/a b.ai",
        "lines": {"begin": 1},
        "positions": {
            "begin": {"line": 1, "column": 9},
            "end": {"line": 1, "column": 10},
        },
    }


def test_gitlab_fingerprints_outlive_a_move_and_differ() -> None:
    def prints(text: str) -> list[str]:
        file = SourceFile.of("a.ai", text)
        places = [i for i, char in enumerate(text) if char == "x"]
        found = [Unknown.diagnose("no", Label(file, Span(i, i + 1))) for i in places]
        return [issue["fingerprint"] for issue in json.loads(write(found, "gitlab"))]

    assert prints("x x") == prints("\n\n  x\nx")
    assert len(set(prints("x x x"))) == 3


def test_sarif() -> None:
    log = json.loads(write(problems(), "sarif"))
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["N301", "N410"]
    first, second, third = run["results"]
    assert [r["ruleIndex"] for r in run["results"]] == [0, 1, 0]
    assert (first["level"], second["level"]) == ("error", "note")
    place = first["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "chains/a%20b.ai"
    assert place["region"] == {
        "startLine": 1,
        "startColumn": 9,
        "endLine": 1,
        "endColumn": 10,
    }
    related = first["relatedLocations"]
    assert [place["id"] for place in related] == [1, 2]
    assert related[0]["message"] == {"text": "similar"}
    assert "relatedLocations" not in third


def test_junit() -> None:
    root = ElementTree.fromstring(write(problems(), "junit"))
    assert (root.tag, root.get("tests"), root.get("failures")) == (
        "testsuites",
        "3",
        "2",
    )
    (suite,) = root
    assert suite.get("name") == "chains/a b.ai"
    failed, remark, _ = suite
    assert failed.get("line") == "1"
    failure = failed.find("failure")
    assert failure is not None
    assert failure.text == render(next(iter(problems())))
    assert remark.find("failure") is None
    assert "it is idle" in (remark.findtext("system-out") or "")


@pytest.mark.parametrize("name", FORMATS)
def test_nothing_found(name: str) -> None:
    empty = write([], name)
    expected = {"text": "", "github": "", "json": "[]\n", "gitlab": "[]\n"}
    if name == "sarif":
        assert json.loads(empty)["runs"][0]["results"] == []
    elif name == "junit":
        assert ElementTree.fromstring(empty).get("failures") == "0"
    else:
        assert empty == expected[name]


@pytest.mark.parametrize("name", FORMATS)
def test_any_text_is_written_as_utf_8(name: str, tmp_path: Path) -> None:
    text = "".join(map(chr, [*range(0x100), 0xD800, 0xFFFE, 0xFFFF, 0x2028, 0x1F600]))
    file = SourceFile.of(f"a{text}.ai", text)
    found = [
        Unknown.diagnose(text, Label(file, Span(n, n + 1), text), help=text)
        for n in range(len(file.text))
    ]
    written = write(found, name)
    (tmp_path / "report").write_text(written, encoding="utf-8")
    if name in ("json", "gitlab", "sarif"):
        json.loads(written)
    if name == "junit":
        ElementTree.fromstring(written)
    if name == "github":
        assert len(written.splitlines()) == len(found)


def test_an_unknown_format_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        write([], "yaml")
