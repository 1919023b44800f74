"""Durable runs as OpenTelemetry sees them."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

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


LIVES = """
    connection l: {api: local}
    chain lives:
        step a: {kind: connector, target: given}
        step b: {kind: connector, target: missing, on_error: skip}
        step d: {prompt: "Hi {{ a }}", connection: l}
        for rounds: n in [1, 2]:
            step e: {kind: connector, target: given}
        step f: {kind: connector, target: late}
    """


def test_steps_that_an_earlier_life_has_kept_say_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("N3GEN_RUNS", str(tmp_path / "runs.db"))
    module = build(LIVES, options=Options(telemetry="otel", target="dbos"))
    stopped = False

    def fail(_: Any) -> None:
        raise ValueError("no")

    async def late(_: Any) -> int:
        if not stopped:
            begun.set()
            await asyncio.Event().wait()
        return 3

    async def first_life() -> None:
        nonlocal stopped
        module.start_chain("lives", run_id="r")
        await begun.wait()
        await module.aclose()
        stopped = True

    async def second_life() -> None:
        try:
            record = await module.run_chain("lives", run_id="r")
            assert record["result"] == 3, record["error"]
        finally:
            await module.aclose()

    for name, function in (("given", lambda _: 1), ("missing", fail), ("late", late)):
        module.connector(name)(function)
    begun = asyncio.Event()
    with collected() as first:
        asyncio.run(first_life())
    with collected() as second:
        asyncio.run(second_life())

    def kept(spans: Any) -> dict[str, Any]:
        paths = {facts(s).get("n3gen.step.path"): facts(s) for s in spans.ended}
        return {p: f.get("n3gen.step.kept", False) for p, f in paths.items() if p}

    assert not any(kept(first).values())
    assert kept(second) == {
        **dict.fromkeys(["a", "b", "d", "rounds[0].e", "rounds[1].e"], True),
        "f": False,
    }
    # What was asked in an earlier life is not asked again.
    assert "chat" in first.names() and "chat" not in second.names()
    failed = facts(second.one("step b"))
    assert (failed["n3gen.step.status"], failed.get("error.type")) == ("skipped", None)
