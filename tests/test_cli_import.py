"""`n3gen import promptflow` from end to end."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from n3gen.cli import main

from tests.test_golden_imports import GOLDEN

Output = pytest.CaptureFixture[str]

SOUND = sorted(path.parent for path in GOLDEN.glob("*/expected.ai"))

HELLO = """\
inputs:
  name: {type: string, default: Ada}
outputs:
  answer: {type: string, reference: "${greet.output}"}
nodes:
- {name: greet, type: python, source: {type: code, path: greet.py}, inputs: {name: "${inputs.name}"}}
"""
GREET = """\
from promptflow.core import tool

from words import HELLO


@tool
def greet(name: str, mark: str = "!") -> str:
    return HELLO + name + mark
"""
TOOL = "def tool(function):\n    return function\n"


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "n3gen.toml").write_text('specs = ["chains"]\n')
    return tmp_path


def add_flow(folder: Path, text: str = HELLO) -> None:
    folder.mkdir(parents=True)
    (folder / "flow.dag.yaml").write_text(text)
    (folder / "greet.py").write_text(GREET)
    (folder / "words.py").write_text('HELLO = "Hello "\n')


@pytest.fixture
def promptflow(root: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let code of flows be imported: with a package of the name, and their folder."""
    (root / "stub" / "promptflow").mkdir(parents=True)
    (root / "stub" / "promptflow" / "__init__.py").write_text("")
    (root / "stub" / "promptflow" / "core.py").write_text(TOOL)
    monkeypatch.syspath_prepend(str(root / "stub"))
    monkeypatch.syspath_prepend(str(root / "flows" / "say-hello"))
    yield


def test_a_flow_becomes_a_spec_with_tests(root: Path, capsys: Output) -> None:
    add_flow(root / "flows" / "say-hello")
    assert main(["import", "promptflow", "flows/say-hello"]) == 0
    out, err = capsys.readouterr()
    assert out == (
        "flows/say-hello/flow.dag.yaml -> chains/say_hello.ai\n"
        "     6  greet  python      python greet:greet\n"
    )
    assert err == "1 flow with 1 node imported, 1 without a remark\n"
    text = (root / "chains" / "say_hello.ai").read_text()
    assert text.startswith("# Imported from flows/say-hello/flow.dag.yaml by `n3gen ")
    assert "# Its code stays in flows/say-hello, which has to be on PYTHONPATH" in text
    assert main(["test"]) == 0
    assert "ok    imported of say_hello" in capsys.readouterr().out


@pytest.mark.usefixtures("promptflow")
def test_the_code_of_the_flow_runs_where_it_is(root: Path, capsys: Output) -> None:
    add_flow(root / "flows" / "say-hello")
    assert main(["import", "promptflow", "flows"]) == 0
    capsys.readouterr()
    assert main(["run", "chains/say_hello.ai", "say_hello", "--input", "{}"]) == 0
    assert '"answer": "Hello Ada!"' in capsys.readouterr().out


def test_flows_keep_their_folders(root: Path, capsys: Output) -> None:
    add_flow(root / "flows" / "one-more" / "say-hello")
    add_flow(root / "flows" / "one-more" / "say_hello")
    add_flow(root / "flows" / ".hidden" / "say_hello")
    add_flow(root / "flows" / "2nd")
    assert main(["import", "promptflow", "flows", "--out", "chains/old"]) == 0
    found = sorted(p.relative_to(root).as_posix() for p in root.rglob("*.ai"))
    assert found == [
        "chains/old/_2nd.ai",
        "chains/old/one_more/say_hello.ai",
        "chains/old/one_more/say_hello_2.ai",
    ]
    assert "3 flows with 3 nodes" in capsys.readouterr().err


