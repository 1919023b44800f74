"""Chat completions: what is asked, and what is read of an answer, whole or streamed."""

from __future__ import annotations

import json
from typing import Any, Literal

import pytest
from hypothesis import given, settings
from n3gen.templates.runtime.answers.answers import Typed
from n3gen.templates.runtime.models.models import (
    ChatTurn,
    ModelImage,
    TokenUsage,
    ToolResult,
)
from n3gen.templates.runtime.providers.openai import OpenAIModel, openai_vectors
from n3gen.templates.runtime.providers.structure import is_strict, strict_schema
from n3gen.templates.runtime.recovery.failures import ModelError
from pydantic import BaseModel, Field

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
from tests.runtime.typed_kinds import typed_of

GIVEN = '{"name":"Ada"}'


def model(**fields: Any) -> OpenAIModel:
    made: OpenAIModel = provider_model(
        "openai", "house", base_url="https://h/v1", **fields
    )
    return made


def completion(finish: str | None = "stop", **message: Any) -> dict[str, Any]:
    return {
        "model": "m-1",
        "choices": [{"index": 0, "message": message, "finish_reason": finish}],
        "usage": {"prompt_tokens": 7, "completion_tokens": 5},
    }


def sent(request: Any, *, stream: bool = False, **fields: Any) -> Any:
    """The body of a request, as it is after its way through JSON."""
    return json.loads(json.dumps(model(**fields).write(request, stream=stream).json))


def read(body: Any, **fields: Any) -> Any:
    return asked(model(**fields), Server(json_answer(body)))


# What is asked.


def test_a_request() -> None:
    request = request_of(
        ChatTurn("user", "Hello"),
        ChatTurn("assistant", "Yes?"),
        user("Who are you?"),
        system="Be brief.",
        options={"temperature": 0, "max_tokens": 5},
    )
    assert sent(request) == {
        "model": "m",
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "Hello"},
            {"role": "assistant", "content": "Yes?"},
            {"role": "user", "content": "Who are you?"},
        ],
        "temperature": 0,
        "max_tokens": 5,
    }
    assert model().write(request, stream=False).path == "/chat/completions"


def test_a_request_for_a_stream() -> None:
    body = sent(request_of(), stream=True)
    assert body["stream"] is True
    assert body["stream_options"] == {"include_usage": True}


def test_a_server_that_has_one_model() -> None:
    assert "model" not in sent(request_of(model=None))
    server = Server(json_answer({"data": [{"embedding": [1]}]}))
    options = {"dimensions": 2}
    embedded(openai_vectors, model(), server, "a", model=None, options=options)
    assert body_of(server) == {"input": ["a"], "dimensions": 2}


def test_images() -> None:
    images = (
        ModelImage(url="https://h/a.png"),
        ModelImage(data="QUJD", media_type="image/png"),
    )
    (message,) = sent(request_of(user("Compare.", images=images)))["messages"]
    assert message == {
        "role": "user",
        "content": [
            {"type": "text", "text": "Compare."},
            {"type": "image_url", "image_url": {"url": "https://h/a.png"}},
            {
                "type": "image_url",
                "image_url": {"url": "data:image/png;base64,QUJD"},
            },
        ],
    }
    (message,) = sent(request_of(user("", images=images[:1])))["messages"]
    assert [part["type"] for part in message["content"]] == ["image_url"]


def test_tools_and_their_results() -> None:
    call = wanted_city("Oslo")
    turns = (
        user("Weather?"),
        ChatTurn("assistant", calls=(call,)),
        ChatTurn("user", results=(ToolResult(call, "7 C"), ToolResult(call, "8 C"))),
    )
    body = sent(request_of(*turns, tools=(CITY_TOOL,)))
    function = {"name": "weather", "arguments": '{"city": "Oslo"}'}
    assert body["messages"][1:] == [
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [{"id": "c1", "type": "function", "function": function}],
        },
        {"role": "tool", "tool_call_id": "c1", "content": "7 C"},
        {"role": "tool", "tool_call_id": "c1", "content": "8 C"},
    ]
    assert body["tools"] == [
        {
            "type": "function",
            "function": {
                "name": "weather",
                "description": "The weather of a city.",
                "parameters": CITY_TOOL.parameters(),
            },
        }
    ]
    assert "tool_choice" not in body


