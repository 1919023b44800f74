"""Durable runs as OpenTelemetry sees them."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from n3gen.compiler import Options
from opentelemetry import trace

from tests.building import build
from tests.spans import collected, facts

SPEC = """
    connection l: {api: local}
    chain c:
        step a: {kind: connector, target: given}
        step b: {kind: connector, target: given, on_error: skip}
        within w: 5s:
            step d: {prompt: "Hi {{ a }}", connection: l}
    """


def test_a_durable_run_is_a_tree_of_spans(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("N3GEN_RUNS", str(tmp_path / "runs.db"))
    module = build(SPEC, options=Options(telemetry="otel", target="dbos"))
    module.connector("given")(lambda _: 1)

    async def main() -> None:
        try:
            with trace.get_tracer("test").start_as_current_span("request"):
                record = await module.run_chain("c", {})
            assert record["status"] == "ok", record["error"]
        finally:
            await module.aclose()

    with collected() as spans:
        asyncio.run(main())
    assert spans.tree() == [
        " > request",
        "request > invoke_workflow c",
        "invoke_workflow c > step a",
        "invoke_workflow c > step b",
        "invoke_workflow c > step d",
        "step d > chat",
    ]
    kept = [facts(span).get("n3gen.step.kept") for span in spans.ended]
    assert not any(kept)
