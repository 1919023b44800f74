"""Spans as Phoenix, a receiver for AI, keeps them: sent over OTLP, read back by HTTP."""

from __future__ import annotations

import time
from typing import Any

import httpx
import pytest
from n3gen.compiler import Options
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from tests.behaviour.test_telemetry import CHAT, HOUSE, answering
from tests.building import build
from tests.clock import run
from tests.spans import collected, facts, processed

SPEC = HOUSE + """
chain weather:
    step ask:
        prompt: "How warm is it in {{ payload.city }}?"
        tools: [tests.peers.tools:temperature]
        rounds: 2

chain c:
    step inner: {kind: chain, target: weather, payload: {city: Oslo}}
"""

WANTED = {
    "id": "call_1",
    "type": "function",
    "function": {"name": "temperature", "arguments": '{"city": "Oslo"}'},
}
CALLS = {
    "model": "m-1",
    "choices": [
        {
            "message": {"role": "assistant", "content": None, "tool_calls": [WANTED]},
            "finish_reason": "tool_calls",
        }
    ],
    "usage": {"prompt_tokens": 7, "completion_tokens": 3},
}

KEPT_SECONDS = 60.0
"""How long Phoenix may take to store what it has received."""


def kept_by(phoenix: str, trace: str, count: int) -> list[dict[str, Any]]:
    """The spans of a trace in the order of their starts, once there are `count`."""
    deadline = time.monotonic() + KEPT_SECONDS
    while True:
        answer = httpx.get(f"{phoenix}/v1/projects/default/spans?limit=1000")
        spans = answer.json()["data"] if answer.status_code == 200 else []
        spans = [span for span in spans if span["context"]["trace_id"] == trace]
        if len(spans) >= count or time.monotonic() > deadline:
            return sorted(spans, key=lambda span: str(span["start_time"]))


def test_phoenix_keeps_the_spans_of_a_run(
    phoenix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT", "true")
    module = build(SPEC, options=Options(telemetry="otel"))
    answers = [httpx.Response(200, json=CALLS), httpx.Response(200, json=CHAT)]
    exporter = BatchSpanProcessor(OTLPSpanExporter(f"{phoenix}/v1/traces"))
    with processed(exporter), collected() as reported:
        transport = answering(lambda _: answers.pop(0))
        record = run(module.run_chain("c", http=transport))
        exporter.shutdown()
    assert record["status"] == "ok", record["error"]
    trace = f"{reported.ended[0].get_span_context().trace_id:032x}"
    spans = kept_by(phoenix, trace, len(reported.ended))
    names = {span["context"]["span_id"]: span["name"] for span in spans}
    told = [(names.get(s["parent_id"]), s["name"], s["span_kind"]) for s in spans]
    assert told[1:] == [
        ("invoke_workflow c", "step inner", "UNKNOWN"),
        ("step inner", "invoke_workflow weather", "UNKNOWN"),
        ("invoke_workflow weather", "step ask", "UNKNOWN"),
        ("step ask", "chat m", "LLM"),
        ("step ask", "execute_tool temperature", "TOOL"),
        ("step ask", "chat m", "LLM"),
    ]
    for kept in spans:
        (sent,) = [
            span
            for span in reported.ended
            if f"{span.get_span_context().span_id:016x}" == kept["context"]["span_id"]
        ]
        for name, value in facts(sent).items():
            is_list = isinstance(value, tuple)
            found = kept["attributes"].get(name)
            assert found == (list(value) if is_list else value), name
    # What Phoenix itself makes of the conventions.
    last = spans[-1]["attributes"]
    assert last["llm.token_count.prompt"] == 5
    assert last["llm.token_count.completion"] == 2
    assert last["llm.model_name"] == "m"
    assert last["llm.output_messages.0.message.content"] == "Short."
    assert spans[-2]["attributes"]["tool.name"] == "temperature"
