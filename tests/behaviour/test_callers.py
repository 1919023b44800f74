"""What a module offers its callers besides runs: ids, JSON, calls without a loop."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import aclosing
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import pytest

from tests.building import build, built_in

SPEC = """
type Mood:
    label: str

connection model:
    api: local

chain called:
    step mood:
        prompt: "The mood of {{ payload }}?"
        output: Mood

chain fetched:
    step page:
        url: "https://example.com/"
    result: "{{ page.status }}"
"""


@pytest.fixture(params=["standalone", "shared"])
def module(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ModuleType]:
    with built_in(request.param, SPEC, tmp_path) as module:
        yield module


def test_a_run_has_the_id_that_its_caller_gives(module: ModuleType) -> None:
    async def main() -> None:
        record = await module.run_chain("called", "x", run_id="order-7")
        assert record["metadata"]["run_id"] == "order-7"
        events = [e async for e in module.stream_chain("called", "x", run_id="é 8")]
        assert {event["run_id"] for event in events} == {"é 8"}
        for wrong in ("", 7):
            with pytest.raises(ValueError, match="run_id must be a text that is not"):
                await module.run_chain("called", "x", run_id=wrong)

    asyncio.run(main())


def test_a_record_as_json(module: ModuleType) -> None:
    record = module.run_chain_sync("called", "x")
    assert isinstance(record["result"], module.Mood)
    told = json.loads(module.to_json(record))
    assert told["result"] == record["result"].model_dump()
    assert {**told, "result": 0, "steps": 0} == {**record, "result": 0, "steps": 0}
    assert "\n" in module.to_json(record, indent=2)


def test_a_chain_is_run_where_no_event_loop_runs(module: ModuleType) -> None:
    closed: list[httpx.AsyncClient] = []

    def client() -> httpx.AsyncClient:
        transport = httpx.MockTransport(lambda request: httpx.Response(200))
        closed.append(httpx.AsyncClient(transport=transport))
        return closed[-1]

    for _ in range(2):
        record = module.run_chain_sync("fetched", http=client)
        assert (record["status"], record["result"]) == ("ok", 200)
    assert [client.is_closed for client in closed] == [True, True]


def test_a_blocking_call_inside_an_event_loop_is_refused(module: ModuleType) -> None:
    async def main() -> None:
        told = r"from a running event loop: `await run_chain\(...\)` there"
        with pytest.raises(RuntimeError, match=told):
            module.run_chain_sync("called", "x")

    asyncio.run(main())


def test_a_module_is_closed_by_a_block(module: ModuleType) -> None:
    async def main() -> httpx.AsyncClient:
        transport = httpx.MockTransport(lambda request: httpx.Response(200))
        client = httpx.AsyncClient(transport=transport)
        async with aclosing(module):
            await module.run_chain("fetched", http=lambda: client)
        return client

    assert asyncio.run(main()).is_closed


def test_names_of_the_spec_give_way_to_what_a_module_offers() -> None:
    text = """
    chain to_json:
        step run_chain_sync:
            value: 1
    chain run_chain_sync:
        step a:
            value: 2
    """
    module: Any = build(text)
    assert module.run_chain_sync("to_json")["result"] == 1
    assert asyncio.run(module.run_chain_sync_()) == 2
    assert asyncio.run(module.to_json_()) == 1
