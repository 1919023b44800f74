"""Endpoints of any shape: the body is described, and so is where the answer is."""

from __future__ import annotations

from typing import Any

import pytest
from n3gen.templates.runtime.http.secrets import Env
from n3gen.templates.runtime.http.wire import Timeouts
from n3gen.templates.runtime.models.models import ChatTurn, ModelImage, ModelRequest
from n3gen.templates.runtime.providers.http import HttpModel, HttpPrompt
from n3gen.templates.runtime.recovery.failures import ModelError

from tests.runtime.model_servers import (
    CITY_TOOL,
    PERSON,
    Server,
    asked,
    body_of,
    json_answer,
    request_of,
    user,
)


def described(asked_for: HttpPrompt) -> Any:
    return {
        "inputs": asked_for.prompt,
        "about": asked_for.system,
        "turns": list(asked_for.messages),
        "n": asked_for.options.get("n"),
        "of": asked_for.model,
    }


CONNECTION = HttpModel(
    "own",
    base_url="http://x",
    path="/generate",
    api_key="sk-secret-1",
    headers={"X-Team": "a"},
    query={"v": "1"},
    body=described,
    answer=lambda body: body["outputs"][0]["text"],
)
PLAIN = HttpModel("own", base_url="http://x", answer=lambda body: body)
TEXT = {"outputs": [{"text": "Hello"}]}
TURNS = ("Hi", ChatTurn("assistant", "Yes?"), "Who?")


def test_the_body_is_what_the_connection_describes() -> None:
    server = Server(json_answer(TEXT))
    request = request_of(*TURNS, system="Be brief.", options={"n": 2})
    assert asked(CONNECTION, server, request).text == "Hello"
    (sent,) = server.requests
    assert (sent.method, str(sent.url)) == ("POST", "http://x/generate?v=1")
    assert sent.headers["authorization"] == "Bearer sk-secret-1"
    assert sent.headers["x-team"] == "a"
    assert body_of(server) == {
        "inputs": "Who?",
        "about": "Be brief.",
        "turns": [
            {"role": "user", "content": "Hi"},
            {"role": "assistant", "content": "Yes?"},
            {"role": "user", "content": "Who?"},
        ],
        "n": 2,
        "of": "m",
    }


@pytest.mark.parametrize(
    ("fields", "body"),
    [
        ({"model": None}, {"prompt": "Hi"}),
        ({"system": "Be."}, {"prompt": "Hi", "model": "m", "system": "Be."}),
        ({"options": {"n": 1}}, {"prompt": "Hi", "model": "m", "n": 1}),
    ],
)
def test_the_body_of_one_that_describes_none(fields: Any, body: Any) -> None:
    assert PLAIN.write(request_of(**fields), stream=False).json == body


def test_another_method() -> None:
    model = HttpModel(
        "own", base_url="http://x/a", method="PUT", answer=lambda body: body
    )
    server = Server(json_answer("Hello"))
    assert asked(model, server).text == "Hello"
    (sent,) = server.requests
    assert (sent.method, sent.url.path) == ("PUT", "/a")


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("Hello", "Hello"),
        ({"a": [1, None]}, '{"a": [1, null]}'),
        (0, "0"),
        (False, "false"),
    ],
)
def test_an_answer_is_a_text_or_json(body: Any, text: str) -> None:
    answer = PLAIN.read(body)
    assert (answer.text, answer.usage, answer.calls) == (text, None, ())


@pytest.mark.parametrize("body", [None, ""])
def test_an_answer_with_nothing_in_it(body: Any) -> None:
    with pytest.raises(ModelError, match="`own` answered without a text"):
        PLAIN.read(body)


@pytest.mark.parametrize("body", [{}, {"outputs": []}, {"outputs": None}, [], 1])
def test_an_answer_that_is_elsewhere(body: Any) -> None:
    told = "`own` answered in a shape that its API does not have"
    with pytest.raises(ModelError, match=told):
        asked(CONNECTION, Server(json_answer(body)))


def test_a_type_is_asked_for_in_words() -> None:
    call = CONNECTION.write(request_of(schema=PERSON, system="Be."), stream=False)
    assert call.json["about"].startswith("Be.\n\nAnswer with JSON only")
    assert '"title":"Person"' in call.json["about"]


def test_an_answer_is_told_at_once_where_it_would_be_streamed() -> None:
    told: list[str] = []
    assert asked(CONNECTION, Server(json_answer(TEXT)), told=told).text == "Hello"
    assert told == ["Hello"]
    with pytest.raises(ModelError, match="`own` does not stream"):
        CONNECTION.reader()


def test_times_of_a_stream_do_not_have_it_streamed() -> None:
    model = HttpModel(
        "own",
        base_url="http://x",
        timeouts=Timeouts(first_token=5.0),
        answer=lambda body: body,
    )
    assert asked(model, Server(json_answer("Hello"))).text == "Hello"


@pytest.mark.parametrize(
    ("request_", "told"),
    [
        (request_of(tools=(CITY_TOOL,)), "calls no tools"),
        (
            request_of(user("See", images=(ModelImage(url="http://y/a.png"),))),
            "takes no pictures",
        ),
    ],
)
def test_what_it_cannot_do(request_: ModelRequest, told: str) -> None:
    with pytest.raises(ModelError, match=f"`own` {told}"):
        CONNECTION.write(request_, stream=False)


def test_its_key_stays_out_of_its_errors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OWN_KEY", "sk-secret-12345")
    model = HttpModel(
        "own", base_url="http://x", api_key=Env("OWN_KEY"), answer=lambda body: body
    )
    answer = json_answer({"error": "bad key sk-secret-12345"}, 401)
    with pytest.raises(ModelError, match="401") as raised:
        asked(model, Server(answer))
    assert "sk-secret" not in str(raised.value)
    assert "OWN_KEY" in str(raised.value)
