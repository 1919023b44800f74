"""Order and control flow, run on a virtual clock."""

from __future__ import annotations

import asyncio
from types import ModuleType
from typing import Any

import pytest

from tests.building import build
from tests.clock import run


async def slow(ctx: Any) -> Any:
    """Takes the seconds that its options say, and gives their `give`."""
    await asyncio.sleep(ctx.options.get("seconds", 1))
    return ctx.options.get("give", ctx.step)


def record_of(module: ModuleType, payload: Any = None, **options: Any) -> Any:
    (chain,) = module.CHAINS
    given = {"connectors": {"slow": slow}, "parallel": True, **options}
    return run(module.run_chain(chain, payload, **given))


def result_of(module: ModuleType, payload: Any = None, **options: Any) -> Any:
    record = record_of(module, payload, **options)
    assert record["status"] == "ok", record["error"]
    return record["result"]


def statuses(record: Any) -> dict[str, str]:
    return {step.get("path", step["name"]): step["status"] for step in record["steps"]}


def starts(record: Any) -> dict[str, float]:
    return {step["name"]: step["started_ms"] / 1000 for step in record["steps"]}


def test_a_diamond_without_a_barrier() -> None:
    module = build("""
        chain c:
            step a:
                target: slow
                parallel: true
                options: {seconds: 1}
            step b:
                target: slow
                parallel: true
                options: {seconds: 5}
            step after_a:
                target: slow
                parallel: true
                depends_on: [a]
                options: {seconds: 5}
            step after_b:
                target: slow
                parallel: true
                depends_on: [b]
                options: {seconds: 1}
            step join:
                target: slow
                depends_on: [after_a, after_b]
        """)
    record = record_of(module)
    expected = {"a": 0, "b": 0, "after_a": 1, "after_b": 5, "join": 6}
    assert starts(record) == expected
    in_sequence = record_of(module, parallel=False)
    assert [step["name"] for step in in_sequence["steps"]] == list(expected)
    assert in_sequence["metadata"]["elapsed_ms"] == 13_000


BRANCHES = """
    chain c:
        if reply: payload.n > 10:
            step big:
                value: "big"
        elif payload.n > 5:
            step middle:
                value: "middle"
        else:
            step low:
                value: "low"
            step small:
                value: "small after {{ low }}"
        result: "{{ reply }}"
    """


@pytest.mark.parametrize(
    ("n", "result", "taken"),
    [
        (11, "big", {"big"}),
        (6, "middle", {"middle"}),
        (1, "small after low", {"low", "small"}),
    ],
)
def test_if_elif_else(n: int, result: str, taken: set[str]) -> None:
    record = record_of(build(BRANCHES), {"n": n})
    assert record["result"] == result
    found = statuses(record)
    assert {name for name, status in found.items() if status == "ok"} == taken
    assert len(found) == 4


def test_a_condition_that_fails_is_an_error_with_its_place() -> None:
    record = record_of(build(BRANCHES), {"m": 1})
    assert record["status"] == "error"
    assert "Chain 'c' failed in `if`" in record["error"]
    assert "`payload.n` is missing" in record["error"]
    assert "(specs/x.ai:3)" in record["error"]


@pytest.mark.parametrize(
    ("kind", "result"),
    [
        ("legal", "lawyer"),
        ("refund", "clerk"),
        (7, "clerk"),
        (None, "anyone"),
        (True, "yes"),
    ],
)
def test_match(kind: Any, result: str) -> None:
    module = build("""
        chain c:
            match payload.kind:
                case "legal":
                    step lawyer:
                        value: lawyer
                case "billing", "refund", 7:
                    step clerk:
                        value: clerk
                case true:
                    step yes_step:
                        value: "yes"
                else:
                    step anyone:
                        value: anyone
        """)
    record = record_of(module, {"kind": kind})
    assert record["result"] == result
    assert sorted(statuses(record).values()) == ["ok", "skipped", "skipped", "skipped"]


def test_for_collects_the_last_values() -> None:
    module = build("""
        chain c:
            for docs: doc in payload.docs:
                step one:
                    value: "{{ doc * 2 }}"
                step two:
                    value: "{{ one + 1 }}"
            step joined:
                value: "{{ docs | join(',') }}"
        """)
    record = record_of(module, {"docs": [1, 2, 3]})
    assert record["result"] == "3,5,7"
    assert list(statuses(record))[:3] == ["docs[0].one", "docs[0].two", "docs[1].one"]
    empty = record_of(module, {"docs": []})
    assert empty["result"] == ""
    assert statuses(empty) == {"one": "skipped", "two": "skipped", "joined": "ok"}


