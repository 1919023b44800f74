"""`max_parallel` of a pipeline: how many of its steps work at once, on a virtual clock."""

from __future__ import annotations

from typing import Any

import pytest

from tests.behaviour.test_max_parallel import GIVEN, WORKING
from tests.building import build
from tests.clock import run

AI = """
pipeline p:
    max_parallel: {most}
    stage split(docs: list[any]):
        stream: true
        value: "{{{{ docs }}}}"
    stage read(doc: any):
        stream: true
        parallel: 4
        target: busy
        options: {{seconds: 2}}
    stage weigh(text: any):
        parallel: 4
        parallel both:
            step left: {{target: busy}}
            step right: {{target: busy}}
"""

YAML = """
pipelines:
  p:
    max_parallel: {most}
    stages:
      - name: split
        input: {{docs: "list[any]"}}
        stream: true
        value: "{{{{ docs }}}}"
      - name: read
        input: {{doc: any}}
        stream: true
        parallel: 4
        target: busy
        options: {{seconds: 2}}
      - name: weigh
        input: {{text: any}}
        parallel: 4
        steps:
          - parallel:
              - {{name: left, target: busy}}
              - {{name: right, target: busy}}
            name: both
"""

SPELLINGS = [("x.ai", AI), ("x.yaml", YAML)]


def most(path: str, text: str, bound: int, **options: Any) -> tuple[int, Any]:
    """How many steps of a run over six items worked at once, and its record."""
    WORKING[:] = [0, 0]
    module = build(text.format(most=bound), path)
    payload = {"docs": [1, 2, 3, 4, 5, 6]}
    record = run(module.run_chain("p", payload, connectors=GIVEN, **options))
    assert WORKING[0] == 0
    return WORKING[1], record


@pytest.mark.parametrize(("path", "text"), SPELLINGS)
@pytest.mark.parametrize("bound", [1, 3])
def test_stages_in_a_line_share_the_slots(path: str, text: str, bound: int) -> None:
    """Six items take two seconds and twice one: 24 s of work, never more than so many."""
    worked, record = most(path, text, bound)
    assert record["status"] == "ok", record["error"]
    assert worked == bound
    assert record["metadata"]["elapsed_ms"] >= 24_000 / bound
    assert len(record["result"]) == 6


@pytest.mark.parametrize(("path", "text"), SPELLINGS)
def test_a_deadline_gives_all_slots_back(path: str, text: str) -> None:
    _, record = most(path, text, 2, timeout=5)
    assert record["status"] == "timeout"
    assert {step["status"] for step in record["steps"]} == {"ok", "cancelled"}
