"""Processes that are stopped, taken for gone, and continued when others have their runs."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.durable.killing import written_module
from tests.durable.test_traps import ran

pytestmark = pytest.mark.large

SPEC = """
    chain c:
        step one: {kind: python, target: "work:mine"}
        step two: {kind: python, target: "work:mine"}
        result: ["{{ one }}", "{{ two }}"]
    """

MINE = """

import os


async def mine(ctx):
    log(f"began {ctx.step} {os.getpid()}")
    await asyncio.sleep(1)
    log(f"ended {ctx.step} {os.getpid()}")
    return os.getpid()
"""

TAKE = """
    import asyncio, json, os, module
    from dbos import DBOS
    async def main():
        await module.MODULE.launch()
        if {forced}:
            await DBOS.resume_workflow_async("r")
        record = await module.run_chain("c", run_id="r")
        steps = await asyncio.to_thread(DBOS.list_workflow_steps, "r")
        print(json.dumps([os.getpid(), record["result"], kept(steps)]))
        await module.aclose()
    def kept(steps):
        return [step["output"]["result"] for step in steps
            if step["function_name"] in ("one:3", "two:4")]
    asyncio.run(main())
    """


def break_sessions(address: str) -> None:
    """End the sessions by which processes hold their names, as a broken network does."""
    import psycopg

    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_locks"
            " WHERE locktype = 'advisory' AND pid <> pg_backend_pid()"
        )


def stop_between_writes(process: subprocess.Popen[str], file: Path | None) -> None:
    """Stop a process while it has no transaction open, which would lock its file."""
    while True:
        process.send_signal(signal.SIGSTOP)
        if file is None:
            return
        try:
            with closing(sqlite3.connect(file, timeout=0.2)) as connection:
                connection.execute("BEGIN IMMEDIATE")
                connection.rollback()
            return
        except sqlite3.OperationalError:
            process.send_signal(signal.SIGCONT)
            time.sleep(0.01)


def test_what_a_stopped_process_computes_is_refused_when_it_goes_on(
    database: str, tmp_path: Path
) -> None:
    written_module(tmp_path, SPEC)
    with (tmp_path / "work.py").open("a") as file:
        file.write(MINE)
    zombie = subprocess.Popen(
        [sys.executable, "module.py", "c", "--run-id", "r"],
        cwd=tmp_path,
        env={**os.environ, "N3GEN_RUNS": database},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    log = tmp_path / "log"
    try:
        deadline = time.monotonic() + 60
        while not log.exists():
            assert time.monotonic() < deadline
            time.sleep(0.02)
        is_server = "://" in database
        stop_between_writes(zombie, None if is_server else tmp_path / database)
        if is_server:
            break_sessions(database)
        # A file stays locked by a process that is stopped: somebody has to decide.
        owner, result, kept = ran(tmp_path, TAKE.format(forced=not is_server), database)
        assert result == kept == [owner, owner]
        zombie.send_signal(signal.SIGCONT)
        output, errors = zombie.communicate(timeout=60)
    finally:
        zombie.kill()
        zombie.communicate()
    # It has ended its step, kept nothing of it, begun no other, and tells what was kept.
    lines = log.read_text().splitlines()
    assert [line for line in lines if line.endswith(f" {zombie.pid}")] == [
        f"began one {zombie.pid}",
        f"ended one {zombie.pid}",
    ]
    assert json.loads(output)["result"] == [owner, owner], errors
    again: Any = ran(tmp_path, TAKE.format(forced=False), database)
    assert again[1:] == [[owner, owner], [owner, owner]]
