"""The part of the demo that kills a run."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent


@pytest.mark.large
def test_no_finished_step_of_the_demo_runs_again() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "specs.durable_demo"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=180,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "is killed: exit code -9" in done.stdout
    assert "finished steps that ran again: 0" in done.stdout
