"""Facts that expressions read: of the records of steps, on a virtual clock."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.behaviour.test_flow import record_of, result_of, slow
from tests.building import build, built_in, built_text
from tests.clock import run

TRIED: list[str] = []


async def flaky(ctx: Any) -> str:
    """Fails until it has been asked three times."""
    await asyncio.sleep(2)
    TRIED.append(ctx.step)
    if TRIED.count(ctx.step) < 3:
        raise ConnectionError("no line")
    return "there"


async def fails(ctx: Any) -> None:
    await asyncio.sleep(1)
    raise ValueError("no idea")


async def hangs(ctx: Any) -> None:
    await asyncio.sleep(1000)


GIVEN = {"slow": slow, "flaky": flaky, "fails": fails, "hangs": hangs}

FACTS = """
    chain c:
        step a:
            target: flaky
            retry: {max: 5, delay: 1s, backoff: constant, jitter: false}
        step b:
            target: slow
            when: steps.a.attempts > 5
        result:
            - "{{ steps.a.status }}"
            - "{{ steps.a.attempts }}"
            - "{{ steps.a.elapsed_ms }}"
            - "{{ steps.a.error }}"
            - "{{ steps.b.status }}"
            - "{{ steps['b'].error | default('none') }}"
            - "{{ a }} after {{ steps.a.attempts }} tries"