def test_the_report_as_data(root: Path, capsys: Output) -> None:
    shutil.copytree(GOLDEN / "given", root / "given")
    assert main(["import", "promptflow", "given", "--json"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    (flow,) = json.loads(out)["flows"]
    assert flow["flow"] == "given/flow.dag.yaml"
    assert flow["spec"] == "chains/given.ai"
    assert (flow["status"], flow["written"], flow["modules"]) == (
        "imported",
        True,
        ["items"],
    )
    assert flow["nodes"][0] == {
        "name": "connected",
        "type": "python",
        "line": 7,
        "became": "given `connected`",
    }
    codes = [remark["code"] for remark in flow["remarks"]]
    assert codes.count("N751") == 9
    assert codes.count("N752") == 3
    assert {remark["file"] for remark in flow["remarks"]} == {
        "given/calls.jinja2",
        "given/flow.dag.yaml",
    }


def test_what_is_not_imported_fails_where_it_is_to(root: Path, capsys: Output) -> None:
    shutil.copytree(GOLDEN / "given", root / "given")
    assert main(["import", "promptflow", "given"]) == 0
    assert main(["import", "promptflow", "given", "--strict"]) == 1
    assert "warning[N751]" in capsys.readouterr().err


def test_a_faulty_flow_leaves_the_others(root: Path, capsys: Output) -> None:
    add_flow(root / "flows" / "hello")
    add_flow(root / "flows" / "wrong", HELLO.replace("${greet", "${gret"))
    assert main(["import", "promptflow", "flows"]) == 1
    out, err = capsys.readouterr()
    assert "flows/wrong/flow.dag.yaml is faulty: nothing is written" in out
    assert "= help: did you mean `greet`?" in err
    assert "--> flows/wrong/flow.dag.yaml:4:" in err
    assert err.endswith(
        "1 flow with 1 node imported, 1 without a remark; 1 flow faulty\n"
    )
    assert [path.name for path in root.rglob("*.ai")] == ["hello.ai"]


def test_specs_are_not_written_over(root: Path, capsys: Output) -> None:
    add_flow(root / "flows" / "hello")
    add_flow(root / "flows" / "other")
    (root / "chains").mkdir()
    spec = root / "chains" / "other.ai"
    spec.write_text("# mine\n")
    assert main(["import", "promptflow", "flows"]) == 2
    assert "`chains/other.ai` is there already" in capsys.readouterr().err
    assert [path.name for path in root.rglob("*.ai")] == ["other.ai"]
    assert spec.read_text() == "# mine\n"
    assert main(["import", "promptflow", "flows", "--force"]) == 0
    assert spec.read_text().startswith("# Imported from flows/other")


def test_all_specs_that_are_in_the_way_are_named(root: Path, capsys: Output) -> None:
    for name in ("one", "two"):
        add_flow(root / "flows" / name)
    assert main(["import", "promptflow", "flows"]) == 0
    for name in ("one", "two"):
        with (root / "chains" / f"{name}.ai").open("a") as file:
            file.write("# edited\n")
    capsys.readouterr()
    assert main(["import", "promptflow", "flows"]) == 2
    assert capsys.readouterr() == (
        "",
        "error: `chains/one.ai`, `chains/two.ai` are there already, with other content; "
        "nothing is written (--force writes over them)\n",
    )


def test_a_second_import_says_what_is_there(root: Path, capsys: Output) -> None:
    add_flow(root / "flows" / "hello")
    assert main(["import", "promptflow", "flows"]) == 0
    before = (root / "chains" / "hello.ai").stat()
    capsys.readouterr()
    assert main(["import", "promptflow", "flows"]) == 0
    assert capsys.readouterr() == (
        "chains/hello.ai is there already, as flows/hello/flow.dag.yaml becomes it\n",
        "1 flow imported before\n",
    )
    assert (root / "chains" / "hello.ai").stat().st_mtime_ns == before.st_mtime_ns
    add_flow(root / "flows" / "more")
    assert main(["import", "promptflow", "flows"]) == 0
    out, err = capsys.readouterr()
    assert "flows/more/flow.dag.yaml -> chains/more.ai\n" in out
    assert "chains/hello.ai is there already" in out
    assert err == (
        "1 flow with 1 node imported, 1 without a remark; 1 flow imported before\n"
    )
    assert main(["import", "promptflow", "flows", "--json"]) == 0
    flows = json.loads(capsys.readouterr().out)["flows"]
    assert [one["written"] for one in flows] == [False, False]


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("nowhere", "`nowhere` is not a folder"),
        ("empty", "there is no flow.dag.yaml in `empty`"),
        ("n3gen.toml", "`n3gen.toml` is not a folder"),
    ],
)
def test_wrong_usage(root: Path, path: str, message: str, capsys: Output) -> None:
    (root / "empty").mkdir()
    assert main(["import", "promptflow", path]) == 2
    assert message in capsys.readouterr().err


