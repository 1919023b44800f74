"""SIGTERM ends commands that run chains as Ctrl-C does, and a second one at once."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from n3gen.cli import main
from n3gen.project.simulation import simulation
from n3gen.project.termination import Terminated, ended_by_sigterm

WORK = """
import asyncio, multiprocessing, sys, time

def say(word):
    sys.stderr.write(word + "\\n")

async def keeps_on(ctx):
    try:
        say("holding")
        await asyncio.sleep(600)
    finally:
        await asyncio.sleep(600)

def blocks(ctx):
    say("holding")
    time.sleep(600)

def last(ctx):
    say("ran last")

def forks(ctx):
    child = multiprocessing.get_context("fork").Process(target=time.sleep, args=(600,))
    child.start()
    child.terminate()
    child.join()
    return child.exitcode
"""

SPEC = """\
chain blocked:
    step a: {kind: python, target: "project_functions.work:blocks"}
    finally:
        step z: {kind: python, target: "project_functions.work:last"}

chain slow:
    step a: {kind: python, target: "project_functions.work:keeps_on"}

chain worker:
    step a: {kind: python, target: "project_functions.work:blocks", executor: process}

chain forking:
    step a: {kind: python, target: "project_functions.work:forks"}

test one of blocked:
    payload: {}

test two of blocked:
    payload: {}
"""

BATCH = ["batch", "c.ai", "blocked", "rows.jsonl", "--out", "out.jsonl"]

COMMANDS = {
    "run": ["run", "c.ai", "blocked"],
    "batch": [*BATCH, "--concurrency", "1"],
    "test": ["test", "c.ai"],
    "test --record": ["test", "c.ai", "--record", "recordings"],
}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "c.ai").write_text(SPEC)
    (tmp_path / "rows.jsonl").write_text("{}\n{}\n")
    (tmp_path / "project_functions").mkdir()
    (tmp_path / "project_functions/work.py").write_text(WORK)
    return tmp_path


def started(*arguments: str, interrupts: Any = signal.SIG_IGN) -> subprocess.Popen[str]:
    """The command, which by default ignores Ctrl-C, as one in the background does."""
    return subprocess.Popen(
        [sys.executable, "-m", "n3gen", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, interrupts),
    )


def told_until(process: subprocess.Popen[str], word: str) -> str:
    """The line of standard error with a word in it."""
    assert process.stderr is not None
    return next(line for line in process.stderr if word in line)


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize("interrupts", [signal.SIG_IGN, signal.default_int_handler])
@pytest.mark.parametrize("command", COMMANDS)
def test_what_runs_last_runs_and_nothing_else_begins(
    command: str, interrupts: Any
) -> None:
    process = started(*COMMANDS[command], interrupts=interrupts)
    told_until(process, "holding")
    process.send_signal(signal.SIGTERM)
    _, told = process.communicate(timeout=60)
    assert process.returncode == 143
    assert told.count("ran last\n") == 1
    assert told.endswith("interrupted\n")
    assert "holding" not in told
    assert "Traceback" not in told


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize("first", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("command", ["run", "batch"])
def test_a_second_one_leaves_at_once(command: str, first: signal.Signals) -> None:
    arguments = [text.replace("blocked", "slow") for text in COMMANDS[command]]
    with started(*arguments, interrupts=signal.default_int_handler) as process:
        told_until(process, "holding")
        process.send_signal(first)
        told = told_until(process, "interrupted")
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == -signal.SIGTERM
    assert told.endswith(" to end (interrupt again to leave at once)\n")


@pytest.mark.usefixtures("project")
def test_a_worker_process_ends_with_its_command() -> None:
    process = started("run", "c.ai", "worker")
    told_until(process, "holding")
    process.send_signal(signal.SIGTERM)
    # The worker has the output too, which ends with the last that has it.
    process.communicate(timeout=60)
    assert process.returncode == 143


@pytest.mark.usefixtures("project")
def test_a_forked_process_is_ended_by_its_own_sigterm() -> None:
    process = started("run", "c.ai", "forking")
    result, _ = process.communicate(timeout=60)
    assert (process.returncode, result) == (0, f"{-signal.SIGTERM:d}\n")


@pytest.mark.usefixtures("project")
def test_a_simulation_ends(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(main: Any, *, patience: float) -> None:
        main.close()
        signal.raise_signal(signal.SIGTERM)

    monkeypatch.setattr(simulation.clock, "run", run)
    assert main(["simulate", "c.ai", "blocked"]) == 143
    assert capsys.readouterr().err.strip() == "interrupted"
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


def test_a_handler_that_is_there_stays() -> None:
    noted: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, frame: noted.append(number))
    try:
        with ended_by_sigterm():
            signal.raise_signal(signal.SIGTERM)
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
    assert noted == [signal.SIGTERM]


def test_one_outside_of_an_event_loop_is_raised() -> None:
    with pytest.raises(Terminated), ended_by_sigterm():
        signal.raise_signal(signal.SIGTERM)
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
