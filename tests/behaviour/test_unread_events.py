"""Model calls whose events nobody reads: they wait for their reader."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import httpx

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
