"""What a spec states of a model call: its further tries, and the model by a template."""

from __future__ import annotations

from typing import Any

import pytest

from tests.building import build
from tests.clock import run
from tests.runtime.model_servers import Server, body_of, json_answer

CONNECTIONS = """
connection desk:
    api: openai
    base_url: https://models.test/v1
    model: small
    {retry}

connection other:
    api: anthropic
    base_url: https://models.test
    api_key: k
"""


def completion(text: str) -> Any:
    return json_answer({"choices": [{"message": {"content": text}}]})


@pytest.mark.parametrize(
    ("step", "connection", "requests"),
    [
        ("", "", 2),
        (", retry: 0", "", 1),
        (", retry: none", "", 1),
        (", retry: {max: 0}", "", 1),
        ("", "retry: 0", 1),
        (", retry: 1", "retry: 0", 2),
        (", retry: 0", "retry: 1", 1),
        (", retry: {max: 2, on: [429]}", "", 1),
    ],
)
@pytest.mark.parametrize("limit", ["", "rate_limit: {requests_per_minute: 60}"])
def test_an_answer_that_does_not_fit_is_asked_for_again_unless_no_try_is_stated(
    step: str, connection: str, requests: int, limit: str
) -> None:
    keys = f"{connection}\n    {limit}"
    spec = CONNECTIONS.replace("{retry}", keys).replace("    api_key: k\n", "")
    spec += (
        f"chain c:\n    step a: {{connection: desk, prompt: hi, output: int{step}}}\n"
    )
    module, server = build(spec), Server(*[completion("no")] * requests)
    record = run(module.run_chain("c", http=server))
    assert record["status"] == "error"
    assert "the answer does not fit" in record["error"]
    assert len(server.requests) == requests


def asked_model(model: Any, keys: str = "prompt: hi", connection: str = "desk") -> Any:
    """The record of a call of the model that the payload names, and its request."""
    spec = CONNECTIONS.replace("{retry}", "").replace("    api_key: k\n", "")
    spec += (
        f'connector named: {{connection: {connection}, {keys}, model: "{{{{ payload.m }}}}"}}\n'
        "chain step:\n"
        f'    step a: {{connection: {connection}, {keys}, model: "{{{{ payload.m }}}}"}}\n'
        "chain connector:\n    step a: {target: named}\n"
    )
    answer = {
        "choices": [{"message": {"content": "ok"}}],
        "content": [{"type": "text", "text": "ok"}],
        "data": [{"embedding": [1.0]}],
    }
    module, found = build(spec), list[Any]()
    for chain in ("step", "connector"):
        server = Server(json_answer(answer))
        record = run(module.run_chain(chain, {"m": model}, http=server))
        sent = body_of(server)["model"] if server.requests else None
        found.append((record["status"], sent, record["error"] or ""))
    return found


@pytest.mark.parametrize(
    "keys", ["prompt: hi", "embed: hi", "messages: [{role: user, content: hi}]"]
)
@pytest.mark.parametrize(
    ("model", "sent"), [(None, "small"), ("", "small"), ("large", "large")]
)
def test_a_model_that_is_none_is_that_of_the_connection(
    model: Any, sent: str, keys: str
) -> None:
    assert asked_model(model, keys) == [("ok", sent, "")] * 2


@pytest.mark.parametrize("model", [True, 5, ["small"]])
def test_a_model_that_is_no_text_is_an_error(model: Any) -> None:
    for status, sent, error in asked_model(model):
        assert (status, sent) == ("error", None)
        assert f"the name of a model must be a text, not {model!r}" in error


@pytest.mark.parametrize("model", [None, ""])
def test_a_connection_without_a_model_needs_one(model: Any) -> None:
    for status, sent, error in asked_model(model, connection="other"):
        assert (status, sent) == ("error", None)
        assert "it names no model, and the connection has none" in error
    assert asked_model("m", connection="other") == [("ok", "m", "")] * 2
