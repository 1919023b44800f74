"""What a listener hears of a run whose models stream, over several lives of it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from typing import Any

import pytest

from tests.durable.killing import written_module

pytestmark = pytest.mark.large

SPEC = """
    connection desk:
        api: local
        answers:
            - contains: first
              answer: "a b c d"
            - answer: "e f g h i j"
    chain c:
        step one: {prompt: "first", connection: desk}
        step two: {prompt: "second", connection: desk}
        step three: {kind: python, target: "work:do", options: {takes: "{{ payload.takes }}"}}
        result: "{{ one }} {{ two }}"
    """

LISTEN = """
    import asyncio, json, os, signal, sys, module
    async def main():
        payload, kill_at = json.loads(sys.argv[1]), sys.argv[2:]
        heard = []
        async for event in module.stream_chain("c", payload, run_id="r"):
            heard.append([event["event"], event.get("step"), event.get("data")])
            print(json.dumps(heard[-1]), flush=True)
            if kill_at and len([h for h in heard if h[:2] == ["step_progress", kill_at[0]]]) == 3:
                os.kill(os.getpid(), signal.SIGKILL)
        await module.aclose()
    asyncio.run(main())
    """


def started(folder: Path, database: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(LISTEN), *arguments],
        cwd=folder,
        env={**os.environ, "N3GEN_RUNS": database},
        stdout=subprocess.PIPE,
        text=True,
    )


def heard(process: subprocess.Popen[str]) -> list[list[Any]]:
    output, _ = process.communicate(timeout=90)
    return [json.loads(line) for line in output.splitlines()]


def text_of(events: list[list[Any]], step: str) -> str:
    """What the pieces of a step's answer come to."""
    pieces = [
        data for kind, of, data in events if (kind, of) == ("step_progress", step)
    ]
    return "".join(piece["text"] for piece in pieces)


def test_tokens_of_a_step_that_was_cut_off_come_again_from_the_first(
    database: str, tmp_path: Path
) -> None:
    written_module(tmp_path, SPEC)
    first = started(tmp_path, database, '{"takes": 0}', "two")
    before = heard(first)
    assert first.returncode == -signal.SIGKILL
    assert text_of(before, "one") == "a b c d"
    assert text_of(before, "two").split() == ["e", "f", "g"]
    after = heard(started(tmp_path, database, '{"takes": 0}'))
    # What is kept comes whole at its end; what was cut off begins again.
    assert text_of(after, "one") == ""
    assert text_of(after, "two") == "e f g h i j"
    kinds = [event[:2] for event in after if event[0] != "step_progress"]
    assert kinds == [
        ["chain_start", None],
        *(
            [kind, step]
            for step in ("one", "two", "three")
            for kind in ("step_start", "step_complete")
        ),
        ["chain_complete", None],
    ]
    # Of a run that has ended there is its end.
    assert heard(started(tmp_path, database, '{"takes": 0}')) == [
        ["chain_complete", None, None]
    ]


def test_a_listener_in_another_process_hears_of_the_end(
    database: str, tmp_path: Path
) -> None:
    written_module(tmp_path, SPEC)
    runner = started(tmp_path, database, '{"takes": 8}')
    deadline = time.monotonic() + 60
    while not (tmp_path / "log").exists():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    other = heard(started(tmp_path, database, '{"takes": 8}'))
    assert other == [["chain_complete", None, None]]
    assert text_of(heard(runner), "two") == "e f g h i j"
