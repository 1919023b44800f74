"""Names that are scoped by body, names that every branch gives, and `result` of blocks."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from tests.behaviour.test_flow import record_of, result_of, slow, starts, statuses
from tests.building import build
from tests.clock import run

GIVEN = """
    connection m:
        api: local
        answers: [{answer: "a short one"}]
    chain c:
        if payload.long:
            step summary:
                connection: m
                prompt: "Shorten {{ payload.text }}"
        elif payload.none:
            step summary:
                value: none
        else:
            step summary:
                value: 3
        step shown:
            value: "<{{ summary }}>"
    """


@pytest.mark.parametrize(
    ("payload", "result"),
    [
        ({"long": True, "none": False, "text": "x"}, "<a short one>"),
        ({"long": False, "none": True}, "<none>"),
        ({"long": False, "none": False}, "<3>"),
    ],
)
def test_a_name_of_every_branch_is_known_behind_the_block(
    payload: Any, result: str
) -> None:
    record = record_of(build(GIVEN), payload)
    assert record["result"] == result, record["error"]
    assert statuses(record) == {"summary": "ok", "shown": "ok"}


def test_names_of_branches_in_branches() -> None:
    module = build("""
        chain c:
            match payload.kind:
                case "a":
                    if payload.n > 1:
                        step reply:
                            value: "many"
                    else:
                        step reply:
                            value: "one"
                else:
                    step reply:
                        value: "other"
            result: "{{ reply }}"
        """)
    assert result_of(module, {"kind": "a", "n": 2}) == "many"
    assert result_of(module, {"kind": "a", "n": 1}) == "one"
    assert result_of(module, {"kind": "b"}) == "other"


@pytest.mark.parametrize("parallel", [True, False])
def test_a_parallel_block_gives_its_names_and_its_value(parallel: bool) -> None:
    module = build("""
        chain c:
            step beside:
                target: slow
                parallel: true
                options: {seconds: 3}
            if both: payload.go:
                parallel: true
                step first:
                    target: slow
                step reply:
                    value: "{{ first }} went"
            else:
                step first:
                    target: slow
                    options: {give: "nobody"}
                step reply:
                    value: "{{ first }} stays"
            step after:
                parallel: true
                depends_on: [reply]
                target: slow
                options: {give: "{{ reply }}!"}
            result: ["{{ first }}", "{{ both }}", "{{ after }}", "{{ beside }}"]
        """)
    wanted = ["first", "first went", "first went!", "beside"]
    record = record_of(module, {"go": True}, parallel=parallel)
    assert record["result"] == wanted, record["error"]
    if parallel:
        assert starts(record)["after"] == 1
    wanted = ["nobody", "nobody stays", "nobody stays!", "beside"]
    assert result_of(module, {"go": False}, parallel=parallel) == wanted


def test_bodies_beside_each_other_use_the_same_names() -> None:
    module = build("""
        connection m:
            api: local
            answers: [{answer: "seen"}]
        chain c:
            for docs: item in payload:
                step seen:
                    connection: m
                    prompt: "{{ item }}"
            for more: item in payload:
                step seen:
                    value: ["{{ item }}"]
            while last: counted < 2 max 5:
                step seen:
                    value: "{{ seen | default(0) + 1 }}"
                step counted:
                    value: "{{ seen }}"
            if payload:
                step seen:
                    value: {a: "{{ last }}"}
                step item:
                    value: "{{ seen.a }}"
            result: ["{{ docs }}", "{{ more }}", "{{ last }}"]
        """)
    record = record_of(module, [1, 2])
    assert record["result"] == [["seen", "seen"], [[1], [2]], 2], record["error"]
    assert statuses(record)["item"] == "ok"


def test_results_of_blocks() -> None:
    module = build("""
        chain c:
            for docs: doc in payload:
                result: {id: "{{ doc }}", twice: "{{ twice }}"}
                step twice:
                    value: "{{ doc * 2 }}"
                step last:
                    target: slow
            if chosen: payload | length > 1:
                result: "{{ some }} of many"
                step some:
                    value: "one"
                step other:
                    target: slow
            else:
                step some:
                    value: "none"
                step another:
                    target: slow
            while rounds: n < 3 max 5:
                result: "{{ n }} and {{ m }}"
                step n:
                    value: "{{ n | default(0) + 1 }}"
                    parallel: true
                step m:
                    value: "m"
                    parallel: true
                step rest:
                    target: slow
            result: ["{{ docs }}", "{{ chosen }}", "{{ rounds }}"]
        """)
    docs = [{"id": 1, "twice": 2}, {"id": 2, "twice": 4}]
    assert result_of(module, [1, 2]) == [docs, "one of many", "3 and m"]
    assert result_of(module, [])[1] == "none of many"


def test_a_result_that_fails_names_its_place() -> None:
    module = build("""
        chain c:
            for docs: doc in payload:
                result: "{{ got.id }}"
                step got:
                    target: slow
                    options: {give: "{{ doc }}"}
            result: "{{ docs }}"
        """)
    record = record_of(module, [{"id": 1}, {}], connectors={"slow": slow})
    assert "Chain 'c' failed in `result`" in record["error"]
    assert record["error"].endswith("(specs/x.ai:4)")


@pytest.mark.parametrize("parallel", [True, False])
def test_a_name_that_is_the_value_of_one_branch_only(parallel: bool) -> None:
    module = build("""
        chain c:
            if payload.full:
                within reply: 4s:
                    step text:
                        value: "short"
                else:
                    step text:
                        value: "late"
                    step told:
                        value: "too late"
                step shown:
                    value: "{{ reply }}"
            result: "{{ payload.full }}"
        """)
    for full in (True, False):
        assert result_of(module, {"full": full}, parallel=parallel) is full


GIVEN_BY_ALL = """
    chain c:
        BLOCK
        step use:
            value: ["{{ left }}", "{{ right }}"]
        result: "{{ use }}"
    """
LEFT_AND_RIGHT = """
            step left:
                KEY: true
                target: slow
                options: {give: "NUMBER left"}
            step right:
                KEY: true
                target: slow
                options: {give: "NUMBER right"}
