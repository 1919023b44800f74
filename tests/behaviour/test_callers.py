"""What a module offers its callers besides runs: ids, JSON, calls without a loop."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Iterator
from contextlib import aclosing
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import pytest

from tests.building import build, built_in
from tests.clock import run

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


@pytest.mark.parametrize("timeout", ["5", True, False, math.nan, -1])
def test_a_drain_takes_seconds(timeout: Any, module: ModuleType) -> None:
    with pytest.raises(ValueError, match="timeout must be from 0 seconds, not "):
        run(module.drain(timeout))


@pytest.mark.parametrize("timeout", [None, 0, 0.0, 1, math.inf])
def test_a_drain_without_runs_is_over_at_once(timeout: Any, module: ModuleType) -> None:
    assert run(module.drain(timeout)) == 0


WRONG: dict[str, tuple[dict[str, Any], type[Exception], str]] = {
    "connectors": ({"connectors": [1]}, ValueError, "connectors must be a mapping"),
    "connectors of text": ({"connectors": "f"}, ValueError, "must be a mapping"),
    "timeout": (
        {"timeout": "5"},
        ValueError,
        "timeout must be a number above 0",
    ),
    "parallel": ({"parallel": 1}, ValueError, "parallel must be true or false"),
    "calls": ({"max_concurrent_llm_calls": 0}, ValueError, "must be from 1"),
    "run_id": ({"run_id": 5}, ValueError, "run_id must be a text"),
    "resume": ({"resume": 5}, ValueError, "resume must be a run's record"),
    "http": ({"http": 5}, TypeError, "`http` must be an AsyncClient"),
}


@pytest.mark.parametrize("wrong", WRONG)
@pytest.mark.parametrize("way", ["run", "stream", "start", "function"])
def test_arguments_that_make_no_sense_are_refused(
    wrong: str, way: str, module: ModuleType
) -> None:
    """Also where the chain has no use for them, as `called` has none for connectors."""
    given, kind, message = WRONG[wrong]
    offered = {"connectors", "timeout", "http"}

    async def main() -> None:
        if way == "run":
            await module.run_chain("called", "x", **given)
        elif way == "stream":
            async with aclosing(module.stream_chain("called", "x", **given)) as events:
                async for _ in events:
                    pass
        elif way == "start":
            module.start_chain("called", "x", **given)
        else:
            await module.fetched(**given)

    if way == "function" and not given.keys() <= offered:
        kind, message = TypeError, "unexpected keyword argument"
    with pytest.raises(kind, match=message):
        run(main())


@pytest.mark.parametrize("http", [5, "http://proxy"])
def test_what_sends_requests_is_checked_when_it_is_given(
    http: Any, module: ModuleType
) -> None:
    with pytest.raises(TypeError, match="`http` must be an AsyncClient"):
        module.configure(http=http)


def test_a_connector_is_registered_by_a_name(module: ModuleType) -> None:
    def lookup() -> None: ...

    with pytest.raises(TypeError, match=r"write @connector\(NAME\), where NAME is"):
        module.connector(lookup)
