"""Commands that cannot do what they are asked for: each says so in one line."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from tests.durable.test_ends import Project

pytestmark = pytest.mark.large

TWO = """
    chain c:
        step one: {wait: approval}
        result: "{{ one }}"
    chain d:
        step two: {value: 2}
        result: "{{ two }}"
    """


@pytest.fixture(name="project")
def fixture_project(tmp_path: Path) -> Project:
    project = Project(tmp_path, TWO)
    project.n3gen("build")
    return project


def refused(project: Project, *command: str) -> str:
    """What a module says that ends with the code of a wrong command."""
    done = subprocess.run(
        [sys.executable, *command],
        cwd=project.folder,
        env=project.environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stdout) == (2, ""), done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr.splitlines()[-1]


def test_a_run_that_was_cancelled_or_is_of_another_chain(project: Project) -> None:
    script = """
        import asyncio
        from generated import x
        async def main():
            handle = x.start_chain("c", run_id="r")
            async for event in handle.events():
                if event["event"] == "step_waiting":
                    break
            record = await handle.cancel()
            assert record["status"] == "cancelled"
            await x.aclose()
        asyncio.run(main())
        """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)],
        cwd=project.folder,
        env=project.environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    told = refused(project, "generated/x.py", "c", "--run-id", "r")
    assert told.endswith("Run 'r' was cancelled: `n3gen runs resume r` goes on with it")
    told = refused(project, "generated/x.py", "d", "--run-id", "r")
    assert told.endswith("run 'r' is one of another chain, and not of 'd'")


def test_databases_that_cannot_be_opened(project: Project) -> None:
    (project.folder / "no.db").write_text(
        "This is no database, but a long enough text."
    )
    for place in ("postgresql://nobody@127.0.0.1:1/t", "mysql://x", "no.db"):
        project.environment["N3GEN_RUNS"] = place
        told = refused(project, "generated/x.py", "d")
        assert "error: cannot open the database of runs: " in told
        for command in (["worker"], ["runs", "list"]):
            said = project.n3gen(*command, code=2)
            assert said.startswith("error: cannot open the database of runs: "), said
            assert len(said.splitlines()) == 1, said


def test_a_worker_has_a_name_that_a_file_may_have(project: Project) -> None:
    said = project.n3gen("worker", "--slot", "a/b", code=2)
    assert said == "error: a process cannot be called 'a/b': use letters and digits\n"
