"""Environment variables that expressions read: checked before the first step."""

from __future__ import annotations

import asyncio

import pytest

from tests.building import build

SPEC = """\
chain inner:
    step d:
        value: "{{ env.N3_DEEP }}"

chain c:
    step a:
        kind: connector
        target: given
    step b:
        value: "{{ env.N3_B }} {{ env.N3_OPTIONAL | default('none') }}"
    if env.N3_FLAG == "on":
        step e:
            kind: chain
            target: inner
    result: "{{ b }} {{ env.N3_RESULT }}"
"""


@pytest.fixture
def started() -> list[str]:
    return []


def run(started: list[str]) -> dict[str, object]:
    module = build(SPEC)
    given = {"given": lambda ctx: started.append("a")}
    return dict(asyncio.run(module.run_chain("c", connectors=given)))


def test_all_that_are_missing_are_named_before_anything_runs(
    started: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("N3_FLAG", "off")
    record = run(started)
    assert record["status"] == "error"
    assert "not set: N3_B, N3_DEEP, N3_RESULT" in str(record["error"])
    assert started == []


def test_a_run_that_has_all_of_them_begins(
    started: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("B", "b"), ("DEEP", "d"), ("RESULT", "r"), ("FLAG", "off")):
        monkeypatch.setenv(f"N3_{name}", value)
    record = run(started)
    assert record["result"] == "b none r"
    assert started == ["a"]


ASKED = """\
connection own:
    api: local
    answers:
        - contains: kind
          answer: kind

connector say:
    connection: own
    prompt: "{% if env.N3_TONE is defined %}{{ env.N3_TONE }}{% endif %}, kind"

chain c:
    if env.N3_A is defined:
        step a:
            value: "{{ env.N3_A }}"
    step b:
        value: "{{ env.N3_B if env.N3_B is defined else 'no' }}"
    step d:
        when: env['N3_D'] is not undefined
        value: "{{ env.N3_D }}"
    step e:
        target: say
    step f:
        value: "{{ env.N3_F }}"
    result: "{{ b }} {{ d | default('none') }} {{ e }} {{ f }}"
"""


def test_what_is_asked_for_need_not_be_set(monkeypatch: pytest.MonkeyPatch) -> None:
    module = build(ASKED)
    record = asyncio.run(module.run_chain("c"))
    assert str(record["error"]).endswith("variables that are not set: N3_F")
    monkeypatch.setenv("N3_F", "f")
    assert asyncio.run(module.run_chain("c"))["result"] == "no none kind f"
    monkeypatch.setenv("N3_D", "d")
    assert asyncio.run(module.run_chain("c"))["result"] == "no d kind f"
