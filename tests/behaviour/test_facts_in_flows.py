"""Records of steps in clauses, joins, races and resumed runs, in both spellings."""

from __future__ import annotations

import asyncio
from textwrap import dedent, indent
from types import ModuleType
from typing import Any

import pytest
from n3gen.source import SourceFile
from n3gen.syntax import print_yaml, read_document

from tests.behaviour.test_flow import record_of, result_of
from tests.behaviour.test_step_facts import GIVEN
from tests.building import build, built_text
from tests.clock import run

SPELLINGS = pytest.mark.parametrize("spelling", ["ai", "yaml"])


def spelled(text: str, spelling: str) -> ModuleType:
    """The module of a spec that is written in `.ai`, or that is converted first."""
    if spelling == "ai":
        return build(text)
    document, _ = read_document(SourceFile.of("specs/x.ai", dedent(text)))
    assert document is not None
    return build(print_yaml(document), "specs/x.yaml")


def told_by(text: str, spelling: str, payload: Any = None, **options: Any) -> list[Any]:
    """What a run tells of its step `told`, whatever has become of the run."""
    module = spelled(text, spelling)
    record = record_of(module, payload, connectors=GIVEN, **options)
    found = [step["result"] for step in record["steps"] if step["name"] == "told"]
    assert found, record["error"]
    return found


@SPELLINGS
@pytest.mark.parametrize("parallel", [True, False])
def test_a_clause_reads_steps_that_failed_or_have_not_begun(
    spelling: str, parallel: bool
) -> None:
    text = """
        chain c:
            step a: {target: slow}
            step b: {target: fails}
            step d: {target: slow}
            on_error as error:
                step told:
                    value:
                        - "{{ steps.a.status }} {{ steps.a.elapsed_ms }}"
                        - "{{ steps.b.status }} {{ steps.b.error.message }}"
                        - "{{ steps.d.status }} {{ steps.d.attempts }} {{ steps.d.elapsed_ms }}"
                        - "{{ steps.d.error | default('none') }}"
                        - "{{ steps.b.error == error }}"
    """
    assert told_by(text, spelling, parallel=parallel) == [
        ["ok 1000", "error ValueError: no idea", "pending 0 0", "none", True]
    ]


@SPELLINGS
@pytest.mark.parametrize("parallel", [True, False])
def test_finally_reads_the_members_of_a_group(spelling: str, parallel: bool) -> None:
    text = """
        chain c:
            step a: {target: fails, parallel: true}
            step b: {target: hangs, parallel: true}
            step d: {target: slow}
            finally:
                step told:
                    value:
                        - "{{ steps.a.status }}"
                        - "{{ steps.b.status }} {{ steps.b.error.kind | default('-') }}"
                        - "{{ steps.d.status }}"
    """
    cut = "cancelled cancelled" if parallel else "pending -"
    assert told_by(text, spelling, parallel=parallel) == [["error", cut, "pending"]]


@SPELLINGS
def test_finally_reads_what_the_deadline_cut_off(spelling: str) -> None:
    text = """
        chain c:
            timeout: 5s
            step a: {target: slow}
            step b: {target: hangs}
            step d: {target: slow}
            finally:
                step told:
                    value: "{{ steps.a.status }} {{ steps.b.status }} {{ steps.d.status }}"
    """
    assert told_by(text, spelling) == ["ok cancelled pending"]


@SPELLINGS
def test_finally_of_a_block_reads_its_branches(spelling: str) -> None:
    text = """
        chain c:
            do work:
                step before: {target: slow}
                if kind: payload.long:
                    step a: {target: fails}
                else:
                    step a: {value: "short"}
                match other: payload.other:
                    case 1:
                        step b: {target: slow}
                    else:
                        step b: {target: slow, when: false}
                finally:
                    step told:
                        value: "{{ steps.a.status }} {{ steps.b.status }}"
    """
    assert told_by(text, spelling, {"long": True, "other": 1}) == ["error pending"]
    assert told_by(text, spelling, {"long": False, "other": 1}) == ["ok ok"]
    assert told_by(text, spelling, {"long": False, "other": 2}) == ["ok skipped"]


@SPELLINGS
@pytest.mark.parametrize("parallel", [True, False])
def test_a_clause_reads_a_block_that_is_a_member_of_a_group(
    spelling: str, parallel: bool
) -> None:
    text = """
        chain c:
            schedule: dag
            if kind: payload:
                step a: {target: hangs}
            else:
                step a: {value: "short"}
            step b: {target: fails}
            result: ["{{ kind }}", "{{ b }}"]
            on_error:
                step told: {value: "{{ steps.a.status }} {{ steps.b.status }}"}
    """
    found = told_by(text, spelling, False, parallel=parallel)
    assert found == ["ok error"]
    if parallel:
        assert told_by(text, spelling, True) == ["cancelled error"]


