"""The four chains of the first guide, as they are written there, run on a virtual clock."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.building import build
from tests.clock import run

SPECS = Path(__file__).parents[2] / "specs"


def chain_module(name: str) -> ModuleType:
    path = SPECS / f"{name}.ai"
    return build(path.read_text(encoding="utf-8"), f"specs/{name}.ai")


def answering(seconds: float, answer: Any) -> Callable[[Any], Awaitable[Any]]:
    async def connector(ctx: Any) -> Any:
        await asyncio.sleep(seconds)
        return answer

    return connector


def elapsed(record: dict[str, Any]) -> float:
    return float(record["metadata"]["elapsed_ms"]) / 1000


@pytest.mark.parametrize(("parallel", "seconds"), [(True, 3), (False, 7)])
def test_parallel_analysis(parallel: bool, seconds: float) -> None:
    connectors = {
        "sentiment_analyzer": answering(2, "positive"),
        "entity_extractor": answering(2, ["n3gen"]),
        "topic_detector": answering(2, "software"),
        "summarizer": answering(1, "all well"),
    }
    module = chain_module("parallel_analysis")
    record = run(
        module.run_chain("parallel_analysis", connectors=connectors, parallel=parallel)
    )
    assert (record["status"], record["result"]) == ("ok", "all well")
    assert elapsed(record) == seconds


def test_customer_feedback_analysis() -> None:
    async def sentiment(ctx: Any) -> dict[str, str]:
        await asyncio.sleep(5)
        return {"source": ctx.options["source"]}

    async def aggregator(ctx: Any) -> list[str]:
        await asyncio.sleep(1)
        names = ("analyze_twitter", "analyze_email", "analyze_reviews")
        return [ctx.results[name]["source"] for name in names]

    module = chain_module("customer_feedback_analysis")
    connectors = {"sentiment_analyzer": sentiment, "aggregator": aggregator}
    record = run(
        module.run_chain(
            "customer_feedback_analysis", connectors=connectors, parallel=True
        )
    )
    assert record["result"] == ["twitter", "email", "reviews"]
    assert elapsed(record) == 6
    assert record["metadata"]["sequential_ms"] == 16_000
    assert record["metadata"]["timeout_seconds"] == 180


def test_multi_model_consensus() -> None:
    def consensus(ctx: Any) -> str:
        answers = [ctx.results[f"{name}_response"] for name in models]
        return max(set(answers), key=answers.count)

    models = {"gpt4": 8, "claude": 7, "gemini": 6}
    connectors: dict[str, Any] = {
        name: answering(seconds, "42" if name != "gemini" else "41")
        for name, seconds in models.items()
    }
    module = chain_module("multi_model_consensus")
    record = run(
        module.run_chain(
            "multi_model_consensus",
            connectors={**connectors, "consensus_calculator": consensus},
            parallel=True,
        )
    )
    assert record["result"] == "42"
    assert elapsed(record) == 8


def test_rag_parallel_retrieval() -> None:
    connectors = {
        "pinecone_retriever": answering(2, "docs"),
        "github_retriever": answering(3, "code"),
        "web_scraper": answering(4, "web"),
        "gpt4": answering(5, "answer"),
    }
    module = chain_module("rag_parallel_retrieval")
    record = run(
        module.run_chain("rag_parallel_retrieval", connectors=connectors, parallel=True)
    )
    assert (record["result"], elapsed(record)) == ("answer", 9)


def test_the_timeout_response_of_the_guide() -> None:
    module = build("""
        chain analysis:
            timeout: 120
            step quick:
                target: quick
            step slow:
                target: slow
            step never:
                target: quick
        """)
    connectors = {"quick": answering(1, "done"), "slow": answering(500, None)}
    record = run(module.run_chain("analysis", connectors=connectors))
    metadata = record.pop("metadata")
    steps = record.pop("steps")
    assert record == {
        "status": "timeout",
        "result": None,
        "error": "Chain 'analysis' execution timed out after 120 seconds",
    }
    assert metadata["elapsed_ms"] == 120_000
    assert metadata["timeout_seconds"] == 120
    assert metadata["pending"] == ["never"]
    assert [(step["name"], step["status"]) for step in steps] == [
        ("quick", "ok"),
        ("slow", "cancelled"),
    ]
