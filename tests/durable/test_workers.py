"""Workers that are asked to stop while steps are at work."""

from __future__ import annotations

import json
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