def test_ways_to_ask_for_a_type() -> None:
    request = request_of(schema=PERSON, system="Be brief.")
    body = sent(request)
    told = body["response_format"]
    assert (told["type"], told["json_schema"]["name"]) == ("json_schema", "Person")
    assert told["json_schema"]["strict"] is True
    assert body["messages"][0]["content"] == "Be brief."

    body = sent(request, structured_output="json")
    assert body["response_format"] == {"type": "json_object"}
    assert body["messages"][0]["content"].startswith(
        "Be brief.\n\nAnswer with JSON only, which fits this JSON schema: {"
    )

    body = sent(request, structured_output="prompt")
    assert "response_format" not in body
    assert '"age"' in body["messages"][0]["content"]

    body = sent(request, structured_output="tool")
    assert "response_format" not in body
    assert body["messages"][0]["content"] == "Be brief."
    assert body["tools"][0]["function"]["parameters"] == PERSON.schema
    chosen = {"type": "function", "function": {"name": "give_answer"}}
    assert body["tool_choice"] == chosen
    body = sent(request_of(schema=PERSON, tools=(CITY_TOOL,)), structured_output="tool")
    assert body["tool_choice"] == "required"
    assert len(body["tools"]) == 2


# The strict mode.


class Line(BaseModel):
    text: str
    amount: float | None = None


class Tree(BaseModel):
    """A tree."""

    name: str = Field(description="Of the tree.")
    kind: Literal["leaf", "node"] = "leaf"
    lines: list[Line] = []
    first: Line = Line(text="a")
    second: Line = Field(description="The other.")
    inner: list[Tree] = []
    parent: Tree | None = None
    default: int = 3


def every_node(node: Any) -> Any:
    """All schemas in a schema."""
    yield node
    for part in [*node.get("properties", {}).values(), *node.get("$defs", {}).values()]:
        yield from every_node(part)
    for part in [node["items"]] if "items" in node else node.get("anyOf", []):
        yield from every_node(part)


def test_a_strict_schema() -> None:
    schema = Typed(Tree).schema().schema
    assert is_strict(schema)
    strict = strict_schema(schema)
    nodes = list(every_node(strict))
    assert not [node for node in nodes if "default" in node or "allOf" in node]
    for node in nodes:
        if node.get("type") == "object":
            assert node["additionalProperties"] is False
            assert node["required"] == list(node["properties"])
        if "$ref" in node:
            assert node.keys() == {"$ref"}
    assert list(strict["properties"]) == list(Tree.model_fields)
    assert strict["properties"]["first"] == {"$ref": "#/$defs/Line"}
    second = strict["properties"]["second"]
    assert second["description"] == "The other."
    assert second["required"] == ["text", "amount"]
    # What was given is not changed.
    assert schema == Typed(Tree).schema().schema
    assert "default" in json.dumps(schema)


def test_a_reference_in_an_intersection_of_one() -> None:
    line = {"type": "object", "properties": {"text": {"type": "string"}}}
    schema = {
        "type": "object",
        "properties": {"a": {"allOf": [{"$ref": "#/$defs/Line"}], "default": {}}},
        "$defs": {"Line": line},
    }
    assert strict_schema(schema)["properties"]["a"] == {"$ref": "#/$defs/Line"}


@pytest.mark.parametrize(
    "type_", [dict[str, int], list[dict[str, str]], Any, list[Any], dict[str, Line]]
)
def test_what_the_strict_mode_cannot_hold(type_: Any) -> None:
    schema = typed_of(type_).schema()
    told = sent(request_of(schema=schema))["response_format"]["json_schema"]
    assert told["strict"] is False
    assert told["schema"] == schema.schema


@pytest.mark.parametrize(
    "type_", [int, str | None, Literal["a", "b"], list[Line], Line | Tree, bool | float]
)
def test_what_the_strict_mode_can_hold(type_: Any) -> None:
    schema = typed_of(type_).schema()
    told = sent(request_of(schema=schema))["response_format"]["json_schema"]
    assert told["strict"] is True
    assert told["schema"]["type"] == "object"


