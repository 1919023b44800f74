"""Commands whose output nobody can take, and files that are not to be lost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from n3gen.cli import main

HELLO = "chain hello:\n    # a remark\n    step greet:\n        value: 1\n"
CALLS = "chain c:\n    step a:\n        kind: python\n        target: {}\n"

Output = pytest.CaptureFixture[str]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "chains").mkdir()
    (tmp_path / "chains" / "hello.ai").write_text(HELLO)
    (tmp_path / "n3gen.toml").write_text("")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    return tmp_path


def shell(arguments: Sequence[str], redirection: str) -> tuple[int, str]:
    """Exit code and stderr of a command with a redirection of the shell's."""
    command = f'exec "$0" -m n3gen "$@" {redirection}'
    ran = subprocess.run(
        ["/bin/sh", "-c", command, sys.executable, *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    return ran.returncode, ran.stderr


@pytest.mark.parametrize("arguments", [["explain"], ["plan", "chains/hello.ai"]])
def test_an_output_that_is_closed_from_the_start(
    project: Path, arguments: list[str]
) -> None:
    assert shell(arguments, ">&-") == (0, "")
    assert shell(arguments, "2>&-") == (0, "")


def test_a_run_that_can_show_no_progress(project: Path) -> None:
    code, _ = shell(["run", "chains/hello.ai", "hello"], "2>&-")
    assert code == 0


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="a device of Linux")
@pytest.mark.parametrize("arguments", [["explain"], ["--help"]])
def test_an_output_that_is_full(arguments: list[str]) -> None:
    code, err = shell(arguments, ">/dev/full")
    assert code == 2
    assert err == "error: cannot write the output: no space left on device\n"


def test_a_spec_is_not_converted_into_itself(project: Path, capsys: Output) -> None:
    assert main(["convert", "chains/hello.ai", "-o", "./chains/hello.ai"]) == 2
    assert "would be overwritten with itself" in capsys.readouterr().err
    assert (project / "chains" / "hello.ai").read_text() == HELLO


def test_the_ending_says_what_to_convert_to(project: Path, capsys: Output) -> None:
    assert main(["convert", "chains/hello.ai", "-o", "copy.ai"]) == 0
    assert (project / "copy.ai").read_text().startswith("chain hello:\n")
    assert main(["convert", "copy.ai", "-o", "copy.yaml"]) == 0
    assert (project / "copy.yaml").read_text().startswith("chains:\n")


def test_a_glob_selects_what_it_matches(project: Path, capsys: Output) -> None:
    (project / "chains" / "other.ai").write_text(HELLO.replace("value", "valu"))
    assert main(["lint", "chains/o*.ai"]) == 1
    assert "N201" in capsys.readouterr().out
    assert main(["lint", "chains/h*.ai"]) == 0
    assert "1 file" in capsys.readouterr().err
    assert main(["lint", "chains/x*.ai"]) == 2
    assert "no spec file matches `chains/x*.ai`" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "text", "kind"),
    [
        ("mod_gone", None, "ModuleNotFoundError"),
        ("mod_broken", "syntax error here\n", "SyntaxError"),
        ("mod_raises", "raise RuntimeError('no')\ndef f(ctx): ...\n", "RuntimeError"),
    ],
)
def test_a_module_that_cannot_be_imported_is_the_users(
    project: Path, capsys: Output, name: str, text: str | None, kind: str
) -> None:
    if text is not None:
        (project / f"{name}.py").write_text(text)
    (project / "chains" / "c.ai").write_text(CALLS.format(f"{name}:f"))
    assert main(["run", "chains/c.ai", "c"]) == 2
    err = capsys.readouterr().err
    assert f"error: cannot import what `chains/c.ai` calls: {kind}: " in err
    # Of the user's own code the traceback is shown.
    assert ("mod_raises.py" in err) == (name == "mod_raises")


@pytest.mark.parametrize("output_format", ["text", "json"])
@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("mod_tuple", "{(1, 2): 3}", {"(1, 2)": 3}),
        ("mod_round", "(lambda x: x.append(x) or x)([])", ["[[...]]"]),
        ("mod_twins", '{1: 1, "1": 2}', "{1: 1, '1': 2}"),
        ("mod_infinite", '{"a": [float("inf"), b"a"]}', {"a": ["inf", "b'a'"]}),
    ],
)
def test_a_result_that_is_no_json(
    project: Path,
    capsys: Output,
    name: str,
    value: str,
    shown: object,
    output_format: str,
) -> None:
    (project / f"{name}.py").write_text(f"def f(ctx):\n    return {value}\n")
    (project / "chains" / "c.ai").write_text(CALLS.format(f"{name}:f"))
    arguments = ["run", "chains/c.ai", "c", "--output-format", output_format]
    assert main(arguments) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["result"] if output_format == "json" else found) == shown


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "\n\n"])
def test_a_spec_without_chains_is_no_module(
    project: Path, capsys: Output, text: str
) -> None:
    (project / "chains" / "hello.ai").write_text(text)
    assert main(["build"]) == 0
    told = capsys.readouterr().err.strip()
    assert told.startswith("warning[N233]: the file defines nothing")
    assert told.endswith("no chains to build")


COUNTED = """\
chain c:
    input:
        n: int
    step a:
        value: "{{ payload.n }}"
"""


@pytest.mark.parametrize(
    "arguments",
    [
        ["run", "chains/c.ai", "c", "--input", "-"],
        ["batch", "chains/c.ai", "c", "-", "--out", "-"],
        ["lint", "-"],
    ],
    ids=" ".join,
)
def test_a_closed_input_is_told_to_who_needs_it(
    arguments: list[str], project: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "chains" / "c.ai").write_text(COUNTED)
    monkeypatch.setattr(sys, "stdin", None)
    assert main(arguments) == 2
    message = "error: standard input is closed: name a file, or redirect one to it\n"
    assert capsys.readouterr() == ("", message)


def test_a_key_that_is_there_twice_is_no_payload(project: Path, capsys: Output) -> None:
    (project / "chains" / "c.ai").write_text(COUNTED)
    arguments = ["run", "chains/c.ai", "c", "--input", '{"n": 1, "m": {}, "n": 2}']
    assert main(arguments) == 2
    message = "error: --input: the key `n` is there twice in one mapping\n"
    assert capsys.readouterr().err == message


@pytest.mark.parametrize("is_piped", [True, False])
def test_an_input_that_nobody_reads_is_told(
    is_piped: bool, project: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "chains" / "c.ai").write_text(COUNTED)
    (project / "row.json").write_text('{"n": 1}')
    with open(project / "row.json" if is_piped else os.devnull) as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        assert main(["run", "chains/c.ai", "c"]) == 1
    err = capsys.readouterr().err
    hint = "help: the payload was not read from standard input: add `--input -`\n"
    assert "`n` is missing" in err
    assert err.endswith(hint) == is_piped
