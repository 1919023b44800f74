"""Pipes and devices in the place of files: said at once, by every command."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from n3gen.cli.app import main

from tests.building import build

SPEC = """
chain c:
    input: {n: int}
    step a:
        value: "{{ payload.n }}"

channel lines: 5

chain fed:
    for x in channel lines:
        step a:
            value: "{{ x }}"
"""

INPUT = ("--input", '{"n": 1}')
COMMANDS = {
    "run --input": ("run", "c.ai", "c", "--input", "@FILE"),
    "run --resume": ("run", "c.ai", "c", *INPUT, "--resume", "FILE"),
    "run --env-file": ("run", "c.ai", "c", *INPUT, "--env-file", "FILE"),
    "run --send": ("run", "c.ai", "fed", "--send", "lines=@FILE"),
    "run --config": ("run", "c.ai", "c", *INPUT, "--config", "FILE"),
    "batch": ("batch", "c.ai", "c", "FILE", "--out", "out.jsonl"),
    "batch csv": ("batch", "c.ai", "c", "FILE", "--out", "o", "--input-format", "csv"),
    "simulate --rows": ("simulate", "c.ai", "c", "--rows", "FILE"),
    "simulate --calls": ("simulate", "c.ai", "c", "--calls", "FILE"),
    "simulate --recorded": ("simulate", "c.ai", "c", "--recorded", "folder"),
    "trace": ("trace", "FILE"),
    "lint --config": ("lint", "c.ai", "--config", "FILE"),
}


@pytest.fixture(autouse=True)
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "c.ai").write_text(SPEC)
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    os.mkfifo(tmp_path / "folder/pipe.json")


@pytest.mark.parametrize("file", ["/dev/zero", "pipe"])
@pytest.mark.parametrize("command", COMMANDS)
def test_a_file_that_never_ends_is_not_read(
    command: str, file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = [part.replace("FILE", file) for part in COMMANDS[command]]
    assert main(arguments) == 2
    told = capsys.readouterr().err
    assert told.count("error: ") == 1
    assert re.search("pipe or device|there is no file|must be a file", told)


@pytest.mark.parametrize("file", ["/dev/zero", "pipe"])
@pytest.mark.parametrize("option", [("--input", "@FILE"), ("--resume", "FILE")])
def test_nor_is_it_by_a_module(
    option: tuple[str, str], file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    module = build(SPEC)
    words = ["c", *(part.replace("FILE", file) for part in option)]
    with pytest.raises(SystemExit) as caught:
        module.run_command(module.MODULE, module.aclose, words)
    assert caught.value.code == 2
    assert "it is a pipe or device; `-` reads a pipe" in capsys.readouterr().err
