"""What Prometheus scrapes of modules built with `metrics = "prometheus"`."""

from __future__ import annotations

import asyncio
import json
import logging
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import httpx
import pytest
from n3gen.compiler import Options
from n3gen.prices import Price
from prometheus_client import REGISTRY, start_http_server
from prometheus_client.parser import text_string_to_metric_families

from tests.behaviour.test_telemetry import CHAT, HOUSE, LAYOUTS, answering
from tests.building import build, built_in, built_text
from tests.clock import run
from tests.spans import collected

COST = "n3gen_model_cost_total"
PROMETHEUS = Options(metrics="prometheus", enable_parallel_steps=True)

SPEC = """
connection desk:
    api: openai
    base_url: https://models.example.com/v1
    model: m
limit narrow: 1
chain both:
    step one: {prompt: "One", connection: desk, parallel: true, limit: narrow}
    step two: {prompt: "Two", connection: desk, parallel: true, limit: narrow}
    step texts: {kind: connector, target: f, retry: {max: 1, on: [error], delay: 1s}}
chain late:
    timeout: 2
    step never: {kind: connector, target: g}
"""


@pytest.fixture(autouse=True)
def fixture_empty_registry() -> Iterator[None]:
    """Leave the registry of the process as it was."""
    yield
    families, _ = vars(REGISTRY).pop("n3gen")
    for family in families.values():
        REGISTRY.unregister(family)


def scraped() -> dict[frozenset[str], float]:
    """The samples that an endpoint of Prometheus's client exposes, read by its parser."""
    server, thread = start_http_server(0, "127.0.0.1")
    try:
        address = f"http://127.0.0.1:{server.server_port}/metrics"
        with urllib.request.urlopen(address) as answer:
            text = answer.read().decode()
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
    return {
        frozenset({sample.name, *sample.labels.values()}): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if family.name.startswith("n3gen_")
    }


async def slow(_: httpx.Request) -> httpx.Response:
    await asyncio.sleep(3)
    return httpx.Response(200, json=CHAT)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_what_is_scraped(
    layout: Literal["standalone", "shared"], tmp_path: Path
) -> None:
    tries: list[int] = []

    def f(_: Any) -> int:
        tries.append(1)
        if len(tries) == 1:
            raise ValueError("no")
        return 1

    async def never(_: Any) -> None:
        await asyncio.sleep(1000)

    with built_in(layout, SPEC, tmp_path, PROMETHEUS) as module:

        async def main() -> None:
            given = {"http": answering(slow), "connectors": {"f": f, "g": never}}
            await module.run_chain("both", **given)
            await module.run_chain("late", **given)
            task = asyncio.create_task(module.run_chain("late", **given))
            await asyncio.sleep(1)
            task.cancel()
            await asyncio.wait([task])
            handle = module.start_chain("late", **given)
            await asyncio.sleep(1)
            await handle.cancel()

        run(main())
        counts = module.metrics()
    assert counts["runs"] == {"ok": 1, "error": 0, "timeout": 1, "cancelled": 2}
    assert counts["parallel_execution_rate"] == 1 / 2
    found = scraped()
    for key, value in {
        ("n3gen_runs_total", "both", "ok"): 1,
        ("n3gen_runs_total", "late", "timeout"): 1,
        ("n3gen_runs_total", "late", "cancelled"): 2,
        ("n3gen_parallel_runs_total", "both"): 1,
        ("n3gen_parallel_runs_total", "late"): 0,
        ("n3gen_run_duration_seconds_count", "both"): 1,
        ("n3gen_run_speedup_count", "both"): 1,
        ("n3gen_run_speedup_count", "late"): 1,
        ("n3gen_run_queue_seconds_sum", "both"): 3,
        ("n3gen_step_queue_seconds_sum", "both", "two"): 3,
        ("n3gen_step_queue_seconds_sum", "both", "one"): 0,
        ("n3gen_step_duration_seconds_sum", "both", "one", "ok"): 3,
        ("n3gen_step_duration_seconds_bucket", "both", "one", "ok", "2.5"): 0,
        ("n3gen_step_duration_seconds_bucket", "both", "one", "ok", "5.0"): 1,
        ("n3gen_step_duration_seconds_count", "late", "never", "cancelled"): 1,
        ("n3gen_step_retries_total", "both", "texts"): 1,
        ("n3gen_model_request_seconds_count", "desk", "m", "ok"): 2,
        ("n3gen_model_queue_seconds_sum", "desk"): 3,
        ("n3gen_model_tokens_total", "desk", "m", "input"): 10,
        ("n3gen_model_tokens_total", "desk", "m", "output"): 4,
    }.items():
        assert found[frozenset(key)] == value, key


