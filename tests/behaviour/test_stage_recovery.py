"""Stages that deal with their failures, and pipelines that go on from earlier runs."""

from __future__ import annotations

import asyncio
from typing import Any, Literal

import pytest

from tests.behaviour.test_flow import statuses
from tests.behaviour.test_resume import Calls, through_json
from tests.behaviour.test_resume import statuses as kept_statuses
from tests.building import build
from tests.clock import run


async def fails(ctx: Any) -> Any:
    """Fails after a second, but for payloads whose values are all above 1."""
    await asyncio.sleep(1)
    values = [value for value in ctx.payload.values() if isinstance(value, int)]
    if values and min(values) > 1:
        return values[-1] * 10
    raise ValueError(f"{ctx.step} has no idea")


async def slow(ctx: Any) -> Any:
    await asyncio.sleep(1)
    return ctx.options.get("give", ctx.step)


def ran(source: str, payload: Any = None, **options: Any) -> Any:
    module = build(source)
    (chain,) = module.CHAINS
    given = {"connectors": {"fails": fails, "slow": slow}, **options}
    return run(module.run_chain(chain, payload, **given))


AI = """
pipeline p:
    stage a(number: int):
        target: fails
        on_error as error:
            step instead:
                value: "{{ error.message }}"
        finally:
            step last:
                target: slow
    stage b(text: str) -> str:
        value: "b: {{ text }}"
"""

YAML = """
pipelines:
  p:
    stages:
      - name: a
        input: {number: int}
        target: fails
        on_error:
          - {on_error: [any], as: error, steps: [{name: instead, value: "{{ error.message }}"}]}
        finally: [{name: last, target: slow}]
      - {name: b, input: {text: str}, output: str, value: "b: {{ text }}"}
"""


@pytest.mark.parametrize("source", [AI, YAML], ids=["ai", "yaml"])
def test_a_stage_has_the_clauses_of_a_step(source: str) -> None:
    record = ran(source, {"number": 1})
    assert record["status"] == "ok", record["error"]
    assert record["result"] == "b: ValueError: a has no idea"
    ended = {"a": "error", "instead": "ok", "last": "ok", "b": "ok"}
    assert statuses(record) == ended
    assert record["metadata"]["elapsed_ms"] == 2000


def test_the_clauses_of_a_stages_body() -> None:
    record = ran(
        """
        pipeline p:
            stage a(number: int) -> str:
                retry: {max: 1, delay: 0}
                step inner:
                    target: fails
                on_error:
                    step instead:
                        value: "none"
                finally:
                    step last:
                        target: slow
            stage b(text: str) -> str:
                value: "b: {{ text }}"
        """,
        {"number": 1},
    )
    assert record["result"] == "b: none"
    ended = {
        "a": "ok",
        "a.inner": "error",
        "a.instead": "ok",
        "a.last": "ok",
        "b": "ok",
    }
    assert statuses(record) == ended


def test_a_stage_that_continues_leaves_the_record_of_its_error() -> None:
    record = ran(
        """
        pipeline p:
            stage a(number: int):
                target: fails
                on_error: continue
            stage b(found: any) -> str:
                value: "{{ found.kind }}"
        """,
        {"number": 1},
    )
    assert record["status"] == "ok", record["error"]
    assert record["result"] == "error"
    assert statuses(record) == {"a": "error", "b": "ok"}


LINE = """
pipeline p:
    stage make(numbers: list[int]) -> list[int]:
        value: "{{ numbers }}"
        stream: true
    stage each(number: int):
        target: fails
        ON_ERROR
        stream: true
    stage keep(found: any):
        value: "{{ found }}"
"""


@pytest.mark.parametrize(
    ("keys", "result"),
    [
        ("on_error: skip", [20, 30]),
        (
            "on_error: continue",
            [
                20,
                {
                    "kind": "error",
                    "message": "ValueError: each has no idea",
                    "status": None,
                    "step": "each",
                },
                30,
            ],
        ),
        ("on_error: [{name: instead, value: '{{ number }}'}]", [20, 1, 30]),
    ],
)
def test_a_stage_deals_with_the_failure_of_an_item(keys: str, result: Any) -> None:
    source = LINE.replace("ON_ERROR", keys)
    record = ran(source, {"numbers": [2, 1, 3]})
    assert record["status"] == "ok", record["error"]
    for found in record["result"]:
        if isinstance(found, dict):
            found["step"] = found["step"].rpartition(".")[2]
    assert record["result"] == result
    failed = "skipped" if keys.endswith("skip") else "error"
    assert statuses(record)["each[1].each"] == failed


def test_a_source_with_clauses_streams_what_it_has_made_in_the_end() -> None:
    record = ran(
        """
        pipeline p:
            stage make(number: int):
                target: fails
                stream: true
                on_error:
                    step instead:
                        value: [5, 6]
            stage each(number: int) -> int:
                target: fails
        """,
        {"number": 1},
    )
    assert record["status"] == "ok", record["error"]
    assert record["result"] == [50, 60]