@SPELLINGS
def test_each_round_has_records_of_its_own(spelling: str) -> None:
    text = """
        chain c:
            for rounds: target in ["slow", "fails", "slow"] parallel 3:
                step a: {target: slow, when: target == "slow"}
                step b: {target: fails, when: target == "fails"}
                step d: {target: slow}
                on_error:
                    step told:
                        value: "{{ steps.a.status }} {{ steps.b.status }} {{ steps.d.status }}"
            while again: steps.e.status == "error" max 2:
                step e: {target: fails, on_error: continue}
            result: ["{{ rounds }}", "{{ again.exhausted }}"]
    """
    module = spelled(text, spelling)
    assert result_of(module, connectors=GIVEN) == [
        ["d", "skipped error pending", "d"],
        True,
    ]


@SPELLINGS
@pytest.mark.parametrize("parallel", [True, False])
def test_steps_whose_errors_end_nothing(spelling: str, parallel: bool) -> None:
    text = """
        chain c:
            step a: {target: fails, on_error: continue}
            step b: {target: fails, on_error: skip}
            step d: {target: hangs, timeout: 2s, on_error: continue}
            step e:
                target: fails
                on_error:
                    step mended: {value: "mended"}
            step f: {target: slow, depends_on: [b], on_skip: skip}
            result:
                - "{{ steps.a.status }} {{ steps.a.error.message }}"
                - "{{ a == steps.a.error }}"
                - "{{ steps.b.status }} {{ steps.b.error.kind }}"
                - "{{ steps.d.status }} {{ steps.d.error.kind }}"
                - "{{ e }}, {{ steps.e.status }}"
                - "{{ steps.f.status }} {{ steps.f.error | default('-') }}"
    """
    module = spelled(text, spelling)
    assert result_of(module, connectors=GIVEN, parallel=parallel) == [
        "error ValueError: no idea",
        True,
        "skipped error",
        "timeout timeout",
        "mended, error",
        "skipped -",
    ]


JOINED = """
    chain c:
        step a: {target: slow, parallel: true}
        step b: {target: fails, parallel: true, on_error: continue}
        step d: {target: slow, parallel: true, options: {seconds: 5}}
        step told:
            depends_on: {JOIN}
            value:
                - "{{ steps.a.status }}"
                - "{{ steps.b.status }} {{ steps.b.error.kind | default('-') }}"
                - "{{ steps.d.status }}"
"""


@SPELLINGS
@pytest.mark.parametrize(
    ("join", "found"),
    [
        ("any: [a, b, d]", ["ok", "error error", "running"]),
        ("count: 3, of: [a, b, d]", ["ok", "error error", "ok"]),
        ("ended: [a, b, d]", ["ok", "error error", "ok"]),
    ],
)
def test_a_join_reads_members_that_have_not_ended(
    spelling: str, join: str, found: list[str]
) -> None:
    text = JOINED.replace("JOIN", join)
    assert told_by(text, spelling) == [found]


@SPELLINGS
def test_a_join_in_sequence_reads_members_that_have_ended(spelling: str) -> None:
    text = JOINED.replace("JOIN", "any: [a, b, d]")
    assert told_by(text, spelling, parallel=False) == [["ok", "error error", "ok"]]


@SPELLINGS
@pytest.mark.parametrize("parallel", [True, False])
def test_a_record_waits_for_a_step_in_the_background(
    spelling: str, parallel: bool
) -> None:
    text = """
        chain c:
            step a: {target: slow, background: true, options: {seconds: 5}}
            step b: {target: slow}
            step d: {value: "{{ steps.b.status }} {{ steps.a.status }} {{ steps.a.elapsed_ms }}"}
            result: ["{{ d }}", "{{ a }}"]
    """
    module = spelled(text, spelling)
    record = record_of(module, connectors=GIVEN, parallel=parallel)
    assert record["result"] == ["ok ok 5000", "a"], record["error"]
    assert record["metadata"]["elapsed_ms"] == 5000


