"""OpenAI's responses: what is asked, and what is read of one, whole or streamed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from n3gen.templates.runtime.models.models import (
    ChatTurn,
    ModelImage,
    TokenUsage,
    ToolResult,
)
from n3gen.templates.runtime.providers.openai import openai_vectors
from n3gen.templates.runtime.providers.responses import OpenAIResponsesModel
from n3gen.templates.runtime.recovery.failures import ModelError

from tests.runtime.model_servers import (
    CITY_TOOL,
    PERSON,
    Server,
    asked,
    body_of,
    cuts,
    embedded,
    events_of,
    json_answer,
    pieces_of,
    request_of,
    stream_answer,
    user,
    wanted_city,
)
from tests.runtime.provider_models import provider_model

GIVEN = '{"name":"Ada"}'
THOUGHT = {"type": "reasoning", "id": "r1", "encrypted_content": "x", "summary": []}
CALL = {
    "type": "function_call",
    "id": "f1",
    "call_id": "c1",
    "name": "weather",
    "arguments": '{"city": "Oslo"}',
}


def model(**fields: Any) -> OpenAIResponsesModel:
    made: OpenAIResponsesModel = provider_model(
        "responses", "house", base_url="https://h/v1", **fields
    )
    return made


def said(*parts: Any) -> dict[str, Any]:
    return {"type": "message", "role": "assistant", "content": list(parts)}


def text(words: str) -> dict[str, Any]:
    return {"type": "output_text", "text": words, "annotations": []}


def response(*items: Any, **fields: Any) -> dict[str, Any]:
    return {
        "model": "m-1",
        "status": "completed",
        "error": None,
        "incomplete_details": None,
        "output": list(items),
        "usage": {
            "input_tokens": 7,
            "output_tokens": 5,
            "input_tokens_details": {"cached_tokens": 2},
        },
        **fields,
    }


def sent(request: Any, *, stream: bool = False, **fields: Any) -> Any:
    return json.loads(json.dumps(model(**fields).write(request, stream=stream).json))


def read(body: Any) -> Any:
    return asked(model(), Server(json_answer(body)))


def test_a_request() -> None:
    request = request_of(
        user("Hello"),
        ChatTurn("assistant", "Yes?"),
        user("Who are you?"),
        system="Be brief.",
        options={"temperature": 0, "max_output_tokens": 50},
    )
    assert sent(request) == {
        "model": "m",
        "input": [
            {"role": "user", "content": "Hello"},
            {"role": "assistant", "content": "Yes?"},
            {"role": "user", "content": "Who are you?"},
        ],
        "instructions": "Be brief.",
        "temperature": 0,
        "max_output_tokens": 50,
    }
    assert model().write(request, stream=False).path == "/responses"
    assert sent(request_of(), stream=True)["stream"] is True


def test_images() -> None:
    images = (
        ModelImage(url="https://h/a.png"),
        ModelImage(data="QUJD", media_type="image/png"),
    )
    (item,) = sent(request_of(user("Compare.", images=images)))["input"]
    assert item == {
        "role": "user",
        "content": [
            {"type": "input_text", "text": "Compare."},
            {"type": "input_image", "image_url": "https://h/a.png"},
            {"type": "input_image", "image_url": "data:image/png;base64,QUJD"},
        ],
    }


def test_tools_and_their_results() -> None:
    call = wanted_city("Oslo")
    result = ChatTurn("user", results=(ToolResult(call, "7 C"),))
    turns = user("Weather?"), ChatTurn("assistant", calls=(call,)), result
    body = sent(request_of(*turns, tools=(CITY_TOOL,)))
    assert body["input"][1:] == [
        {
            "type": "function_call",
            "call_id": "c1",
            "name": "weather",
            "arguments": '{"city": "Oslo"}',
        },
        {"type": "function_call_output", "call_id": "c1", "output": "7 C"},
    ]
    assert body["tools"] == [
        {
            "type": "function",
            "name": "weather",
            "description": "The weather of a city.",
            "parameters": CITY_TOOL.parameters(),
            "strict": False,
        }
    ]


def test_thoughts_go_back_as_they_came() -> None:
    answer = read(response(THOUGHT, CALL))
    assert answer.calls == (wanted_city("Oslo"),)
    turn = ChatTurn("assistant", answer.text, calls=answer.calls, raw=answer.raw)
    assert sent(request_of("Weather?", turn))["input"][1:] == [THOUGHT, CALL]


def test_ways_to_ask_for_a_type() -> None:
    options = {"text": {"verbosity": "low"}}
    request = request_of(schema=PERSON, system="Be brief.", options=options)
    body = sent(request)
    told = body["text"].pop("format")
    assert body["text"] == {"verbosity": "low"}
    assert (told["type"], told["name"], told["strict"]) == (
        "json_schema",
        "Person",
        True,
    )

    body = sent(request, structured_output="json")
    assert body["text"] == {"verbosity": "low", "format": {"type": "json_object"}}
    assert body["instructions"] == "Be brief."
    assert body["input"][0]["role"] == "system"
    assert "JSON" in body["input"][0]["content"]

    body = sent(request, structured_output="prompt")
    assert body["text"] == {"verbosity": "low"}
    assert body["instructions"].startswith("Be brief.\n\nAnswer with JSON only")

    body = sent(request, structured_output="tool")
    assert body["tool_choice"] == {"type": "function", "name": "give_answer"}
    assert body["tools"][0]["parameters"] == PERSON.schema
    assert body["instructions"] == "Be brief."


def test_an_answer() -> None:
    answer = read(response(THOUGHT, said(text("Hel"), text("lo"))))
    assert (answer.text, answer.calls, answer.model) == ("Hello", (), "m-1")
    assert answer.usage == TokenUsage(7, 5, 2)
    assert read(response(said(text("a")), usage=None)).usage is None


def test_an_answer_by_a_tool_is_its_arguments() -> None:
    answer = read(response({**CALL, "name": "give_answer", "arguments": GIVEN}))
    assert (answer.text, answer.calls) == (GIVEN, ())


def incomplete(reason: str, *items: Any) -> dict[str, Any]:
    details = {"reason": reason}
    return response(*items, status="incomplete", incomplete_details=details)


@pytest.mark.parametrize(
    ("body", "kind", "message"),
    [
        (
            response(said({"type": "refusal", "refusal": "I cannot."})),
            "refusal",
            "refused: I cannot.",
        ),
        (
            incomplete("content_filter", said(text("a"))),
            "refusal",
            "refused: a filter took it",
        ),
        (
            incomplete("max_output_tokens", THOUGHT),
            "error",
            "answered without a text within its limit of tokens",
        ),
        (response(), "error", "answered without a text"),
        (
            response(status="queued"),
            "error",
            "did not finish its answer: queued",
        ),
        (
            response(status="failed", error={"code": "server_error", "message": "m"}),
            "status",
            "failed while it answered: m",
        ),
        (
            response(status="failed"),
            "status",
            "failed while it answered: it gave no reason",
        ),
        (
            response(error={"code": "context_length_exceeded", "message": "m"}),
            "context_length",
            "failed while it answered: m",
        ),
        (
            response({"type": "function_call"}),
            "error",
            "answered in a shape that its API does not have: KeyError: 'call_id'",
        ),
    ],
)
def test_what_is_no_answer(body: Any, kind: str, message: str) -> None:
    event = {"type": f"response.{body['status']}", "response": body}
    streams = body["status"] in ("completed", "incomplete", "failed")
    stream = stream_answer(events_of(event, done=False))
    for answer in [json_answer(body), *([stream] if streams else [])]:
        with pytest.raises(ModelError) as caught:
            asked(model(), Server(answer), None, [])
        assert caught.value.kind == kind
        assert str(caught.value) == f"`house` {message}"


def test_an_answer_that_was_cut_is_one() -> None:
    body = incomplete("max_output_tokens", said(text("Hel")))
    assert read(body).text == "Hel"


WORDS = ["Héllo\u2028", "\U0001f600 world."]
STREAM: list[dict[str, Any]] = [
    {"type": "response.created", "response": {"status": "in_progress"}},
    {"type": "response.output_item.added", "output_index": 0, "item": said()},
    {"type": "response.reasoning_summary_text.delta", "delta": "Hm."},
    *({"type": "response.output_text.delta", "delta": words} for words in WORDS),
    {"type": "response.output_text.done", "text": "".join(WORDS)},
    {"type": "response.completed", "response": response(said(text("".join(WORDS))))},
]


@settings(max_examples=40, deadline=None)
@given(cuts)
def test_a_stream_cut_anywhere(places: list[int]) -> None:
    told: list[str] = []
    pieces = pieces_of(events_of(*STREAM, done=False).encode(), places)
    answer = asked(model(), Server(stream_answer(*pieces)), None, told)
    assert told == WORDS
    assert answer.text == "".join(WORDS)
    assert (answer.usage, answer.model) == (TokenUsage(7, 5, 2), "m-1")


def test_a_stream_that_breaks_off() -> None:
    stream = stream_answer(events_of(*STREAM[:-1], done=False))
    with pytest.raises(ModelError, match="broke off before its end") as caught:
        asked(model(), Server(stream), None, [])
    assert (caught.value.kind, caught.value.is_final) == ("connection", True)


def test_a_stream_whose_last_event_is_bare() -> None:
    item = said(text("Hello"))
    events = [
        {"type": "response.output_item.done", "item": item},
        {"type": "response.completed", "response": response()},
    ]
    server = Server(stream_answer(events_of(*events, done=False)))
    assert asked(model(), server, None, []).text == "Hello"


def test_names_of_events_may_stand_outside_of_them() -> None:
    event = f"event: response.completed\ndata: {json.dumps({'response': STREAM[-1]['response']})}\n\n"
    assert asked(model(), Server(stream_answer(event)), None, []).text == "".join(WORDS)


@pytest.mark.parametrize(
    "event",
    [
        {"type": "error", "code": "rate_limit_exceeded", "message": "slow down"},
        {
            "type": "error",
            "error": {"code": "rate_limit_exceeded", "message": "slow down"},
        },
    ],
)
def test_an_error_in_a_stream(event: Any) -> None:
    server = Server(stream_answer(events_of(event, done=False)))
    with pytest.raises(ModelError, match="slow down") as caught:
        asked(model(), server, None, [])
    assert (caught.value.kind, caught.value.status) == ("status", 429)


def test_an_answer_by_a_tool_is_streamed() -> None:
    item = {**CALL, "name": "give_answer", "arguments": ""}
    other = {"type": "response.function_call_arguments.delta", "output_index": 1}
    ours = {"type": "response.function_call_arguments.delta", "output_index": 2}
    whole = response(CALL, {**item, "arguments": GIVEN})
    events = [
        {**other, "delta": '{"city"'},
        {"type": "response.output_item.added", "output_index": 2, "item": item},
        {**ours, "delta": GIVEN[:5]},
        {**other, "delta": ': "Oslo"}'},
        {**ours, "delta": GIVEN[5:]},
        {"type": "response.completed", "response": whole},
    ]
    told: list[str] = []
    server = Server(stream_answer(events_of(*events, done=False)))
    answer = asked(model(), server, None, told)
    assert (answer.text, answer.calls) == (GIVEN, ())
    assert told == [GIVEN[:5], GIVEN[5:]]


def test_vectors_come_from_the_same_place() -> None:
    server = Server(json_answer({"data": [{"index": 0, "embedding": [1, 2]}]}))
    assert embedded(openai_vectors, model(), server, "a").vectors == [[1.0, 2.0]]
    assert server.requests[0].url.path == "/v1/embeddings"
    assert body_of(server) == {"model": "e", "input": ["a"]}
