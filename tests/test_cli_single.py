"""`plan`, `run`, `fmt` and `convert` from end to end."""

from __future__ import annotations

import codecs
import io
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from n3gen.cli import main
from n3gen.cli.progress import LiveProgress, PlainProgress, progress, summary
from rich.cells import cell_len

from tests.building import build

Output = pytest.CaptureFixture[str]
Write = Callable[[str, str], None]

CHAINS = """\
chain sums:
    input:
        a: int
        b: int = 2
    step left:
        kind: connector
        target: double
        parallel: true
        options:
            of: "{{ payload.a }}"
    step right:
        kind: connector
        target: double
        parallel: true
        options:
            of: "{{ payload.b }}"
    step total:
        value: "{{ left + right }}"

chain plain:
    step one:
        value: {x: 1}
"""
CONNECTORS = """\
def double(ctx):
    return 2 * ctx.options["of"]

def broken(ctx):
    raise RuntimeError("boom")

def loud(ctx):
    raise RuntimeError("\\x1b[2J\\x9b31mred\\x07 \\u202eback\\nnext")

ALL = {"double": double}
BROKEN = {"double": broken}
LOUD = {"double": loud}
"""


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.delitem(sys.modules, "connectors_of_test", raising=False)
    (tmp_path / "chains").mkdir()
    (tmp_path / "chains/x.ai").write_text(CHAINS)
    (tmp_path / "connectors_of_test.py").write_text(CONNECTORS)
    return tmp_path


def run(*arguments: str) -> int:
    return main(["run", "chains/x.ai", *arguments])


SUMS = ("sums", "--connectors", "connectors_of_test:ALL", "--input", '{"a": 5}')


def test_run_prints_the_result(capsys: Output) -> None:
    assert run(*SUMS, "--parallel") == 0
    captured = capsys.readouterr()
    assert json.loads(captured.out) == 14
    assert "left started" in captured.err
    assert "total ok in" in captured.err
    assert "chain 'sums' ok in" in captured.err
    assert "3 steps" in captured.err


@pytest.mark.parametrize(
    ("call", "code"),
    [
        ("target: connectors_of_test:nothing", "N333"),
        ("target: connectors_of_test:double\n        with: {b: 1}", "N334"),
    ],
)
@pytest.mark.parametrize(
    "command",
    [
        ["run", "chains/x.ai", "c"],
        ["batch", "chains/x.ai", "c", "rows.jsonl", "--out", "o.jsonl"],
    ],
)
def test_what_a_build_refuses_does_not_run(
    root: Path, capsys: Output, command: list[str], call: str, code: str
) -> None:
    first = "chain c:\n    step a:\n        emit: {begun: true}\n"
    text = f"{first}    step b:\n        kind: python\n        {call}\n"
    (root / "chains/x.ai").write_text(text)
    (root / "rows.jsonl").write_text("{}\n")
    assert main(["build", "chains"]) == 1
    assert f"error[{code}]" in capsys.readouterr().err
    assert main(command) == 1
    captured = capsys.readouterr()
    assert f"error[{code}]" in captured.err
    assert (captured.out, "started" in captured.err) == ("", False)
    assert not (root / "o.jsonl").exists()


def test_run_writes_nothing(root: Path) -> None:
    assert run("plain") == 0
    files = {path.name for path in root.iterdir()} - {"__pycache__"}
    assert files == {"chains", "connectors_of_test.py"}


def test_run_prints_the_record_on_request(capsys: Output) -> None:
    assert run(*SUMS, "--output-format", "json") == 0
    record = json.loads(capsys.readouterr().out)
    assert (record["status"], record["result"]) == ("ok", 14)
    assert [step["name"] for step in record["steps"]] == ["left", "right", "total"]


def test_a_chain_that_fails_exits_with_1(capsys: Output) -> None:
    arguments = [word.replace(":ALL", ":BROKEN") for word in SUMS]
    assert run(*arguments) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("RuntimeError: boom") >= 1
    assert "(chains/x.ai:" in captured.err
    assert captured.err.count("Traceback (most recent call last)") == 1
    assert run(*arguments, "--output-format", "json") == 1
    assert json.loads(capsys.readouterr().out)["status"] == "error"


