"""Runs that go on from the record of an earlier one."""

from __future__ import annotations

import asyncio
import json
import logging
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

import pytest

from tests.building import build, built_in
from tests.clock import run


class Calls:
    """Connectors that count their calls, and fail or wait where they are told to."""

    def __init__(self, **answers: Any) -> None:
        self.answers = answers
        self.counts: Counter[str] = Counter()
        self.said: list[Any] = []

    def __call__(self, name: str) -> Callable[[Any], Any]:
        async def call(ctx: Any) -> Any:
            self.counts[name] += 1
            self.said.append((name, dict(ctx.options)))
            answer = self.answers.get(name, name)
            if callable(answer):
                answer = answer(ctx)
            if isinstance(answer, float):
                await asyncio.sleep(answer)
            if isinstance(answer, Exception):
                raise answer
            return answer

        return call

    def connectors(self, *names: str) -> dict[str, Callable[[Any], Any]]:
        return {name: self(name) for name in names}


def through_json(module: ModuleType, record: Any) -> Any:
    return json.loads(module.to_json(record))


def statuses(record: Mapping[str, Any]) -> list[tuple[str, str, bool]]:
    return [
        (step.get("path", step["name"]), step["status"], step.get("kept", False))
        for step in record["steps"]
    ]


THREE = """
chain three:
    step first:
        target: first
    step second:
        target: second
    step third:
        target: third
"""

NAMES = ("first", "second", "third")


@pytest.mark.parametrize("layout", ["standalone", "shared"])
@pytest.mark.parametrize("is_read_back", [False, True])
def test_a_failed_chain_goes_on_from_the_step_that_failed(
    layout: Literal["standalone", "shared"], is_read_back: bool, tmp_path: Path
) -> None:
    broken, mended = Calls(second=ValueError("no")), Calls(third=1.5)
    with built_in(layout, THREE, tmp_path) as module:
        record = run(
            module.run_chain("three", "x", connectors=broken.connectors(*NAMES))
        )
        assert record["status"] == "error"
        if is_read_back:
            record = through_json(module, record)
        again = run(
            module.run_chain(
                "three", "x", connectors=mended.connectors(*NAMES), resume=record
            )
        )
    assert again["status"] == "ok"
    assert mended.counts == {"second": 1, "third": 1}
    assert statuses(again) == [
        ("first", "ok", True),
        ("second", "ok", False),
        ("third", "ok", False),
    ]
    assert again["steps"][0]["result"] == "first"
    assert again["steps"][0]["elapsed_ms"] == 0
    assert again["metadata"]["resumed"] == {
        "from": record["metadata"]["run_id"],
        "kept": 1,
        "changed": [],
    }
