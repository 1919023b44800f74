"""Anthropic's messages: what is sent, and what is read, whole or streamed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from n3gen.templates.runtime.http.wire import HttpConnection
from n3gen.templates.runtime.models.models import (
    AnswerSchema,
    ChatTurn,
    ModelImage,
    TokenUsage,
    ToolResult,
)
from n3gen.templates.runtime.recovery.failures import ModelError

from tests.runtime.model_servers import (
    CITY_TOOL,
    PERSON,
    Server,
    asked,
    body_of,
    cuts,
    json_answer,
    pieces_of,
    request_of,
    stream_answer,
    user,
    wanted_city,
)
from tests.runtime.provider_models import provider_model

CONNECTION = provider_model(
    "anthropic", "claude", base_url="http://x", api_key="sk-secret-1"
)
BY_TOOL = provider_model(
    "anthropic", "claude", base_url="http://x", structured_output="tool"
)


def message_of(*blocks: Any, stop: str = "end_turn", **fields: Any) -> dict[str, Any]:
    usage = {"input_tokens": 7, "output_tokens": 5}
    given = {"model": "m-1", "stop_reason": stop, "usage": usage, **fields}
    return {"type": "message", "content": list(blocks), **given}


def text_block(text: str) -> dict[str, Any]:
    return {"type": "text", "text": text}


def tool_block(name: str = "weather", /, **arguments: Any) -> dict[str, Any]:
    return {"type": "tool_use", "id": "c1", "name": name, "input": arguments}


def stream_of(*events: dict[str, Any]) -> str:
    return "".join(
        f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in events
    )


def start_event(**usage: Any) -> dict[str, Any]:
    counts = {"input_tokens": 7, "output_tokens": 1, **usage}
    message = {"model": "m-1", "content": [], "stop_reason": None, "usage": counts}
    return {"type": "message_start", "message": message}


def block_events(
    index: int, block: dict[str, Any], *deltas: dict[str, Any]
) -> list[dict[str, Any]]:
    return [
        {"type": "content_block_start", "index": index, "content_block": block},
        *(
            {"type": "content_block_delta", "index": index, "delta": delta}
            for delta in deltas
        ),
        {"type": "content_block_stop", "index": index},
    ]


def end_events(stop: str = "end_turn", **usage: Any) -> list[dict[str, Any]]:
    counts = {"output_tokens": 5, **usage}
    return [
        {"type": "message_delta", "delta": {"stop_reason": stop}, "usage": counts},
        {"type": "message_stop"},
    ]


THINKING = {"type": "thinking", "thinking": "", "signature": ""}
THOUGHT = [
    {"type": "thinking_delta", "thinking": "It is "},
    {"type": "thinking_delta", "thinking": "Oslo."},
    {"type": "signature_delta", "signature": "sig"},
]
WANTED = {"type": "tool_use", "id": "c1", "name": "weather", "input": {}}
HALVES = [
    {"type": "input_json_delta", "partial_json": part}
    for part in ("", '{"ci', 'ty": "Oslo"}')
]
TOOL_STREAM = stream_of(
    start_event(cache_read_input_tokens=100, cache_creation_input_tokens=20),
    {"type": "ping"},
    *block_events(0, THINKING, *THOUGHT),
    *block_events(1, text_block(""), {"type": "text_delta", "text": "Söon."}),
    *block_events(2, WANTED, *HALVES),
    *end_events("tool_use", input_tokens=None, cache_read_input_tokens=None),
)


def test_the_key_and_the_version_go_as_headers() -> None:
    server = Server(json_answer(message_of(text_block("Hello"))))
    assert asked(CONNECTION, server).text == "Hello"
    (request,) = server.requests
    assert str(request.url) == "http://x/v1/messages"
    assert request.headers["x-api-key"] == "sk-secret-1"
    assert request.headers["anthropic-version"] == "2023-06-01"
    assert body_of(server) == {
        "model": "m",
        "max_tokens": 4096,
        "messages": [{"role": "user", "content": "Hi"}],
    }


def test_options_win_over_what_is_sent_without_them() -> None:
    options = {"max_tokens": 9, "temperature": 0, "thinking": {"type": "disabled"}}
    call = CONNECTION.write(request_of(options=options), stream=True)
    assert call.json["max_tokens"] == 9
    assert call.json["temperature"] == 0
    assert call.json["thinking"] == {"type": "disabled"}
    assert call.json["stream"] is True


def test_turns_of_one_speaker_become_one() -> None:
    picture = ModelImage(data="aGk=", media_type="image/png")
    result = ToolResult(wanted_city("Oslo"), "no such city", is_error=True)
    turns = (
        "One",
        user("Two", images=(picture,)),
        ChatTurn("assistant", "Hm.", calls=(wanted_city("Oslo"),)),
        ChatTurn("user", results=(result,)),
        "And?",
    )
    sent = CONNECTION.write(request_of(*turns), stream=False).json["messages"]
    source = {"type": "base64", "media_type": "image/png", "data": "aGk="}
    failed = {"type": "tool_result", "tool_use_id": "c1", "content": "no such city"}
    assert sent == [
        {
            "role": "user",
            "content": [
                text_block("One"),
                {"type": "image", "source": source},
                text_block("Two"),
            ],
        },
        {"role": "assistant", "content": [text_block("Hm."), tool_block(city="Oslo")]},
        {"role": "user", "content": [{**failed, "is_error": True}, text_block("And?")]},
    ]


def test_a_turn_of_the_model_goes_back_as_it_came() -> None:
    thought = {"type": "thinking", "thinking": "Hm.", "signature": "sig"}
    blocks = [thought, text_block(" "), tool_block(city="Oslo")]
    answer = CONNECTION.read(message_of(*blocks, stop="tool_use"))
    assert answer.calls == (wanted_city("Oslo"),)
    said = ChatTurn("assistant", answer.text, calls=answer.calls, raw=answer.raw)
    sent = CONNECTION.write(request_of("Hi", said), stream=False).json["messages"]
    # A blank text would be refused.
    assert sent[1]["content"] == [thought, tool_block(city="Oslo")]


def test_a_type_is_asked_for_beside_what_the_call_configures() -> None:
    options = {"output_config": {"effort": "low"}}
    request = request_of(schema=PERSON, options=options)
    config = CONNECTION.write(request, stream=False).json["output_config"]
    assert config["effort"] == "low"
    assert config["format"]["type"] == "json_schema"
    assert config["format"]["schema"]["additionalProperties"] is False


def test_an_answer_by_a_tool_beside_other_tools() -> None:
    request = request_of(schema=PERSON, tools=(CITY_TOOL,))
    body = BY_TOOL.write(request, stream=False).json
    assert [tool["name"] for tool in body["tools"]] == ["weather", "give_answer"]
    assert body["tool_choice"] == {"type": "any"}


def test_open_objects_are_asked_for_by_a_tool() -> None:
    schema = AnswerSchema("Ages", {"type": "object", "additionalProperties": {}})
    body = CONNECTION.write(request_of(schema=schema), stream=False).json
    assert "output_config" not in body
    assert body["tools"][0]["input_schema"] == schema.schema


@given(cuts)
def test_a_stream_cut_anywhere(places: list[int]) -> None:
    told: list[str] = []
    server = Server(stream_answer(*pieces_of(TOOL_STREAM.encode(), places)))
    answer = asked(CONNECTION, server, told=told)
    assert told == ["Söon."]
    assert (answer.text, answer.calls) == ("Söon.", (wanted_city("Oslo"),))
    assert answer.usage == TokenUsage(127, 5, 100)
    assert answer.raw == [
        {"type": "thinking", "thinking": "It is Oslo.", "signature": "sig"},
        text_block("Söon."),
        tool_block(city="Oslo"),
    ]


def test_the_arguments_of_the_answer_s_tool_are_streamed_as_text() -> None:
    block = {"type": "tool_use", "id": "c1", "name": "give_answer", "input": {}}
    parts = ('{"name": ', '"Ada"}')
    deltas = [{"type": "input_json_delta", "partial_json": part} for part in parts]
    events = [start_event(), *block_events(0, block, *deltas), *end_events("tool_use")]
    told: list[str] = []
    server = Server(stream_answer(stream_of(*events)))
    answer = asked(BY_TOOL, server, request_of(schema=PERSON), told)
    assert told == ['{"name": ', '"Ada"}']
    assert (answer.text, answer.calls) == ('{"name": "Ada"}', ())


def test_citations_stay_in_the_turn() -> None:
    cited = {"type": "citations_delta", "citation": {"cited_text": "x"}}
    block = {**text_block(""), "citations": None}
    text = {"type": "text_delta", "text": "So."}
    events = [start_event(), *block_events(0, block, text, cited, cited), *end_events()]
    answer = asked(CONNECTION, Server(stream_answer(stream_of(*events))), told=[])
    assert answer.raw == [{**text_block("So."), "citations": [{"cited_text": "x"}] * 2}]


def test_a_refusal_says_why() -> None:
    details = {"type": "refusal", "category": "bio", "explanation": "It may harm."}
    with pytest.raises(ModelError, match="`claude` refused: It may harm") as raised:
        CONNECTION.read(message_of(stop="refusal", stop_details=details))
    assert raised.value.kind == "refusal"


def test_a_refusal_at_the_end_of_a_stream() -> None:
    text = {"type": "text_delta", "text": "Well"}
    events = [
        start_event(),
        *block_events(0, text_block(""), text),
        *end_events("refusal"),
    ]
    with pytest.raises(ModelError, match="refused: Well") as raised:
        asked(CONNECTION, Server(stream_answer(stream_of(*events))), told=[])
    assert (raised.value.kind, raised.value.is_final) == ("refusal", True)


@pytest.mark.parametrize(
    ("connection", "block", "place"),
    [
        (CONNECTION, tool_block(), "the call of `weather`"),
        (BY_TOOL, tool_block("give_answer", name="Ad"), "its answer"),
    ],
)
@pytest.mark.parametrize(
    ("stop", "kind"),
    [("max_tokens", "error"), ("model_context_window_exceeded", "context_length")],
)
def test_a_tool_is_not_called_with_arguments_that_were_cut_off(
    connection: HttpConnection, block: Any, place: str, stop: str, kind: str
) -> None:
    told = f"`claude` came to its limit of tokens in the middle of {place}$"
    with pytest.raises(ModelError, match=told) as raised:
        connection.read(message_of(text_block("Hm."), block, stop=stop))
    is_unfit = kind == "error" and place == "its answer"
    assert raised.value.kind == ("invalid_output" if is_unfit else kind)


def test_a_stream_that_is_cut_off_in_a_tool_s_arguments() -> None:
    events = [start_event(), *block_events(0, WANTED, *HALVES[:2])]
    server = Server(stream_answer(stream_of(*events, *end_events("max_tokens"))))
    with pytest.raises(ModelError, match="in the middle of the call of `weather`"):
        asked(CONNECTION, server, told=[])


def test_arguments_that_are_no_json_are_a_fault_for_the_model() -> None:
    events = [start_event(), *block_events(0, WANTED, *HALVES[:2])]
    server = Server(stream_answer(stream_of(*events, *end_events("tool_use"))))
    answer = asked(CONNECTION, server, told=[])
    (call,) = answer.calls
    assert (call.arguments, call.text) == ({}, '{"ci')
    assert "the arguments are not JSON" in call.fault
    said = ChatTurn("assistant", answer.text, calls=answer.calls, raw=answer.raw)
    (block,) = CONNECTION.write_turn(said)
    assert block["input"] == {}


def test_a_text_that_was_cut_off_is_an_answer() -> None:
    assert CONNECTION.read(message_of(text_block("Once"), stop="max_tokens")).text


@pytest.mark.parametrize(
    ("type_", "message", "kind", "status"),
    [
        ("overloaded_error", "Overloaded", "status", 529),
        ("rate_limit_error", "Slow down", "status", 429),
        ("api_error", "Oh", "status", 500),
        ("timeout_error", "Too late", "status", 504),
        ("permission_error", "No", "status", 403),
        ("invalid_request_error", "Bad", "status", 400),
        ("invalid_request_error", "prompt is too long: 9 > 8", "context_length", None),
    ],
)
def test_an_error_in_a_stream(
    type_: str, message: str, kind: str, status: int | None
) -> None:
    error = {"type": "error", "error": {"type": type_, "message": message}}
    text = {"type": "text_delta", "text": "Well"}
    events = [start_event(), *block_events(0, text_block(""), text), error]
    with pytest.raises(ModelError, match=message) as raised:
        asked(CONNECTION, Server(stream_answer(stream_of(*events))), told=[])
    assert (raised.value.kind, raised.value.status) == (kind, status)
    assert raised.value.is_final


@pytest.mark.parametrize("events", [0, 3, 5])
def test_a_stream_that_breaks_off(events: int) -> None:
    whole = [
        start_event(),
        *block_events(0, text_block(""), {"type": "text_delta", "text": "Well"}),
        *end_events(),
    ]
    server = Server(stream_answer(stream_of(*whole[:events])))
    with pytest.raises(ModelError, match="broke off before its end") as raised:
        asked(CONNECTION, server, told=[])
    assert (raised.value.kind, raised.value.is_final) == ("connection", events > 2)


@pytest.mark.parametrize("body", [[], {"content": [{"type": "tool_use"}]}, "x", None])
def test_another_shape(body: Any) -> None:
    with pytest.raises(ModelError, match="`claude` answered"):
        asked(CONNECTION, Server(json_answer(body)))
