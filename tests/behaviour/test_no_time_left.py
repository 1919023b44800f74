"""Waits that an end around leaves no time for: they are not begun, and fallbacks are."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from tests.building import build
from tests.clock import run

NO_TIME = """
    connection o:
        api: openai
        base_url: "http://o.test"
        model: m
        rate_limit: {requests_per_minute: 1}

    chain busy:
        step a:
            url: "http://o.test/busy"
            retry: 3
            FALLBACK

    chain asks:
        step a:
            prompt: "Hi"
            FALLBACK

    chain hurried:
        timeout: 500ms
        step a:
            kind: chain
            target: busy

    chain called:
        step a:
            kind: chain
            target: hurried

    chain limited:
        step a:
            kind: chain
            target: asks
            timeout: 500ms

    chain block_busy:
        within 500ms:
            step a:
                kind: chain
                target: busy

    chain block_asks:
        within 500ms:
            step a:
                kind: chain
                target: asks

    chain or_else:
        within x: 500ms:
            step a:
                kind: chain
                target: asks
        else:
            step b:
                value: "late"

    chain lost_or_else:
        within x: 500ms:
            race:
                step a:
                    kind: chain
                    target: asks
                step b:
                    kind: chain
                    target: busy
        else:
            step c:
                value: "late"

    chain joined_or_else:
        within x: 500ms:
            step a:
                kind: chain
                target: busy
                parallel: true
            step b:
                wait: 100ms
                depends_on: {any: [a]}
        else:
            step c:
                value: "late"

    chain inner_end:
        within x: 5s:
            within 500ms:
                step a:
                    kind: chain
                    target: asks
        else:
            step b:
                value: "late"
    """


def without_time(chain: str, fallback: str = "") -> tuple[Any, float]:
    """The record of a run after the one call of a minute, and how long it took."""
    module = build(NO_TIME.replace("FALLBACK", fallback))

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/busy":
            return httpx.Response(503, headers={"Retry-After": "60"})
        said = {"choices": [{"message": {"content": "Hi"}}]}
        return httpx.Response(200, json=said)

    async def spare(ctx: Any) -> str:
        return "spare"

    async def main() -> tuple[Any, float]:
        given = {"spare": spare} if fallback else {}
        how: Any = {"http": httpx.MockTransport(answer), "connectors": given}
        assert (await module.run_chain("asks", **how))["status"] == "ok"
        began = asyncio.get_running_loop().time()
        record = await module.run_chain(chain, **how)
        return record, asyncio.get_running_loop().time() - began

    return run(main())


CALLERS = ["called", "limited", "block_busy", "block_asks", "or_else", "lost_or_else"]


@pytest.mark.parametrize("chain", CALLERS)
def test_fallbacks_are_reached_where_an_end_around_leaves_no_time(chain: str) -> None:
    record, took = without_time(chain, "fallback: [spare]")
    assert record["result"] == "spare", record["error"]
    assert took == 0


@pytest.mark.parametrize("chain", ["or_else", "lost_or_else", "joined_or_else"])
def test_else_runs_where_no_time_is_left_for_a_further_try(chain: str) -> None:
    record, took = without_time(chain)
    assert record["result"] == "late", record["error"]
    assert took == 0


def test_the_else_of_a_block_is_not_for_the_end_of_one_inside() -> None:
    record, took = without_time("inner_end")
    assert record["status"] == "error"
    assert "`o` has no room for it before its time is over" in record["error"]
    assert took == 0


def test_an_error_says_that_the_time_around_left_none_for_its_wait() -> None:
    record, _ = without_time("called")
    why = "not retried, as the server asks to wait 60 s and its time is over in 0.5 s"
    assert why in record["error"]


def test_a_run_that_goes_on_has_nothing_of_the_time_in_which_it_was_begun() -> None:
    module = build("""
        chain c:
            within 1s:
                step a:
                    target: starts

        chain flaky:
            step a:
                target: fails_once
                retry: {max: 1, delay: 5s, jitter: false}
        """)
    began: list[Any] = []

    async def starts(ctx: Any) -> None:
        began.append(asyncio.create_task(module.run_chain("flaky", connectors=given)))

    async def fails_once(ctx: Any) -> str:
        if len(began) == 1:
            began.append(None)
            raise ConnectionError
        return "done"

    given: Any = {"starts": starts, "fails_once": fails_once}

    async def main() -> Any:
        await module.run_chain("c", connectors=given)
        return await began[0]

    assert run(main())["result"] == "done"
