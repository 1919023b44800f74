"""`within` blocks, on a virtual clock."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.behaviour.test_flow import record_of, result_of, statuses
from tests.behaviour.test_races import ENDED, GIVEN
from tests.building import build
from tests.clock import run

LATE = """
    chain c:
        within reply: 5s:
            step first:
                target: slow
            step second:
                target: TARGET
                options: {seconds: SECONDS}
        else:
            step cached:
                target: slow
                options: {give: "from before"}
        step after:
            value: "{{ reply }}!"
        result: "{{ after }}"
    """


def late(target: str = "slow", seconds: int = 9) -> Any:
    return build(LATE.replace("TARGET", target).replace("SECONDS", str(seconds)))


def test_a_block_that_is_in_time() -> None:
    record = record_of(late(seconds=3))
    assert record["result"] == "second!"
    assert statuses(record) == {"first": "ok", "second": "ok", "after": "ok"}


def test_else_runs_when_the_deadline_has_passed() -> None:
    record = record_of(late())
    assert record["result"] == "from before!", record["error"]
    found = {"first": "ok", "second": "cancelled", "cached": "ok", "after": "ok"}
    assert statuses(record) == found
    assert record["metadata"]["elapsed_ms"] == 6000


def test_what_is_cut_off_is_awaited() -> None:
    ENDED.clear()
    record = record_of(late("lingers"), connectors=GIVEN)
    assert record["result"] == "from before!"
    assert ENDED == ["second"]
    assert record["metadata"]["elapsed_ms"] == 7000


def test_an_error_is_no_reason_for_else() -> None:
    record = record_of(late("fails", 2), connectors=GIVEN)
    assert record["status"] == "error"
    assert "second has no idea" in record["error"]
    assert "cached" not in statuses(record)


def test_a_timeout_error_of_a_step_is_no_reason_either() -> None:
    async def raises(ctx: Any) -> None:
        raise TimeoutError("of its own")

    record = record_of(late("raises"), connectors={**GIVEN, "raises": raises})
    assert record["status"] == "error"
    assert "of its own" in record["error"]


def test_the_wait_for_a_permit_counts() -> None:
    module = build("""
        chain c:
            step busy:
                target: slow
                parallel: true
                options: {seconds: 9}
            within reply: 5s:
                parallel: true
                step queued:
                    target: slow
            else:
                step cached:
                    value: "cached"
            result: "{{ reply }}"
        """)
    record = record_of(module, max_concurrent_llm_calls=1)
    assert record["result"] == "cached"
    assert statuses(record) == {"busy": "ok", "queued": "cancelled", "cached": "ok"}


def test_without_else_the_deadline_is_an_error() -> None:
    module = build("""
        chain c:
            within 2.5s:
                step a:
                    target: slow
                    options: {seconds: 9}
        """)
    record = record_of(module)
    assert record["status"] == "error"
    expected = (
        "Chain 'c' failed in `within`: timed out after 2.5 seconds (specs/x.ai:3)"
    )
    assert record["error"] == expected
    assert statuses(record) == {"a": "cancelled"}
    assert record["metadata"]["elapsed_ms"] == 2500


def test_the_inner_deadline_is_told_from_the_outer_one() -> None:
    module = build("""
        chain c:
            within outer: 4s:
                within inner: SECONDS:
                    step a:
                        target: slow
                        options: {seconds: 9}
                else:
                    step b:
                        target: slow
                        options: {give: "inner"}
            else:
                step c:
                    value: "outer"
            result: "{{ outer }}"
        """.replace("SECONDS", "2s"))
    assert result_of(module) == "inner"
    module = build("""
        chain c:
            within outer: 2s:
                within inner: 4s:
                    step a:
                        target: slow
                        options: {seconds: 9}
                else:
                    step b:
                        value: "inner"
            else:
                step c:
                    value: "outer"
            result: "{{ outer }}"
        """)
    assert result_of(module) == "outer"


def test_everything_inside_is_cut_off_in_yaml_too() -> None:
    module = build(
        """
        chains:
          c:
            steps:
              - within: 3s
                name: reply
                steps:
                  - race: 1
                    steps:
                      - {name: a, target: lingers}
                      - parallel:
                          - {name: b, target: lingers}
                          - for: x
                            in: "[1, 2]"
                            parallel: 2
                            steps: [{name: d, target: lingers}]
                else:
                  - {name: e, value: late}
            result: "{{ reply }}"
        """,
        "x.yaml",
    )
    ENDED.clear()

    async def main() -> Any:
        record = await module.run_chain("c", connectors=GIVEN)
        assert asyncio.all_tasks() == {asyncio.current_task()}
        return record

    record = run(main())
    assert record["result"] == "late", record["error"]
    assert sorted(ENDED) == ["a", "b", "d", "d"]
    found = statuses(record)
    assert found.pop("e") == "ok"
    assert set(found.values()) == {"cancelled"}


def test_the_deadline_of_the_chain_is_no_reason_for_else() -> None:
    record = record_of(late(), timeout=3)
    assert record["status"] == "timeout"
    assert statuses(record) == {"first": "ok", "second": "cancelled"}


@pytest.mark.parametrize("seconds", [3, 5.5])
def test_the_callers_cancellation_passes(seconds: float) -> None:
    module = late("lingers")
    ENDED.clear()

    async def main() -> None:
        task = asyncio.ensure_future(module.run_chain("c", connectors=GIVEN))
        await asyncio.sleep(seconds)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert asyncio.all_tasks() == {asyncio.current_task()}

    run(main())


def test_names_of_both_bodies_are_known_behind_it() -> None:
    module = build("""
        chain c:
            within 2s:
                step text:
                    target: slow
                    options: {seconds: "{{ payload }}", give: "long"}
            else:
                step text:
                    value: 7
            result: "{{ text }}"
        """)
    assert [result_of(module, n) for n in (1, 3)] == ["long", 7]


CLOSING = """
    chain c:
        within reply: 10:
            step closing:
                target: slow
                options: {seconds: 20}
                WHERE: true
                finally:
                    step closed: {target: slow, options: {seconds: 3}}
            step failing: {target: fails, options: {seconds: 9}MORE}
        else:
            step cached: {value: "from before"}
        result: "{{ reply }}"
    """


@pytest.mark.parametrize("where", ["background", "parallel"])
@pytest.mark.parametrize("timeout", [None, 11])
def test_a_deadline_that_passes_while_the_others_close_wins_over_a_failure(
    where: str, timeout: float | None
) -> None:
    more = ", parallel: true" if where == "parallel" else ""
    text = CLOSING.replace("WHERE", where).replace("MORE}", f"{more}}}")
    text = text.replace("seconds: 9}", "seconds: 9.5}")
    record = record_of(build(text), connectors=GIVEN, timeout=timeout)
    if timeout is None:
        assert (record["status"], record["result"]) == ("ok", "from before")
    else:
        assert record["status"] == "timeout"
    assert statuses(record)["closing"] == "cancelled"
    assert statuses(record)["closed"] == "ok"
