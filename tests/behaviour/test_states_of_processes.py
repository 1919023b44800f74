"""Stored states under several processes, and under processes that are killed."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.building import built_text

SPEC = """
state total: int = 0
    scope: stored

state pair: dict[str, str]
    scope: stored

chain count:
    for n in payload:
        step add:
            state: total
            update: "{{ value + 1 }}"
    result: "{{ state.total }}"

chain write:
    step both:
        state: pair
        set: {left: "{{ payload }}", right: "{{ payload }}"}
    result: "{{ state.pair.left | length }}"
"""

COUNT = """
import asyncio, module

async def main():
    for _ in range(10):
        result = await module.count(range(1000))
    await module.aclose()

asyncio.run(main())
"""

WRITE = """
import asyncio, itertools, module

async def main():
    for number in itertools.count():
        await module.write(str(number) * 20_000)
        print(number, flush=True)

asyncio.run(main())
"""


@pytest.fixture(name="folder")
def fixture_folder(tmp_path: Path) -> Path:
    (tmp_path / "module.py").write_text(built_text(SPEC), encoding="utf-8")
    (tmp_path / "count.py").write_text(COUNT, encoding="utf-8")
    (tmp_path / "write.py").write_text(WRITE, encoding="utf-8")
    return tmp_path


def started(folder: Path, script: str, place: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, script],
        cwd=folder,
        env={**os.environ, "N3GEN_STATE": place},
        stdout=subprocess.PIPE,
        text=True,
    )


def stored(folder: Path) -> Iterator[str]:
    connection = sqlite3.connect(folder / "state.db")
    check = connection.execute("PRAGMA integrity_check").fetchone()
    assert check == ("ok",)
    for (value,) in connection.execute("SELECT value FROM n3gen_state"):
        yield str(value)
    connection.close()


def test_four_processes_count_to_40_000(folder: Path) -> None:
    processes = [started(folder, "count.py", "state.db") for _ in range(4)]
    outputs = [process.communicate()[0] for process in processes]
    assert outputs == [""] * 4
    assert [process.returncode for process in processes] == [0] * 4
    assert [*stored(folder)] == ["40000"]


@pytest.mark.parametrize("reports", range(1, 6))
def test_a_process_that_is_killed_tears_nothing(folder: Path, reports: int) -> None:
    process = started(folder, "write.py", "state.db")
    assert process.stdout is not None
    for _ in range(reports):
        last = int(process.stdout.readline())
    process.send_signal(signal.SIGKILL)  # in the middle of one of its next writes
    rest, _ = process.communicate()
    last = max([last, *map(int, rest.split())])
    (text,) = stored(folder)
    pair = json.loads(text)
    assert pair["left"] == pair["right"]
    # What was reported is there, and at most the one change that was under way.
    assert pair["left"] in (str(last) * 20_000, str(last + 1) * 20_000)
