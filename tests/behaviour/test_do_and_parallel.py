"""`do` and `parallel` blocks, on a virtual clock."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.behaviour.test_flow import record_of, result_of, slow, starts, statuses
from tests.building import build
from tests.clock import run


class NotThere(Exception):
    status_code = 404


async def fails(ctx: Any) -> None:
    await asyncio.sleep(ctx.options.get("seconds", 2))
    raise NotThere("nobody")


GIVEN = {"slow": slow, "fails": fails}

BOTH = """
    chain c:
        parallel both:
            step a:
                target: slow
                options: {seconds: 5}
            do b:
                step first:
                    target: slow
                step second:
                    target: slow
                    options: {give: "{{ first }} and second"}
        step after:
            value: "{{ both.b }}"
        result: ["{{ both }}", "{{ after }}"]
    """


@pytest.mark.parametrize("parallel", [True, False])
def test_members_run_together_whatever_the_settings(parallel: bool) -> None:
    record = record_of(build(BOTH), parallel=parallel)
    both = {"a": "a", "b": "first and second"}
    assert record["result"] == [both, "first and second"], record["error"]
    assert list(record["result"][0]) == ["a", "b"]
    assert record["metadata"]["elapsed_ms"] == 5000


def test_yaml_says_the_same() -> None:
    module = build(
        """
        chains:
          c:
            steps:
              - name: both
                parallel:
                  - {name: a, target: slow, options: {seconds: 5}}
                  - do:
                      - {name: first, target: slow}
                    name: b
            result: "{{ both }}"
        """,
        "x.yaml",
    )
    assert result_of(module) == {"a": "a", "b": "first"}


FAILING = """
    chain c:
        parallel all:
            on_error: {{what}}
            step bad:
                target: fails
            step good:
                target: slow
                options: {seconds: 9}
            step third:
                depends_on: [bad]
                target: slow
        result: "{{ all }}"
    """


def test_a_failure_cancels_the_others() -> None:
    record = record_of(build(FAILING.replace("{{what}}", "stop")), connectors=GIVEN)
    assert record["status"] == "error"
    assert statuses(record) == {"bad": "error", "good": "cancelled"}
    assert record["metadata"]["elapsed_ms"] == 2000


def test_failures_stay_as_error_records() -> None:
    module = build(FAILING.replace("{{what}}", "continue"))
    record = record_of(module, connectors=GIVEN)
    assert record["status"] == "ok", record["error"]
    bad = {
        "kind": "status",
        "message": "NotThere: nobody",
        "status": 404,
        "step": "bad",
    }
    assert record["result"] == {"bad": bad, "good": "good", "third": "third"}
    assert statuses(record) == {"bad": "error", "good": "ok", "third": "ok"}
    assert record["metadata"]["elapsed_ms"] == 9000


@pytest.mark.parametrize("what", ["stop", "continue"])
def test_the_deadline_of_the_chain_cuts_members_off(what: str) -> None:
    module = build(FAILING.replace("{{what}}", what))
    record = record_of(module, connectors=GIVEN, timeout=1)
    assert record["status"] == "timeout"
    assert statuses(record) == {"bad": "cancelled", "good": "cancelled"}


@pytest.mark.parametrize("what", ["stop", "continue"])
def test_the_callers_cancellation_awaits_members(what: str) -> None:
    module = build(FAILING.replace("{{what}}", what))

    async def main() -> float:
        work = module.run_chain("c", connectors=GIVEN)
        task = asyncio.ensure_future(work)
        await asyncio.sleep(1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return asyncio.get_running_loop().time()

    assert run(main()) == 1.0


def test_scopes_in_rounds_and_in_scopes() -> None:
    module = build("""
        chain c:
            for docs: doc in payload:
                parallel pair:
                    step one:
                        target: slow
                        options: {give: "{{ doc }}1", seconds: 2}
                    parallel inner:
                        step two:
                            target: slow
                            options: {give: "{{ doc }}2", seconds: 3}
                        if doc > 1:
                            step big:
                                value: "big"
            result: "{{ docs }}"
        """)
    record = record_of(module, [1, 2], parallel=False)
    assert record["result"] == [
        {"one": "11", "inner": {"two": "12", "if_1": None}},
        {"one": "21", "inner": {"two": "22", "if_1": "big"}},
    ], record["error"]
    assert record["metadata"]["elapsed_ms"] == 6000
    assert "docs[1].one" in statuses(record)


def test_do_makes_steps_in_order_one_member_of_a_batch() -> None:
    module = build("""
        chain c:
            step beside:
                target: slow
                parallel: true
                options: {seconds: 3}
            do answer:
                parallel: true
                result: {found: "{{ found }}"}
                step found:
                    target: slow
                step written:
                    target: slow
            result: ["{{ beside }}", "{{ answer }}"]
        """)
    record = record_of(module)
    assert record["result"] == ["beside", {"found": "found"}]
    assert starts(record) == {"beside": 0, "found": 0, "written": 1}
