"""Runs whose events nobody reads, or reads late: they wait for their reader."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.building import build
from tests.clock import run

SPEC = """
    connection model:
        api: openai
        base_url: "https://model.test"
        api_key: env("MODEL_KEY", "none")
        model: small

    chain c:
        timeout: 1000
        step answer:
            prompt: "Count"
"""

PIECES = 500


class Answer(httpx.AsyncByteStream):
    """An answer that is streamed in pieces, and counts those that were taken."""

    def __init__(self) -> None:
        self.taken = 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for number in range(PIECES):
            self.taken += 1
            delta = {"choices": [{"index": 0, "delta": {"content": f"{number} "}}]}
            yield f"data: {json.dumps(delta)}\n\n".encode()
            await asyncio.sleep(0.01)
        end = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
        yield f"data: {json.dumps(end)}\n\ndata: [DONE]\n\n".encode()


def test_a_model_streams_no_further_while_nobody_reads() -> None:
    module = build(SPEC)
    answer = Answer()
    headers = {"content-type": "text/event-stream"}
    transport = httpx.MockTransport(
        lambda request: httpx.Response(200, headers=headers, stream=answer)
    )

    async def main() -> tuple[list[int], str, int]:
        handle = module.start_chain("c", http=transport)
        events = handle.events(buffer=3)
        taken: list[int] = []
        progress = 0
        for _ in range(3):
            await asyncio.sleep(5)
            taken.append(answer.taken)
        async for event in events:
            progress += event["event"] == "step_progress"
        record = await handle.result()
        await module.aclose()
        return taken, record["status"], progress

    taken, status, progress = run(main())
    # It goes no further in five seconds and more than the buffer takes, and then to its end.
    assert taken[0] == taken[1] == taken[2] < 10
    assert (status, progress, answer.taken) == ("ok", PIECES, PIECES)


CUT_OFF = """
    chain few:
        timeout: 400ms
        parallel p:
            step a: {target: work}
            step b: {target: work}
            step c: {target: work}
    chain wide:
        timeout: 400ms
        for i in range(200) parallel 100:
            step a: {target: work, limit: none}
    chain raced:
        race:
            step quick: {value: 1}
            step a: {target: work}
            step b: {target: work}
"""

ENDS = ("step_complete", "step_error", "step_cancelled")


@pytest.mark.parametrize("seconds", [0.05, 5])
@pytest.mark.parametrize("buffer", [0, 1, 3, 64, None])
@pytest.mark.parametrize("chain", ["few", "wide", "raced"])
def test_each_step_that_has_begun_has_an_end_for_a_reader_that_stalls(
    chain: str, buffer: int | None, seconds: float
) -> None:
    module = build(CUT_OFF)

    async def work(ctx: Any) -> None:
        await asyncio.sleep(seconds)

    async def main() -> list[dict[str, Any]]:
        handle = module.start_chain(chain, connectors={"work": work}, parallel=True)
        told: list[dict[str, Any]] = []
        async for event in handle.events(buffer=buffer):
            told.append(event)
            if len(told) == 1:
                await asyncio.sleep(0.6)  # past the deadline
        return told

    told = run(main())
    begun = Counter(e["step"] for e in told if e["event"] == "step_start")
    ended = Counter(e["step"] for e in told if e["event"] in ENDS)
    assert begun
    assert begun == ended
    if seconds == 5 and chain != "raced":
        assert told[-1]["event"] == "chain_timeout"
    assert begun.keys() == {s.get("path", s["name"]) for s in told[-1]["run"]["steps"]}


def test_a_reader_that_never_comes_back_leaves_nothing_running() -> None:
    module = build(CUT_OFF)

    async def work(ctx: Any) -> None:
        await asyncio.sleep(5)

    async def main() -> tuple[str, float]:
        handle = module.start_chain("wide", connectors={"work": work})
        unread = handle.events(buffer=1)
        await anext(unread)
        record = await handle.result()
        left = asyncio.all_tasks() - {asyncio.current_task()}
        assert not left
        await unread.aclose()
        return record["status"], record["metadata"]["elapsed_ms"]

    assert run(main()) == ("timeout", 400)
