"""llama.cpp's server with a model of random weights, asked by generated modules."""

from __future__ import annotations

import math
from types import ModuleType

import pytest

from tests.building import build
from tests.peers.running import events_of, run

SPEC = """
type Line:
    text: str
    is_paid: bool

type Invoice:
    kind: one of [invoice, reminder]
    number: int
    total: float
    lines: list[Line]
    note: str?

connection llama:
    api: openai
    base_url: "{url}/v1"
    model: tiny
    structured_output: tool

connection in_json:
    api: openai
    base_url: "{url}/v1"
    model: tiny
    structured_output: json

chain c:
    step ask:
        connection: llama
        system: You are tiny.
        prompt: "{{{{ payload }}}}"
        options:
            max_tokens: 24
            temperature: 0

chain typed:
    step ask:
        connection: llama
        prompt: "{{{{ payload }}}}"
        options:
            max_tokens: 1500
            seed: 7
        output: Invoice

chain picked:
    step ask:
        connection: in_json
        prompt: "{{{{ payload }}}}"
        options:
            max_tokens: 1500
            extra:
                response_format:
                    type: json_object
                    schema:
                        type: object
                        properties:
                            value:
                                enum: [red, green]
                        required: [value]
        output: one of [red, green]

chain embedded:
    step ask:
        connection: llama
        embed: ["{{{{ payload }}}}", other words]
"""


@pytest.fixture(scope="module")
def module(llama_cpp: str) -> ModuleType:
    return build(SPEC.format(url=llama_cpp))


def test_an_answer(module: ModuleType) -> None:
    record = run(module, "c", "Hello")
    assert record["status"] == "ok", record["error"]
    assert len(record["result"]) == 24  # a letter a token
    assert record["steps"][0]["output_tokens"] == 24
    assert record["steps"][0]["input_tokens"] > 24
    assert run(module, "c", "Hello")["result"] == record["result"]


def test_a_streamed_answer(module: ModuleType) -> None:
    events = events_of(module, "c", "Hello")
    pieces = [e["data"]["text"] for e in events if e["event"] == "step_progress"]
    assert len(pieces) == 24
    assert (
        "".join(pieces)
        == events[-1]["run"]["result"]
        == run(module, "c", "Hello")["result"]
    )


@pytest.mark.parametrize("is_streamed", [False, True])
def test_an_answer_of_a_type(module: ModuleType, is_streamed: bool) -> None:
    if is_streamed:
        record = events_of(module, "typed", "An invoice, please")[-1]["run"]
    else:
        record = run(module, "typed", "An invoice, please")
    assert record["status"] == "ok", record["error"]
    # The digits of so small a model may come to infinity, which is asked for again.
    assert record["steps"][0]["requests"] in (1, 2)
    assert record["result"].kind in ("invoice", "reminder")
    assert isinstance(record["result"], module.Invoice)


def test_options_that_go_to_the_server_unchecked(module: ModuleType) -> None:
    record = run(module, "picked", "A colour")
    assert record["result"] in ("red", "green"), record["error"]
    assert record["steps"][0]["requests"] == 1


def test_vectors(module: ModuleType) -> None:
    one, other = run(module, "embedded", "some words")["result"]
    assert len(one) == len(other) == 32
    assert all(math.isfinite(number) for number in (*one, *other))
    assert one != other


def test_a_prompt_that_is_too_long(module: ModuleType) -> None:
    record = run(module, "c", "long " * 1000)
    assert "`llama` says that the prompt is too long" in record["error"]
    assert "maximum context length is 2048 tokens" in record["error"]
    assert record["steps"][0]["attempts"] == 1
