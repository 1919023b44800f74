"""What becomes of runs that have ended, or whose process does."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from typing import Any

import pytest

from tests.durable.killing import HERE, written_module
from tests.durable.test_traps import ran

pytestmark = pytest.mark.large

N3GEN = Path(sys.executable).with_name("n3gen")

TYPED = """
    type Verdict:
        label: one of [good, bad]
    chain c:
        step judged: {kind: python, target: "work:do", output: Verdict, options: {returns: {label: good}}}
    """


def test_a_typed_function_returns_its_type_from_a_run_that_has_ended(
    tmp_path: Path,
) -> None:
    written_module(tmp_path, TYPED)
    script = """
        import asyncio, json, module
        async def main():
            found = await module.c(run_id="one")
            print(json.dumps([type(found).__name__, found.label]))
            await module.aclose()
        asyncio.run(main())
        """
    wanted = ["Verdict", "good"]
    assert ran(tmp_path, script) == wanted
    assert ran(tmp_path, script) == wanted
    assert (tmp_path / "log").read_text().count("began") == 1


OPEN = """
    type Verdict:
        label: one of [good, bad]
        note: str?
        about: any
        of: dict[str, str] | list[str]
    chain c:
        step judged:
            kind: python
            target: "work:do"
            output: Verdict
            options: {returns: {label: good, about: {n: 1}, of: [a]}}
        step next: {kind: python, target: "work:do", options: {returns: "{{ judged.label }} {{ judged.note }} {{ judged.about.n }} {{ judged.of | first }}"}}
        step last: {kind: python, target: "work:do", options: {returns: "{{ judged.label }}, {{ next }}"}}
    """


def test_a_result_is_of_its_type_for_the_steps_behind_it(tmp_path: Path) -> None:
    """Also where JSON alone would not show the type: `any`, a union, what is optional."""
    written_module(tmp_path, OPEN)
    script = """
        import asyncio, json, module
        async def main():
            record = await module.run_chain("c", run_id="one")
            print(json.dumps([record["result"], record["error"]]))
            await module.aclose()
        asyncio.run(main())
        """
    wanted = ["good, good None 1 a", None]
    assert ran(tmp_path, script) == wanted
    assert ran(tmp_path, script) == wanted


def test_what_runs_last_waits_for_the_process_that_ends_the_run(tmp_path: Path) -> None:
    """A process that only stops does not tidy up: its run goes on in the next one."""
    written_module(
        tmp_path,
        """
        chain c:
            step one: {kind: python, target: "work:do", options: {takes: 3}}
            step two: {kind: python, target: "work:do"}
            on_error as error:
                step sorry: {kind: python, target: "work:do"}
            finally:
                step tidy: {kind: python, target: "work:do"}
        """,
    )
    stopped = """
        import asyncio, json, module
        async def main():
            module.start_chain("c", run_id="r")
            await asyncio.sleep(2)
            await module.aclose()
            print(json.dumps(open("log").read().split("\\n")))
        asyncio.run(main())
        """
    assert ran(tmp_path, stopped) == ["began one", ""]
    again = """
        import asyncio, json, module
        async def main():
            record = await module.run_chain("c", run_id="r")
            await module.aclose()
            print(json.dumps(record["result"]))
        asyncio.run(main())
        """
    assert ran(tmp_path, again) == "two"
    log = (tmp_path / "log").read_text().split("\n")
    assert log == ["began one", "began one", "began two", "began tidy", ""]


class Project:
    """A project with a durable chain, and the commands that look after its runs."""

    def __init__(self, folder: Path, spec: str) -> None:
        self.folder = folder
        (folder / "chains").mkdir()
        (folder / "n3gen.toml").write_text(
            'specs = ["chains"]\nruntime = "shared"\ntarget = "dbos"\n'
        )
        shutil.copy(HERE / "work.py", folder)
        self.write(spec)
        self.environment = {**os.environ, "N3GEN_RUNS": str(folder / "runs.db")}

    def write(self, spec: str) -> None:
        (self.folder / "chains" / "x.ai").write_text(textwrap.dedent(spec))

    def n3gen(self, *arguments: str, code: int = 0) -> str:
        done = subprocess.run(
            [N3GEN, *arguments],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr

    def run(self, run_id: str) -> dict[str, Any]:
        done = subprocess.run(
            [sys.executable, "generated/x.py", "c", "--run-id", run_id],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=120,
        )
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    def log(self) -> list[str]:
        return (self.folder / "log").read_text().split("\n")[:-1]


@pytest.mark.parametrize("by_module", [True, False])
def test_an_interrupted_run_is_left_for_later(tmp_path: Path, by_module: bool) -> None:
    slow = """
        chain c:
            step one: {kind: python, target: "work:do", options: {takes: 600}}
        """
    project = Project(tmp_path, slow)
    project.n3gen("build")
    command = ["generated/x.py"] if by_module else ["-m", "n3gen", "run", "chains/x.ai"]
    with subprocess.Popen(
        [sys.executable, *command, "c", "--run-id", "r"],
        cwd=tmp_path,
        env=project.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    ) as process:
        while not (tmp_path / "log").exists():
            assert process.poll() is None
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        output, told = process.communicate(timeout=60)
    assert (process.returncode, output) == (130, "")
    assert "Traceback" not in told
    assert "--run-id r" in told
    assert project.n3gen("runs", "list").split()[:2] == ["r", "running"]
    assert "executed by nobody now" in project.n3gen("runs", "show", "r")
    assert "wrote r.svg" in project.n3gen("runs", "show", "r", "--trace", "r.svg")


@pytest.mark.parametrize("by_module", [True, False])
def test_a_run_that_cannot_be_gone_on_with_is_refused_in_words(
    tmp_path: Path, by_module: bool
) -> None:
    two = """
        chain c:
            step one: {value: "{{ payload }}"}
        chain d:
            step one: {value: 1}
        """
    project = Project(tmp_path, two)
    project.n3gen("build")
    assert project.run("r")["status"] == "ok"
    command = ["generated/x.py"] if by_module else ["-m", "n3gen", "run", "chains/x.ai"]

    def refused(*arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, *command, *arguments, "--run-id", "r"],
            cwd=tmp_path,
            env=project.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert (done.returncode, done.stdout) == (2, "")
        return done.stderr

    other = "error: run 'r' was started with another payload\n"
    assert refused("c", "--input", '{"n": 2}').endswith(other)
    assert refused("d").endswith(
        "error: run 'r' is one of another chain, and not of 'd'\n"
    )


FAILING = """
    chain c:
        step one: {kind: python, target: "work:do", options: {returns: [1]}}
        for rounds: n in [1, 2] parallel 2:
            step round: {kind: python, target: "work:do", options: {returns: "{{ n }}"}}
        step two: {kind: python, target: "work:do", options: {fails: boom}}
        step three: {kind: python, target: "work:do"}
        result: "{{ one }} {{ rounds }} {{ two }} {{ three }}"
    """


def test_a_failed_run_is_retried_from_its_failed_step(tmp_path: Path) -> None:
    project = Project(tmp_path, FAILING)
    project.n3gen("build")
    assert project.run("r")["status"] == "error"
    assert project.n3gen("runs", "list").split()[:2] == ["r", "error"]
    project.n3gen("runs", "show", "r", "--trace", "r.json")
    drawn = json.loads((tmp_path / "r.json").read_text())["traceEvents"]
    assert {"rounds[1].round", "two"} <= {event["name"] for event in drawn}
    project.write(FAILING.replace("fails: boom", "returns: fine"))
    project.n3gen("build")
    (tmp_path / "log").unlink()
    assert "queued r-retry-1" in project.n3gen("runs", "retry", "r")
    worker = subprocess.Popen(
        [N3GEN, "worker", "--slot", "w"], cwd=tmp_path, env=project.environment
    )
    try:
        deadline = time.monotonic() + 60
        while True:
            shown = project.n3gen("runs", "list")
            if shown.split()[:2] == ["r-retry-1", "ok"]:
                break
            assert time.monotonic() < deadline, shown
    finally:
        worker.send_signal(signal.SIGTERM)
        worker.communicate(timeout=30)
    assert project.log() == ["began two", "began three"]
    record = json.loads(project.n3gen("runs", "show", "r-retry-1"))
    assert record["result"] == "[1] [1, 2] fine three"
    assert record["metadata"]["resumed"]["from"] == "r"
    kept = [step["name"] for step in record["steps"] if step.get("kept")]
    assert kept == ["one", "round", "round"]
    again = project.n3gen("runs", "retry", "r", code=2)
    assert "retried before: see run `r-retry-1`" in again
    ended = project.n3gen("runs", "retry", "r-retry-1", code=2)
    assert "has not failed: ok" in ended


TIDYING = """
    chain c:
        step one: {kind: python, target: "work:do", options: {takes: 600}}
        finally:
            step tidy: {kind: python, target: "work:do", options: {takes: 1}}
            step told: {kind: python, target: "work:do"}
            step rest: {wait: 10ms}
    """


@pytest.mark.parametrize("by_handle", [True, False])
def test_what_runs_last_runs_in_a_run_that_is_cancelled(
    tmp_path: Path, by_handle: bool
) -> None:
    written_module(tmp_path, TIDYING)
    cancelling = "handle.cancel()" if by_handle else "cancelled_from_outside()"
    script = f"""
        import asyncio, json, logging, module
        from dbos import DBOS
        said = []
        logging.getLogger("n3gen.c").error = lambda *given, **more: said.append(given[0])
        async def cancelled_from_outside():
            await asyncio.to_thread(DBOS.cancel_workflow, "r")
            return await handle.result()
        async def main():
            global handle
            handle = module.start_chain("c", run_id="r")
            await asyncio.sleep(1.5)
            record = await {cancelling}
            await module.aclose()
            names = [(step["name"], step["status"]) for step in record["steps"]]
            print(json.dumps([record["status"], names, said]))
        asyncio.run(main())
        """
    status, steps, said = ran(tmp_path, script)
    assert (status, said) == ("cancelled", [])
    assert steps == [
        ["one", "cancelled"],
        ["tidy", "ok"],
        ["told", "ok"],
        ["rest", "ok"],
    ]
    log = (tmp_path / "log").read_text().split("\n")
    assert log == ["began one", "began tidy", "began told", ""]


@pytest.mark.parametrize("by_module", [True, False])
def test_what_runs_last_runs_in_a_run_that_is_cancelled_in_its_second_life(
    tmp_path: Path, by_module: bool
) -> None:
    project = Project(tmp_path, TIDYING)
    project.n3gen("build")
    command = ["generated/x.py"] if by_module else ["-m", "n3gen", "run", "chains/x.ai"]
    for life in (1, 2):
        process = subprocess.Popen(
            [sys.executable, *command, "c", "--run-id", "r"],
            cwd=tmp_path,
            env=project.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        deadline = time.monotonic() + 60
        while not (tmp_path / "log").exists() or len(project.log()) < life:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        if life == 1:
            process.kill()
            process.communicate()
    project.n3gen("runs", "cancel", "r")
    _, told = process.communicate(timeout=60)
    assert project.log() == ["began one", "began one", "began tidy", "began told"]
    assert process.returncode == 1, told
    assert "to be continued" not in told


def test_what_runs_last_is_left_to_the_next_life_of_a_run(tmp_path: Path) -> None:
    written_module(tmp_path, TIDYING)
    script = """
        import asyncio, json, logging, module
        said = []
        logging.getLogger("n3gen.c").error = lambda *given, **more: said.append(given[0] % given[1:])
        async def main():
            module.start_chain("c", run_id="r")
            await asyncio.sleep(1.5)
            await module.aclose()
            print(json.dumps(said))
        asyncio.run(main())
        """
    assert ran(tmp_path, script) == []
    assert (tmp_path / "log").read_text() == "began one\n"
