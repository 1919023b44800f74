"""`max_parallel`: how many steps of one run work at once, on a virtual clock."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, Literal

import pytest

from tests.behaviour.test_flow import record_of, starts, statuses
from tests.building import build, built_in
from tests.clock import run

WORKING: list[int] = [0, 0]
"""How many steps work now, and how many have at most."""


async def busy(ctx: Any) -> Any:
    """Takes the seconds of its options, and counts those that work at once."""
    WORKING[0] += 1
    WORKING[1] = max(WORKING)
    try:
        await asyncio.sleep(ctx.options.get("seconds", 1))
    finally:
        WORKING[0] -= 1
    return ctx.step


async def breaks(ctx: Any) -> Any:
    await asyncio.sleep(1)
    raise ValueError("broken")


GIVEN = {"busy": busy, "breaks": breaks}


def most(text: str, payload: Any = None, **options: Any) -> tuple[int, Any]:
    """How many steps of a run worked at once, and its record."""
    WORKING[:] = [0, 0]
    given = {"connectors": GIVEN, "chain": "c", **options}
    module, chain = build(text), given.pop("chain")
    record = run(module.run_chain(chain, payload, **{"parallel": True, **given}))
    assert WORKING[0] == 0
    return WORKING[1], record


WIDE = """
    chain c:
        max_parallel: 2
        step extra:
            target: busy
            background: true
            options: {seconds: 3}
        parallel all:
            step one:
                target: busy
            step two:
                target: busy
            step three:
                target: busy
        for docs: doc in [1, 2, 3, 4] parallel 4:
            step read:
                target: busy
        race won:
            step fast:
                target: busy
            step slower:
                target: busy
                options: {seconds: 2}
            step third:
                target: busy
        result: "{{ docs }}"
    """


def test_no_more_steps_work_at_once() -> None:
    found, record = most(WIDE)
    assert record["status"] == "ok", record["error"]
    assert found == 2
    assert record["result"] == ["read"] * 4
    # `extra` and the scope beside it take 3 s, the rounds two at once 2 s, the race 1 s.
    assert record["metadata"]["elapsed_ms"] == 6000


def test_without_it_all_work_at_once() -> None:
    found, record = most(WIDE.replace("max_parallel: 2", "description: all"))
    assert found == 5
    assert record["metadata"]["elapsed_ms"] == 3000


def test_one_at_a_time_and_nested_blocks_do_not_lock_each_other_out() -> None:
    found, record = most("""
        chain c:
            max_parallel: 1
            for outer: a in [1, 2] parallel 2:
                parallel both:
                    do left:
                        step first:
                            target: busy
                        for inner: b in [1, 2] parallel 2:
                            step second:
                                target: busy
                    step right:
                        target: busy
            result: "{{ outer | length }}"
        """)
    assert (found, record["result"]) == (1, 2), record["error"]
    assert record["metadata"]["elapsed_ms"] == 8000


CALLED = """
    chain c:
        max_parallel: 3
        for runs: item in [1, 2, 3, 4] parallel 4:
            step called:
                kind: chain
                target: inner
        result: "{{ runs }}"
    chain inner:
        MOST
        step one:
            target: busy
            parallel: true
        step two:
            target: busy
            parallel: true
    """


def test_the_steps_of_a_called_chain_count() -> None:
    found, record = most(CALLED.replace("MOST", "description: two steps"))
    assert found == 3, record["error"]
    assert record["metadata"]["elapsed_ms"] == 3000
    found, record = most(CALLED.replace("MOST", "max_parallel: 1"))
    assert found == 3
    found, record = most(CALLED.replace("MOST", "description: x"), chain="inner")
    assert (found, record["status"]) == (2, "ok")


def test_a_called_chain_may_have_fewer() -> None:
    text = CALLED.replace("MOST", "max_parallel: 1").replace("[1, 2, 3, 4]", "[1]")
    found, record = most(text)
    assert (found, record["metadata"]["elapsed_ms"]) == (1, 2000)


def test_two_runs_have_slots_of_their_own() -> None:
    WORKING[:] = [0, 0]
    module = build(WIDE)

    async def main() -> None:
        runs = (module.run_chain("c", connectors=GIVEN) for _ in range(2))
        await asyncio.gather(*runs)

    run(main())
    assert WORKING == [0, 4]


def test_the_wait_for_a_slot_is_queued_and_a_pause_needs_none() -> None:
    module = build("""
        chain c:
            max_parallel: 1
            parallel all:
                step one:
                    target: busy
                step two:
                    target: busy
                    timeout: 1.5
                step pause:
                    wait: 2s
                step three:
                    kind: python
                    target: busy
            result: "{{ all }}"
        """)
    record = record_of(module, connectors=GIVEN)
    assert record["status"] == "ok", record["error"]
    queued = {step["name"]: step["queued_ms"] for step in record["steps"]}
    assert queued == {"one": 0, "two": 1000, "pause": 0, "three": 2000}
    assert record["metadata"]["elapsed_ms"] == 3000


def test_retries_give_their_slot_back_while_they_wait() -> None:
    found, record = most("""
        chain c:
            max_parallel: 1
            parallel all:
                on_error: continue
                step shaky:
                    target: breaks
                    retry: {max: 1, delay: 2, jitter: false}
                step steady:
                    target: busy
            result: "{{ all }}"
        """)
    assert statuses(record) == {"shaky": "error", "steady": "ok"}
    assert record["metadata"]["elapsed_ms"] == 4000
    assert found == 1


MODELS = """
    connection models:
        api: local
        latency: 1s
    limit db: 1
    chain c:
        max_parallel: 2
        for docs: doc in [1, 2, 3, 4] parallel 4:
            step asked:
                prompt: "Say {{ doc }}"
            step kept:
                target: busy
                limit: db
        result: "{{ docs }}"
    """


@pytest.mark.parametrize("layout", ["standalone", "shared"])
def test_slots_beside_other_limits(
    layout: Literal["standalone", "shared"], tmp_path: Path
) -> None:
    with built_in(layout, MODELS, tmp_path) as module:
        record = record_of(module, connectors=GIVEN)
    assert record["status"] == "ok", record["error"]
    # First come, first served: 2 s of prompts by two, then `db` is the narrow one.
    assert record["metadata"]["elapsed_ms"] == 6000


@pytest.mark.parametrize("timeout", [0.5, 1.5, 2.5])
def test_the_deadline_gives_all_slots_back(timeout: float) -> None:
    found, record = most(WIDE, timeout=timeout)
    assert record["status"] == "timeout"
    assert found == 2
    assert "ok" in statuses(record).values() or timeout < 1


def test_a_failure_while_others_are_queued() -> None:
    _, record = most("""
        chain c:
            max_parallel: 1
            parallel all:
                step bad:
                    target: breaks
                step queued:
                    target: busy
            result: "{{ all }}"
        """)
    assert statuses(record) == {"bad": "error", "queued": "cancelled"}
    assert record["metadata"]["elapsed_ms"] == 1000


def test_yaml_says_the_same() -> None:
    module = build(
        """
        chains:
          c:
            max_parallel: 1
            steps:
              - {name: a, target: busy, parallel: true}
              - {name: b, target: busy, parallel: true}
        """,
        "x.yaml",
    )
    assert starts(record_of(module, connectors=GIVEN)) == {"a": 0, "b": 1}