# What is read.


def test_an_answer() -> None:
    body = completion(content="Hello", refusal=None)
    body["usage"]["prompt_tokens_details"] = {"cached_tokens": 2}
    body["choices"].append({"index": 1, "message": {"content": "Other"}})
    answer = read(body)
    assert (answer.text, answer.calls, answer.model) == ("Hello", (), "m-1")
    assert answer.usage == TokenUsage(7, 5, 2)


def test_an_answer_in_parts() -> None:
    thought = {"type": "thinking", "thinking": [{"type": "text", "text": "Hm."}]}
    parts = [thought, {"type": "text", "text": "Hel"}, {"type": "text", "text": "lo"}]
    body = completion(content=parts)
    del body["usage"]
    answer = read(body)
    assert (answer.text, answer.usage) == ("Hello", None)
    events = events_of(
        {"choices": [{"delta": {"content": parts[:2]}}]},
        {"choices": [{"delta": {"content": parts[2:]}, "finish_reason": "stop"}]},
    )
    assert asked(model(), Server(stream_answer(events)), None, []).text == "Hello"


@pytest.mark.parametrize(
    "arguments", ['{"city": "Oslo"}', {"city": "Oslo"}, ' {"city":\n"Oslo"}']
)
def test_calls_of_tools(arguments: Any) -> None:
    call = {"id": "c1", "function": {"name": "weather", "arguments": arguments}}
    answer = read(completion("tool_calls", content=None, tool_calls=[call]))
    assert (answer.text, answer.calls) == ("", (wanted_city("Oslo"),))
    del call["id"]
    answer = read(completion("stop", content="", tool_calls=[call, call]))
    assert [c.id for c in answer.calls] == ["call_0", "call_1"]


def test_a_call_without_a_name_asks_for_no_tool_that_there_is() -> None:
    (call,) = read(completion("tool_calls", tool_calls=[{}])).calls
    assert (call.name, call.arguments) == ("", {})


def test_a_tool_without_arguments() -> None:
    for arguments in ("", None, "{}"):
        call = {"id": "c1", "function": {"name": "now", "arguments": arguments}}
        answer = read(completion("tool_calls", tool_calls=[call]))
        assert answer.calls[0].arguments == {}


@pytest.mark.parametrize("arguments", [GIVEN, {"name": "Ada"}, "{'name': 'Ada',}"])
def test_an_answer_by_a_tool_is_its_arguments(arguments: Any) -> None:
    call = {"id": "c1", "function": {"name": "give_answer", "arguments": arguments}}
    answer = read(completion("tool_calls", content=None, tool_calls=[call]))
    assert answer.calls == ()
    assert Typed(dict[str, str]).parse(answer.text) == {"name": "Ada"}


@pytest.mark.parametrize(
    ("body", "kind", "message"),
    [
        (completion(refusal="I cannot."), "refusal", "refused: I cannot."),
        (completion("content_filter", content="a"), "refusal", "refused: a filter"),
        (completion("content_filter", content=None), "refusal", "refused: a filter"),
        (
            completion("length", content=""),
            "error",
            "answered without a text within its limit of tokens",
        ),
        (completion(content=None), "error", "answered without a text"),
        ({"choices": []}, "error", "answered without a text"),
        ({}, "error", "answered without `choices`: {}"),
        (
            {"base_resp": {"status_msg": "login fail"}},
            "error",
            'answered without `choices`: {"base_resp": {"status_msg": "login fail"}}',
        ),
    ],
)
def test_what_is_no_answer(body: Any, kind: str, message: str) -> None:
    with pytest.raises(ModelError) as caught:
        read(body)
    assert caught.value.kind == kind
    assert str(caught.value).startswith(f"`house` {message}")


def test_an_answer_that_was_cut_is_one() -> None:
    assert read(completion("length", content="Hel")).text == "Hel"


# Streams.


def delta(finish: str | None = None, index: int = 0, **part: Any) -> dict[str, Any]:
    choice = {"index": index, "delta": part, "finish_reason": finish}
    return {"model": "m-1", "choices": [choice]}


