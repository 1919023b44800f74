"""Chains inside of chains: their deadlines, permits, budgets, ends, and their depth."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from n3gen.compiler import compile_file
from n3gen.plan.estimate import estimate_chain
from n3gen.plan.planner import plan_chain
from n3gen.source import SourceFile

from tests.behaviour.test_resume import Calls, statuses
from tests.building import build
from tests.clock import run

SLOW = """
chain outer:
{outer}
    step call:
        kind: chain
        target: inner
{call}
    step after:
        target: after

chain inner:
{inner}
    step quick:
        target: quick
    step slow:
        target: slow
"""
NAMES = ("quick", "slow", "after")


def slow(outer: str = "", call: str = "", inner: str = "") -> str:
    return SLOW.format(
        outer=f"    {outer}", call=f"        {call}", inner=f"    {inner}"
    )


def record_of(text: str, calls: Calls, **options: Any) -> Any:
    given = calls.connectors(*NAMES)
    return run(build(text).run_chain("outer", connectors=given, **options))


def test_the_callers_deadline_ends_what_is_inside() -> None:
    record = record_of(slow("timeout: 3", inner="timeout: 60"), Calls(slow=100.0))
    assert record["status"] == "timeout"
    assert record["metadata"]["elapsed_ms"] == 3000
    assert statuses(record) == [
        ("call", "cancelled", False),
        ("call.quick", "ok", False),
        ("call.slow", "cancelled", False),
    ]


@pytest.mark.parametrize(
    ("call", "inner", "seconds"),
    [
        ("timeout: 2", "", 2),
        ("", "timeout: 4", 4),
        ("timeout: 2", "timeout: 4", 2),
        ("timeout: 4", "timeout: 2", 2),
    ],
)
def test_the_shorter_time_of_the_step_and_its_chain_holds(
    call: str, inner: str, seconds: int
) -> None:
    record = record_of(slow(call=call, inner=inner), Calls(slow=100.0))
    assert record["status"] == "error"
    assert record["metadata"]["elapsed_ms"] == seconds * 1000
    assert f"'call' failed: timed out after {seconds} seconds" in record["error"]
    assert statuses(record) == [
        ("call", "timeout", False),
        ("call.quick", "ok", False),
        ("call.slow", "cancelled", False),
    ]


def test_each_try_of_a_chain_has_its_time() -> None:
    text = slow(call="retry: {max: 1, delay: 0, on: timeout}", inner="timeout: 4")
    calls = Calls()
    calls.answers["slow"] = lambda ctx: 100.0 if calls.counts["slow"] == 1 else 1.0
    record = record_of(text, calls)
    assert record["status"] == "ok"
    assert record["steps"][0]["attempts"] == 2
    assert record["metadata"]["elapsed_ms"] == 5000


def test_a_cancelled_caller_leaves_nothing_inside() -> None:
    module, calls, ended = build(slow()), Calls(), list[str]()

    async def wait(ctx: Any) -> None:
        try:
            await asyncio.sleep(100)
        finally:
            ended.append(ctx.step)

    async def main() -> None:
        given = {**calls.connectors(*NAMES), "slow": wait}
        task = asyncio.ensure_future(module.run_chain("outer", connectors=given))
        await asyncio.sleep(1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    run(main())
    assert ended == ["slow"]


def test_a_step_holds_no_permit_while_those_inside_wait_for_theirs() -> None:
    text = """
    chain outer:
        for all: n in range(8) parallel 8:
            step call:
                kind: chain
                target: inner

    chain inner:
        step deeper:
            kind: chain
            target: innermost

    chain innermost:
        step work:
            target: quick
    """
    record = record_of(text, Calls(quick=1.0), max_concurrent_llm_calls=2)
    assert record["status"] == "ok"
    assert record["metadata"]["elapsed_ms"] == 4000


def test_an_inner_chain_takes_the_named_limits_of_its_own_steps() -> None:
    text = """
    limit db: 3
    limit few: 1 within db

    chain outer:
        for all: n in range(6) parallel 6:
            step call:
                kind: chain
                target: inner

    chain inner:
        step work:
            target: quick
            limit: {db: 1}
        step alone:
            target: slow
            limit: few
    """
    record = record_of(text, Calls(quick=1.0, slow=1.0))
    assert record["status"] == "ok"
    assert record["metadata"]["elapsed_ms"] >= 6000


def test_stop_ends_its_own_chain_only() -> None:
    text = """
    chain outer:
        step call:
            kind: chain
            target: inner
        step after:
            target: after
            options: {of: "{{ call }}"}

    chain inner:
        step work:
            target: slow
            parallel: true
        step end:
            stop: "enough"
            parallel: true
        step never:
            target: quick
    """
    calls = Calls(slow=50.0)
    record = record_of(text, calls, parallel=True)
    assert record["status"] == "ok"
    assert calls.said[-1] == ("after", {"of": "enough"})
    assert statuses(record) == [
        ("call", "ok", False),
        ("call.work", "cancelled", False),
        ("call.end", "ok", False),
        ("after", "ok", False),
    ]


def test_events_of_inner_steps_have_their_paths_and_their_chain() -> None:
    module, calls = build(slow()), Calls()

    async def main() -> list[Any]:
        given = calls.connectors(*NAMES)
        return [e async for e in module.stream_chain("outer", connectors=given)]

    told = [(e["event"], e["chain"], e.get("step")) for e in run(main())]
    assert told == [
        ("chain_start", "outer", None),
        ("step_start", "outer", "call"),
        ("step_start", "inner", "call.quick"),
        ("step_complete", "inner", "call.quick"),
        ("step_start", "inner", "call.slow"),
        ("step_complete", "inner", "call.slow"),
        ("step_complete", "outer", "call"),
        ("step_start", "outer", "after"),
        ("step_complete", "outer", "after"),
        ("chain_complete", "outer", None),
    ]


@pytest.mark.parametrize(("outer", "inner", "asked"), [(5, 2, 2), (2, 5, 2), (9, 9, 3)])
def test_the_budgets_of_both_chains_hold(outer: int, inner: int, asked: int) -> None:
    text = f"""
    connection model:
        api: local

    chain outer:
        budget: {{requests: {outer}}}
        step call:
            kind: chain
            target: inner

    chain inner:
        budget: {{requests: {inner}}}
        step one:
            prompt: one
        step two:
            prompt: two
        step three:
            prompt: three
    """
    record = run(build(text).run_chain("outer"))
    assert record["metadata"]["usage"]["requests"] == asked
    assert record["status"] == ("ok" if asked == 3 else "error")


TREE = """
chain explore:
    max_depth: 3
    input: {n: int}
    step note:
        target: quick
    for parts: part in range(payload.n) parallel 2:
        step deeper:
            kind: chain
            target: explore
            payload: {n: "{{ payload.n - 1 }}"}
    result: "{{ parts }}"
