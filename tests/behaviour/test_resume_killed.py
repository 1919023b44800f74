"""Processes that are killed in the middle of a run, and the command line that goes on."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.building import built_text

SPEC = """
chain digest:
    for pages: page in payload.pages parallel 2:
        key: page
        step read:
            target: read
            options: {page: "{{ page }}"}
    step join:
        target: join
        options: {texts: "{{ pages }}"}
    result: "{{ join }}"
"""

WORK = """
import asyncio, os, pathlib, signal

async def read(ctx):
    page = ctx.options["page"]
    with open("calls.txt", "a") as file:
        file.write(page + " ")
    if page == "c" and pathlib.Path("fragile").exists():
        for _ in range(20):  # turns of the loop, in which the events are written
            await asyncio.sleep(0)
        os.kill(os.getpid(), signal.SIGKILL)
    return "text of " + page

ALL = {"read": read, "join": lambda ctx: ", ".join(ctx.options["texts"])}
"""

PAYLOAD = json.dumps({"pages": ["a", "b", "c", "d"]})
ARGUMENTS = ("digest", "--connectors", "work:ALL", "--input", PAYLOAD)


def python(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(name="folder")
def fixture_folder(tmp_path: Path) -> Path:
    (tmp_path / "digest.py").write_text(built_text(SPEC), encoding="utf-8")
    (tmp_path / "digest.ai").write_text(SPEC, encoding="utf-8")
    (tmp_path / "work.py").write_text(WORK, encoding="utf-8")
    return tmp_path


def calls(folder: Path) -> set[str]:
    text = (folder / "calls.txt").read_text(encoding="utf-8")
    (folder / "calls.txt").unlink()
    return {*text.split()}


def test_a_chain_goes_on_from_the_events_of_a_killed_process(folder: Path) -> None:
    (folder / "fragile").touch()
    killed = python(folder, "digest.py", *ARGUMENTS, "--events")
    assert killed.returncode == -signal.SIGKILL
    assert "c" in calls(folder)
    done = {
        event["record"]["result"]
        for event in map(json.loads, killed.stdout.splitlines())
        if event["event"] == "step_complete"
    }
    assert done
    (folder / "fragile").unlink()
    # A process that is killed as it writes leaves half a line.
    trace = killed.stdout + '{"event": "step_com'
    (folder / "trace.jsonl").write_text(trace, encoding="utf-8")
    gone_on = python(folder, "digest.py", *ARGUMENTS, "--resume", "trace.jsonl")
    assert gone_on.returncode == 0, gone_on.stderr
    record: Any = json.loads(gone_on.stdout)
    assert record["result"] == "text of a, text of b, text of c, text of d"
    assert record["metadata"]["resumed"]["kept"] == len(done)
    again = {f"text of {page}" for page in calls(folder)}
    assert again == {f"text of {page}" for page in "abcd"} - done


def test_both_commands_go_on_from_a_record(folder: Path) -> None:
    (folder / "work.py").write_text(
        WORK.replace("os.kill(os.getpid(), signal.SIGKILL)", "raise ValueError('no')"),
        encoding="utf-8",
    )
    (folder / "fragile").touch()
    failed = python(folder, "digest.py", *ARGUMENTS)
    assert failed.returncode == 1
    (folder / "record.json").write_text(failed.stdout, encoding="utf-8")
    calls(folder)
    (folder / "fragile").unlink()
    resume = ("--resume", "record.json")
    one = python(folder, "digest.py", *ARGUMENTS, *resume)
    assert one.returncode == 0, one.stderr
    first = calls(folder)
    run = ("-m", "n3gen", "run", "digest.ai")
    two = python(folder, *run, *ARGUMENTS, *resume, "--output-format", "json")
    assert two.returncode == 0, two.stderr
    assert calls(folder) == first
    kept = [
        json.loads(text)["metadata"]["resumed"] for text in (one.stdout, two.stdout)
    ]
    assert kept[0] == kept[1]


def test_events_are_read_however_an_editor_or_a_shell_has_saved_them(
    folder: Path,
) -> None:
    (folder / "payload.json").write_text(f"\ufeff{PAYLOAD}", encoding="utf-8")
    given = (*ARGUMENTS[:-1], "@payload.json")
    ran = python(folder, "digest.py", *given, "--events")
    lines = ran.stdout.splitlines()[:-1]
    calls(folder)
    text = "\ufeff" + "\r\n\r\n".join([*lines, ""])
    (folder / "trace.jsonl").write_text(text, encoding="utf-8", newline="")
    resumed = python(folder, "digest.py", *given, "--resume", "trace.jsonl")
    assert resumed.returncode == 0, resumed.stderr
    assert json.loads(resumed.stdout)["metadata"]["resumed"]["kept"] == 5
    assert not (folder / "calls.txt").exists()
    (folder / "trace.jsonl").write_text("\n".join(lines), encoding="utf-16")
    refused = python(folder, "digest.py", *given, "--resume", "trace.jsonl")
    assert "trace.jsonl holds neither the record of a run nor its" in refused.stderr


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{\n}x", "record.json holds neither the record of a run nor its events"),
        ("5", "record.json holds neither the record of a run nor its events"),
        ("{}", "resume must be a run's record or its events"),
        (
            '{"metadata": {"run_id": "x", "chain": "other"}, "steps": []}',
            "resume is of chain 'other', not 'digest'",
        ),
        (
            '{"metadata": {"run_id": "x", "chain": "digest"}, "steps": [{"name": 5}]}',
            "resume must be a run's record or its events",
        ),
        (None, "no such file"),
    ],
)
@pytest.mark.parametrize(
    "command", [["digest.py"], ["-m", "n3gen", "run", "digest.ai"]]
)
def test_a_broken_or_foreign_file_is_one_sentence(
    folder: Path, text: str | None, words: str, command: list[str]
) -> None:
    if text is not None:
        (folder / "record.json").write_text(text, encoding="utf-8")
    ended = python(folder, *command, *ARGUMENTS, "--resume", "record.json")
    assert ended.returncode == 2
    assert words.lower() in ended.stderr.lower()
    assert "Traceback" not in ended.stderr
