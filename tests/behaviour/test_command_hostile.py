"""A module run as a script: what is typed wrong is told, and pipes may break."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.building import built_text

CONNECTORS = """
import asyncio, sys

async def f(ctx):
    if ctx.payload == "fail":
        raise ValueError("no")
    if ctx.payload == "odd":
        return {(1, 2): float}
    if ctx.payload == "slow":
        print("ready", file=sys.stderr, flush=True)
        await asyncio.sleep(60)
    if ctx.payload == "many":
        for number in range(100_000):
            await ctx.emit(number)
    return ctx.payload

given = {"f": f}
function = f
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("command")
    spec = """
        chain c:
            step a:
                target: f
        """
    (path / "x.py").write_text(built_text(spec), encoding="utf-8")
    (path / "users.py").write_text(CONNECTORS, encoding="utf-8")
    return path


def started(folder: Path, *words: str) -> subprocess.Popen[str]:
    connectors = () if "--connectors" in words else ("--connectors", "users:given")
    return subprocess.Popen(
        [sys.executable, "x.py", *words, *connectors],
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def done(folder: Path, *words: str, given: str = "") -> tuple[int, str, str]:
    process = started(folder, *words)
    output, errors = process.communicate(given, timeout=30)
    assert ("Traceback" in errors) == (process.returncode == 1)
    return process.returncode, output, errors


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["c", "--input", "{bad"], "--input is not JSON: Expecting property name"),
        (["c", "--input", "-"], "--input is not JSON: Expecting value"),
        (
            ["c", "--input", "@nowhere.json"],
            "cannot open nowhere.json: No such file or directory",
        ),
        (["c", "--input", "[" * 100_000], "--input is nested too deeply"),
        (["zzz"], "invalid choice: 'zzz'"),
        (
            ["c", "--timeout", "nan"],
            "timeout must be a number above 0, not nan",
        ),
        (
            ["c", "--events", "--timeout", "0"],
            "timeout must be a number above 0",
        ),
        (["c", "--connectors", "users:function"], "must name a mapping"),
        (["c", "--connectors", "nowhere:x"], "No module named 'nowhere'"),
    ],
)
def test_a_wrong_command_is_told(folder: Path, words: list[str], told: str) -> None:
    status, output, errors = done(folder, *words)
    assert (status, output) == (2, "")
    assert told in errors


def test_a_wrong_environment_is_told(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHAIN_TIMEOUT_SECONDS", "soon")
    status, _, errors = done(folder, "c")
    assert status == 2
    assert "CHAIN_TIMEOUT_SECONDS must be a number of seconds above 0" in errors


@pytest.mark.parametrize(
    ("payload", "status", "result"),
    [('{"a": 1}', 0, {"a": 1}), ('"fail"', 1, None)],
)
def test_the_exit_code(folder: Path, payload: str, status: int, result: Any) -> None:
    code, output, errors = done(folder, "c", "--input", "-", given=payload)
    assert (code, json.loads(output)["result"]) == (status, result)
    assert ('users.py", line 6, in f' in errors) == (status == 1)


@pytest.mark.parametrize("more", [[], ["--events"]])
def test_results_that_json_has_no_form_for(folder: Path, more: list[str]) -> None:
    status, output, _ = done(folder, "c", "--input", '"odd"', *more)
    record = json.loads(output.splitlines()[-1])["run"] if more else json.loads(output)
    assert (status, record["result"]) == (0, {"(1, 2)": "<class 'float'>"})


def test_no_limit_of_time_is_json(folder: Path) -> None:
    _, output, _ = done(folder, "c", "--timeout", "inf")
    assert "Infinity" not in output


def test_a_reader_that_goes_away(folder: Path) -> None:
    process = started(folder, "c", "--events", "--input", '"many"')
    assert process.stdout is not None
    assert process.stderr is not None
    assert json.loads(process.stdout.readline())["event"] == "chain_start"
    assert process.stdin is not None
    process.stdin.close()
    process.stdout.close()
    assert process.wait(30) == 1
    assert process.stderr.read() == ""
    process.stderr.close()


@pytest.mark.skipif(os.name == "nt", reason="there is no such signal")
def test_an_interrupt(folder: Path) -> None:
    process = started(folder, "c", "--input", '"slow"')
    assert process.stderr is not None
    assert process.stderr.readline() == "ready\n"
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=30)
    assert (process.returncode, json.loads(output)["status"]) == (130, "cancelled")
    assert errors == "Chain 'c' was cancelled\n"


@pytest.mark.skipif(os.name == "nt", reason="there is no such signal")
def test_the_last_event_of_an_interrupted_run(folder: Path) -> None:
    process = started(folder, "c", "--input", '"slow"', "--events")
    assert process.stderr is not None
    assert process.stderr.readline() == "ready\n"
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=30)
    last = json.loads(output.splitlines()[-1])
    assert (process.returncode, last["event"]) == (130, "chain_cancelled")
    statuses = {step["name"]: step["status"] for step in last["run"]["steps"]}
    assert (last["run"]["status"], statuses) == ("cancelled", {"a": "cancelled"})


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="a device of Linux")
@pytest.mark.parametrize("more", [[], ["--events"]])
def test_a_full_disk(folder: Path, more: list[str]) -> None:
    with open("/dev/full", "wb") as full:
        ran = subprocess.run(
            [sys.executable, "x.py", "c", "--connectors", "users:given", *more],
            cwd=folder,
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert ran.returncode == 1
    assert ran.stderr == b"cannot write the output: No space left on device\n"
