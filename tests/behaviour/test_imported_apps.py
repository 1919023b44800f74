"""Imported apps of namel3ss come to what namel3ss makes of them."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.building import build
from tests.clock import run

GOLDEN = Path(__file__).parent.parent / "golden/imports_namel3ss/runs/expected.ai"

RAN: list[tuple[str, dict[str, Any], Any]] = [
    (
        "count",
        {},
        {
            "total": 6,
            "large": [6, 4],
            "twice": {"result": 42},
            "left": 0,
            "caught": "yes",
            "label": "six",
        },
    ),
    ("early", {"items": [1, 2, 3, 4]}, 3),
    ("early", {"items": [1]}, "none is"),
    ("only", {"kind": "x"}, "any"),
    ("whole", {"a": 1, "b": 2}, {"a": 1, "b": 2}),
    ("tasks", {}, 6),
    ("sorted", {}, [{"score": 9}, {"score": 5}]),
    ("names", {}, [1, 2, 3]),
]
"""Flows, their payloads, and what namel3ss 0.1.0a24 itself has returned for them."""


@pytest.fixture(scope="module")
def module() -> ModuleType:
    return build(GOLDEN.read_text())


@pytest.fixture(autouse=True)
def own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("N3GEN_STATE", str(tmp_path / "state.db"))


@pytest.mark.parametrize(("flow", "payload", "result"), RAN)
def test_a_flow_returns_what_it_returns_in_namel3ss(
    module: ModuleType, flow: str, payload: dict[str, Any], result: Any
) -> None:
    record = run(module.run_chain(flow, payload))
    assert (record["status"], record["result"]) == ("ok", result)


def test_a_loop_that_reaches_its_limit_fails(module: ModuleType) -> None:
    record = run(module.run_chain("limit"))
    assert record["status"] == "error"
    assert "the loop of flow limit has run 2 times" in record["error"]