def test_for_over_what_is_no_list() -> None:
    module = build("""
        chain c:
            for docs: doc in payload.docs:
                step one:
                    value: "{{ doc }}"
        """)
    record = record_of(module, {"docs": 3})
    assert "Chain 'c' failed in `for`" in record["error"]
    assert "`for` needs a list, but found int" in record["error"]


def test_parallel_steps_inside_a_loop() -> None:
    module = build("""
        chain c:
            for docs: doc in payload:
                step a:
                    target: slow
                    parallel: true
                    options: {give: "{{ doc }}a", seconds: 2}
                step b:
                    target: slow
                    parallel: true
                    options: {give: "{{ doc }}b", seconds: 3}
            result: "{{ docs }}"
        """)
    record = record_of(module, [1, 2])
    assert record["result"] == [{"a": "1a", "b": "1b"}, {"a": "2a", "b": "2b"}]
    assert record["metadata"]["elapsed_ms"] == 6000


def test_while_asks_first_where_the_condition_reads_from_outside() -> None:
    module = build("""
        chain c:
            while rounds: payload.go max 3:
                step one:
                    value: 1
            result: "{{ rounds }}"
        """)
    assert result_of(module, {"go": False}) is None
    assert result_of(module, {"go": True}) == 1
    assert len(record_of(module, {"go": True})["steps"]) == 3


@pytest.mark.parametrize("together", ["", "parallel: true"])
def test_while_reads_the_round_before(together: str) -> None:
    module = build(f"""
        chain c:
            while drafts: draft < 4 max 10:
                step draft:
                    value: "{{{{ (draft | default(1)) * 2 }}}}"
                    {together or "description: none"}
                step other:
                    value: 3
                    {together or "description: none"}
            result: "{{{{ drafts }}}}"
        """)
    record = record_of(module)
    assert record["status"] == "ok", record["error"]
    assert record["result"] == ({"draft": 4, "other": 3} if together else 3)
    assert len(record["steps"]) == 4


def test_while_stops_at_its_bound() -> None:
    module = build("""
        chain c:
            while draft != "good" max 3:
                step draft:
                    target: slow
                    options: {give: bad}
        """)
    record = record_of(module)
    assert record["result"] == "bad"
    assert [s["path"] for s in record["steps"]] == [
        f"while_1[{index}].draft" for index in range(3)
    ]


def test_blocks_nest() -> None:
    module = build("""
        chain c:
            for out: item in payload:
                if picked: item.kind == "list":
                    for inner: part in item.parts:
                        if part > 1:
                            step more:
                                value: "{{ part }}"
                        else:
                            step less:
                                value: "{{ -part }}"
                else:
                    match item.kind:
                        case "number":
                            step number:
                                value: "{{ item.n }}"
                step last:
                    value: "{{ picked }}"
            result: "{{ out }}"
        """)
    payload = [
        {"kind": "list", "parts": [1, 2]},
        {"kind": "number", "n": 5},
        {"kind": "x"},
    ]
    assert result_of(module, payload) == [[-1, 2], 5, None]


def test_a_block_beside_a_step() -> None:
    module = build("""
        chain c:
            step a:
                target: slow
                parallel: true
                options: {seconds: 5}
            if picked: payload:
                parallel: true
                step b:
                    target: slow
                    options: {seconds: 4}
            result: ["{{ a }}", "{{ picked }}"]
        """)
    record = record_of(module, True)
    assert record["result"] == ["a", "b"]
    assert record["metadata"]["elapsed_ms"] == 5000


def test_parallel_blocks_with_steps_that_read_each_other() -> None:
    module = build("""
        chain c:
            step first:
                value: 3
            for doubled: n in range(first):
                parallel: true
                step twice:
                    value: "{{ n * 2 }}"
                step more:
                    value: "{{ twice + first }}"
            while counted: count < 3 max 9:
                parallel: true
                step count:
                    value: "{{ count | default(0) + 1 }}"
                step shown:
                    value: "{{ count }} of {{ first }}"
            if payload:
                parallel: true
                step a:
                    value: 1
                step b:
                    value: "{{ a }}"
            result: ["{{ doubled }}", "{{ counted }}"]
        """)
    for parallel in (True, False):
        result = result_of(module, True, parallel=parallel)
        assert result == [[3, 5, 7], "3 of 3"]


def test_loops_in_loops_read_their_own_rounds_before() -> None:
    module = build("""
        chain c:
            while outer: total < 6 max 9:
                while inner: part < 2 max 9:
                    step part:
                        value: "{{ part | default(0) + 1 }}"
                    for seen: n in [1]:
                        step note:
                            value: "{{ n + total | default(0) }}"
                step total:
                    value: "{{ total | default(0) + inner[0] }}"
            result: "{{ outer }}"
        """)
    assert result_of(module) == 7


