"""Small specs that once built to a wrong module, or to none."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.building import build, built_text
from tests.clock import run

EXHAUSTED = """
chain c:
    while drafts: payload.more max 2:
        step draft:
            target: writer
        finally:
            BODY
                step tidy:
                    target: tidy
    finally:
        step told:
            target: audit
            options: {exhausted: "{{ drafts.exhausted }}"}
"""


@pytest.mark.parametrize("body", ["do:", "parallel:", "within 5s:"])
@pytest.mark.parametrize(("more", "exhausted"), [(True, True), (False, False)])
def test_a_loop_with_an_end_of_its_own_is_exhausted(
    body: str, more: bool, exhausted: bool
) -> None:
    said: list[Any] = []

    def audit(ctx: Any) -> None:
        said.append(ctx.options["exhausted"])

    module = build(EXHAUSTED.replace("BODY", body))
    given = {"writer": lambda _: "x", "tidy": lambda _: None, "audit": audit}
    record = run(module.run_chain("c", {"more": more}, connectors=given))
    assert record["status"] == "ok", record["error"]
    assert said == [exhausted]


def test_the_first_stage_that_streams_need_not_read_its_parameter() -> None:
    module = build("""
        pipeline p:
            stage begin(x: str):
                value: none
            stage items(nothing: any) -> list[str]:
                target: items
                stream: true
            stage each(item: str) -> str:
                value: "{{ item }}!"
        """)
    given = {"items": lambda _: ["a", "b"]}
    record = run(module.run_chain("p", {"x": "x"}, connectors=given))
    assert (record["status"], record["result"]) == ("ok", ["a!", "b!"])


@pytest.mark.parametrize("taken", ["on_error as error", "finally"])
@pytest.mark.parametrize("fails", [True, False])
def test_what_runs_beside_others_in_the_background_is_read_at_the_end(
    taken: str, fails: bool
) -> None:
    module = build("""
        chain c:
            step near:
                parallel: true
                target: near
            step far:
                parallel: true
                background: true
                target: far
            TAKEN:
                step told:
                    target: told
                    options: {far: "{{ far | default('none') }}"}
        """.replace("TAKEN", taken))
    said: list[Any] = []

    async def near(ctx: Any) -> str:
        if fails:
            raise ValueError("no")
        return "near"

    async def far(ctx: Any) -> str:
        return "far"

    given = {"near": near, "far": far, "told": lambda ctx: said.append(ctx.options)}
    for parallel in (True, False):
        record = run(module.run_chain("c", connectors=given, parallel=parallel))
        assert "NameError" not in str(record)
    told = [step for step in record["steps"] if step["name"] == "told"]
    assert [step["status"] for step in told] == ["ok"] * (fails or taken == "finally")
    assert all(one["far"] in ("far", "none") for one in said)


BRANCHES = """
chain c:
    if payload.n > 1:
        step word:
            value: ["{{ payload.n }}"]
    else:
        step word:
            value: none
    step said:
        target: say
        options: {word: "{{ word }}"}
"""
ON_A_LINE = """
chains:
  c:
    steps:
      - {if: payload.n > 1, then: [{name: word, target: x}], else: [{name: word, target: x}]}
      - {name: said, target: say, options: {word: "{{ word }}"}}
"""


@pytest.mark.parametrize(
    ("spec", "path"), [(BRANCHES, "specs/x.ai"), (ON_A_LINE, "specs/x.yaml")]
)
@pytest.mark.parametrize("n", [1, 2])
def test_a_run_goes_on_where_two_branches_give_one_name(
    spec: str, path: str, n: int
) -> None:
    module = build(spec, path)
    given = {"x": lambda _: "x", "say": lambda ctx: ctx.options["word"]}
    record = run(module.run_chain("c", {"n": n}, connectors=given))
    assert record["status"] == "ok", record["error"]
    for _ in range(2):
        resume = json.loads(module.to_json(record))
        again = run(module.run_chain("c", {"n": n}, connectors=given, resume=resume))
        assert (again["status"], again["result"]) == ("ok", record["result"])
        record = again


def test_a_loop_names_no_item_that_nothing_reads() -> None:
    text = built_text(
        """
        chain c:
            for rounds: doc in payload.docs:
                step a:
                    target: x
            for others: doc in payload.docs:
                result: "{{ doc }}"
                step b:
                    target: x
        """
    )
    assert " for _ in rounds_(" in text or "for _ in rounds(" in text
    assert "for doc in rounds" in text
    assert text.count("for doc in") == 1


def test_a_stage_whose_value_nothing_reads_may_have_clauses() -> None:
    module = build(
        """
        pipeline p:
            stage first(x: any):
                step text:
                    target: x
                on_error as error:
                    step row:
                        value: "no {{ x }}"
            stage second(y: any):
                value: 1
        """
    )
    record = run(module.run_chain("p", {"x": "x"}, connectors={"x": _fails}))
    assert (record["status"], record["result"]) == ("ok", 1)
    first = next(step for step in record["steps"] if step["name"] == "first")
    assert (first["status"], first["result"]) == ("ok", "no x")


def _fails(ctx: Any) -> None:
    raise ValueError("no")
