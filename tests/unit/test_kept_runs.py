"""Durable runs looked after from outside: who executes one, and when it may be queued."""

from __future__ import annotations

from typing import Any, cast

import pytest
from n3gen.project.config import Config
from n3gen.project.errors import ProjectError
from n3gen.project.kept_runs import KeptRun, KeptRuns

pytest.importorskip("dbos")


class Client:
    """Notes which runs are put into the queue."""

    def __init__(self) -> None:
        self.resumed: list[str] = []

    def resume_workflow(self, run_id: str, **_: Any) -> None:
        self.resumed.append(run_id)


def kept_run(status: str, executor: str) -> KeptRun:
    return KeptRun("r", "x.ai", "c", status, "1", executor, 0.0, None, None)


@pytest.mark.parametrize(
    ("status", "executor", "is_left", "is_queued"),
    [
        ("running", "lives", False, False),
        ("waiting", "lives", False, False),
        ("running", "gone", True, True),
        ("waiting", "gone", True, True),
        # It waits in the queue, and no process has it.
        ("waiting", "", False, True),
        ("queued", "", False, True),
        ("cancelled", "gone", False, True),
    ],
)
def test_a_run_is_queued_again_unless_a_process_executes_it(
    status: str, executor: str, is_left: bool, is_queued: bool
) -> None:
    client, run = Client(), kept_run(status, executor)
    runs = KeptRuns(
        client, Config(root="."), lambda name: name == "gone", cast(Any, None)
    )
    assert runs.is_left(run) == is_left
    if is_queued:
        runs.resume(run)
    else:
        with pytest.raises(ProjectError, match="is executed by `lives` now"):
            runs.resume(run)
    assert client.resumed == ["r"] * is_queued
