"""Limits over two processes that keep their runs on one server."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest
from n3gen.templates.runtime.durable.shared_limits import Sharing, Wanted

from tests.durable.killing import written_module

pytestmark = pytest.mark.large

SPEC = """
    limit two: 2
    limit one: 1 within two
    chain c:
        for named: n in [1, 2, 3, 4, 5, 6] parallel 6:
            step outer: {kind: python, target: "work:count", limit: two}
        for nested: n in [1, 2, 3] parallel 3:
            step inner: {kind: python, target: "work:count", limit: one}
        for asked: n in [1, 2, 3, 4, 5, 6] parallel 6:
            step call: {target: count}
    """

WORK = """


import time


async def count(ctx):
    begun = time.time()
    await asyncio.sleep(float(os.environ.get("TAKES", "0.1")))
    log(f"{ctx.chain} {ctx.step} {begun} {time.time()} {os.getpid()}")
    return 1
"""

RUN = """
    import asyncio, sys, module, work
    module.connector("count")(work.count)
    async def main():
        await module.MODULE.launch()
        print("launched", flush=True)
        record = await module.run_chain("c", run_id=sys.argv[1])
        await module.aclose()
        assert record["status"] == "ok", record
    asyncio.run(main())
    """


def started(
    folder: Path, address: str, run_id: str, **more: str
) -> subprocess.Popen[str]:
    environment = {"N3GEN_RUNS": address, "MAX_CONCURRENT_LLM_CALLS": "2", **more}
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(RUN), run_id],
        cwd=folder,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def most_at_once(spans: list[tuple[float, float]]) -> int:
    """How many of some spans of time overlap at most."""
    moments = [(begun, 1) for begun, _ in spans] + [(ended, -1) for _, ended in spans]
    most = now = 0
    for _, change in sorted(moments):
        now += change
        most = max(most, now)
    return most


def test_two_processes_stay_within_named_limits_and_that_of_calls(
    address: str, tmp_path: Path
) -> None:
    written_module(tmp_path, SPEC)
    with (tmp_path / "work.py").open("a") as file:
        file.write("\nimport os\n" + WORK)
    processes = [started(tmp_path, address, run_id) for run_id in ("a", "b")]
    for process in processes:
        output, _ = process.communicate(timeout=120)
        assert process.returncode == 0, output
    lines = [line.split() for line in (tmp_path / "log").read_text().splitlines()]
    assert len(lines) == 30
    assert len({pid for *_, pid in lines}) == 2
    spans: dict[str, list[tuple[float, float]]] = {"outer": [], "inner": [], "call": []}
    for _, step, begun, ended, _ in lines:
        spans[step].append((float(begun), float(ended)))
    # One process may be at its calls while the other is still at the first loop.
    assert most_at_once(spans["outer"] + spans["inner"]) <= 2
    assert most_at_once(spans["inner"]) <= 1
    assert most_at_once(spans["call"]) <= 2


def test_permits_that_were_given_back_are_free_for_other_sessions(address: str) -> None:
    wanted = [Wanted("shelf", 6, 1)]
    here, there = Sharing(address), Sharing(address)
    try:
        taken = [here.take(wanted) for _ in range(7)]
        assert [slots is not None for slots in taken] == [True] * 6 + [False]
        for slots in taken:
            here.give(slots or [])
        assert there.take([Wanted("shelf", 6, 6)]) is not None
    finally:
        here.close()
        there.close()


def test_permits_of_a_killed_process_are_free_at_once(
    address: str, tmp_path: Path
) -> None:
    written_module(tmp_path, SPEC)
    with (tmp_path / "work.py").open("a") as file:
        file.write(
            "\nimport os\n"
            + WORK.replace("begun =", "log(f'began {ctx.run_id}'); begun =")
        )
    holder = started(tmp_path, address, "a", TAKES="60")
    log = tmp_path / "log"
    deadline = time.monotonic() + 30
    while not (log.exists() and log.read_text().count("began") == 2):
        assert holder.poll() is None, holder.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.05)
    other = started(tmp_path, address, "b")
    assert other.stdout is not None
    assert other.stdout.readline() == "launched\n"
    time.sleep(2)
    assert log.read_text().count("began") == 2, "it waits for the permits"
    holder.send_signal(signal.SIGKILL)
    holder.communicate()
    output, _ = other.communicate(timeout=60)
    assert other.returncode == 0, output
    assert log.read_text().count("began") == 2 + 15
