"""A step that passes its timeout while it streams is not begun again: its text is told."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.building import build
from tests.clock import run

SPEC = """
connection desk:
    api: local
    latency: 10s
    answers: [{answer: one two three four five}]

chain c:
    step ask:
        prompt: count
        timeout: 5
        retry: {max: 2, jitter: false}
        fallback: other

connector other:
    connection: desk
    timeout: 20
    prompt: count
"""


def test_after_its_first_token_a_step_that_is_too_late_is_not_tried_again() -> None:
    module = build(SPEC)

    async def main() -> list[dict[str, Any]]:
        return [event async for event in module.stream_chain("c")]

    events = run(main())
    told = [e["data"]["text"] for e in events if e["event"] == "step_progress"]
    assert "".join(told) == "one two "
    (step,) = events[-1]["run"]["steps"]
    assert (step["status"], step["attempts"]) == ("timeout", 1)
    assert "timed out after 5 seconds" in events[-1]["run"]["error"]


def test_without_a_listener_nothing_is_told_and_it_is_tried_again() -> None:
    record = run(build(SPEC).run_chain("c"))
    assert record["status"] == "ok"
    assert record["steps"][0]["attempts"] == 4


def test_a_silent_reader_counts_in_the_timeout_of_the_step() -> None:
    module = build(
        SPEC.replace("latency: 10s", "latency: 1s").replace("five", "five " * 200)
    )

    async def main() -> dict[str, Any]:
        async for event in module.stream_chain("c"):
            if event["event"] == "step_progress":
                await asyncio.sleep(3)
        last: dict[str, Any] = event
        return last

    (step,) = run(main())["run"]["steps"]
    assert (step["status"], step["attempts"]) == ("timeout", 1)