"""

TOLD = ["ok", 3, 8000, None, "skipped", "none", "there after 3 tries"]


@pytest.mark.parametrize("layout", ["standalone", "shared"])
def test_the_record_of_a_step_is_read(layout: Any, tmp_path: Path) -> None:
    TRIED.clear()
    with built_in(layout, FACTS, tmp_path) as module:
        assert result_of(module, connectors=GIVEN) == TOLD


def test_the_record_of_a_step_with_a_list_or_a_choice_is_read() -> None:
    chain = """
        state seen: list[any]
        chain c:
            step a: {state: seen, append: 1}
            step b: {target: fails, output: "list[str]", on_error: skip}
            step d: {target: fails, output: "one of [x, y]", on_error: skip}
            result: "{{ steps.a.status }} {{ steps.b.status }} {{ steps.d.attempts }}"
    """
    assert result_of(build(chain), connectors=GIVEN) == "ok skipped 1"


def test_the_record_reads_the_same_in_yaml() -> None:
    TRIED.clear()
    text = """
        chain: c
        steps:
          - name: a
            target: flaky
            retry: {max: 5, delay: 1s, backoff: constant, jitter: false}
          - {name: b, target: slow, when: steps.a.attempts > 5}
        result:
          - "{{ steps.a.status }}"
          - "{{ steps.a.attempts }}"
          - "{{ steps.a.elapsed_ms }}"
          - "{{ steps.a.error }}"
          - "{{ steps.b.status }}"
          - "{{ steps['b'].error | default('none') }}"
          - "{{ a }} after {{ steps.a.attempts }} tries"
    """
    assert result_of(build(text, "specs/x.yaml"), connectors=GIVEN) == TOLD


@pytest.mark.parametrize("parallel", [True, False])
def test_errors_of_members_are_plain_data(parallel: bool) -> None:
    module = build("""
        chain c:
            parallel both:
                on_error: continue
                result:
                    - "{{ steps.a.error }}"
                    - "{{ steps.b.status }}"
                    - "{{ steps.b.error.kind }}"
                    - "{{ steps.d.error | default('well') }}"
                step a: {target: fails}
                step b: {target: hangs, timeout: 3s}
                step d: {target: slow}
            result: "{{ both }}"
    """)
    assert result_of(module, connectors=GIVEN, parallel=parallel) == [
        {
            "kind": "error",
            "message": "ValueError: no idea",
            "status": None,
            "step": "a",
        },
        "timeout",
        "timeout",
        "well",
    ]


def test_an_error_that_is_not_there_is_missing() -> None:
    module = build("""
        chain c:
            step a: {target: slow}
            step b: {value: "{{ steps.a.error.message }}"}
    """)
    record = record_of(module, connectors=GIVEN)
    assert record["error"] == (
        "Step 'b' failed in `value`: MissingValue: `error.message` is missing: "
        "`error` is none (specs/x.ai:4)"
    )


def test_a_record_that_all_branches_have_is_read_behind_them() -> None:
    module = build("""
        chain c:
            if payload.long:
                step a: {target: slow, options: {seconds: 5}}
            else:
                step a: {value: "short"}
            match payload.kind:
                case "x":
                    step b: {target: slow, when: false}
                else:
                    step b: {target: slow}
            result: ["{{ steps.a.elapsed_ms }}", "{{ steps.b.status }}"]
    """)
    long = result_of(module, {"long": True, "kind": "x"}, connectors=GIVEN)
    short = result_of(module, {"long": False, "kind": "y"}, connectors=GIVEN)
    assert (long, short) == ([5000, "skipped"], [0, "ok"])


@pytest.mark.parametrize("parallel", [True, False])
def test_a_group_passes_the_records_of_blocks_and_followers(parallel: bool) -> None:
    module = build("""
        chain c:
            schedule: dag
            if which: payload:
                step a: {target: slow, options: {seconds: 2}}
            else:
                step a: {target: slow}
            step b:
                value: "{{ steps.a.elapsed_ms }} {{ steps.x.status }}"
            step x: {target: slow, when: not payload}
            result: ["{{ b }}", "{{ steps.a.status }}", "{{ steps.b.status }}"]
    """)
    found = result_of(module, True, connectors=GIVEN, parallel=parallel)
    assert found == ["2000 skipped", "ok", "ok"]


def test_a_round_reads_the_record_of_the_round_before() -> None:
    module = build("""
        chain c:
            while rounds: steps.work.elapsed_ms < 3000 max 9:
                result: "{{ told }}"
                step told:
                    value: "{{ steps.work.status | default('begun') }} {{ loop.index }}"
                step work:
                    target: slow
                    options: {seconds: "{{ loop.index }}"}
            result: ["{{ rounds }}", "{{ rounds.exhausted }}"]
    """)
    assert result_of(module, connectors=GIVEN) == ["ok 3", False]


def test_grouped_rounds_keep_the_records_of_the_round_before() -> None:
    module = build("""
        chain c:
            while rounds: not enough max 3:
                step enough:
                    value: "{{ steps.a.attempts | default(0) + steps.b.attempts | default(0) > 1 }}"
                step a: {target: slow, parallel: true}
                step b: {target: slow, parallel: true}
            result: ["{{ rounds.exhausted }}", "{{ rounds | length }}"]
    """)
    assert result_of(module, connectors=GIVEN) == [False, 2]


def test_records_of_bodies_beside_each_other_are_their_own() -> None:
    module = build("""
        chain c:
            parallel both:
                do one:
                    step a: {target: slow, options: {seconds: 1}}
                    step told: {value: "{{ steps.a.elapsed_ms }}"}
                do two:
                    step a: {target: slow, options: {seconds: 3}}
                    step told: {value: "{{ steps.a.elapsed_ms }}"}
            result: "{{ both }}"
    """)
    assert result_of(module, connectors=GIVEN) == {"one": 1000, "two": 3000}


def test_the_record_of_a_called_chain_and_a_model_call() -> None:
    module = build("""
        connection m:
            api: local
            latency: 2s

        chain inner:
            step ask: {prompt: "{{ steps.wait.elapsed_ms }}", depends_on: wait}
            step wait: {wait: 1s}

        chain c:
            step called: {kind: chain, target: inner}
            result: ["{{ steps.called.elapsed_ms }}", "{{ steps.called.status }}"]
    """)
    record = run(module.run_chain("c"))
    assert record["result"] == [3000, "ok"], record["error"]


def test_the_field_of_a_value_stays_the_values() -> None:
    module = build("""
        chain c:
            step a: {value: {status: "open", n: 1}}
            result: ["{{ a.status }}", "{{ steps.a.status }}", "{{ steps.a.n }}"]
    """)
    assert result_of(module) == ["open", "ok", 1]


def test_modules_that_read_no_record_carry_none() -> None:
    text = built_text("""
        chain c:
            step a: {target: slow}
            for docs: doc in payload:
                step b: {target: slow}
            result: "{{ a }}{{ docs }}"
    """)
    for name in ("WatchedStep", "StepFacts", "counted(", "report_exhausted"):
        assert name not in text