def test_schedule_dag_orders_by_what_is_read() -> None:
    module = build("""
        chain c:
            schedule: dag
            step a:
                target: slow
                options: {seconds: 3}
            step b:
                target: slow
                options: {seconds: 4}
            step reads_a:
                target: slow
                options: {give: "{{ a }}!", seconds: 2}
            step join:
                value: "{{ reads_a }}{{ b }}"
        """)
    record = record_of(module)
    assert record["result"] == "a!b"
    assert starts(record) == {"a": 0, "b": 0, "reads_a": 3, "join": 5}


def test_the_first_failure_of_a_batch_cancels_the_rest() -> None:
    module = build("""
        chain c:
            step fails:
                target: fails
                parallel: true
            step waits:
                target: slow
                parallel: true
                options: {seconds: 100}
            step never:
                target: slow
        """)

    async def fails(ctx: Any) -> None:
        await asyncio.sleep(2)
        raise RuntimeError("no")

    record = record_of(module, connectors={"slow": slow, "fails": fails})
    assert statuses(record) == {"fails": "error", "waits": "cancelled"}
    assert record["error"] == "Step 'fails' failed: RuntimeError: no (specs/x.ai:3)"
    assert record["metadata"]["elapsed_ms"] == 2000
    assert record["metadata"]["pending"] == ["never"]


def test_the_warning_about_sequence_comes_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    from tests.building import process_is_fresh

    module = build("""
        chain c:
            step a:
                target: slow
                parallel: true
            step b:
                target: slow
                parallel: true
        """)
    with process_is_fresh():
        for _ in range(2):
            record_of(module, parallel=False)
    warnings = [r.getMessage() for r in caplog.records if r.levelname == "WARNING"]
    assert len(warnings) == 1
    assert "ENABLE_PARALLEL_STEPS=true" in warnings[0]


def test_streamed_events_of_a_built_module() -> None:
    module = build("""
        chain c:
            step a:
                target: slow
        """)

    async def main() -> list[str]:
        events = module.stream_chain("c", connectors={"slow": slow})
        return [event["event"] async for event in events]

    assert run(main()) == [
        "chain_start",
        "step_start",
        "step_complete",
        "chain_complete",
    ]


def test_metrics_of_a_built_module() -> None:
    module = build("""
        chain c:
            step a:
                target: slow
        """)
    record_of(module)
    record_of(module, timeout=0.5)
    counts = module.metrics()
    assert counts["runs"] == {"ok": 1, "error": 0, "timeout": 1, "cancelled": 0}
    assert counts["timeout_frequency"] == 0.5


PASSED_ON = """
connection m:
    api: local
    answers:
        - contains: ["7"]
          answer: seven
        - answer: other
connector asked:
    connection: m
    prompt: "{{ payload.n }}"
chain sub:
    value: "{{ payload.n }}"
"""


@pytest.mark.parametrize(
    "step",
    [
        "target: asked",
        "target: broken\n            fallback: [asked]",
        "kind: chain\n            target: sub",
    ],
)
@pytest.mark.parametrize("block", ["if true", "for docs: doc in [1]"])
def test_a_block_in_a_group_passes_the_payload_on(step: str, block: str) -> None:
    module = build(PASSED_ON.replace("    value:", "    step v:\n        value:") + f"""
chain main:
    input: {{n: int}}
    step first:
        value: 1
        parallel: true
    {block}:
        parallel: true
        step last:
            {step}
""")

    async def broken(ctx: Any) -> None:
        raise ConnectionError("down")

    given = {"broken": broken}
    record = run(module.run_chain("main", {"n": 7}, connectors=given, parallel=True))
    (last,) = [step for step in record["steps"] if step["name"] == "last"]
    assert record["status"] == "ok", record["error"]
    assert last["result"] in ("seven", 7), last


def test_a_fallback_in_a_round_reads_the_payload_that_its_chain_step_does_not() -> None:
    module = build("""
        connection loc: {api: local}
        connector spare: {connection: loc, prompt: "Spare {{ payload.n }}"}
        chain inner:
            input: {n: int}
            step broken: {fail: "No {{ payload.n }}"}
        chain outer:
            for rounds: n in [1, 2]:
                step first:
                    kind: chain
                    target: inner
                    payload: {n: "{{ n }}"}
                    fallback: [spare]
                    parallel: true
                step second: {value: "{{ n }}", parallel: true}
                step last: {value: "{{ first }} {{ second }}"}
            result: "{{ rounds }}"
        """)
    record = run(module.run_chain("outer", {"n": 7}))
    assert record["result"] == ["Spare 7 1", "Spare 7 2"]