def tool_part(index: int | None, **part: Any) -> dict[str, Any]:
    id_ = part.pop("id", None)
    told = {"function": part, **({} if index is None else {"index": index})}
    return delta(tool_calls=[told if id_ is None else {**told, "id": id_}])


def streamed(*events: Any, told: list[str] | None = None) -> Any:
    server = Server(stream_answer(events_of(*events)))
    return asked(model(), server, None, [] if told is None else told)


STREAM = [
    delta(role="assistant", content=""),
    delta(content="Héllo\u2028"),
    delta(content="\U0001f600 wor", refusal=None),
    delta(index=1, content="Other"),
    {"choices": [], "x": 1},
    delta(content="ld."),
    delta("stop"),
    {
        "choices": [],
        "usage": {
            "prompt_tokens": 7,
            "completion_tokens": 5,
            "prompt_tokens_details": {"cached_tokens": 2},
        },
    },
]


@settings(max_examples=40, deadline=None)
@given(cuts)
def test_a_stream_cut_anywhere(places: list[int]) -> None:
    told: list[str] = []
    pieces = pieces_of(events_of(*STREAM).encode(), places)
    answer = asked(model(), Server(stream_answer(*pieces)), None, told)
    assert told == ["Héllo\u2028", "\U0001f600 wor", "ld."]
    assert answer.text == "Héllo\u2028\U0001f600 world."
    assert (answer.usage, answer.model) == (TokenUsage(7, 5, 2), "m-1")


def test_a_stream_of_calls() -> None:
    answer = streamed(
        tool_part(0, id="c1", name="weather", arguments=""),
        tool_part(0, arguments='{"city": '),
        tool_part(1, id="c2", name="weather", arguments='{"city"'),
        tool_part(0, arguments='"Oslo"}'),
        tool_part(1, arguments=': "Rome"}'),
        delta("tool_calls"),
    )
    assert answer.calls == (wanted_city("Oslo"), wanted_city("Rome", "c2"))


@pytest.mark.parametrize(
    "parts",
    [
        # All numbered alike, as Gemini does.
        [
            tool_part(0, id="c1", name="weather", arguments='{"city": "Oslo"}'),
            tool_part(0, id="c2", name="weather", arguments='{"city": "Rome"}'),
        ],
        # None numbered.
        [
            tool_part(None, id="c1", name="weather", arguments='{"city": '),
            tool_part(None, arguments='"Oslo"}'),
            tool_part(None, id="c2", name="weather", arguments='{"city": "Rome"}'),
        ],
        # Name and id told again and again, as llama.cpp's Python server does.
        [
            tool_part(0, id="c1", name="weather", arguments='{"city": '),
            tool_part(0, id="c1", name="weather", arguments='"Oslo"}'),
            tool_part(1, id="c2", name="weather", arguments='{"city": "Rome"}'),
        ],
        # An object in place of its text, an id that comes late.
        [
            tool_part(0, name="weather"),
            tool_part(0, id="c1", arguments={"city": "Oslo"}),
            tool_part(1, id="c2", name="weather", arguments='{"city": "Rome"}'),
        ],
    ],
)
def test_streams_of_calls_as_servers_write_them(parts: list[Any]) -> None:
    answer = streamed(*parts, delta("tool_calls"))
    assert answer.calls == (wanted_city("Oslo"), wanted_city("Rome", "c2"))


def test_an_answer_by_a_tool_is_streamed() -> None:
    told: list[str] = []
    answer = streamed(
        tool_part(0, id="c1", name="give_answer", arguments=""),
        tool_part(0, arguments=GIVEN[:5]),
        tool_part(0, arguments=GIVEN[5:]),
        delta("stop"),
        told=told,
    )
    assert (answer.text, answer.calls) == (GIVEN, ())
    assert told == [GIVEN[:5], GIVEN[5:]]


def test_a_streamed_refusal() -> None:
    with pytest.raises(ModelError, match="`house` refused: I cannot") as caught:
        streamed(delta(refusal="I can"), delta(refusal="not."), delta("stop"))
    assert (caught.value.kind, caught.value.is_final) == ("refusal", False)
