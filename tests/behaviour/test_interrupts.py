"""An interrupted command: it says what it waits for, and a second interrupt ends it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from n3gen.cli import main

WORK = """
import asyncio, multiprocessing, signal, sys, time

async def tidies(ctx):
    try:
        print("holding", flush=True)
        await asyncio.sleep(600)
    finally:
        print("tidied", file=sys.stderr)

async def sees_signals(ctx):
    end = signal.set_wakeup_fd(-1)
    signal.set_wakeup_fd(end)
    return end != -1

def sleeps(began):
    began.set()
    time.sleep(600)

async def forks(ctx):
    forking = multiprocessing.get_context("fork")
    began = forking.Event()
    child = forking.Process(target=sleeps, args=(began,))
    child.start()
    began.wait()
    child.terminate()
    child.join(60)
    return child.exitcode

async def holds(ctx):
    try:
        print("holding", flush=True)
        await asyncio.sleep(600)
    finally:
        await asyncio.sleep(600)

def blocks(ctx):
    print("holding", flush=True)
    time.sleep(600)

class Held:
    def work(self):
        blocks(None)
"""

SPEC = """
actor threaded: {target: "project_functions.work:Held", runs: thread}
actor apart: {target: "project_functions.work:Held", runs: process}
chain held:
    step keeps_on:
        kind: python
        target: project_functions.work:holds
chain tidied:
    step first: {value: 1}
    step tidies: {kind: python, target: "project_functions.work:tidies"}
chain looks:
    step sees: {kind: python, target: "project_functions.work:sees_signals"}
    step forks: {kind: python, target: "project_functions.work:forks"}
    result: "{{ [sees, forks] }}"
chain blocked:
    step in_a_thread:
        kind: python
        target: project_functions.work:blocks
chain threaded:
    step asked: {kind: ask, target: threaded.work}
chain apart:
    step asked: {kind: ask, target: apart.work}
chain worker:
    step at_work: {kind: python, target: "project_functions.work:blocks", executor: process}
"""

COMMANDS = {
    "run": ["-m", "n3gen", "run", "c.ai"],
    "file": ["generated/c.py"],
    "module": ["-m", "generated.c"],
}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "c.ai").write_text(SPEC)
    (tmp_path / "project_functions").mkdir()
    (tmp_path / "project_functions/work.py").write_text(WORK)
    assert main(["build", "c.ai"]) == 0
    return tmp_path


@pytest.fixture(params=COMMANDS)
def command(request: pytest.FixtureRequest, project: Path) -> list[str]:
    return [sys.executable, *COMMANDS[request.param]]


def started(command: list[str]) -> subprocess.Popen[str]:
    """The command, at work in its step; interrupts reach it whatever its parent ignores."""
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "holding\n"
    return process


def test_a_second_interrupt_leaves_at_once(command: list[str]) -> None:
    with started([*command, "held"]) as process:
        assert process.stderr is not None
        process.send_signal(signal.SIGINT)
        told = next(line for line in process.stderr if "interrupted" in line)
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == -signal.SIGINT
    assert told == (
        "interrupted; waiting for keeps_on to end (interrupt again to leave at once)\n"
    )


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("way", [*COMMANDS, "json"])
@pytest.mark.usefixtures("project")
def test_an_interrupted_run_is_tidy_and_gives_its_record_where_that_is_asked_for(
    way: str, sent: signal.Signals
) -> None:
    command = COMMANDS.get(way) or [*COMMANDS["run"], "--output-format", "json"]
    process = started([sys.executable, *command, "tidied"])
    process.send_signal(sent)
    output, told = process.communicate(timeout=60)
    assert process.returncode == 128 + sent
    assert "tidied\n" in told
    assert "Traceback" not in told
    if way == "run":
        assert output == ""
    else:
        record = json.loads(output)
        statuses = {step["name"]: step["status"] for step in record["steps"]}
        assert record["status"] == "cancelled"
        assert statuses == {"first": "ok", "tidies": "cancelled"}


def test_a_second_sigterm_leaves_at_once(command: list[str]) -> None:
    with started([*command, "held"]) as process:
        assert process.stderr is not None
        process.send_signal(signal.SIGTERM)
        next(line for line in process.stderr if "interrupted" in line)
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == -signal.SIGTERM


def test_the_loop_wakes_for_signals_and_forked_processes_end_by_theirs(
    command: list[str],
) -> None:
    done = subprocess.run(
        [*command, "looks"], capture_output=True, text=True, check=True, timeout=60
    )
    printed = json.loads(done.stdout)
    result = printed["result"] if isinstance(printed, dict) else printed
    assert result == [True, -signal.SIGTERM]


@pytest.mark.parametrize("actor", ["threaded", "apart"])
def test_an_actor_is_named_and_its_process_ends_with_the_second_interrupt(
    command: list[str], actor: str
) -> None:
    process = started([*command, actor])
    assert process.stderr is not None
    process.send_signal(signal.SIGINT)
    told = next(line for line in process.stderr if "interrupted" in line)
    assert told.startswith(f"interrupted; waiting for actor '{actor}' to end (")
    process.send_signal(signal.SIGINT)
    # The process of the actor has the output too, which ends with the last that has it.
    process.communicate(timeout=30)
    assert process.returncode == -signal.SIGINT


@pytest.mark.parametrize("chain", ["apart", "worker"])
def test_a_process_at_work_ends_with_a_program_that_is_killed(
    command: list[str], chain: str
) -> None:
    process = started([*command, chain])
    process.kill()
    process.communicate(timeout=30)
    assert process.returncode == -signal.SIGKILL


def test_a_thread_that_blocks_does_not_keep_an_interrupted_command(
    command: list[str],
) -> None:
    process = started([*command, "blocked"])
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Traceback" not in told


def test_an_interrupt_of_the_start_leaves_no_traceback(tmp_path: Path) -> None:
    """It comes here as the command line is imported."""
    (tmp_path / "click.py").write_text("raise KeyboardInterrupt")
    code = "from n3gen.cli import main; raise SystemExit(main())"
    ended = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (ended.returncode, ended.stderr) == (130, "interrupted\n")