def test_what_a_terminal_would_obey_is_shown_escaped(capsys: Output) -> None:
    arguments = [word.replace(":ALL", ":LOUD") for word in SUMS]
    assert run(*arguments) == 1
    captured = capsys.readouterr()
    for text in (captured.out, captured.err):
        assert not [c for c in text if not (c.isprintable() or c in "\n\t")]
    words = r"RuntimeError: \x1b[2J\x9b31mred\x07 \u202eback"
    # As the error of the step and of the chain in one line, and in the traceback.
    assert captured.err.count(f"{words} next") >= 2
    assert captured.err.count(f"{words}\n") == 1
    assert run(*arguments, "--output-format", "json") == 1
    error = json.loads(capsys.readouterr().out)["error"]
    assert f"{words} next" in error


def test_variables_come_from_a_file_where_the_environment_has_none(
    root: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "environ", dict(os.environ))
    (root / "chains/x.ai").write_text(
        'chain c:\n    step word:\n        value: "{{ env.N3_WORD | upper }}"\n'
    )
    (root / ".env").write_text("N3_WORD=hello\n")
    assert run("c", "--env-file", ".env") == 0
    assert json.loads(capsys.readouterr().out) == "HELLO"
    (root / ".env").write_text("# mine\nN3_WORD\n")
    assert run("c", "--env-file", ".env") == 2
    assert ".env:2 is not `NAME=value`" in capsys.readouterr().err


def test_a_payload_that_does_not_fit_exits_with_1(capsys: Output) -> None:
    assert run(*SUMS[:-1], '{"a": "five", "c": 1}') == 1
    assert "error: " in capsys.readouterr().err


