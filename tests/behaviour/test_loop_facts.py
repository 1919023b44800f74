"""What rounds know of themselves, and loops that end at their `max`."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.behaviour.test_flow import record_of, result_of
from tests.building import build, built_in
from tests.clock import run

SEQUENTIAL = """
    chain c:
        for docs: doc in payload:
            step told:
                value: "{{ loop.index0 }} {{ loop.index }} {{ loop.first }} {{ loop.last }} {{ doc }}"
        result: "{{ docs }}"
"""

POOLED = SEQUENTIAL.replace("payload:", "payload parallel 2:")

TOLD = ["0 1 True False a", "1 2 False False b", "2 3 False True c"]


@pytest.mark.parametrize("layout", ["standalone", "shared"])
@pytest.mark.parametrize("text", [SEQUENTIAL, POOLED])
def test_rounds_know_where_they_stand(layout: Any, text: str, tmp_path: Path) -> None:
    with built_in(layout, text, tmp_path) as module:
        assert result_of(module, ["a", "b", "c"]) == TOLD
        assert result_of(module, {"a": 1}) == ["0 1 True True a"]
        assert result_of(module, []) == []


@pytest.mark.parametrize("text", [SEQUENTIAL, POOLED])
def test_the_items_of_an_iterator_are_asked_for_one_ahead(text: str) -> None:
    assert result_of(build(text), iter(["a", "b", "c"])) == TOLD


@pytest.mark.parametrize("text", [SEQUENTIAL, POOLED])
@pytest.mark.parametrize("payload", ["abc", None, 3])
def test_a_text_has_no_rounds(text: str, payload: Any) -> None:
    record = record_of(build(text), payload)
    assert "`for` needs a list, but found" in record["error"]


def test_the_same_in_yaml() -> None:
    module = build(
        """
        chain: c
        steps:
          - for: doc
            in: payload
            name: docs
            steps:
              - {name: told, value: "{{ loop.index }}{{ '.' if loop.last else ',' }}"}
        result: "{{ docs }}"
        """,
        "specs/x.yaml",
    )
    assert result_of(module, [7, 8]) == ["1,", "2."]


def test_the_innermost_loop_counts() -> None:
    module = build("""
        chain c:
            for outer: row in payload:
                result: "{{ loop.index }}: {{ inner | join(' ') }} {{ after }}"
                step before: {value: "{{ loop.index }}"}
                for inner: cell in row:
                    if loop.last:
                        step a: {value: "{{ before }}.{{ loop.index }}!"}
                    else:
                        step a: {value: "{{ before }}.{{ loop.index }}"}
                step after: {value: "{{ loop.index0 }}"}
            result: "{{ outer }}"
    """)
    assert result_of(module, [[1, 2], [3]]) == ["1: 1.1 1.2! 0", "2: 2.1! 1"]


def test_a_text_of_a_round_may_have_a_loop_of_its_own() -> None:
    module = build("""
        chain c:
            for docs: doc in payload:
                step a:
                    value: "{{ loop.index }}:{% for x in doc %}{{ loop.index }}{% endfor %}"
            result: "{{ docs }}"
    """)
    assert result_of(module, [[1, 1], [1]]) == ["1:12", "2:1"]


def test_keys_ends_and_batches_of_pools_know_their_rounds() -> None:
    module = build("""
        chain c:
            for docs: doc in payload parallel 2:
                key: "'no' ~ loop.index"
                until: loop.index == 3
                result: "{{ a }}/{{ loop.index0 }}"
                step a: {value: "{{ doc }}"}
            for batches: few in payload:
                batch: 2
                step b: {value: "{{ few | length }}{{ loop.last }}"}
            result: ["{{ docs }}", "{{ batches }}"]
    """)
    record = record_of(module, [4, 5, 6, 7, 8])
    assert record["result"][0][:2] == ["4/0", "5/1"]
    assert record["result"][1] == ["2False", "2False", "1True"]
    assert [s["path"] for s in record["steps"]][:2] == ["docs[no1].a", "docs[no2].a"]


def test_grouped_rounds_know_theirs() -> None:
    module = build("""
        chain c:
            for docs: doc in payload:
                result: "{{ doc }}{{ loop.index }}{{ a }}{{ b }}"
                step a: {target: slow, parallel: true, options: {give: "{{ loop.first }}"}}
                step b: {target: slow, parallel: true, options: {give: "{{ loop.last }}"}}
            result: "{{ docs }}"
    """)
    assert result_of(module, ["x", "y"]) == ["x1TrueFalse", "y2FalseTrue"]


async def letters() -> AsyncIterator[str]:
    for letter in "abc":
        await asyncio.sleep(1)
        yield letter


def numbers() -> Iterator[int]:
    yield from range(5)


def test_streams_count_their_rounds() -> None:
    module = build("""
        chain c:
            for a: x in stream("tests.behaviour.test_loop_facts:letters") parallel 2:
                step one: {value: "{{ loop.index }}{{ x }}"}
            for b: x in stream("tests.behaviour.test_loop_facts:numbers"):
                batch: 2
                step two: {value: "{{ loop.index0 }}{{ x }}"}
            result: ["{{ a }}", "{{ b }}"]
    """)
    assert result_of(module) == [["1a", "2b", "3c"], ["0[0, 1]", "1[2, 3]", "2[4]"]]


WHILE = """
    chain c:
        while drafts: draft < payload max 3:
            step draft: {value: "{{ loop.index }}"}
        result: {last: "{{ drafts }}", exhausted: "{{ drafts.exhausted }}"}
