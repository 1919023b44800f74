"""What editors and CI systems ask of the commands: standard input, watching, reports."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest
import watchfiles
from n3gen.cli import main
from n3gen.project.config import find_config
from n3gen.project.watching import changed_specs

Output = pytest.CaptureFixture[str]

CHAIN = "chain a:\n    step x:\n        value: 1\n"
TESTS = """\
chain greet:
    step hello:
        value: "hello"

test right of greet:
    expect:
        result: hello

test wrong of greet:
    expect:
        result: goodbye
"""


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "chains").mkdir()
    (tmp_path / "chains/a.ai").write_text(CHAIN)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def given(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))


def test_lint_reads_standard_input_as_if_it_were_a_file(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: Output
) -> None:
    (root / "chains/shared.ai").write_text("type T:\n    a: str\n")
    edited = "use shared\n" + CHAIN.replace("value: 1", "valeu: 1")
    given(edited, monkeypatch)
    assert main(["lint", "-", "--stdin-filename", "chains/a.ai"]) == 1
    out = capsys.readouterr().out
    assert "chains/a.ai:4:9" in out
    assert "1 error" in out
    given(CHAIN, monkeypatch)
    assert main(["lint", "-", "--stdin-filename", "chains/new.ai"]) == 0


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--stdin-filename", "chains/a.ai"], "write `-` in place of files"),
        (["chains", "--stdin-filename", "chains/a.ai"], "write `-` in place of files"),
        (["-", "chains/a.ai"], "`-` is standard input and stands alone"),
    ],
)
def test_standard_input_of_lint_is_neither_passed_over_nor_one_of_several(
    root: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: Output,
    words: list[str],
    told: str,
) -> None:
    given(CHAIN.replace("value", "valeu"), monkeypatch)
    assert main(["lint", *words]) == 2
    assert told in capsys.readouterr().err


def test_lint_tells_where_standard_input_is_no_utf_8(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: Output
) -> None:
    text = CHAIN.replace("value: 1", "value: café").encode("latin-1")
    (root / "chains/a.ai").write_bytes(text)
    assert main(["lint", "chains/a.ai"]) == 1
    told = capsys.readouterr().out
    assert "N101" in told and "caf\N{REPLACEMENT CHARACTER}\n" in told
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text)))
    assert main(["lint", "-", "--stdin-filename", "chains/a.ai"]) == 1
    assert capsys.readouterr().out == told


def test_tests_are_reported_as_junit(root: Path, capsys: Output) -> None:
    (root / "chains/greet.ai").write_text(TESTS)
    assert main(["test", "--output-format", "junit"]) == 1
    report = ElementTree.fromstring(capsys.readouterr().out)
    assert report.attrib["tests"] == "2"
    assert report.attrib["failures"] == "1"
    failed = [
        case for case in report.iter("testcase") if case.find("failure") is not None
    ]
    (case,) = failed
    assert case.attrib["name"] == "wrong of greet"
    assert (case.attrib["file"], case.attrib["line"]) == ("chains/greet.ai", "9")
    failure = case.find("failure")
    assert failure is not None
    assert "chains/greet.ai:11" in (failure.text or "")


def test_watching_builds_again_and_survives_mistakes(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: Output
) -> None:
    spec = root / "chains/a.ai"
    module = root / "generated/a.py"

    def edits(*_: object, **__: object) -> Iterator[set[tuple[int, str]]]:
        assert not module.exists()
        yield set()  # what changes from here on is told after the first build
        assert module.exists()
        yield {(1, str(spec))}
        yield set()
        spec.write_text("chain a:\n    step x:\n        valeu: 1\n")
        yield {(1, str(spec))}
        spec.write_text(CHAIN.replace("chain a", "chain second"))
        yield {(1, str(module)), (1, str(spec))}
        assert "second" in module.read_text()
        yield {(1, str(module))}

    monkeypatch.setattr(watchfiles, "watch", edits)
    assert main(["build", "--watch"]) == 0
    err = capsys.readouterr().err
    assert err.count("changed: chains/a.ai") == 3
    assert "did you mean `value`?" in err


@pytest.mark.parametrize("told", [[], [set[tuple[int, str]]()]])
def test_an_interrupt_ends_the_watch_whenever_it_comes(
    root: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: Output,
    told: list[set[tuple[int, str]]],
) -> None:
    def interrupted(*_: object, **options: object) -> Iterator[set[tuple[int, str]]]:
        yield from told
        if options.get("raise_interrupt", True):
            raise KeyboardInterrupt

    monkeypatch.setattr(watchfiles, "watch", interrupted)
    assert main(["build", "--watch"]) == 130
    err = capsys.readouterr().err
    assert err.endswith("interrupted\n")
    assert ("wrote 2 files" in err) == bool(told)


def test_changes_of_the_disk_are_seen(root: Path) -> None:
    changes = changed_specs([find_config()])
    chains, spec = root / "chains", root / "chains/a.ai"
    assert next(changes) == ()
    spec.write_text(CHAIN + "# edited during the first build\n")
    assert next(changes) == ("chains/a.ai",)
    spec.write_text(CHAIN + "# edited during the build of that\n")
    assert next(changes) == ("chains/a.ai",)
    # Of a folder that is moved its own path is told, and none of those in it.
    chains.rename(root / "away")
    assert "chains" in next(found for found in changes if "chains" in found)
    (root / "away").rename(chains)
    assert next(changes) == ("chains",)


def test_a_file_with_one_chain_needs_no_chain(root: Path, capsys: Output) -> None:
    assert main(["run", "chains/a.ai"]) == 0
    assert capsys.readouterr().out == "1\n"
    (root / "chains/two.ai").write_text(CHAIN + CHAIN.replace("chain a", "chain b"))
    assert main(["run", "chains/two.ai"]) == 2
    assert "say which chain of `chains/two.ai`: `a`, `b`" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["run", "batch"])
def test_a_shell_completes_chains(
    command: str, root: Path, monkeypatch: pytest.MonkeyPatch, capsys: Output
) -> None:
    (root / "chains/two.ai").write_text(CHAIN + CHAIN.replace("chain a", "chain b"))
    monkeypatch.setenv("_N3GEN_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", f"n3gen {command} chains/two.ai ")
    monkeypatch.setenv("COMP_CWORD", "3")
    with pytest.raises(SystemExit):
        main([])
    assert capsys.readouterr().out.split() == ["plain,a", "plain,b"]