def test_the_payload_may_be_a_file_or_stdin(
    root: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    (root / "payload.json").write_text('{"a": 1}')
    assert run(*SUMS[:-1], "@payload.json") == 0
    assert json.loads(capsys.readouterr().out) == 6
    monkeypatch.setattr("sys.stdin", io.StringIO('{"a": 2}'))
    assert run(*SUMS[:-1], "-") == 0
    assert json.loads(capsys.readouterr().out) == 8


@pytest.mark.parametrize("is_file", [True, False])
def test_a_payload_is_read_up_to_a_size(
    is_file: bool, root: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("n3gen.project.given_data.LARGEST_DATA", 8)
    (root / "payload.json").write_text('{"a": 12}')
    endless = _Endless('{"a": 1}')
    monkeypatch.setattr("sys.stdin", endless)
    assert run(*SUMS[:-1], "@payload.json" if is_file else "-") == 2
    told = capsys.readouterr().err
    who = "`payload.json` has 9 bytes, more than the 8"
    if not is_file:
        who = "standard input has more than the 8 characters"
    assert told == f"error: {who} that n3gen reads\n"
    (root / "payload.json").write_text('{"a": 1}')
    assert run(*SUMS[:-1], "@payload.json") == 0


SCHEMA = "# yaml-language-server: $schema=n3gen.schema.json\n"


class _Endless(io.StringIO):
    """Standard input that never ends: whoever asks for all of it fails."""

    def read(self, size: int | None = -1) -> str:
        assert size is not None
        assert size >= 0
        return super().read(size).ljust(size, "y")


def test_a_file_given_as_the_payload_is_named(root: Path, capsys: Output) -> None:
    (root / "payload.json").write_text('{"a": 1}')
    assert run(*SUMS[:-1], "payload.json") == 2
    assert capsys.readouterr().err == (
        "error: --input is not valid JSON, but the name of a file: write "
        "`@payload.json`\n"
    )
    assert run(*SUMS[:-1], "other.json") == 2
    assert "a file is given as `@other.json`" in capsys.readouterr().err
    assert run(*SUMS[:-1], "{") == 2
    assert "expecting property name" in capsys.readouterr().err
    (root / "record.json").write_text("{}")
    assert run(*SUMS, "--resume", "@record.json") == 2
    assert "name it without the `@`: `record.json`" in capsys.readouterr().err


def test_a_module_names_it_too_and_reads_up_to_a_size(
    root: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = build((root / "chains/x.ai").read_text())

    def told(*words: str) -> str:
        with pytest.raises(SystemExit) as left:
            module.run_command(module.MODULE, module.aclose, ["sums", *words])
        assert left.value.code == 2
        return capsys.readouterr().err.splitlines()[-1].partition("error: ")[2]

    (root / "payload.json").write_text('{"a": 12}')
    assert told("--input", "payload.json") == (
        "--input is not JSON: the file is given as @payload.json"
    )
    twice = "--input: the key `a` is there twice in one mapping"
    assert told("--input", '{"b": [{"a": 1, "a": 1}]}') == twice
    for option in ("--input", "--resume", "--connectors", "--trace"):
        assert told(option, "") == f"{option} is empty: is a variable not set?"
    with monkeypatch.context() as closed:
        closed.setattr("sys.stdin", None)
        assert told("--input", "-") == "--input: standard input is closed"
    data = codecs.BOM_UTF8 + b'"text"'
    (root / "marked.json").write_bytes(data)
    monkeypatch.setattr("sys.stdin", io.StringIO(data.decode()))
    for given in ("@marked.json", "-"):
        assert run("plain", "--input", given) == 0
        capsys.readouterr()
    monkeypatch.setattr(module, "LARGEST_INPUT", 8)
    monkeypatch.setattr("sys.stdin", _Endless())
    for given in ("-", "@payload.json"):
        assert told("--input", given) == "--input has more than 8 characters"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["sum"], "there is no chain `sum` in `chains/x.ai`; did you mean `sums`?"),
        (["zzzzzz"], "no chain `zzzzzz` in `chains/x.ai`; it has `sums`, `plain`"),
        (["plain", "--input", "{"], "--input is not valid JSON"),
        (["plain", "--input", "@nope"], "cannot read `nope`: there is no such file"),
        (["plain", "--resume", "nope"], "cannot read `nope`: there is no such file"),
        (["plain", "--resume", "chains"], "cannot read `chains`: is a directory"),
        (["plain", "--connectors", "x"], "--connectors must be MODULE:NAME, not `x`"),
        (
            ["plain", "--connectors", "no_such:x"],
            "cannot import `no_such:x`: ModuleNot",
        ),
        (
            ["plain", "--connectors", "connectors_of_test:double"],
            "must be a mapping of connector names to callables, not function",
        ),
        (["plain", "--timeout", "-1"], "'--timeout': `-1` is no time above 0"),
    ],
)
def test_wrong_arguments_of_run(
    arguments: list[str], message: str, capsys: Output
) -> None:
    assert run(*arguments) == 2
    captured = capsys.readouterr()
    assert message in captured.err
    assert captured.out == ""


