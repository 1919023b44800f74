"""One chain, as respx, OpenTelemetry and a client of the caller's see it."""

from __future__ import annotations

import asyncio
import json
from types import ModuleType
from typing import Any

import httpx
import pytest
import respx
from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from tests.building import build

ASK = "https://models.example.com/v1/chat/completions"
PAGE = "https://pages.example.com/a"

ANSWER = {"choices": [{"message": {"role": "assistant", "content": "Short."}}]}


@pytest.fixture
def module() -> ModuleType:
    return build("""
        connection house:
            api: openai
            base_url: https://models.example.com/v1
            model: m

        chain page_summary:
            step page:
                url: "https://pages.example.com/a"
            step summary:
                prompt: "Sum up: {{ page.body }}"
        """)


def summary(module: ModuleType, **given: Any) -> Any:
    async def main() -> Any:
        try:
            return await module.run_chain("page_summary", **given)
        finally:
            await module.aclose()

    record = asyncio.run(main())
    assert record["status"] == "ok", record["error"]
    return record["result"]


def answer(request: httpx.Request) -> httpx.Response:
    if str(request.url) == PAGE:
        return httpx.Response(200, text="A long page.")
    return httpx.Response(200, json=ANSWER)


def test_respx(module: ModuleType) -> None:
    with respx.mock:
        page = respx.get(PAGE).respond(200, text="A long page.")
        ask = respx.post(ASK).respond(200, json=ANSWER)
        assert summary(module) == "Short."
        assert page.call_count == ask.call_count == 1
        body = json.loads(ask.calls.last.request.content)
        assert body["messages"][0]["content"] == "Sum up: A long page."


def test_open_telemetry(module: ModuleType) -> None:
    spans = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(spans))
    instrumentor = HTTPXClientInstrumentor()
    instrumentor.instrument(tracer_provider=provider)
    try:
        with respx.mock:
            respx.get(PAGE).respond(200, text="A long page.")
            respx.post(ASK).respond(200, json=ANSWER)
            assert summary(module) == "Short."
    finally:
        instrumentor.uninstrument()
    seen = [
        (span.name, dict(span.attributes or {})) for span in spans.get_finished_spans()
    ]
    assert [name for name, _ in seen] == ["GET", "POST"]
    assert [attributes["http.url"] for _, attributes in seen] == [PAGE, ASK]


def test_a_client_of_the_callers(module: ModuleType) -> None:
    async def main() -> Any:
        transport = httpx.MockTransport(answer)
        async with httpx.AsyncClient(transport=transport) as client:
            return await module.page_summary(http=client)

    assert asyncio.run(main()) == "Short."


def test_a_transport_of_the_callers(module: ModuleType) -> None:
    assert summary(module, http=httpx.MockTransport(answer)) == "Short."