def test_failures_of_models_and_vectors() -> None:
    module = build(
        HOUSE + """
chain c:
    step s: {prompt: "Hi", on_error: skip}
    step v: {kind: llm, embed: "a text"}
""",
        options=PROMETHEUS,
    )
    vectors = {
        "data": [{"index": 0, "embedding": [0.1]}],
        "usage": {"prompt_tokens": 3},
    }

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("embeddings"):
            return httpx.Response(200, json=vectors)
        return httpx.Response(503, json={})

    run(module.run_chain("c", http=answering(answer)))
    found = scraped()
    assert (
        found[frozenset({"n3gen_model_request_seconds_count", "house", "m", "503"})]
        == 1
    )
    assert (
        found[frozenset({"n3gen_model_request_seconds_count", "house", "m", "ok"})] == 1
    )
    assert found[frozenset({"n3gen_model_tokens_total", "house", "m", "input"})] == 3
    assert (
        found[frozenset({"n3gen_step_duration_seconds_count", "c", "s", "skipped"})]
        == 1
    )


def test_what_has_no_price_has_no_cost() -> None:
    text = HOUSE + """
chain c:
    step s: {prompt: "Hi"}
    step t: {prompt: "Hi", model: other}
    step u: {prompt: "Hi", model: alias}
"""
    prices = {"m": Price(2.0, 3.0), "answering": Price(20.0, 30.0)}
    module = build(text, options=replace(PROMETHEUS, prices=prices))

    def answer(request: httpx.Request) -> httpx.Response:
        asked = json.loads(request.content)["model"]
        model = "answering" if asked == "alias" else "unknown"
        return httpx.Response(200, json={**CHAT, "model": model})

    run(module.run_chain("c", http=answering(answer)))
    costs = {key: cost for key, cost in scraped().items() if COST in key}
    # By the model that answered, where the one that was asked has no price.
    assert costs == {
        frozenset({COST, "house", "m"}): pytest.approx(16e-6),
        frozenset({COST, "house", "alias"}): pytest.approx(160e-6),
    }


def test_modules_count_in_the_same_families_and_beside_spans() -> None:
    text = HOUSE + 'chain c:\n    step s: {prompt: "Hi"}\n'
    both = Options(metrics="prometheus", telemetry="otel")
    modules = [build(text, options=both), build(text, options=PROMETHEUS)]
    with collected() as spans:
        for module in modules:
            run(module.run_chain("c", http=answering(CHAT)))
    assert spans.names() == ["chat m", "step s", "invoke_workflow c"]
    assert spans.one("chat m").attributes["server.address"] == "models.example.com"
    assert scraped()[frozenset({"n3gen_runs_total", "c", "ok"})] == 2
    assert (
        scraped()[frozenset({"n3gen_model_request_seconds_count", "house", "m", "ok"})]
        == 2
    )


def test_a_module_has_what_it_is_built_with() -> None:
    vars(REGISTRY).setdefault("n3gen", ({}, None))
    text = HOUSE + 'chain c:\n    step s: {prompt: "Hi"}\n'
    assert "prometheus" not in built_text(text).lower()
    assert "opentelemetry" not in built_text(text, options=PROMETHEUS)


def test_no_name_that_a_payload_gives_ends_the_scraping(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.CRITICAL, "n3gen")  # xdist cannot send the half on
    module = build(
        HOUSE.replace("model: m", "") + """
chain c:
    step ask: {prompt: "Say it.", connection: house, model: "{{ payload.model }}"}
    """,
        options=PROMETHEUS,
    )
    record = run(module.run_chain("c", {"model": "a\ud800"}, http=answering(CHAT)))
    assert record["status"] == "error"
    assert any("a\\ud800" in names for names in scraped())