def test_a_setting_that_cannot_be_read(
    capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENABLE_PARALLEL_STEPS", "perhaps")
    assert run("plain") == 2
    assert "ENABLE_PARALLEL_STEPS must be true or false" in capsys.readouterr().err


def test_an_error_in_the_spec_is_shown(root: Path, capsys: Output) -> None:
    (root / "chains/x.ai").write_text("chain x:\n    step a:\n        kind: nonsense\n")
    for command in (["plan"], ["run", "--input", "1"]):
        words = [command[0], "chains/x.ai", *command[1:]]
        assert main([*words, "x"]) == 1
        assert "--> chains/x.ai:3:15" in capsys.readouterr().err


def test_plan_shows_batches(capsys: Output) -> None:
    assert main(["plan", "chains/x.ai", "sums"]) == 0
    out = capsys.readouterr().out
    assert "left" in out
    assert "total" in out
    assert "plain" not in out


def test_plan_for_machines(capsys: Output) -> None:
    assert main(["plan", "chains/x.ai", "--output-format", "json"]) == 0
    assert len(json.loads(capsys.readouterr().out)) == 2


def test_plan_knows_its_chains(capsys: Output) -> None:
    assert main(["plan", "chains/x.ai", "sumz"]) == 2
    assert "did you mean `sums`?" in capsys.readouterr().err


def test_fmt_formats_once(root: Path, capsys: Output) -> None:
    path = root / "chains/x.ai"
    path.write_text("chain  x :\n  # why\n  step a:\n     value:   1\n")
    assert main(["fmt", "--check"]) == 1
    assert "would change chains/x.ai" in capsys.readouterr().err
    assert main(["fmt", "--diff", "chains/x.ai"]) == 0
    assert "--- chains/x.ai" in capsys.readouterr().out
    assert main(["fmt"]) == 0
    assert path.read_text() == "chain x:\n    # why\n    step a:\n        value: 1\n"
    assert main(["fmt", "--check"]) == 0


def test_fmt_reports_to_tools(root: Path, capsys: Output) -> None:
    (root / "chains/x.ai").write_text("chain  x :\n  step a:\n     value:   1\n")
    (root / "chains/y.ai").write_text("chain y:\n\tstep a:\n")
    assert main(["fmt", "--check", "--output-format", "json"]) == 1
    data = json.loads(capsys.readouterr().out)
    assert (data["changed"], data["left"]) == (["chains/x.ai"], [])
    assert [one["file"] for one in data["problems"]] == ["chains/y.ai"]
    assert main(["fmt", "--check", "--output-format", "github"]) == 1
    first, second = capsys.readouterr().out.splitlines()
    assert first == (
        "::error file=chains/x.ai,line=1,col=1,endColumn=2,title=N904 unformatted-file"
        "::this file is not in the one layout%0Ahelp: run `n3gen fmt`"
    )
    assert second.startswith("::error file=chains/y.ai,line=2,")
    assert main(["fmt", "--check", "--output-format", "gitlab"]) == 1
    issues = json.loads(capsys.readouterr().out)
    assert [(one["location"]["path"], one["check_name"][:4]) for one in issues] == [
        ("chains/x.ai", "N904"),
        ("chains/y.ai", "N103"),
    ]
    assert main(["fmt", "--check", "--output-format", "sarif"]) == 1
    (run,) = json.loads(capsys.readouterr().out)["runs"]
    assert [one["ruleId"] for one in run["results"]] == ["N904", "N103"]
    assert main(["fmt", "--check", "--output-format", "junit"]) == 1
    assert 'name="n3gen" tests="2" failures="2"' in capsys.readouterr().out
    assert main(["fmt", "--diff", "--output-format", "json"]) == 2
    assert "`--diff` is text" in capsys.readouterr().err
    (root / "chains/y.ai").unlink()
    assert main(["fmt", "--output-format", "github"]) == 0
    assert capsys.readouterr().out == ""
    assert main(["fmt", "--check", "--output-format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["changed"] == []


def test_fmt_leaves_a_file_with_errors(root: Path, capsys: Output) -> None:
    path = root / "chains/x.ai"
    path.write_text("chain x:\n\tstep a:\n")
    assert main(["fmt"]) == 1
    assert "--> chains/x.ai:2:1" in capsys.readouterr().err
    assert path.read_text() == "chain x:\n\tstep a:\n"


def test_fmt_says_once_that_a_file_is_no_text(root: Path, capsys: Output) -> None:
    text = "chain x:\n    step a: {value: 1}\n"
    for data in (text.encode("utf-16"), text.encode("utf-16-le"), b"\xff" * 9):
        (root / "chains/x.ai").write_bytes(data)
        assert main(["fmt", "--check", "chains/x.ai"]) == 1
        told = capsys.readouterr().err
        assert told.count("error[") == told.count("error[N101]") == 1
    (root / "chains/x.ai").write_text("chain x:\x01\n    step a: {value: 1}\n")
    assert main(["fmt", "--check", "chains/x.ai"]) == 1
    assert capsys.readouterr().err.count("error[") == 1


@pytest.mark.parametrize("paths", [[], ["chains/loud.AI"]])
def test_fmt_says_of_an_ending_in_capitals_what_others_say(
    root: Path, capsys: Output, paths: list[str]
) -> None:
    (root / "chains/loud.AI").write_text("chain x:\n  step a: {value: 1}\n")
    assert main(["fmt", *paths]) == 1
    told = capsys.readouterr().err
    assert "error[N123]: this file cannot be read: its ending is `.AI`\n" in told
    assert "only .ai files" not in told


def test_convert_there_and_back(root: Path, capsys: Output) -> None:
    assert main(["convert", "chains/x.ai"]) == 0
    text = capsys.readouterr().out
    assert "chains:\n  sums:\n" in text
    (root / "chains/y.yaml").write_text(text)
    assert main(["convert", "chains/y.yaml", "-o", "z.ai"]) == 0
    assert main(["convert", "z.ai", "--to", "yaml"]) == 0
    assert capsys.readouterr().out == text


@pytest.mark.parametrize(
    ("name", "text", "is_told"),
    [
        ("c.yaml", 'chains: {c: {steps: [{name: x, value: "a # b"}]}}\n', False),
        ("c.yaml", "chains: {c: {steps: [{name: x, value: a#b}]}} # c\n", True),
        (
            "c.yaml",
            "chains:\n c:\n  steps:\n  - name: x\n    value: | # c\n     a # b\n",
            True,
        ),
        ("c.yaml", SCHEMA + "chains: {c: {steps: [{name: x, value: 1}]}}\n", False),
        ("c.ai", 'chain c:\n    step x: {value: "a # b"}\n', False),
        ("c.ai", 'chain c:\n    step x: {value: "a # b"}  # c\n', True),
    ],
)
def test_convert_tells_of_comments_where_there_are_any(
    root: Path, capsys: Output, name: str, text: str, is_told: bool
) -> None:
    (root / name).write_text(text)
    assert main(["convert", name]) == 0
    told = "comments are not carried over\n"
    assert capsys.readouterr().err == (told if is_told else "")


def test_convert_shows_errors(root: Path, capsys: Output) -> None:
    (root / "chains/x.yaml").write_text("chains: [\n")
    assert main(["convert", "chains/x.yaml", "-o", "z.ai"]) == 1
    assert "--> chains/x.yaml:" in capsys.readouterr().err
    assert not (root / "z.ai").exists()


@pytest.mark.parametrize(
    ("to", "output"), [("ai", "z.yaml"), ("yaml", "z.ai"), ("yaml", "z.AI")]
)
def test_convert_writes_what_the_ending_says(
    root: Path, capsys: Output, to: str, output: str
) -> None:
    assert main(["convert", "chains/x.ai", "--to", to, "-o", output]) == 2
    told = capsys.readouterr().err
    assert f"`{output}` would hold what its ending does not say" in told
    assert f"give it the ending `.{to}`, or leave out `--to {to}`" in told
    assert not (root / output).exists()


STEPS = [f"s{number}" for number in range(40)]
RUN = {
    "status": "error",
    "steps": [{}] * 40,
    "metadata": {
        "elapsed_ms": 1000,
        "sequential_ms": 3000,
        "speedup": 3.0,
        "pending": ["last"],
    },
}


def events() -> list[dict[str, Any]]:
    started: list[dict[str, Any]] = [
        {"event": "step_start", "step": s, "time_ms": 0} for s in STEPS
    ]
    ended: list[dict[str, Any]] = [
        {
            "event": "step_error" if step == "s15" else "step_complete",
            "step": step,
            "time_ms": 100,
            "record": {
                "status": "error" if step == "s15" else "ok",
                "attempts": 2 if step == "s14" else 1,
                "queued_ms": 40 if step == "s14" else 0,
                "elapsed_ms": 100,
                "tokens": 1200 if step == "s14" else 0,
                "error": "boom [/]" if step == "s15" else None,
            },
        }
        for step in STEPS[:16]
    ]
    last: dict[str, Any] = {"event": "chain_error", "time_ms": 1000, "run": RUN}
    return [{"event": "chain_start", "time_ms": 0}, *started, *ended, last]


SUMMARY = (
    "chain 'x' failed after 1.00 s: 40 steps, 3.00 s in sequence, 3.0 times as fast, "
    "1 never started"
)


def test_plain_progress_is_a_line_per_event() -> None:
    stream = io.StringIO()
    shown = PlainProgress("x", stream)
    for event in events():
        shown.event(event)
    lines = stream.getvalue().splitlines()
    assert len(lines) == 40 + 16 + 1
    assert lines[0] == "    0.00 s  s0 started"
    assert "    0.10 s  s15 error in 0.10 s: boom [/]" in lines
    assert lines[-1] == SUMMARY


def test_progress_reports_steps_that_are_cut_off() -> None:
    record = {"status": "cancelled", "elapsed_ms": 100, "error": "cancelled"}
    cut = {"event": "step_cancelled", "step": "s0", "time_ms": 100, "record": record}
    stream = io.StringIO()
    PlainProgress("x", stream).event(cut)
    assert stream.getvalue() == "    0.10 s  s0 cancelled in 0.10 s\n"


def test_live_progress_keeps_to_a_screen() -> None:
    from rich.console import Console

    shown = LiveProgress("x")
    console = Console(file=io.StringIO(), width=200, height=60)
    for event in events()[:-1]:
        shown.event(event)
    with console.capture() as captured:
        console.print(shown)
    text = captured.get()
    assert len(text.splitlines()) < 40
    assert "boom [/]" in text
    assert "queued 0.04 s, 2 tries, 1,200 tokens" in text
    assert "4 steps ended before" in text
    assert "4 more steps running" in text
    shown.event(events()[-1])
    with console.capture() as captured:
        console.print(shown)
    assert SUMMARY in captured.get()
    assert "running" not in captured.get()


@pytest.mark.parametrize(("width", "height"), [(80, 24), (40, 24), (80, 10), (20, 12)])
def test_what_live_progress_shows_fits_a_terminal(width: int, height: int) -> None:
    from rich.console import Console

    shown = LiveProgress("x", {"docs": 90})
    console = Console(file=io.StringIO(), width=width, height=height)
    error = "too long for one line of any terminal, " * 5
    record = {"status": "error", "elapsed_ms": 9, "error": error, "attempts": 1}
    for number in range(60):
        step = {"step": f"docs[{number}].日本語", "time_ms": 10 * number}
        shown.event({"event": "step_start", **step})
        if number < 30:
            ended = {**record, "queued_ms": 0, "tokens": 9}
            shown.event({"event": "step_error", **step, "record": ended})
        else:
            told = {"text": "日本語のとても長い答え " * 9}
            shown.event({"event": "step_progress", **step, "data": told})
    with console.capture() as captured:
        console.print(shown)
    lines = captured.get().splitlines()
    # rich leaves the last line to the cursor, and cuts off what is below it.
    assert len(lines) < height
    assert any("30 of" in line for line in lines)
    assert all(cell_len(line) <= width for line in lines)
    assert any(f"docs[{number}]" in "".join(lines) for number in range(30, 60))


def test_live_progress_has_what_a_step_streams() -> None:
    from rich.console import Console

    shown = LiveProgress("x")
    console = Console(file=io.StringIO(), width=120)
    step = {"step": "ask", "time_ms": 0}
    shown.event({"event": "step_start", **step})
    for text in ("It rains ", "in\nthe ", "north."):
        shown.event({"event": "step_progress", **step, "data": {"text": text}})
    with console.capture() as captured:
        console.print(shown)
    assert "It rains in the north." in captured.get()


def test_live_progress_has_bars_for_loops() -> None:
    from rich.console import Console

    shown = LiveProgress("x", {"docs": 4})
    console = Console(file=io.StringIO(), width=120)
    record = {"status": "ok", "elapsed_ms": 500, "error": None, "attempts": 1}
    for number in range(2):
        step = {"step": f"docs[{number}].classify", "time_ms": 500 * number}
        shown.event({"event": "step_start", **step})
        retry = {"delay_ms": 10, "error": "429"}
        shown.event({"event": "step_retry", **step, **retry})
        with console.capture() as captured:
            console.print(shown)
        assert "try 2: tries again in 0.01 s: 429" in captured.get()
        ended = {**step, "time_ms": 500 * number + 500}
        ended["record"] = {**record, "queued_ms": 0}
        shown.event({"event": "step_complete", **ended})
    with console.capture() as captured:
        console.print(shown)
    assert "2 of 4 rounds, 2.0/s, 1 s left" in captured.get()


def test_progress_is_live_on_a_terminal_only(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    with progress("x", Terminal()) as shown:
        assert isinstance(shown, LiveProgress)
    with progress("x", io.StringIO()) as plain:
        assert isinstance(plain, PlainProgress)


@pytest.mark.parametrize("command", [["convert", "chains/x.ai"], ["schema"]])
def test_a_dash_is_standard_output(
    root: Path, capsys: Output, command: list[str]
) -> None:
    assert main(command) == 0
    text = capsys.readouterr().out
    assert main([*command, "--output", "-"]) == 0
    assert capsys.readouterr().out == text
    assert not (root / "-").exists()


@pytest.mark.parametrize(
    ("tokens", "told"), [(1200, ", 2 requests, 1,200 tokens"), (0, ", 2 requests")]
)
def test_tokens_that_no_server_told_are_not_said_to_be_none(
    tokens: int, told: str
) -> None:
    usage = {"requests": 2, "tokens": tokens, "cost": None}
    times = {"elapsed_ms": 1000, "sequential_ms": 1000, "speedup": 1.0}
    record = {
        "status": "ok",
        "steps": [{}],
        "metadata": {**times, "usage": usage, "pending": []},
    }
    assert summary("c", record) == f"chain 'c' ok in 1.00 s: 1 step{told}"


def test_skipped_steps_are_counted_by_themselves() -> None:
    times = {"elapsed_ms": 0, "sequential_ms": 0, "speedup": 1.0, "pending": []}
    steps = [{"status": "ok"}, *[{"status": "skipped"}] * 1700]
    record = {"status": "ok", "steps": steps, "metadata": times}
    assert summary("c", record) == "chain 'c' ok in 0.00 s: 1 step, 1,700 skipped"


def test_convert_into_another_folder_keeps_what_a_spec_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Output
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "defs.ai").write_text("type T:\n    n: int\n")
    (tmp_path / "rows.jsonl").write_text('{"t": {"n": 1}}\n')
    (tmp_path / "c.ai").write_text(
        "use defs\n\nchain c:\n    input: {t: T}\n    result: payload.t.n\n"
        "    step s: {value: 1}\n\ntest t of c:\n    rows: rows.jsonl\n"
        '    payload: "{{ row }}"\n'
    )
    (tmp_path / "sub").mkdir()
    assert main(["convert", "c.ai", "-o", "sub/c.yaml"]) == 0
    text = (tmp_path / "sub/c.yaml").read_text()
    assert "use: [../defs]" in text and "rows: ../rows.jsonl" in text
    assert main(["test", "sub/c.yaml"]) == 0
    monkeypatch.chdir(tmp_path / "sub")
    assert main(["convert", "c.yaml", "-o", "../d.ai"]) == 0
    assert (tmp_path / "d.ai").read_text().startswith("use defs\n")
    capsys.readouterr()


def test_fmt_says_which_files_it_leaves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Output
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "c.yaml").write_text("types: {T: {n: int}}\n")
    assert main(["fmt", "c.yaml"]) == 0
    told = "left `c.yaml` as it is: only .ai files have the one layout\n"
    assert capsys.readouterr().err.startswith(told)
    assert main(["fmt"]) == 0
    assert "c.yaml" not in capsys.readouterr().err
