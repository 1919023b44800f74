"""Keys by which a server knows the tries of one request from requests of their own."""

from __future__ import annotations

import httpx
import pytest

from tests.building import build
from tests.clock import run
from tests.runtime.model_servers import Server, json_answer

SPEC = """
type Team:
    name: str

connection desk:
    api: openai
    base_url: https://models.test/v1
    idempotency_header: Idempotency-Key
    retry: {max: 2, jitter: false}

chain c:
    step ask:
        prompt: Which team?
        model: m
        output: Team
"""


def completion(text: str) -> httpx.Response:
    return json_answer({"choices": [{"message": {"content": text}}]})


def keys_of(*answers: httpx.Response, spec: str = SPEC, runs: int = 1) -> list[str]:
    """The keys of the requests that runs of the chain send."""
    module, server = build(spec), Server(*answers)
    for _ in range(runs):
        assert run(module.run_chain("c", http=server))["status"] == "ok"
    return [request.headers["idempotency-key"] for request in server.requests]


def test_all_tries_of_a_request_have_one_key() -> None:
    keys = keys_of(
        json_answer({}, 503), json_answer({}, 500), completion('{"name":""}')
    )
    assert len(keys) == 3 and len(set(keys)) == 1


def test_what_is_asked_in_other_words_is_a_request_of_its_own() -> None:
    keys = keys_of(completion("no JSON"), completion('{"name":"billing"}'))
    assert len(set(keys)) == 2


def test_each_run_has_keys_of_its_own() -> None:
    assert len(set(keys_of(completion('{"name":"x"}'), runs=2))) == 2


def test_without_a_header_for_it_none_is_sent() -> None:
    spec = SPEC.replace("    idempotency_header: Idempotency-Key\n", "")
    with pytest.raises(KeyError):
        keys_of(completion('{"name":"x"}'), spec=spec)
