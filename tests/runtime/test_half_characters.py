"""Halves of characters in answers, as JSON may have them and UTF-8 may not."""

from __future__ import annotations

import json
from typing import Any

import pytest
from n3gen.templates.runtime.models.models import UsageMeter
from n3gen.templates.runtime.providers.http import HttpModel
from n3gen.templates.runtime.providers.json_parts import with_whole_characters

from tests.runtime.model_servers import (
    CHAT_END,
    Server,
    asked,
    chat_chunk,
    event_data,
    json_answer,
    stream_answer,
)
from tests.runtime.provider_models import provider_model
from tests.runtime.told_answers import APIS, BODIES, Told, sent, streamed

both = pytest.mark.parametrize("stream", [False, True])
every = pytest.mark.parametrize("api", APIS)


def answered(api: str, told: Told, *, stream: bool) -> Any:
    body, events = BODIES[api]
    whole = body(told)
    if not stream:
        answer = json_answer(whole)
    elif api == "ollama":
        answer = streamed(api, *events(whole))
    else:
        answer = stream_answer(*map(event_data, events(whole)))
    return sent(api, Server(answer), UsageMeter(), stream=stream)


@both
@every
def test_half_a_character_is_replaced(api: str, stream: bool) -> None:
    answer = answered(api, Told("so \ud83d."), stream=stream)
    assert answer.text == "so \ufffd."
    json.dumps(answer.raw, ensure_ascii=False).encode()


@both
@every
def test_so_is_one_in_the_arguments_of_a_tool(api: str, stream: bool) -> None:
    arguments = json.dumps({"city": "B\udc00le", "\ud83d": ["\ud83d\ude00"]})
    answer = answered(api, Told(calls=[("weather", arguments)]), stream=stream)
    (call,) = answer.calls
    assert call.arguments == {"city": "B\ufffdle", "\ufffd": ["\U0001f600"]}


def test_so_is_one_of_an_endpoint_of_any_shape() -> None:
    model = HttpModel("x", base_url="http://h", answer=lambda body: body["out"])
    assert asked(model, Server(json_answer({"out": "so \ud83d"}))).text == "so \ufffd"


def test_a_character_that_a_stream_cuts_in_two_is_whole() -> None:
    pieces = ["so \ud83d", "\ude00", " \ud83d", ".", "\ude00"]
    server = Server(stream_answer(*map(event_data, map(chat_chunk, pieces)), *CHAT_END))
    told: list[str] = []
    answer = asked(provider_model("openai", base_url="http://h"), server, None, told)
    assert answer.text == "so \U0001f600 \ufffd.\ufffd"
    assert told == ["so ", "\U0001f600", " ", "\ufffd.", "\ufffd"]


def test_data_that_is_too_deep_stays() -> None:
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    assert with_whole_characters(deep) is deep
    while deep:
        deep = deep.pop()
