"""Clauses and what runs last behind the stages of a pipeline, on a virtual clock."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import pytest
from n3gen.source import SourceFile
from n3gen.syntax import format_ai, print_ai, print_yaml, read_document

from tests.behaviour.test_flow import slow, statuses
from tests.behaviour.test_resume import through_json
from tests.building import build
from tests.clock import run

AI = """
pipeline p:
    stage a(number: int) -> int:
        value: "{{ number + 1 }}"
    stage b(more: int) -> int:
        target: work
    stage c(done: int) -> str:
        value: "c: {{ done }}"
    on_error [connection] as error:
        step away:
            target: slow
            options: {give: "{{ error.step }} was away, {{ a | default(0) }}, {{ c | default('no c') }}"}
    on_error as error:
        step other:
            value: "{{ error.message }}"
    finally:
        step last:
            target: told
            options: {how: "{{ run.status }}", b: "{{ b | default('no b') }}"}
"""

YAML = """
pipelines:
  p:
    stages:
      - {name: a, input: {number: int}, output: int, value: "{{ number + 1 }}"}
      - {name: b, input: {more: int}, output: int, target: work}
      - {name: c, input: {done: int}, output: str, value: "c: {{ done }}"}
      - on_error: connection
        as: error
        steps:
          - name: away
            target: slow
            options: {give: "{{ error.step }} was away, {{ a | default(0) }}, {{ c | default('no c') }}"}
      - on_error: any
        as: error
        steps: [{name: other, value: "{{ error.message }}"}]
      - finally:
          - name: last
            target: told
            options: {how: "{{ run.status }}", b: "{{ b | default('no b') }}"}
"""

STREAMED = """
pipeline p:
    stage a(number: int):
        target: items
        stream: true
    stage b(item: int) -> int:
        target: work
    stage c(found: list[int]) -> str:
        value: "c: {{ found }}"
    on_error [connection] as error:
        step away:
            value: "{{ error.step }} was away, {{ b | default('no b') }}"
    finally:
        step last:
            target: told
            options: {how: "{{ run.status }}", b: "{{ b | default('no b') }}"}
"""

both = pytest.mark.parametrize(
    ("text", "path"), [(AI, "x.ai"), (YAML, "x.yaml")], ids=["ai", "yaml"]
)


class Called:
    """What the steps call; `told` is what the last of them was told."""

    def __init__(self, error: Exception | None = None, seconds: float = 1) -> None:
        self.error = error
        self.seconds = seconds
        self.told: list[dict[str, Any]] = []
        self.closed = 0

    async def work(self, ctx: Any) -> int:
        await asyncio.sleep(self.seconds)
        if self.error is not None:
            raise self.error
        return 10

    async def items(self, ctx: Any) -> AsyncGenerator[int, None]:
        try:
            for number in range(ctx.payload["number"]):
                await asyncio.sleep(1)
                yield number
        finally:
            self.closed += 1

    async def tell(self, ctx: Any) -> None:
        await asyncio.sleep(1)
        self.told.append(ctx.options)

    @property
    def given(self) -> dict[str, Any]:
        work = {"work": self.work, "items": self.items}
        return {**work, "told": self.tell, "slow": slow}


def events_of(module: Any, called: Called, **options: Any) -> list[dict[str, Any]]:
    async def main() -> list[dict[str, Any]]:
        chain = [*module.CHAINS][-1]
        events = module.stream_chain(
            chain, {"number": 3}, connectors=called.given, **options
        )
        return [event async for event in events]

    return run(main())


@both
def test_a_pipeline_without_a_failure(text: str, path: str) -> None:
    called = Called()
    record = events_of(build(text, path), called)[-1]["run"]
    assert record["result"] == "c: 10", record["error"]
    assert called.told == [{"how": "ok", "b": 10}]
    assert statuses(record) == {"a": "ok", "b": "ok", "c": "ok", "last": "ok"}
    assert record["metadata"]["elapsed_ms"] == 2000


@both
def test_a_clause_gives_the_value_of_the_pipeline(text: str, path: str) -> None:
    called = Called(ConnectionError("away"))
    events = events_of(build(text, path), called)
    record = events[-1]["run"]
    assert events[-1]["event"] == "pipeline:complete"
    assert record["result"] == "b was away, 4, no c", record["error"]
    assert called.told == [{"how": "ok", "b": "no b"}]
    found = statuses(record)
    assert found == {"a": "ok", "b": "error", "away": "ok", "last": "ok"}
    stages = [e["event"] for e in events if e.get("stage") == "b"]
    assert stages == ["pipeline:stage_start"]


@both
def test_the_first_clause_that_fits_runs(text: str, path: str) -> None:
    record = events_of(build(text, path), Called(ValueError("odd")))[-1]["run"]
    assert record["result"] == "ValueError: odd", record["error"]


def test_an_error_that_no_clause_fits_goes_up() -> None:
    called = Called(ValueError("odd"))
    end = events_of(build(STREAMED), called)[-1]
    assert (end["event"], end["stage"]) == ("pipeline:error", "b")
    assert "Step 'b[0].b' failed: ValueError: odd" in end["error"]
    assert called.told == [{"how": "error", "b": "no b"}]


@pytest.mark.parametrize("text", [AI, STREAMED], ids=["whole", "streamed"])
def test_the_deadline_passes_by_the_clauses(text: str) -> None:
    called = Called(seconds=30)
    end = events_of(build(text), called, timeout=5)[-1]
    assert end["event"] == "pipeline:error"
    assert end["run"]["status"] == "timeout"
    assert called.told == [{"how": "timeout", "b": "no b"}]
    assert end["run"]["metadata"]["elapsed_ms"] == 6000


@pytest.mark.parametrize("text", [AI, STREAMED], ids=["whole", "streamed"])
def test_what_runs_last_does_so_where_the_caller_goes(text: str) -> None:
    called, module = Called(seconds=30), build(text)

    async def main() -> None:
        work = module.run_chain("p", {"number": 2}, connectors=called.given)
        task = asyncio.create_task(work)
        await asyncio.sleep(5)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    run(main())
    assert called.told == [{"how": "cancelled", "b": "no b"}]


def test_a_failure_in_a_line_of_stages_ends_it_before_the_clause_runs() -> None:
    called = Called(ConnectionError("away"))
    record = events_of(build(STREAMED), called)[-1]["run"]
    assert record["result"] == "b[0].b was away, no b", record["error"]
    found = statuses(record)
    assert found == {"a": "cancelled", "b[0].b": "error", "away": "ok", "last": "ok"}
    assert called.closed == 1
    assert called.told == [{"how": "ok", "b": "no b"}]


def test_the_values_of_a_line_are_known_to_what_runs_last() -> None:
    called = Called()
    record = events_of(build(STREAMED), called)[-1]["run"]
    assert record["result"] == "c: [10, 10, 10]", record["error"]
    assert called.told == [{"how": "ok", "b": [10, 10, 10]}]


def test_the_result_belongs_to_the_stages() -> None:
    module = build("""
        pipeline p:
            stage a(number: int):
                value: {number: "{{ number }}"}
            result: "{{ 1 // (a.number - a.number) }}"
            on_error as error:
                step instead:
                    value: "{{ error.kind }}"
        """)
    assert events_of(module, Called())[-1]["run"]["result"] == "error"


def test_a_chain_calls_a_pipeline_that_deals_with_its_failure() -> None:
    text = f"""{AI}