"""


@pytest.mark.parametrize("layout", ["standalone", "shared"])
def test_max_exhausts_a_while(layout: Any, tmp_path: Path) -> None:
    with built_in(layout, WHILE, tmp_path) as module:
        assert result_of(module, 2) == {"last": 2, "exhausted": False}
        assert result_of(module, 3) == {"last": 3, "exhausted": False}
        assert result_of(module, 4) == {"last": 3, "exhausted": True}


def test_a_while_that_is_asked_first_is_exhausted_too() -> None:
    module = build("""
        chain c:
            while tries: payload max 2:
                step one: {value: "{{ loop.index }}"}
            if tries.exhausted:
                step more: {value: "more"}
            else:
                step more: {value: "{{ tries | default('never') }}"}
            result: "{{ more }}"
    """)
    assert result_of(module, True) == "more"
    assert result_of(module, False) == "never"


def test_the_run_reports_a_while_that_max_ended_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    module = build("""
        chain c:
            for docs: doc in payload:
                while true max 2:
                    step one: {value: "{{ loop.index }}"}
            result: "{{ docs }}"
    """)

    async def events() -> list[Any]:
        return [e async for e in module.stream_chain("c", [1, 2, 3])]

    with caplog.at_level(logging.INFO, "n3gen.c"):
        found = run(events())
    told = [e for e in found if e["event"] == "loop_exhausted"]
    assert [(e["loop"], e["max"]) for e in told] == [("while_1", 2)]
    (line,) = (m for m in caplog.messages if "max" in m)
    assert line == "Loop 'while_1' of chain 'c' ended at its max of 2 rounds"
    assert found[-1]["run"]["result"] == [2, 2, 2]


def test_a_value_of_which_only_a_fact_is_read_is_not_bound() -> None:
    text = """
        chain c:
            while outer: inner.exhausted max 3:
                step told: {value: "{{ inner.exhausted | default('begun') }}"}
                while inner: one < 2 max "MAX":
                    step one: {value: "{{ loop.index }}"}
                step after: {value: "{{ told }} {{ inner.exhausted }}"}
            race quick:
                step a: {target: slow, options: {after: "{{ after }}"}}
                step b: {target: slow, options: {seconds: 2}}
            result: ["{{ outer }}", "{{ outer.exhausted }}", "{{ quick.winner }}"]
    """.replace('options: {after: "{{ after }}"}', "when: true")
    assert result_of(build(text.replace('"MAX"', "1"))) == ["True True", True, "a"]
    assert result_of(build(text.replace('"MAX"', "3"))) == ["begun False", False, "a"]


@pytest.mark.parametrize("ending", ["", "finally:", "on_error:"])
def test_the_result_of_grouped_rounds_knows_their_place_and_a_winner(
    ending: str,
) -> None:
    text = """
        chain c:
            step outer: {value: "{{ payload | length }}"}
            while rounds: payload max 2:
                result: ["{{ loop.index0 }}", "{{ quick.winner }}", "{{ outer }}"]
                race quick:
                    step a: {target: slow}
                    step b: {target: slow, options: {seconds: 2}}
                on_error:
                    step last: {value: 1}
            result: "{{ rounds }}"
    """
    clause = "on_error:\n                    step last: {value: 1}"
    assert clause in text
    kept = "" if not ending else clause.replace("on_error:", ending)
    module = build(text.replace(clause, kept))
    assert result_of(module, ["x", "y", "z"]) == [1, "a", 3]


@pytest.mark.parametrize(
    "word", ["for r: x in payload", "for r: x in payload parallel"]
)
def test_the_result_of_a_round_waits_for_the_step_whose_facts_it_reads(
    word: str,
) -> None:
    module = build(f"""
        chain c:
            step slow: {{wait: 2, background: true}}
            {word}:
                step own: {{value: "{{{{ x }}}}"}}
                result: "{{{{ own }}}} {{{{ steps.slow.status }}}}"
            result: "{{{{ r }}}}"
    """)
    assert result_of(module, ["a", "b"]) == ["a ok", "b ok"]
