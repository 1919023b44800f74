"""Servers of models that do what they should not: each fault is told at its step.

Nothing may be left behind: no task here, no connection and no request at the server.
"""

from __future__ import annotations

import asyncio
import gc
import json
import time
from collections.abc import Awaitable, Callable, Iterator
from functools import cache
from types import ModuleType
from typing import Any
from urllib.request import Request, urlopen

import pytest

from benchmarks.model_server import running
from tests.building import build

Asked = Callable[[ModuleType], Awaitable[Any]]

APIS = {"openai": "/v1", "anthropic": ""}

SPEC = """
chain c:
    step ask:
        prompt: Hello
{step}
{chain}
connection server:
    api: {api}
    base_url: "{url}"
    api_key: env("TEST_MODEL_KEY")
    model: {model}
    timeout:
{timeout}
"""


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with running() as address:
        yield address


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_MODEL_KEY", "sk-canary-1234")


@pytest.fixture(params=list(APIS))
def api(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def stats(server: str) -> dict[str, Any]:
    with urlopen(f"{server}/stats") as response:
        counted: dict[str, Any] = json.load(response)
        return counted


def asking(
    server: str,
    model: str,
    api: str = "openai",
    *,
    timeout: str = "total: 5",
    chain: str = "",
    step: str = "",
) -> ModuleType:
    """A chain that asks `model`; the rest are keys, as many as there are lines."""
    url = server + APIS[api]
    keys = {"timeout": timeout, "chain": chain, "step": step}
    depths = {"timeout": 8, "chain": 4, "step": 8}
    lines = {
        name: "\n".join(" " * depths[name] + line for line in text.splitlines())
        for name, text in keys.items()
    }
    return built(SPEC.format(api=api, url=url, model=model, **lines))


@cache
def built(spec: str) -> ModuleType:
    """A module; what is open in one belongs to an event loop, so runs can share it."""
    return build(spec)


async def run_chain(module: ModuleType) -> dict[str, Any]:
    record: dict[str, Any] = await module.run_chain("c")
    return record


async def stream_chain(module: ModuleType) -> dict[str, Any]:
    """The record of a run that is listened to, with the answer's pieces in `told`."""
    events = [event async for event in module.stream_chain("c")]
    told = [e["data"]["text"] for e in events if e["event"] == "step_progress"]
    return {**events[-1]["run"], "told": told}


WAYS = pytest.mark.parametrize("way", [run_chain, stream_chain])


def leaving_nothing(server: str, module: ModuleType, asked: Asked = run_chain) -> Any:
    """What a run gives that leaves nothing behind."""
    with urlopen(Request(f"{server}/reset", method="POST")):
        pass

    async def main() -> Any:
        try:
            return await asked(module)
        finally:
            await module.aclose()
            assert asyncio.all_tasks() == {asyncio.current_task()}

    gc.freeze()  # nothing that was there before is looked through
    result = asyncio.run(main())
    gc.collect()  # what was not closed warns now
    gc.unfreeze()
    until = time.monotonic() + 2.0
    while (left := stats(server))["connections"] or left["running"]:
        assert time.monotonic() < until, left
        time.sleep(0.005)
    return result


def check(record: dict[str, Any], message: str) -> None:
    """Says whether a failure is told at its step, with the step's place and no key."""
    assert record["status"] == "error"
    assert message in record["error"]
    assert record["error"].startswith("Step 'ask' failed: ModelError: `server` ")
    assert "(specs/x.ai:3)" in record["error"]
    assert record["steps"][0]["status"] == "error"
    assert "canary" not in json.dumps(record)


@WAYS
@pytest.mark.parametrize(
    ("model", "message"),
    [
        ("drop", "broke the connection off"),
        ("garbage", "answered with what is not JSON: '<html>It works!</html>'"),
        ("error-400", "answered 400: told to fail"),
        ("error-429", "answered 429: told to fail"),
        ("error-500", "answered 500: told to fail"),
        ("no-such-model", "answered 404: told to fail"),
    ],
)
def test_what_is_no_answer(
    server: str, api: str, model: str, message: str, way: Asked
) -> None:
    record = leaving_nothing(server, asking(server, model, api), way)
    check(record, message)
    assert record["steps"][0]["attempts"] == 1


def test_a_key_that_is_not_taken(server: str, api: str) -> None:
    record = leaving_nothing(server, asking(server, "error-401", api))
    check(record, "answered 401: told to fail")
    assert "TEST_MODEL_KEY" in record["error"]


@WAYS
def test_a_redirect_elsewhere_is_not_followed(
    server: str, api: str, way: Asked
) -> None:
    record = leaving_nothing(server, asking(server, "redirect", api), way)
    check(record, "redirects to http://localhost:")
    assert stats(server)["strayed"] == 0


@WAYS
def test_a_server_that_hangs(server: str, api: str, way: Asked) -> None:
    module = asking(server, "hang", api, timeout="total: 0.2")
    record = leaving_nothing(server, module, way)
    check(record, "did not answer within 0.2 seconds")
    assert record["metadata"]["elapsed_ms"] < 1500


def test_a_step_whose_time_is_up(server: str) -> None:
    module = asking(server, "hang", step="timeout: 0.2")
    record = leaving_nothing(server, module)
    assert record["steps"][0]["status"] == "timeout"
    assert "(specs/x.ai:3)" in record["error"]


def test_a_chain_whose_time_is_up(server: str) -> None:
    module = asking(server, "hang", chain="timeout: 0.2")
    record = leaving_nothing(server, module)
    assert record["status"] == "timeout"
    assert record["steps"][0]["status"] == "cancelled"


@WAYS
def test_a_caller_who_does_not_wait(server: str, way: Asked) -> None:
    async def cancelled(module: ModuleType) -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(way(module), 0.2)

    leaving_nothing(server, asking(server, "hang"), cancelled)


def test_a_stream_that_nobody_reads_to_its_end(server: str, api: str) -> None:
    async def first_piece(module: ModuleType) -> str:
        events = module.stream_chain("c")
        async for event in events:
            if event["event"] == "step_progress":
                await events.aclose()
                return str(event["data"]["text"])
        return ""

    module = asking(server, "words-100+speed-50", api)
    assert leaving_nothing(server, module, first_piece) == "word0 "


def test_half_a_stream_that_was_told_is_not_asked_for_again(
    server: str, api: str
) -> None:
    module = asking(server, "half-stream", api, step="retry: 2")
    record = leaving_nothing(server, module, stream_chain)
    check(record, "broke the connection off")
    assert record["told"][:2] == ["word0 ", "word1 "]
    assert record["steps"][0]["attempts"] == stats(server)["requests"] == 1


def test_half_a_stream_that_nobody_saw_is_asked_for_again(
    server: str, api: str
) -> None:
    retry = "retry:\n    max: 2\n    delay: 1ms"
    timeout = "total: 5\nidle: 5"
    module = asking(server, "half-stream", api, timeout=timeout, step=retry)
    record = leaving_nothing(server, module)
    check(record, "broke the connection off")
    assert record["steps"][0]["attempts"] == stats(server)["requests"] == 3


@WAYS
@pytest.mark.parametrize(
    ("model", "timeout", "message"),
    [
        ("stalled-stream", "idle: 0.2", "sent nothing for 0.2 seconds"),
        ("latency-2000", "first_token: 0.2", "sent no text within 0.2 seconds"),
        ("hang", "first_token: 0.2", "sent no text within 0.2 seconds"),
    ],
)
def test_streams_that_keep_one_waiting(
    server: str, api: str, model: str, timeout: str, message: str, way: Asked
) -> None:
    module = asking(server, model, api, timeout=timeout)
    record = leaving_nothing(server, module, way)
    check(record, message)
    assert record["metadata"]["elapsed_ms"] < 1500


def test_a_stream_that_takes_too_long(server: str, api: str) -> None:
    module = asking(server, "stalled-stream", api, timeout="total: 0.2")
    record = leaving_nothing(server, module, stream_chain)
    check(record, "did not answer within 0.2 seconds")
    assert record["told"]


def test_a_server_that_is_not_there(server: str) -> None:
    record = leaving_nothing(server, asking("http://127.0.0.1:9", "words-1"))
    check(record, "cannot be reached")


def test_failures_that_pass(server: str, api: str) -> None:
    retry = "retry:\n    max: 3\n    delay: 1ms"
    module = asking(server, "error-503-every-2", api, step=retry)

    async def twice(module: ModuleType) -> list[Any]:
        return [await run_chain(module), await run_chain(module)]

    first, second = leaving_nothing(server, module, twice)
    assert first["status"] == second["status"] == "ok"
    assert second["steps"][0]["attempts"] == 2


def test_the_wait_that_a_server_asks_for(server: str, api: str) -> None:
    model = "error-429-every-2+wait-150"
    module = asking(server, model, api, step="retry:\n    max: 1\n    delay: 1ms")

    async def twice(module: ModuleType) -> Any:
        await run_chain(module)
        return await run_chain(module)

    record = leaving_nothing(server, module, twice)
    assert record["status"] == "ok"
    assert record["steps"][0]["elapsed_ms"] >= 150