"""


def bodies(*heads: str, key: str) -> str:
    """Return a chain with a block whose bodies all give `left` and `right`."""
    text = ""
    for number, head in enumerate(heads):
        body = LEFT_AND_RIGHT.replace("KEY", key if number == 0 else "parallel")
        text += f"{head}\n{body.replace('NUMBER', str(number))}        "
    return GIVEN_BY_ALL.replace("BLOCK", text)


@pytest.mark.parametrize("key", ["parallel", "background"])
@pytest.mark.parametrize(
    ("heads", "number"),
    [
        (["if payload:", "else:"], 0),
        (["if not payload:", "else:"], 1),
        (["within 5s:", "else:"], 0),
        (["within 0.5s:", "else:"], 1),
    ],
)
def test_what_runs_side_by_side_in_a_branch_is_known_behind_it(
    heads: list[str], number: int, key: str
) -> None:
    module = build(bodies(*heads, key=key))
    for parallel in (True, False):
        result = result_of(module, True, parallel=parallel)
        assert result == [f"{number} left", f"{number} right"]


def test_that_of_cases_in_yaml() -> None:
    module = build(
        """
        chain: c
        steps:
          - match: payload
            background: true
            cases:
              - case: 1
                steps:
                  - {name: left, parallel: true, target: slow}
                  - {name: right, parallel: true, target: slow}
            else:
              - {name: left, target: slow, background: true}
              - {name: right, value: 2}
        result: ["{{ left }}", "{{ right }}"]
        """,
        "specs/x.yaml",
    )
    assert result_of(module, 1) == ["left", "right"]
    assert result_of(module, 2) == ["left", 2]


def test_a_branch_whose_clause_has_run_gives_none() -> None:
    module = build("""
        chain c:
            if payload:
                step found:
                    fail: "no"
                on_error:
                    step instead:
                        value: "other"
            else:
                step found:
                    value: 1
            result: ["{{ found }}", "{{ found | default('none') }}"]
        """)
    assert result_of(module, True) == [None, "none"]
    assert result_of(module, False) == [1, 1]


def test_names_that_several_blocks_give_are_each_their_own() -> None:
    module = build("""
        chain c:
            do:
                do k:
                    step a:
                        parallel: true
                        target: slow
                    step b:
                        parallel: true
                        target: slow
                step h:
                    value: "{{ k.a }}"
            do:
                if k: payload:
                    step a:
                        value: 5
                else:
                    step a:
                        value: "six"
                step h:
                    value: "{{ k }}"
            if payload:
                for k: x in [1]:
                    step a:
                        value: "{{ x }}"
                step h:
                    value: 7
            else:
                step k:
                    target: slow
                step h:
                    value: "eight"
            result: ["{{ k }}", "{{ h }}"]
        """)
    record = record_of(module, True)
    assert record["result"] == [[1], 7], record["error"]
    assert [s["result"] for s in record["steps"] if s["name"] == "h"] == ["a", 5, 7]
    assert result_of(module, False) == ["k", "eight"]


def test_a_variable_and_a_builtin_that_gives_way_have_two_names() -> None:
    module = build("""
        chain c:
            input:
                range: int
            while n: payload.range > 0 max 2:
                step range: {value: "{{ loop.index }}"}
                result: "{{ range }}"
            step sum_: {value: "{{ [n, payload.range] | sum }}"}
        """)
    assert result_of(module, {"range": 5}) == 7


def test_the_description_of_a_block_is_its_docstring() -> None:
    described = 'it says "x" \\n \\'
    module = build(f"""
        chain c:
            do b:
                description: {json.dumps(described)}
                background: true
                step a: {{wait: 1}}
                step d: {{wait: 1}}
        """)
    assert described in [given.__doc__ for given in vars(module).values()]


@pytest.mark.parametrize("together", ["depends_on: {ended: [again]}", "parallel: true"])
def test_a_condition_of_a_loop_reads_a_body_that_a_clause_took_over(
    together: str,
) -> None:
    module = build(f"""
