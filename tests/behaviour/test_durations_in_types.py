"""Durations in declared types: texts as at the top of a payload, wherever they come from."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from types import ModuleType
from typing import Any

import httpx
import pytest

from tests.building import built_in
from tests.clock import run

SPEC = """
type Outer:
    inner: Times
type Times:
    du: duration
    usual: duration = 5m
    many: "list[duration] = []"
    named: "dict[str, duration]?"

connection models: {api: openai, base_url: "http://models.invalid/v1", model: m}
connector writer: {connection: models, prompt: "{{ payload.answer }}"}

chain c:
    input: {given: "Outer?", answer: "str?"}
    step row:
        target: reader
        output: list[duration]
    step asked:
        target: writer
        output: Times
    step fixed:
        value: {du: 2d}
        output: Times
    result: ["{{ payload.given }}", "{{ row }}", "{{ asked }}", "{{ fixed }}"]
"""


@pytest.fixture(scope="module", params=["standalone", "shared"])
def module(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ModuleType]:
    with built_in(request.param, SPEC, tmp_path_factory.mktemp("layout")) as made:
        yield made


def reply(request: httpx.Request) -> httpx.Response:
    """Answer with the prompt itself."""
    prompt = json.loads(request.content)["messages"][-1]["content"]
    choice = {"message": {"content": prompt}, "finish_reason": "stop"}
    return httpx.Response(200, json={"choices": [choice]})


def result_of(module: ModuleType, **payload: Any) -> Any:
    given = {"reader": lambda ctx: ["1h", 90, "PT5M"]}
    replies = httpx.MockTransport(reply)
    record = run(module.run_chain("c", payload, connectors=given, http=replies))
    assert record["status"] == "ok", record["error"]
    return record["result"]


def test_all_that_is_checked_against_a_type_spells_durations(
    module: ModuleType,
) -> None:
    times = {"du": "5m", "many": ["1.5s", "2 h", 4], "named": {"a": "PT1H"}}
    given, row, asked, fixed = result_of(
        module,
        given={"inner": times},
        answer='{"du": "250ms", "many": ["1m"]}',
    )
    minute = timedelta(minutes=1)
    assert (given.inner.du, given.inner.usual) == (5 * minute, 5 * minute)
    assert given.inner.many == [timedelta(seconds=n) for n in (1.5, 7200, 4)]
    assert given.inner.named == {"a": 60 * minute}
    assert row == [60 * minute, 1.5 * minute, 5 * minute]
    assert (asked.du, asked.many) == (timedelta(milliseconds=250), [minute])
    assert fixed.du == timedelta(days=2)


def test_a_type_reads_them_by_itself_too(module: ModuleType) -> None:
    assert module.Times(du="5m").du == timedelta(minutes=5)
    schema = module.Times.model_json_schema()["properties"]["du"]
    assert (schema["type"], schema["format"]) == ("string", "duration")


def test_what_spells_no_duration_is_a_fault(module: ModuleType) -> None:
    payload = {"given": {"inner": {"du": "5 minutes"}}}
    record = run(module.run_chain("c", payload, connectors={"reader": list}))
    assert "`given.inner.du` must be a duration, not '5 minutes'" in record["error"]
