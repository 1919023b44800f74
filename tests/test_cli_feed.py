"""`n3gen run` with channels that lines of text feed."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest
from n3gen.cli import main

Output = pytest.CaptureFixture[str]

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
"""


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    (tmp_path / "x.ai").write_text(CHAINS)
    (tmp_path / "lines").write_text('1\n\n{"a": [2]}\nthree \n')
    return tmp_path


def run(*arguments: str, stdin: str | None = None) -> int:
    if stdin is not None:
        sys.stdin = io.StringIO(stdin)
    return main(["run", "x.ai", *arguments])


@pytest.fixture(autouse=True)
def own_stdin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO())


def test_lines_of_standard_input_feed_the_only_channel(capsys: Output) -> None:
    assert run("work", stdin='"one"\ntwo\n\n[3]') == 0
    assert json.loads(capsys.readouterr().out) == ["one", "two", [3]]
    assert run("work", stdin="") == 0
    assert json.loads(capsys.readouterr().out) == []


def test_lines_of_files(capsys: Output) -> None:
    assert run("work", "--send", "tasks=@lines") == 0
    assert json.loads(capsys.readouterr().out) == [1, {"a": [2]}, "three "]
    assert run("both", "--send", "tasks=@lines", stdin="note") == 0
    found = json.loads(capsys.readouterr().out)
    assert [*found.values()] == [[1, {"a": [2]}, "three "], ["note"]]


def test_a_loop_that_has_ended_takes_no_more(capsys: Output) -> None:
    assert run("first", stdin="1\n" * 1000) == 0
    assert json.loads(capsys.readouterr().out) == [1]


def test_answers_from_the_terminal_beside_lines_of_a_file(capsys: Output) -> None:
    assert run("asking", "--send", "tasks=@lines", stdin="yes\nno\nyes\n") == 0
    assert json.loads(capsys.readouterr().out) == [True, False, True]


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
            ("work", "--send", "tasks=@no"),
            "cannot read `no`: No such file or directory",
        ),
        (
            ("both", "--send", "tasks=-", "--send", "notes=-"),
            "one channel alone can be fed with standard input",
        ),
    ],
)
def test_what_cannot_be(
    arguments: tuple[str, ...], message: str, capsys: Output
) -> None:
    assert run(*arguments, stdin="{}") == 2
    assert message in capsys.readouterr().err
