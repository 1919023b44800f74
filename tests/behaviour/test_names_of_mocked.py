"""Mocks and simulations of specs whose names are those of the support."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from n3gen.cli import main

SPEC = """\
connection openai:
    api: openai
    api_key: env("OPENAI_API_KEY")
    model: m
    rate_limit: {requests_per_minute: 600}
type Step:
    a: int
type Limiter:
    b: int
type Connection:
    c: Step
chain ask:
    input: {x: Step, y: Limiter}
    step one:
        prompt: "{{ payload.x.a }}"
        output: Connection
    step two:
        target: call
    result: "{{ one.c.a }} {{ two }}"
test t of ask:
    payload: {x: {a: 1}, y: {b: 1}}
    mock: {one: {c: {a: 7}}, two: 1}
    expect: {result: 7 1}
"""


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x.ai").write_text(SPEC)
    return tmp_path


def test_steps_are_mocked(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["test", "x.ai"]) == 0, capsys.readouterr().out


def test_steps_are_simulated(capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--latency", "1s", "--output-format", "json", "--runs", "3"]
    assert main(["simulate", "x.ai", *options]) == 0
    (one,) = json.loads(capsys.readouterr().out)["configurations"]
    assert (one["time"], one["statuses"]) == (6.0, {"ok": 3})
    assert set(one["limits"]) == {"llm", "rate.openai"}