"""


def test_a_chain_runs_itself_as_deep_as_it_may() -> None:
    module, calls = build(TREE), Calls()
    given = calls.connectors("quick")
    record = run(module.run_chain("explore", {"n": 2}, connectors=given))
    assert record["result"] == [[[]], [[]]]
    assert calls.counts["quick"] == 5


def test_one_run_too_deep_is_an_error_of_its_step() -> None:
    module, calls = build(TREE), Calls()
    given = calls.connectors("quick")
    record = run(module.run_chain("explore", {"n": 3}, connectors=given))
    assert record["status"] == "error"
    words = (
        "failed: more than 3 runs of chain 'explore' inside each other (specs/x.ai:8)"
    )
    assert words in record["error"]
    assert "parts[0].deeper.parts[0].deeper.parts[0].deeper" in record["error"]


def test_a_run_too_deep_is_not_tried_again() -> None:
    text = TREE.replace("target: explore", "target: explore\n            retry: 5")
    given = Calls().connectors("quick")
    record = run(build(text).run_chain("explore", {"n": 3}, connectors=given))
    assert {step["attempts"] for step in record["steps"]} == {1}


MUTUAL = """
chain ask:
    max_depth: 2
    timeout: 10
    step reply:
        kind: chain
        target: answer
        timeout: 8

chain answer:
    step think:
        target: quick
        timeout: 3
    step again:
        kind: chain
        target: ask
        when: payload > 0
        payload: "{{ payload - 1 }}"
"""


def test_chains_that_run_each_other_are_bounded_by_one_of_them() -> None:
    module = build(MUTUAL)
    for payload, status in ((0, "ok"), (1, "ok"), (2, "error")):
        given = Calls().connectors("quick")
        record = run(module.run_chain("ask", payload, connectors=given))
        assert record["status"] == status
    given = Calls().connectors("quick")
    record = run(module.run_chain("answer", 2, connectors=given))
    assert record["status"] == "ok"


def test_the_bound_holds_across_files() -> None:
    shared = "chain shared:\n    max_depth: 2\n    step it:\n        kind: chain\n        target: own\n"
    text = """
    use shared

    chain own:
        step back:
            kind: chain
            target: shared
            when: payload
    """
    shared = shared.replace("target: own", "target: shared\n        when: payload")
    module = build(text, others={"specs/shared.ai": shared})
    record = run(module.run_chain("own", True))
    assert "more than 2 runs of chain 'shared'" in record["error"]
    assert "shared.ai:3" in record["error"]


def test_the_worst_case_counts_all_runs_in_each_other() -> None:
    compilation = compile_file(SourceFile.of("x.ai", MUTUAL))
    assert not list(compilation.problems)
    spec = compilation.spec
    assert spec is not None
    plans = {chain.name: plan_chain(chain) for chain in spec.chains}
    ask, answer = spec.chains
    # Two runs of `answer` inside two of `ask`, and one around them.
    assert estimate_chain(ask, plans, spec).worst_case == 6
    assert estimate_chain(answer, plans, spec).worst_case == 9
    assert estimate_chain(ask, plans, spec).model_calls == (1, 2)


ENDS_SKIPPED = """
chain inner:
    input: {long: bool = false}
    step text:
        when: payload.long
        value: a long text
    step other:
        value: 1
    result: "{{ text }}"

chain between:
    input: {long: bool = false}
    step call:
        kind: chain
        target: inner

chain outer:
    input: {long: bool = false}
    step call:
        kind: chain
        target: between
    result: ["{{ call }}", "{{ call | default('nothing') }}"]
"""


@pytest.mark.parametrize(
    ("long", "result"),
    [(False, [None, "nothing"]), (True, ["a long text", "a long text"])],
)
def test_default_takes_what_a_chain_gives_that_ends_with_a_skipped_step_as_missing(
    long: bool, result: list[str | None]
) -> None:
    record = run(build(ENDS_SKIPPED).run_chain("outer", {"long": long}))
    assert (record["status"], record["result"]) == ("ok", result)