def test_files_that_are_no_text(root: Path, capsys: Output) -> None:
    add_flow(root / "flow")
    (root / "flow" / "greet.py").write_bytes(b"# caf\xe9\n")
    add_flow(root / "other")
    (root / "wrong").mkdir()
    (root / "wrong" / "flow.dag.yaml").write_bytes(b"inputs: {}\nnodes: \xff\n")
    assert main(["import", "promptflow", "."]) == 1
    out, err = capsys.readouterr()
    assert "`flow/greet.py` is not UTF-8 text" in err
    assert "--> flow/greet.py:1:6" in err
    assert "--> wrong/flow.dag.yaml:2:8" in err
    assert "flow/flow.dag.yaml is faulty: nothing is written\n" in out
    assert [path.name for path in root.rglob("*.ai")] == ["other.ai"]


def test_files_that_cannot_be_read(root: Path, capsys: Output) -> None:
    add_flow(root / "flow")
    (root / "flow" / "greet.py").write_text(" " * (4 * 1024 * 1024 + 1))
    add_flow(root / "other")
    assert main(["import", "promptflow", "."]) == 1
    assert "`flow/greet.py` has 4,194,305 bytes, more" in capsys.readouterr().err
    assert [path.name for path in root.rglob("*.ai")] == ["other.ai"]


@pytest.mark.parametrize("kind", ["dify", "namel3ss", "prompty"])
def test_a_pipe_is_no_file_to_import(root: Path, capsys: Output, kind: str) -> None:
    os.mkfifo(root / "pipe")
    for file in ("pipe", "/dev/zero"):
        assert main(["import", kind, file]) == 1
        told = capsys.readouterr().err
        assert f"{file}` is a pipe or device, not a regular file" in told
    assert main(["import", kind, "nowhere"]) == 2
    assert "there is no file or folder `nowhere`" in capsys.readouterr().err


def test_files_that_are_passed_over_are_listed(root: Path, capsys: Output) -> None:
    add_flow(root / "flows" / "hello")
    (root / "flows" / "flow.flex.yaml").write_text("entry: a:b\n")
    assert main(["import", "promptflow", "flows"]) == 0
    out = capsys.readouterr().out
    assert "flows/flow.flex.yaml is left out: it has no nodes\n" in out
    assert main(["import", "promptflow", "flows", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["left_out"] == ["flows/flow.flex.yaml"]


def test_what_a_flow_takes_in(root: Path, capsys: Output) -> None:
    add_flow(root / "shared")
    (root / "shared" / "flow.dag.yaml").unlink()
    add_flow(root / "flow", HELLO + "additional_includes: [../shared/greet.py]\n")
    (root / "flow" / "greet.py").unlink()
    assert main(["import", "promptflow", "flow"]) == 0
    text = (root / "chains" / "flow.ai").read_text()
    assert "# It takes in ../shared/greet.py, whose folder has to be on" in text


@pytest.mark.parametrize("case", SOUND, ids=lambda case: str(case.name))
def test_imported_specs_pass_their_own_tests(
    case: Path, root: Path, capsys: Output
) -> None:
    shutil.copytree(case, root / case.name)
    (root / case.name / "expected.ai").unlink()
    assert main(["import", "promptflow", case.name]) == 0
    assert main(["test"]) == 0, capsys.readouterr().out
    assert main(["lint", "--strict"]) == 0, capsys.readouterr().out


def test_help_names_what_is_imported(capsys: Output) -> None:
    assert main(["import", "--help"]) == 0
    assert "promptflow" in capsys.readouterr().out
