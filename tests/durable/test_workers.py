"""Workers that are asked to stop while steps are at work."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.durable.test_ends import N3GEN, Project

pytestmark = pytest.mark.large

SPEC = """
    chain c:
        step one: {kind: python, target: "work:do", options: {takes: TAKES}}
        step two: {kind: python, target: "work:do"}
    """

ASKING = """
    chain c:
        step agreed: {wait: approval, output: bool}
        step one: {kind: python, target: "work:do", when: "agreed"}
    """


def wait_for(project: Project, lines: int) -> None:
    """Wait until the functions of the project have logged so many lines."""
    deadline = time.monotonic() + 60
    while not (project.folder / "log").exists() or len(project.log()) < lines:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def worker_at_work(project: Project) -> subprocess.Popen[str]:
    """Kill the process of a run, and return a worker that is at its first step."""
    project.n3gen("build")
    runner = subprocess.Popen(
        [sys.executable, "generated/x.py", "c", "--run-id", "r"],
        cwd=project.folder,
        env=project.environment,
    )
    wait_for(project, 1)
    runner.kill()
    runner.communicate()
    worker = subprocess.Popen(
        [N3GEN, "worker"],
        cwd=project.folder,
        env=project.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    wait_for(project, 2)
    return worker


def test_a_step_under_way_ends_and_is_kept_before_its_worker_leaves(
    tmp_path: Path,
) -> None:
    project = Project(tmp_path, SPEC.replace("TAKES", "1.5"))
    worker = worker_at_work(project)
    try:
        worker.send_signal(signal.SIGTERM)
        output, _ = worker.communicate(timeout=60)
    finally:
        worker.kill()
    assert "1 run to go on with" in output
    assert project.log() == ["began one", "began one"]
    shown = json.loads(project.n3gen("runs", "show", "r", "--output-format", "json"))
    assert [(step["name"], step["status"]) for step in shown["steps"]] == [
        ("one", "ok")
    ]


def test_a_second_signal_cuts_off_what_is_at_work(tmp_path: Path) -> None:
    project = Project(tmp_path, SPEC.replace("TAKES", "120"))
    worker = worker_at_work(project)
    try:
        worker.send_signal(signal.SIGTERM)
        with pytest.raises(subprocess.TimeoutExpired):
            worker.wait(1)
        began = time.monotonic()
        worker.send_signal(signal.SIGTERM)
        output, _ = worker.communicate(timeout=60)
        assert time.monotonic() - began < 8, "it does not wait for the grace"
    finally:
        worker.kill()
    assert "1 run to go on with" in output
    shown = json.loads(project.n3gen("runs", "show", "r", "--output-format", "json"))
    assert shown["steps"] == []


def test_the_health_of_a_worker_is_in_a_file_as_long_as_it_works(
    tmp_path: Path,
) -> None:
    project = Project(tmp_path, SPEC.replace("TAKES", "0"))
    project.n3gen("build")
    health = tmp_path / "state" / "health.json"
    with subprocess.Popen(
        [N3GEN, "worker", "--slot", "a", "--health", health],
        cwd=project.folder,
        env=project.environment,
        stderr=subprocess.PIPE,
        text=True,
    ) as worker:
        assert worker.stderr is not None
        assert worker.stderr.readline().startswith("a executes 1 chain, code ")
        found = json.loads(health.read_text())
        assert (found["executor"], found["runs"]) == ("a", 0)
        # It goes on where the file cannot be written any more, and says so once.
        shutil.rmtree(health.parent)
        health.parent.write_text("no folder")
        assert (
            worker.stderr.readline()
            == f"warning: cannot write `{health}`: not a folder\n"
        )
        time.sleep(2.5)
        worker.send_signal(signal.SIGTERM)
        assert worker.communicate(timeout=60)[1] == (
            "stopping: 0 runs are under way\nstopped\n"
        )
        assert worker.returncode == 0
    told = project.n3gen("worker", "--health", str(health), code=2)
    assert told == f"error: cannot write `{health}`: not a folder\n"


@pytest.mark.parametrize("runtime", ["shared", "standalone"])
def test_a_worker_goes_on_with_a_run_that_was_compiled_in_memory(
    tmp_path: Path, runtime: str
) -> None:
    project = Project(tmp_path, ASKING)
    if runtime == "shared":
        (tmp_path / "chains/y.ai").write_text("chain d:\n    step a: {value: 1}\n")
    config = tmp_path / "n3gen.toml"
    config.write_text(
        config.read_text().replace("shared", runtime) + "handles = false\n"
    )
    project.n3gen("build")
    runner = subprocess.Popen(
        [N3GEN, "run", "chains/x.ai", "--run-id", "r"],
        cwd=project.folder,
        env=project.environment,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert runner.stderr is not None
    assert next(line for line in runner.stderr if "runs answer r approval" in line)
    runner.kill()
    runner.communicate()
    shown = project.n3gen("runs", "show", "r")
    assert "`n3gen worker` goes on with it" in shown
    project.n3gen("runs", "answer", "r", "approval", "true")
    worker = subprocess.Popen(
        [N3GEN, "worker"], cwd=project.folder, env=project.environment
    )
    try:
        wait_for(project, 1)
    finally:
        worker.terminate()
        worker.communicate(timeout=60)
    assert project.log() == ["began one"]


def test_a_run_of_a_spec_that_was_changed_since_is_of_other_code(
    tmp_path: Path,
) -> None:
    project = Project(tmp_path, ASKING)
    project.n3gen("build")
    project.write(ASKING.replace("approval", "consent"))
    with subprocess.Popen(
        [N3GEN, "run", "chains/x.ai", "--run-id", "r"],
        cwd=project.folder,
        env=project.environment,
        stderr=subprocess.PIPE,
        text=True,
    ) as runner:
        assert runner.stderr is not None
        assert next(line for line in runner.stderr if "answer r consent" in line)
        runner.kill()
    told = project.n3gen("runs", "answer", "r", "consent", "true", code=2)
    assert "answer it by the build that it was started with" in told
