"""Runs that go on after what runs together in them has failed or was enough."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.behaviour.test_flow import record_of, slow, statuses
from tests.building import build
from tests.clock import run

GROUPS = {
    "a batch": """
            step quick:
                target: slow
                parallel: true
            step bad:
                target: fails
                parallel: true
        """,
    "a scope": """
            parallel:
                step quick:
                    target: slow
                step bad:
                    target: fails
        """,
    "a pool": """
            for n in [1, 2] parallel 2:
                step bad:
                    target: fails
        """,
}
"""Bodies of which a member fails while the others, or the body itself, only wait."""


async def fails(ctx: Any) -> None:
    await asyncio.sleep(2)
    raise ConnectionError("gone")


GIVEN = {"slow": slow, "fails": fails}


def body(group: str, indent: int) -> str:
    return GROUPS[group].replace("\n" + " " * 12, "\n" + " " * indent)


@pytest.mark.parametrize("group", GROUPS)
def test_an_error_that_a_loop_keeps(group: str) -> None:
    module = build(f"""
chain c:
    for docs: doc in payload:
        on_error: continue
{body(group, 8)}
    step after:
        target: slow
    result: "{{{{ docs }}}}"
""")
    record = record_of(module, [1, 2], connectors=GIVEN)
    assert record["status"] == "ok", record["error"]
    gone = {"kind": "connection", "message": "ConnectionError: gone", "status": None}
    kept = [
        {k: v for k, v in found.items() if k != "step"} for found in record["result"]
    ]
    assert kept == [gone, gone]
    assert statuses(record)["after"] == "ok"


@pytest.mark.parametrize("group", GROUPS)
def test_a_chain_that_is_tried_again(group: str) -> None:
    module = build(f"""
chain inner:
{body(group, 4)}
chain c:
    step called:
        kind: chain
        target: inner
        retry: {{max: 2, delay: 1s, backoff: constant, jitter: false}}
        fallback: [slow]
""")
    record = run(module.run_chain("c", connectors=GIVEN, parallel=True))
    assert record["status"] == "ok", record["error"]
    assert record["steps"][0]["attempts"] == 4


def test_steps_behind_a_loop_of_which_a_round_was_enough() -> None:
    module = build("""
        chain c:
            for docs: doc in payload parallel 2:
                until: one == 2
                step one:
                    target: slow
                    options: {seconds: "{{ doc }}", give: "{{ doc }}"}
            step after:
                target: slow
            result: ["{{ docs }}", "{{ after }}"]
        """)
    record = record_of(module, [1, 2, 9], connectors=GIVEN)
    assert record["result"] == [[1, 2], "after"], record["error"]
    assert statuses(record)["docs[2].one"] == "cancelled"


def test_what_is_cancelled_in_the_queue_has_queued_and_not_worked() -> None:
    module = build("""
        chain c:
            within reply: 5s:
                parallel:
                    step first:
                        target: slow
                        options: {seconds: 9}
                    step second:
                        target: slow
            else:
                step late:
                    value: "late"
        """)
    record = record_of(module, connectors=GIVEN, max_concurrent_llm_calls=1)
    second = next(step for step in record["steps"] if step["name"] == "second")
    times = [second[key] for key in ("queued_ms", "started_ms", "elapsed_ms")]
    assert times == [5000, 5000, 0]
    assert record["metadata"]["sequential_ms"] == 5000
    record_of(module, connectors=GIVEN, max_concurrent_llm_calls=50)


def test_queues_between_tries_are_no_part_of_the_time_of_a_step() -> None:
    module = build("""
        chain c:
            step flaky:
                target: flaky
                parallel: true
                retry: {max: 1, delay: 1s, backoff: constant, jitter: false}
            step long:
                target: slow
                parallel: true
                options: {seconds: 9}
        """)
    calls: list[str] = []

    async def flaky(ctx: Any) -> None:
        calls.append(ctx.step)
        await asyncio.sleep(2)
        if len(calls) == 1:
            raise ConnectionError("gone")

    given = {"flaky": flaky, "slow": slow}
    record = record_of(module, connectors=given, max_concurrent_llm_calls=1)
    step = record["steps"][0]
    times = [step[key] for key in ("queued_ms", "started_ms", "elapsed_ms")]
    assert times == [8000, 8000, 5000]
    record_of(module, connectors=given, max_concurrent_llm_calls=50)


def test_the_error_record_of_a_loop_says_how_many_rounds_failed() -> None:
    module = build("""
        chain c:
            parallel all:
                on_error: continue
                do each:
                    for n in payload:
                        tolerate: 1
                        step bad:
                            target: fails
            result: "{{ all.each }}"
        """)
    words = "2 of 2 rounds failed, 1 are tolerated: ConnectionError: gone"
    assert record_of(module, [1, 2], connectors=GIVEN)["result"] == {
        "kind": "error",
        "message": f"TooManyFailures: {words}",
        "status": None,
        "step": "specs/x.ai:6",
    }


def test_a_cancellation_reaches_all_members_at_once() -> None:
    module = build("""
        chain c:
            within reply: 2s:
                parallel:
                    step first:
                        target: lingers
                    step second:
                        target: slow
                        options: {seconds: 9}
            else:
                step late:
                    value: "late"
        """)

    async def lingers(ctx: Any) -> None:
        try:
            await asyncio.sleep(60)
        finally:
            await asyncio.sleep(5)

    record = record_of(module, connectors={"lingers": lingers, "slow": slow})
    elapsed = {step["name"]: step["elapsed_ms"] for step in record["steps"]}
    assert elapsed == {"first": 7000, "second": 2000, "late": 0}


def test_a_task_in_the_background_that_fails_as_its_body_ends() -> None:
    module = build("""
        chain c:
            do guarded:
                step bad:
                    target: fails
                    background: true
                step quick:
                    value: "1"
                on_error:
                    step excuse:
                        value: caught
            step after:
                target: slow
            result: "{{ guarded }}"
        """)
    record = record_of(module, None, connectors=GIVEN)
    assert (record["status"], record["result"]) == ("ok", "caught")
    assert statuses(record)["after"] == "ok"
