"""Steps of kind `fail`, `emit`, `wait` and `stop`, on a virtual clock."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.behaviour.test_flow import record_of, result_of, statuses
from tests.behaviour.test_races import ENDED, GIVEN
from tests.building import build
from tests.clock import run


def test_fail_is_an_error_in_the_words_of_the_spec() -> None:
    module = build("""
        chain c:
            step found:
                fail: "No such order: {{ payload.id }}"
                when: payload.id > 3
            step told:
                value: "found"
            result: "{{ told }}"
        """)
    assert result_of(module, {"id": 1}) == "found"
    record = record_of(module, {"id": 7})
    expected = "Step 'found' failed: No such order: 7 (specs/x.ai:3)"
    assert record["error"] == expected
    assert statuses(record) == {"found": "error"}
    assert record["steps"][0]["error"] == "No such order: 7"


def test_fail_is_never_tried_again() -> None:
    module = build("""
        chain outer:
            step inner:
                kind: chain
                target: c
                retry: {max: 3, on: [error, connection]}
        chain c:
            step no:
                fail: "never"
        """)
    record = run(module.run_chain("outer"))
    assert record["status"] == "error"
    assert [step["attempts"] for step in record["steps"]] == [1, 1]


def test_the_kind_of_a_failure_is_failed() -> None:
    module = build("""
        chain c:
            parallel all:
                on_error: continue
                step no:
                    fail: "never"
                step yes:
                    value: 1
            result: "{{ all.no }}"
        """)
    failed = {"kind": "failed", "message": "never", "status": None, "step": "no"}
    assert result_of(module) == failed


def test_emit_is_one_event_and_its_value() -> None:
    module = build("""
        chain c:
            step told:
                emit: {done: "{{ payload.n }}", of: 3}
            result: "{{ told }}"
        """)
    assert result_of(module, {"n": 2}) == {"done": 2, "of": 3}

    async def events() -> list[Any]:
        return [event async for event in module.stream_chain("c", {"n": 2})]

    progress = [e for e in run(events()) if e["event"] == "step_progress"]
    assert [(e["step"], e["data"]) for e in progress] == [
        ("told", {"done": 2, "of": 3})
    ]


def test_wait_holds_no_permit() -> None:
    module = build("""
        chain c:
            step pause:
                wait: 30s
                parallel: true
            step work:
                target: slow
                parallel: true
                options: {seconds: 5}
        """)
    record = record_of(module, max_concurrent_llm_calls=1)
    assert record["result"] == {"pause": None, "work": "work"}
    assert record["metadata"]["elapsed_ms"] == 30_000
    assert record["metadata"]["queued_ms"] == 0


def test_wait_is_cut_off_by_deadlines() -> None:
    module = build("""
        chain c:
            within reply: 2s:
                step pause:
                    wait: 1m
            else:
                step late:
                    value: "late"
            result: "{{ reply }}"
        """)
    assert result_of(module) == "late"
    record = record_of(module, timeout=1)
    assert (record["status"], statuses(record)) == ("timeout", {"pause": "cancelled"})


STOP = """
    chain c:
        step early:
            stop: {answer: "{{ payload }}"}
            when: payload > 1
        step later:
            target: slow
        result: ["{{ later }}"]
    """


def test_stop_ends_the_chain_as_ok() -> None:
    module = build(STOP)
    assert result_of(module, 1) == ["later"]
    record = record_of(module, 2)
    assert (record["status"], record["result"]) == ("ok", {"answer": 2})
    assert statuses(record) == {"early": "ok"}
    assert run(module.c(3, connectors=GIVEN)) == {"answer": 3}


BESIDE = {
    "parallel": """
        parallel:
            step a:
                target: lingers
            do b:
                step pause:
                    wait: 2s
                step end:
                    stop: "done"
        """,
    "batch": """
        step a:
            target: lingers
            parallel: true
        do b:
            parallel: true
            step pause:
                wait: 2s
            step end:
                stop: "done"
        """,
    "race": """
        race:
            step a:
                target: lingers
            do b:
                step pause:
                    wait: 2s
                step end:
                    stop: "done"
        """,
    "pool": """
        for n in [60, 2] parallel 2:
            if n > 2:
                step a:
                    target: lingers
            else:
                step pause:
                    wait: 2s
                step end:
                    stop: "done"
        """,
    "scopes that keep errors": """
        parallel:
            on_error: continue
            step a:
                target: lingers
            within 9s:
                step pause:
                    wait: 2s
                step end:
                    stop: "done"
            else:
                step late:
                    value: 1
        """,
}


@pytest.mark.parametrize("name", BESIDE)
def test_what_runs_beside_a_stop_is_cancelled_and_awaited(name: str) -> None:
    module = build(f"chain c:{BESIDE[name].replace(chr(10) + '    ', chr(10))}")
    ENDED.clear()

    async def main() -> Any:
        record = await module.run_chain("c", connectors=GIVEN, parallel=True)
        assert asyncio.all_tasks() == {asyncio.current_task()}
        return record

    record = run(main())
    assert (record["status"], record["result"]) == ("ok", "done"), record["error"]
    assert ENDED == ["a"]
    assert record["metadata"]["elapsed_ms"] == 3000
    assert ("a", "cancelled") in {(s["name"], s["status"]) for s in record["steps"]}


def test_stop_ends_only_its_own_chain() -> None:
    module = build("""
        chain outer:
            step inner:
                kind: chain
                target: c
            step after:
                value: "{{ inner }} and on"
        chain c:
            step end:
                stop: "stopped"
            step never:
                target: slow
        """)
    record = run(module.run_chain("outer", connectors=GIVEN))
    assert record["result"] == "stopped and on", record["error"]


def test_a_timeout_and_a_cancellation_before_a_stop() -> None:
    module = build(
        "chain c:\n    step a:\n        wait: 5s\n    step b:\n        stop: 1\n"
    )
    record = record_of(module, timeout=2)
    assert (record["status"], statuses(record)) == ("timeout", {"a": "cancelled"})

    async def main() -> None:
        task = asyncio.ensure_future(module.run_chain("c"))
        await asyncio.sleep(1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    run(main())


def test_yaml_says_the_same() -> None:
    module = build(
        """
        chains:
          c:
            steps:
              - {name: told, emit: {n: 1}}
              - {name: pause, wait: 250ms}
              - {name: bad, fail: "no", when: payload}
              - {name: end, stop: "{{ told.n }}"}
        """,
        "x.yaml",
    )
    assert result_of(module, False) == 1
    assert "Step 'bad' failed: no" in record_of(module, True)["error"]
