"""Channels that lines of text feed, by `n3gen run` and by modules run as programs."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from n3gen.cli import main

from tests.building import build

CHAINS = """\
channel tasks: 2
channel notes: 2

chain work:
    for done: task in channel tasks:
        step each:
            value: "{{ task }}"
    result: "{{ done }}"

chain first:
    for done: task in channel tasks:
        until: "true"
        step each:
            value: "{{ task }}"
    result: "{{ done }}"

chain both:
    parallel read:
        for a in channel tasks:
            step one: {value: "{{ a }}"}
        for b in channel notes:
            step two: {value: "{{ b }}"}
    result: "{{ read }}"

chain asking:
    for done: task in channel tasks:
        step agree:
            wait: agreed
            output: bool
    result: "{{ done }}"

chain own:
    parallel ends:
        step put: {kind: send, target: notes, value: 0}
        for seen: note in channel notes:
            step each: {value: "{{ note }}"}
    result: "{{ ends.seen }}"
"""

Run = Callable[..., tuple[int, Any, str]]
"""Runs a chain; returns the exit code, the result, and what is told on stderr."""


@pytest.fixture(scope="module")
def module() -> ModuleType:
    return build(CHAINS, "x.ai")


@pytest.fixture(params=["n3gen run", "module"])
def run(
    request: pytest.FixtureRequest,
    module: ModuleType,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Run:
    """`n3gen run`, or the command line of the module that is built."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    (tmp_path / "x.ai").write_text(CHAINS)
    (tmp_path / "lines").write_text('1\n\n{"a": [2]}\nthree \n')
    (tmp_path / "marked").write_text('\ufeff{"a": 1}\n\ufeff2\n', encoding="utf-8")
    (tmp_path / "bytes").write_bytes(b"1\n\xff\xfe\n3\n")
    is_module = request.param == "module"

    def command(words: list[str]) -> int:
        if not is_module:
            return main(["run", "x.ai", *words])
        try:
            code: int = module.run_fed_command(
                module.MODULE, module.aclose, words, events=module.asked_events
            )
        except SystemExit as left:
            return int(str(left.code))
        return code

    def run(*words: str, stdin: str = "") -> tuple[int, Any, str]:
        monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        code = command([*words])
        told = capsys.readouterr()
        shown = json.loads(told.out or "null")
        return code, shown["result"] if is_module and shown else shown, told.err

    return run


def test_lines_of_standard_input_feed_the_only_channel(run: Run) -> None:
    assert run("work", stdin='"one"\ntwo\n\n[3]')[:2] == (0, ["one", "two", [3]])
    assert run("work", stdin="")[:2] == (0, [])


def test_lines_of_files(run: Run) -> None:
    items = [1, {"a": [2]}, "three "]
    assert run("work", "--send", "tasks=@lines")[:2] == (0, items)
    both = ("both", "--send", "tasks=@lines")
    code, found, _ = run(*both, stdin="note")
    assert (code, [*found.values()]) == (0, [items, ["note"]])


def test_the_mark_before_the_first_line_is_no_part_of_it(run: Run) -> None:
    """A later one is what its line says."""
    code, found, _ = run("work", "--send", "tasks=@marked")
    assert (code, found) == (0, [{"a": 1}, "\ufeff2"])


def test_a_channel_of_the_chain_itself_may_be_fed_too(run: Run) -> None:
    assert run("own")[:2] == (0, [0])
    code, found, _ = run("own", "--send", "notes=@lines")
    assert code == 0
    assert 0 in found


def test_a_line_that_is_no_text_ends_the_run_at_once(run: Run) -> None:
    code, found, told = run("work", "--send", "tasks=@bytes")
    assert (code, found) == (2, None)
    assert "line 2 for channel `tasks` is not UTF-8" in told
    code, found, told = run("work", stdin="1\n\udcff\n")
    assert (code, found) == (2, None)
    assert "line 2 for channel `tasks` is not UTF-8" in told


def test_a_line_without_an_end_ends_the_run(
    run: Run, module: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LONGEST_SENT", 5)
    monkeypatch.setattr("n3gen.templates.runtime.run.fed_lines.LONGEST_SENT", 5)
    assert run("work", stdin="1234\n1234")[:2] == (0, [1234, 1234])
    code, found, told = run("work", stdin="1\n123456789")
    assert (code, found) == (2, None)
    assert "line 2 for channel `tasks` never ends, or is too long" in told


def test_a_loop_that_has_ended_takes_no_more(run: Run) -> None:
    assert run("first", stdin="1\n" * 1000)[:2] == (0, [1])


def test_answers_from_the_terminal_beside_lines_of_a_file(run: Run) -> None:
    answers = "yes\nno\nyes\n"
    code, found, _ = run("asking", "--send", "tasks=@lines", stdin=answers)
    assert (code, found) == (0, [True, False, True])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("both",), "needs items from its caller: give --send tasks=@FILE --send not"),
        (
            ("both", "--send", "tasks=-"),
            "needs items from its caller: give --send notes",
        ),
        (("asking",), "standard input has the answers of people: give the items by"),
        (("work", "--input", "-"), "standard input has the payload: give the items by"),
        (("work", "--send", "taks=-"), "no channel `taks`; did you mean `tasks`?"),
        (
            ("work", "--send", "tasks"),
            "--send tasks: write CHANNEL=@FILE, or CHANNEL=-",
        ),
        (
            ("work", "--send", "tasks=lines"),
            "--send tasks=lines: write tasks=@lines",
        ),
        (
            ("work", "--send", "tasks=@no"),
            "cannot read `no`: No such file or directory",
        ),
        (
            ("both", "--send", "tasks=-", "--send", "notes=-"),
            "one channel alone can be fed with standard input",
        ),
        (
            ("work", "--send", "tasks=@lines", "--send", "tasks=@marked"),
            "--send tasks=@marked: `tasks` is fed by @lines already",
        ),
    ],
)
def test_what_cannot_be(arguments: tuple[str, ...], message: str, run: Run) -> None:
    code, _, told = run(*arguments, stdin="{}")
    assert code == 2
    assert message in " ".join(told.split())


def test_modules_without_channels_have_nothing_of_them() -> None:
    module = build("chain c:\n    step a: {wait: yes}\n")
    assert not {"run_fed_command", "fed_lines", "Inlet"} & vars(module).keys()
    assert "asked_events" in vars(module)