chain c:
    step call:
        kind: chain
        target: p
        payload: {{number: 1}}
"""
    called = Called(ConnectionError("away"))
    events = events_of(build(text), called)
    record = events[-1]["run"]
    assert record["result"] == "call.b was away, 2, no c", record["error"]
    ended = [e["event"] for e in events if e["event"].startswith("pipeline:")]
    assert ended[-1] == "pipeline:complete"
    assert statuses(record)["call.b"] == "error"


def test_stop_ends_the_pipeline_behind_what_runs_last() -> None:
    text = AI.replace("target: work", 'stop: "enough"')
    called = Called()
    record = events_of(build(text), called)[-1]["run"]
    assert record["result"] == "enough", record["error"]
    assert called.told == [{"how": "ok", "b": "no b"}]


def test_a_run_that_failed_in_what_its_clause_does_goes_on() -> None:
    module, called = build(AI), Called(ConnectionError("away"))

    async def broken(ctx: Any) -> str:
        raise ValueError("no words")

    given = {**called.given, "slow": broken}
    record = run(module.run_chain("p", {"number": 1}, connectors=given))
    assert "Step 'away' failed: ValueError: no words" in record["error"]
    called.error = None
    work = module.run_chain(
        "p",
        {"number": 1},
        connectors=called.given,
        resume=through_json(module, record),
    )
    assert run(work)["result"] == "c: 10"


@both
def test_clauses_are_written_in_either_spelling(text: str, path: str) -> None:
    document, _ = read_document(SourceFile.of(path, text))
    assert document is not None
    written = {"y.ai": print_ai(document), "y.yaml": print_yaml(document)}
    for name, other in written.items():
        again, faults = read_document(SourceFile.of(name, other))
        assert again is not None
        assert again.data == document.data
        assert not faults
    assert format_ai(SourceFile.of("y.ai", written["y.ai"]))[0] == written["y.ai"]


def test_one_clause_of_a_stage_stays_as_it_is_written() -> None:
    text = """
pipeline p:
    stage a(number: int):
        target: work
        on_error:
            step instead:
                value: 1
"""
    document, _ = read_document(SourceFile.of("x.ai", text))
    assert document is not None
    assert print_ai(document) == text.lstrip()
