"""`on_skip: skip` where several bodies have steps of one name."""

from __future__ import annotations

from typing import Any

import pytest

from tests.behaviour.test_races import GIVEN
from tests.building import build
from tests.clock import run

CALLED = """
chain sub:
    step quick:
        target: slow
chain c:
    step quick:
        target: slow
        when: payload.runs
    step called:
        kind: chain
        target: sub
    step reply:
        target: slow
        depends_on: [quick]
        on_skip: skip
"""
SIBLINGS = """
chain c:
    if payload.other:
        step quick:
            target: slow
    do second:
        step quick:
            target: slow
            when: payload.runs
        step reply:
            target: slow
            depends_on: [quick]
            on_skip: skip
"""
IN_YAML = """
chains:
  c:
    steps:
      - if: payload.other
        then:
          - {name: quick, target: slow}
      - name: second
        do:
          - {name: quick, target: slow, when: payload.runs}
          - {name: reply, target: slow, depends_on: [quick], on_skip: skip}
"""


@pytest.mark.parametrize("runs", [True, False])
@pytest.mark.parametrize("other", [True, False])
@pytest.mark.parametrize(
    ("text", "path"),
    [(CALLED, "specs/x.ai"), (SIBLINGS, "specs/x.ai"), (IN_YAML, "specs/x.yaml")],
)
def test_only_what_a_step_needs_itself_lets_it_run(
    text: str, path: str, other: bool, runs: bool
) -> None:
    payload = {"other": other, "runs": runs}
    record: Any = run(build(text, path).run_chain("c", payload, connectors=GIVEN))
    (reply,) = [step for step in record["steps"] if step["name"] == "reply"]
    assert reply["status"] == ("ok" if runs else "skipped")
