"""Processes that have some of a folder's modules and leave the runs of others alone."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.durable.test_ends import N3GEN, Project

pytestmark = pytest.mark.large

SPEC = """
    chain c:
        step one: {kind: python, target: "work:pid", options: {takes: 0.1}}
        for rounds: i in range(12) parallel 4:
            step two: {kind: python, target: "work:pid", options: {takes: 0.3}}
        result: {one: "{{ one }}", rounds: "{{ rounds }}"}
    """

WORK = """

import os


async def pid(ctx):
    log(f"began {ctx.step} {os.getpid()}")
    await asyncio.sleep(ctx.options["takes"])
    return os.getpid()
"""

SERVE = """
    import asyncio, importlib, sys
    async def main():
        # One after another: the later ones are imported when DBOS runs already.
        for name in sys.argv[1:]:
            module = importlib.import_module(f"generated.{name}")
            await module.MODULE.launch()
        print("serving", flush=True)
        await asyncio.to_thread(sys.stdin.read)
        await module.aclose()
    asyncio.run(main())
    """


class Folder(Project):
    """A project with the chains `x` and `y`, and processes that have some of both."""

    def __init__(self, folder: Path, address: str) -> None:
        super().__init__(folder, SPEC)
        (folder / "chains" / "y.ai").write_text(textwrap.dedent(SPEC))
        with (folder / "work.py").open("a") as file:
            file.write(WORK)
        self.environment |= {"N3GEN_RUNS": address, "PYTHONPATH": str(folder)}
        self.processes: list[subprocess.Popen[str]] = []
        self.n3gen("build")

    def started(self, *command: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            command,
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.processes.append(process)
        return process

    def serve(self, *modules: str) -> subprocess.Popen[str]:
        process = self.started(sys.executable, "-c", textwrap.dedent(SERVE), *modules)
        assert process.stdout is not None
        assert process.stdout.readline() == "serving\n"
        return process

    def wait_for(self, text: str) -> None:
        log, deadline = self.folder / "log", time.monotonic() + 60
        while not (log.exists() and text in log.read_text()):
            assert time.monotonic() < deadline
            time.sleep(0.02)

    def status(self, run_id: str) -> str:
        found = self.n3gen("runs", "list")
        return {one: status for one, status, *_ in map(str.split, found.splitlines())}[
            run_id
        ]


@pytest.fixture(name="project")
def fixture_project(tmp_path: Path, address: str) -> Iterator[Folder]:
    found = Folder(tmp_path, address)
    try:
        yield found
    finally:
        for process in found.processes:
            process.kill()
            process.communicate()


def test_a_process_leaves_runs_of_modules_alone_that_it_has_not(
    project: Folder,
) -> None:
    runner = project.started(sys.executable, "generated/y.py", "--run-id", "r")
    project.wait_for("began two")
    # It takes the number of the process that is killed, and what that one had with it.
    runner.send_signal(signal.SIGKILL)
    runner.communicate()
    other = project.serve("x")
    project.n3gen("runs", "resume", "r")
    time.sleep(1.5)
    assert project.status("r") == "queued"
    # This one imports the module of the run when it takes runs of another already.
    own = project.serve("x", "y")
    deadline = time.monotonic() + 60
    while project.status("r") != "ok":
        assert time.monotonic() < deadline
    rounds = json.loads(project.n3gen("runs", "show", "r"))["result"]["rounds"]
    assert own.pid in rounds
    assert other.pid not in rounds


def test_rounds_go_to_processes_that_have_their_module(project: Folder) -> None:
    other = project.serve("x")
    worker = project.started(str(N3GEN), "worker")
    assert worker.stdout is not None
    assert "executes 2 chains" in worker.stdout.readline()
    runner = project.started(sys.executable, "generated/y.py", "--run-id", "r")
    output, _ = runner.communicate(timeout=60)
    rounds = json.loads(output)["result"]["rounds"]
    assert {*rounds} == {worker.pid, runner.pid}
    assert other.pid not in rounds