chain c:
    while rounds: again == 1 max 2:
        step again: {{value: 1, parallel: true}}
        step refused: {{target: refuse, {together}}}
        on_error as error:
            step kept: {{value: "{{{{ again }}}}"}}
    result: "{{{{ rounds }}}}"
""")

    async def refuse(ctx: Any) -> None:
        await asyncio.sleep(1)
        raise ValueError("no")

    given = {"refuse": refuse}
    record = run(module.run_chain("c", connectors=given, parallel=True))
    assert record["result"] == 1, record["error"]
    assert [step["name"] for step in record["steps"]].count("kept") == 2


@pytest.mark.parametrize("together", ["parallel: true", "background: true"])
@pytest.mark.parametrize("schedule", ["", "    schedule: dag\n"])
def test_a_name_of_all_branches_is_bound_where_a_clause_takes_over(
    together: str, schedule: str
) -> None:
    module = build(f"""
chain c:
{schedule}    input: {{n: int}}
    match picked: payload.n:
        case 1:
            step g: {{value: one, parallel: true}}
            step refused: {{target: refuse, {together}}}
            on_error as error:
                step kept: {{value: caught}}
        else:
            step g: {{value: two}}
    result: ["{{{{ picked }}}}", "{{{{ g }}}}"]
""")

    async def refuse(ctx: Any) -> None:
        await asyncio.sleep(1)
        raise ValueError("no")

    given = {"refuse": refuse}
    record = run(module.run_chain("c", {"n": 1}, connectors=given, parallel=True))
    assert record["result"] == ["caught", "one"], record["error"]
    record = run(module.run_chain("c", {"n": 2}, connectors=given))
    assert record["result"][1] == "two", record["error"]
