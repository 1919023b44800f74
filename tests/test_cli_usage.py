"""The command line as such: help, versions, start-up, exit codes, faults."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from n3gen import __version__
from n3gen.cli import main
from n3gen.cli.output import has_color, show_diffs
from n3gen.project.freshness import Cause
from n3gen.project.survey import Request
from n3gen.project.writing import Change

COMMANDS = [
    "init",
    "build",
    "check",
    "lint",
    "plan",
    "graph",
    "run",
    "trace",
    "batch",
    "explain",
    "fmt",
    "schema",
    "convert",
]
HEAVY = {"black", "jinja2", "pydantic", "httpx", "yaml", "rich", "asyncio"}

Output = pytest.CaptureFixture[str]


def test_help_lists_the_commands(capsys: Output) -> None:
    assert main(["--help"]) == 0
    out = capsys.readouterr().out
    assert all(f"\n  {command} " in out for command in COMMANDS)
    assert "Exit codes: 0 clean, 1 findings" in out


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_a_command_has_an_example(command: str, capsys: Output) -> None:
    assert main([command, "--help"]) == 0
    out = capsys.readouterr().out
    assert f"Examples:\n    n3gen {command}" in out
    assert max(map(len, out.splitlines())) <= 80


def test_version(capsys: Output) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"n3gen {__version__}\n"


def modules_after(*arguments: str, folder: Path | None = None) -> set[str]:
    """The modules that a command has imported when it ends."""
    program = (
        "import sys; from n3gen.cli import main; code = main(sys.argv[1:]);"
        "print('modules', *sys.modules); sys.exit(code)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        capture_output=True,
        text=True,
        check=True,
        cwd=folder,
    )
    return set(ran.stdout.rpartition("modules")[2].split())


@pytest.mark.parametrize("argument", ["--version", "--help"])
def test_starting_imports_nothing_heavy(argument: str) -> None:
    modules = modules_after(argument)
    assert not modules & HEAVY
    assert not [name for name in modules if name.startswith("n3gen.cli.b")]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["biuld"], "No such command 'biuld'. Did you mean 'build'?"),
        (["zzzzzzz"], "No such command 'zzzzzzz'."),
        (["build", "--ot", "x"], "No such option"),
        (["build", "--runtime", "none"], "'none' is not one of"),
        (["build", "--jobs", "0"], "0 is not in the range x>=1"),
        (["simulate"], "Missing argument 'PATH'"),
        (["plan"], "there is no folder `chains` or `specs` in"),
        (["plan", "biuld"], "there is no folder `chains` or `specs` in"),
        (["build"], "there is no folder `chains` or `specs` in"),
        (["build", "nope.ai"], "there is no file or folder `nope.ai` in"),
        (["build", "--config", "nope.toml"], "no configuration file `nope.toml`"),
        (["simulate", "."], "`.` is a folder; name one spec file"),
        (["convert", "."], "`.` is a folder; name one spec file"),
        (["explain", "N2O1"], "there is no diagnostic `N2O1`; did you mean `N201`?"),
        (["explain", "qqqqqq"], "there is no diagnostic `qqqqqq`; `n3gen explain`"),
    ],
)
def test_wrong_usage_exits_with_2(
    arguments: list[str],
    message: str,
    capsys: Output,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert message in captured.err
    assert captured.out == ""
    assert list(tmp_path.iterdir()) == []


def test_a_configuration_without_effect_is_told_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Output
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "n3gen.toml").write_text("specs = ['.']\n")
    (tmp_path / "pyproject.toml").write_text("[tool.n3gen]\nout = 'b'\n")
    for name in "ab":
        step = f"chain {name}:\n    step s:\n        value: 1\n"
        (tmp_path / f"{name}.ai").write_text(step)
    assert main(["lint", "a.ai", "b.ai"]) == 0
    told = (
        f"warning: `[tool.n3gen]` of `{tmp_path / 'pyproject.toml'}` is not read, as "
        "`n3gen.toml` stands beside it; keep one of them\n"
    )
    assert capsys.readouterr().err == told + "2 files without problems\n"
    assert main(["lint", "--config", "n3gen.toml"]) == 0
    assert capsys.readouterr().err == "2 files without problems\n"


def test_the_command_line_ends_without_a_last_look_for_garbage() -> None:
    program = (
        "import gc, sys; from n3gen.cli import main; main(['--version']);"
        "before = gc.get_freeze_count(); sys.argv[1:] = ['--version']; main();"
        "print(before, gc.get_freeze_count() > 0)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert ran.stdout.splitlines()[-1] == "0 True"


def test_a_wrong_configuration_exits_with_2(
    capsys: Output, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "n3gen.toml").write_text("ouT = 'x'\nspecs = 1\n")
    assert main(["check"]) == 2
    err = capsys.readouterr().err.splitlines()
    assert (
        err[0]
        == f"error: `{tmp_path}/n3gen.toml`: unknown key `ouT`; did you mean `out`?"
    )
    assert err[1].startswith(f"error: `{tmp_path}/n3gen.toml`: `specs` must be a list")


def broken(request: Request) -> None:
    raise RuntimeError("a bug, with a {brace}")


@pytest.fixture
def with_bug(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "chains").mkdir()
    monkeypatch.setattr("n3gen.cli.check.request_of", lambda *_: broken(Request()))


@pytest.mark.usefixtures("with_bug")
def test_a_fault_of_ours_is_one_paragraph(
    capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("N3GEN_TRACEBACK", raising=False)
    assert main(["check"]) == 3
    captured = capsys.readouterr()
    assert captured.out == ""
    assert len(captured.err.splitlines()) == 1
    assert "RuntimeError: a bug, with a {brace} (" in captured.err
    assert "test_cli_usage.py:" in captured.err
    assert "Traceback" not in captured.err


@pytest.mark.usefixtures("with_bug")
def test_a_traceback_is_shown_on_request(
    capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("N3GEN_TRACEBACK", "1")
    assert main(["check"]) == 3
    assert capsys.readouterr().err.startswith("Traceback (most recent call last)")


def test_an_interrupt_is_quiet(
    capsys: Output, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.chdir(tmp_path)
    (tmp_path / "chains").mkdir()
    monkeypatch.setattr("n3gen.cli.check.survey", interrupted)
    assert main(["check"]) == 130
    assert capsys.readouterr().err.strip() == "interrupted"


def piped(arguments: Sequence[str], **environment: str) -> tuple[int, str]:
    """Exit code and stderr of a command whose stdout nobody reads."""
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as out:
        ran = subprocess.run(
            [sys.executable, "-m", "n3gen", *arguments],
            stdout=out,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            env={**os.environ, **environment},
        )
    return ran.returncode, ran.stderr


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("arguments", [["explain"], ["explain", "N201"], ["--help"]])
def test_a_closed_pipe_is_quiet(arguments: list[str], unbuffered: str) -> None:
    code, err = piped(arguments, PYTHONUNBUFFERED=unbuffered)
    assert err == ""
    assert code in (1, 141)


def test_explain_lists_and_shows(capsys: Output) -> None:
    assert main(["explain"]) == 0
    listed = capsys.readouterr().out.splitlines()
    assert any(line.startswith("N201  error") for line in listed)
    assert main(["explain", "n201"]) == 0
    page = capsys.readouterr().out
    assert page.startswith("# N201 ")
    assert "## Wrong" in page


class Terminal:
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("environment", "colored"),
    [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)],
)
def test_colour_is_for_terminals_that_want_it(
    environment: dict[str, str], colored: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("NO_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert has_color(Terminal()) is colored  # type: ignore[arg-type]


def test_there_is_no_colour_in_a_file(tmp_path: Path) -> None:
    with (tmp_path / "x").open("w") as file:
        assert not has_color(file)


def rewritten(name: str, before: int, after: int) -> Change:
    """A change of so many lines into so many others."""
    return Change(f"/{name}", name, Cause.EDITED, b"old\n" * before, b"new\n" * after)


def test_differences_are_cut_to_a_sane_length(capsys: Output) -> None:
    show_diffs([rewritten("a.py", 2, 2)])
    assert capsys.readouterr().out.splitlines() == [
        "--- a.py",
        "+++ a.py",
        "@@ -1,2 +1,2 @@",
        "-old",
        "-old",
        "+new",
        "+new",
    ]
    show_diffs([rewritten(f"{n}.py", 100, 100) for n in range(9)])
    out = capsys.readouterr().out.splitlines()
    assert len(out) == 400 + 8
    assert out[60] == "... 143 more lines"
    assert out[-1] == "... and 2 more files"
    show_diffs([rewritten("long.py", 20_001, 1)])
    assert capsys.readouterr().out.splitlines()[-1] == "(too long to compare)"


def test_a_run_that_lacks_a_connector_says_how_to_give_it(
    capsys: Output, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x.ai").write_text("chain c:\n    step s: {target: tool}\n")
    assert main(["run", "x.ai"]) == 2
    assert capsys.readouterr().err == (
        "error: chain `c` needs connectors that were not given: `tool`; give them by "
        "--connectors MODULE:NAME\n"
    )


def test_a_run_that_nobody_answers_says_once_that_it_was_cancelled(
    capsys: Output, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    (tmp_path / "x.ai").write_text(
        'chain c:\n    step s: {wait: answer, ask: "Pay?", output: bool}\n'
    )
    assert main(["run", "x.ai"]) == 1
    assert capsys.readouterr().err.count("was cancelled") == 1


@pytest.mark.parametrize(
    "arguments",
    [
        *(["build", ""], ["check", ""], ["lint", ""], ["fmt", "chains", ""]),
        *(["upgrade", ""], ["graph", ""], ["plan", "", "c"], ["run", ""]),
        *(["batch", "", "c", "r"], ["batch", "s.ai", "c", "", "--out", "o"]),
        *(["simulate", ""], ["convert", ""], ["convert", "s.ai", "-o", ""]),
        *(["import", "dify", ""], ["runs", "show", ""], ["trace", ""], ["init", ""]),
        *(["lint", "--config", ""], ["build", "--out", ""], ["test", ""]),
        *(["run", "s.ai", "--connectors", ""], ["run", "s.ai", "--resume", ""]),
    ],
    ids=" ".join,
)
def test_an_empty_argument_is_refused(
    arguments: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: Output,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    told = capsys.readouterr()
    assert "it is empty; is a variable not set that should hold it?" in told.err
    assert not told.out
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize(
    "arguments",
    [
        *(("run",), ("simulate",), ("graph",), ("run", "foo"), ("simulate", "foo")),
        *(("graph", "foo"), ("plan", "foo")),
        ("batch", "foo", "rows.jsonl", "--out", "-"),
    ],
)
def test_a_spec_without_a_chain_is_told(
    arguments: tuple[str, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: Output,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("x.ai").write_text("type T:\n    n: int\n")
    command, *others = arguments
    assert main([command, "x.ai", *others]) == 2
    told = "chain `foo` in `x.ai`; it has none" if others else "chain in `x.ai`"
    assert capsys.readouterr().err == f"error: there is no {told}\n"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (
            ("test", "--json", "--output-format", "junit"),
            "`--json` and `--output-format junit` are both given; choose one",
        ),
        (
            ("graph", "--embed", "R.md", "--format", "svg"),
            "`--embed` draws Mermaid into its file, and takes no `--format svg`",
        ),
        (
            ("graph", "--embed", "R.md", "--out", "x.svg"),
            "`--embed` draws Mermaid into its file, and takes no `--out`",
        ),
    ],
)
def test_options_that_rule_each_other_out(
    arguments: tuple[str, ...],
    told: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: Output,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main([*arguments]) == 2
    assert capsys.readouterr().err == f"error: {told}\n"
