"""Durable modules that are built with `trace = true`: what they show of each life."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from n3gen.cli import main
from n3gen.project.trace_files import read_trace

SPEC = """\
limit shelf: 1
chain c:
    step one: {target: given}
    for rounds: n in [1, 2] parallel 2:
        step round: {target: given, limit: shelf}
    step two: {target: second, retry: {max: 1, delay: 0.05s, jitter: false}}
"""
LINKS = """\
import os
import time

calls = []


def given(ctx):
    time.sleep(0.005)  # no permit is in use in a step that took less than a millisecond
    return ctx.step


def second(ctx):
    calls.append(ctx.step)
    if len(calls) == 1:
        raise ConnectionError("try again")
    if os.path.exists("fails"):
        os._exit(9)
    return "secret result"


ALL = {"given": given, "second": second}
"""


@pytest.mark.large
@pytest.mark.parametrize("layout", ["standalone", "shared"])
def test_each_life_of_a_durable_run_is_shown(
    layout: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("chains").mkdir()
    Path("chains/x.ai").write_text(SPEC)
    Path("links.py").write_text(LINKS)
    Path("n3gen.toml").write_text(
        f'runtime = "{layout}"\ntarget = "dbos"\ntrace = true\n'
    )
    assert main(["build"]) == 0

    def lived(trace: str) -> tuple[int, list[str]]:
        given = ("--connectors", "links:ALL", "--run-id", "r", "--progress")
        done = subprocess.run(
            [sys.executable, "generated/x.py", "c", *given, "--trace", trace],
            env={**os.environ, "N3GEN_RUNS": "runs.db"},
            capture_output=True,
            text=True,
            timeout=120,
        )
        lines = [line for line in done.stderr.splitlines() if "retried" not in line]
        return done.returncode, [line.split(" s  ")[-1] for line in lines]

    Path("fails").touch()
    code, told = lived("first.json")
    assert code == 9, told
    assert "rounds[1].round started" in told and told[-1] == "two started"
    assert not Path("first.json").exists()

    Path("fails").unlink()
    code, told = lived("second.json")
    assert code == 0, told
    assert [line for line in told if line.startswith("two ok in")]
    assert told[-2].startswith("chain 'c' ok in ") and ": 4 steps" in told[-2]
    assert told[-1] == "wrote second.json"
    trace = read_trace("second.json")
    paths = [span.path for span in trace.spans]
    assert sorted(paths) == ["one", "rounds[0].round", "rounds[1].round", "two"]
    assert {one.name: one.most for one in trace.series}["shelf"] == 1
    written = Path("second.json").read_text()
    assert "secret result" not in written
    assert {e["ph"] for e in json.loads(written)["traceEvents"]} == {"M", "X", "C"}

    # A run that had ended is shown as it was.
    code, told = lived("third.html")
    assert code == 0
    assert told[0].startswith("chain 'c' ok in ")
    assert told[1:] == ["wrote third.html"]
    assert '"path": "rounds[1].round"' in Path("third.html").read_text()