@pytest.mark.parametrize("is_told", ["record", "json", "events"])
def test_a_pipeline_goes_on_from_the_stage_that_failed(
    is_told: Literal["record", "json", "events"],
) -> None:
    module = build("""
        pipeline p:
            stage a(word: str) -> str:
                step inner:
                    target: first
            stage b(text: str) -> str:
                target: second
            stage c(text: str) -> str:
                target: third
        """)
    names = ("first", "second", "third")
    broken, mended = Calls(second=ValueError("no")), Calls()

    async def events_of() -> Any:
        given = {"connectors": broken.connectors(*names)}
        return [
            event async for event in module.stream_chain("p", {"word": "x"}, **given)
        ]

    events = run(events_of())
    failed: Any = events[-1]["run"]
    assert failed["status"] == "error"
    told = {"record": failed, "json": through_json(module, failed), "events": events}
    given = {"connectors": mended.connectors(*names), "resume": told[is_told]}
    record = run(module.run_chain("p", {"word": "x"}, **given))
    assert (record["status"], record["result"]) == ("ok", "third")
    assert mended.counts == {"second": 1, "third": 1}
    assert kept_statuses(record)[0] == ("a", "ok", True)


def test_items_of_a_line_are_kept_each_for_itself() -> None:
    module = build("""
        pipeline p:
            stage make(numbers: list[int]) -> list[int]:
                target: source
                stream: true
            stage each(number: int) -> int:
                target: work
                parallel: 2
                stream: true
            stage keep(made: int) -> int:
                target: keep
        """)

    def connectors(failing: int, calls: list[Any]) -> dict[str, Any]:
        async def source(ctx: Any) -> list[int]:
            calls.append("source")
            return list(ctx.payload["numbers"])

        async def work(ctx: Any) -> int:
            number: int = ctx.payload["number"]
            calls.append(number)
            await asyncio.sleep(4 if number == failing else 1)
            if number == failing:
                raise ValueError("no")
            return number * 10

        async def keep(ctx: Any) -> int:
            calls.append(ctx.payload["made"])
            return int(ctx.payload["made"])

        return {"source": source, "work": work, "keep": keep}

    payload, first, second = {"numbers": [1, 2, 3, 4]}, list[Any](), list[Any]()
    failed = run(module.run_chain("p", payload, connectors=connectors(2, first)))
    assert failed["status"] == "error"
    assert first == ["source", 1, 2, 3, 10]
    resumed = through_json(module, failed)
    given = {"connectors": connectors(0, second), "resume": resumed}
    record = run(module.run_chain("p", payload, **given))
    assert (record["status"], record["result"]) == ("ok", [10, 20, 30, 40])
    assert second == [2, 4, 20, 30, 40]


def test_a_changed_body_of_a_stage_runs_again() -> None:
    source = """
        pipeline p:
            stage a(word: str) -> str:
                step inner:
                    target: first
                    options: {n: 1}
            stage b(text: str) -> str:
                target: second
        """
    before, after = Calls(second=ValueError("no")), Calls()
    given = {"connectors": before.connectors("first", "second")}
    failed = run(build(source).run_chain("p", {"word": "x"}, **given))
    again = {"connectors": after.connectors("first", "second"), "resume": failed}
    changed = build(source.replace("n: 1", "n: 2"))
    record = run(changed.run_chain("p", {"word": "x"}, **again))
    assert record["status"] == "ok"
    assert after.counts == {"first": 1, "second": 1}


CALLED = """
    chain outer:
        step called:
            kind: chain
            target: inner
        step last:
            target: last
    chain inner:
        if payload.word == "x":
            step a:
                value: 1
        else:
            step b:
                value: 2
"""

STAGED = """
    pipeline outer:
        stage called(word: str) -> int:
            if word == "x":
                step a:
                    value: 1
            else:
                step b:
                    value: 2
        stage last(number: int):
            target: last
"""


@pytest.mark.parametrize("source", [CALLED, STAGED], ids=["sub-chain", "stage"])
def test_a_changed_condition_inside_runs_again(source: str) -> None:
    async def fails_at_last(_: Any) -> Any:
        raise ValueError("no")

    async def last(ctx: Any) -> Any:
        return ctx.results["called"]

    payload = {"word": "x"}
    given: dict[str, Any] = {"connectors": {"last": fails_at_last}}
    failed = run(build(source).run_chain("outer", payload, **given))
    assert failed["status"] == "error"
    given = {"connectors": {"last": last}, "resume": failed}
    record = run(build(source).run_chain("outer", payload, **given))
    assert record["result"] == 1
    assert kept_statuses(record)[0] == ("called", "ok", True)
    changed = build(source.replace('== "x"', '== "y"'))
    record = run(changed.run_chain("outer", payload, **given))
    assert record["result"] == 2


def test_a_body_of_one_step_with_a_clause_of_its_own_stays_a_body() -> None:
    record = ran(
        """
        pipeline p:
            stage a(number: int):
                step inner:
                    target: fails
                    on_error: skip
        """,
        {"number": 1},
    )
    assert record["status"] == "ok", record["error"]
    assert statuses(record) == {"a": "ok", "a.inner": "skipped"}