@SPELLINGS
@pytest.mark.parametrize(
    ("around", "last"),
    [
        ("", ""),
        ("", "finally:"),
        ("do block:", ""),
        ("for x in [1]:", ""),
        ("for x in [1] parallel 2:", ""),
    ],
)
def test_only_a_join_reads_records_of_the_background(
    spelling: str, around: str, last: str
) -> None:
    steps = """
        step a: {wait: 2s, background: true}
        step b: {wait: 5s, background: true}
        step told:
            depends_on: {any: [a, b]}
            value: "{{ steps.a.status }} {{ steps.b.status }}"
    """
    steps = indent(dedent(steps), "    " * (2 if around else 1))
    text = f"chain c:\n{f'    {around}' if around else ''}{steps}"
    if last:
        text += (
            f'\n    {last}\n        step ended: {{value: "{{{{ steps.b.status }}}}"}}\n'
        )
    module = spelled(text, spelling)
    record = record_of(module, connectors=GIVEN)
    found = {step["name"]: step["result"] for step in record["steps"]}
    assert found["told"] == "ok running", record["error"]
    assert found.get("ended") == ("ok" if last else None)


@SPELLINGS
def test_functions_that_wait_take_the_record_too(spelling: str) -> None:
    text = """
        chain c:
            step a: {target: slow, background: true, options: {seconds: 5}}
            step b: {target: slow, parallel: true}
            step d: {target: slow, parallel: true, options: {give: "{{ steps.a.elapsed_ms }}"}}
            do both:
                step e: {value: "{{ steps.a.status }} {{ d }}"}
            result: "{{ both }}"
    """
    assert result_of(spelled(text, spelling), connectors=GIVEN) == "ok 5000"


@SPELLINGS
def test_the_record_of_a_step_that_another_cancels(spelling: str) -> None:
    text = """
        chain c:
            step a: {target: hangs, background: true}
            step b: {target: slow}
            step end: {cancel: a}
            step told: {value: "{{ steps.a.status }} {{ steps.a.error.kind }} {{ steps.a.elapsed_ms }}"}
    """
    assert told_by(text, spelling) == ["cancelled cancelled 1000"]


@SPELLINGS
def test_a_race_around_and_beside_steps_whose_records_are_read(spelling: str) -> None:
    text = """
        chain c:
            race fastest:
                stagger: 1s
                do one:
                    step a: {target: fails}
                    on_error:
                        step told: {value: "{{ steps.a.status }}"}
                step b: {target: hangs}
            do after:
                step b: {target: fails, on_error: continue}
            race lost:
                step a: {target: fails}
                step b: {target: fails}
                on_error:
                    step told: {value: "{{ fastest }}"}
            step d: {target: slow}
            finally:
                step told: {value: "{{ steps.d.status }}"}
    """
    assert told_by(text, spelling) == ["error", "error", "ok"]


@SPELLINGS
def test_a_kept_step_reads_as_one_that_has_ended_well(spelling: str) -> None:
    text = """
        chain c:
            step a: {target: first, retry: {max: 3, delay: 1s, jitter: false}}
            step b: {target: second}
            step told: {value: "{{ steps.a.status }} {{ steps.a.error | default('-') }}"}
    """
    calls: list[str] = []

    async def first(ctx: Any) -> str:
        calls.append("first")
        await asyncio.sleep(1)
        if len(calls) == 1:
            raise ConnectionError("no line")
        return "done"

    async def broken(ctx: Any) -> None:
        raise ValueError("no")

    async def mended(ctx: Any) -> str:
        return "yes"

    module = spelled(text, spelling)
    given = {"first": first, "second": broken}
    left = run(module.run_chain("c", connectors=given))
    assert left["status"] == "error"
    given["second"] = mended
    again = run(module.run_chain("c", connectors=given, resume=left))
    assert again["result"] == "ok -", again["error"]
    assert calls == ["first", "first"]


@SPELLINGS
def test_a_stage_reads_the_record_of_one_before(spelling: str) -> None:
    text = """
        pipeline c:
            stage load(name: str) -> str:
                target: slow
            stage tell(text: str) -> str:
                value: "{{ text }} {{ steps.load.elapsed_ms }} {{ steps.load.attempts }}"
    """
    module = spelled(text, spelling)
    assert result_of(module, {"name": "x"}, connectors=GIVEN) == "load 1000 1"


def test_records_that_nothing_reads_are_not_made() -> None:
    text = built_text("""
        chain c:
            step a: {target: slow}
            step b: {target: fails, on_error: continue}
            on_error:
                step told: {value: "{{ steps.a.status }}"}
    """)
    assert "a_facts = StepFacts()" in text
    assert "b_facts" not in text
