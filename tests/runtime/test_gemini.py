"""Gemini's generateContent: what is sent, and what is read, whole or streamed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from n3gen.templates.runtime.models.models import (
    ChatTurn,
    ModelImage,
    TokenUsage,
    ToolCall,
    ToolResult,
)
from n3gen.templates.runtime.providers.gemini import gemini_vectors
from n3gen.templates.runtime.recovery.failures import ModelError

from tests.runtime.model_servers import (
    CITY_TOOL,
    PERSON,
    Server,
    asked,
    body_of,
    cuts,
    embedded,
    json_answer,
    pieces_of,
    request_of,
    stream_answer,
    user,
    wanted_city,
)
from tests.runtime.provider_models import provider_model

CONNECTION = provider_model(
    "gemini", "gemini", base_url="http://x/v1beta", api_key="sk-secret-1"
)
BY_TOOL = provider_model(
    "gemini", "gemini", base_url="http://x", structured_output="tool"
)


def content_of(*parts: Any, finish: str | None = "STOP", **fields: Any) -> Any:
    candidate: dict[str, Any] = {"content": {"role": "model", "parts": list(parts)}}
    if finish is not None:
        candidate["finishReason"] = finish
    return {"candidates": [candidate], "modelVersion": "m-1", **fields}


def wanted_part(name: str = "weather", /, **arguments: Any) -> dict[str, Any]:
    return {"functionCall": {"name": name, "args": arguments}}


def stream_of(*chunks: Any) -> str:
    return "".join(f"data: {json.dumps(chunk)}\r\n\r\n" for chunk in chunks)


USAGE = {
    "promptTokenCount": 7,
    "candidatesTokenCount": 5,
    "thoughtsTokenCount": 30,
    "toolUsePromptTokenCount": 2,
    "cachedContentTokenCount": 3,
    "totalTokenCount": 44,
}
SIGNED = {**wanted_part(city="Oslo"), "thoughtSignature": "c2ln"}
TOOL_STREAM = stream_of(
    content_of({"text": "Hm.", "thought": True}, finish=None),
    content_of({"text": "Sö"}, finish=None, usageMetadata={"promptTokenCount": 7}),
    content_of({"text": "on."}, SIGNED, usageMetadata=USAGE),
)


def test_the_key_goes_as_a_header_and_not_in_the_address() -> None:
    server = Server(json_answer(content_of({"text": "Hello"})))
    assert asked(CONNECTION, server).text == "Hello"
    (request,) = server.requests
    assert str(request.url) == "http://x/v1beta/models/m:generateContent"
    assert request.headers["x-goog-api-key"] == "sk-secret-1"
    contents = [{"role": "user", "parts": [{"text": "Hi"}]}]
    assert body_of(server) == {"contents": contents}


@pytest.mark.parametrize(
    ("model", "path"),
    [
        ("gemini-9", "/models/gemini-9:generateContent"),
        ("models/gemini-9", "/models/gemini-9:generateContent"),
        ("tunedModels/mine", "/tunedModels/mine:generateContent"),
    ],
)
def test_the_address_of_a_model(model: str, path: str) -> None:
    assert CONNECTION.write(request_of(model=model), stream=False).path == path


@pytest.mark.parametrize(
    ("model", "path"),
    [
        ("a?b=1#c", "/models/a%3Fb%3D1%23c:generateContent"),
        ("..%2fadmin", "/models/..%252fadmin:generateContent"),
        ("publishers/x/models/y@1", "/publishers/x/models/y@1:generateContent"),
    ],
)
def test_a_model_stays_in_its_place(model: str, path: str) -> None:
    assert CONNECTION.write(request_of(model=model), stream=False).path == path


@pytest.mark.parametrize("model", ["..", ".", "../../admin", "models/../x"])
def test_a_model_leads_to_no_other_path(model: str) -> None:
    with pytest.raises(ModelError, match="no model is called"):
        CONNECTION.write(request_of(model=model), stream=False)


def test_options_stand_where_the_api_has_them() -> None:
    options = {
        "temperature": 0,
        "topP": 0.5,
        "max_output_tokens": 9,
        "thinking_config": {"thinking_budget": 0},
        "safety_settings": [{"category": "A", "threshold": "B"}],
        "cached_content": "cachedContents/1",
        "toolConfig": {"functionCallingConfig": {"mode": "ANY"}},
        "labels": {"cost_center": "a"},
        "service_tier": "flex",
        "store": False,
    }
    body = CONNECTION.write(request_of(options=options), stream=False).json
    del body["contents"]
    assert body == {
        "generationConfig": {
            "temperature": 0,
            "topP": 0.5,
            "maxOutputTokens": 9,
            "thinkingConfig": {"thinking_budget": 0},
        },
        "safetySettings": [{"category": "A", "threshold": "B"}],
        "cachedContent": "cachedContents/1",
        "toolConfig": {"functionCallingConfig": {"mode": "ANY"}},
        "labels": {"cost_center": "a"},
        "serviceTier": "flex",
        "store": False,
    }


@pytest.mark.parametrize(
    ("image", "part"),
    [
        (
            ModelImage(url="https://example.com/A.PNG?size=2"),
            {"fileUri": "https://example.com/A.PNG?size=2", "mimeType": "image/png"},
        ),
        (
            ModelImage(url="https://example.com/a", media_type="image/webp"),
            {"fileUri": "https://example.com/a", "mimeType": "image/webp"},
        ),
        (
            ModelImage(url="https://example.com/pictures/1"),
            {"fileUri": "https://example.com/pictures/1"},
        ),
    ],
)
def test_a_picture_at_an_address_has_its_type_where_that_is_known(
    image: ModelImage, part: dict[str, str]
) -> None:
    request = request_of(user("See", images=(image,)))
    (turn,) = CONNECTION.write(request, stream=False).json["contents"]
    assert turn["parts"] == [{"fileData": part}, {"text": "See"}]


def test_calls_and_results_have_the_ids_that_the_api_gave() -> None:
    named = wanted_city("Oslo", "c1")
    nameless = wanted_city("Rome", "")
    results = (ToolResult(named, "7 C"), ToolResult(nameless, "no", is_error=True))
    turns = (
        "Weather?",
        ChatTurn("assistant", calls=(named, nameless)),
        ChatTurn("user", results=results),
    )
    contents = CONNECTION.write(request_of(*turns), stream=False).json["contents"]
    call = {"name": "weather", "args": {"city": "Oslo"}}
    assert contents[1]["parts"] == [
        {"functionCall": {"id": "c1", **call}},
        {"functionCall": {**call, "args": {"city": "Rome"}}},
    ]
    response = {"name": "weather", "response": {"result": "7 C"}}
    assert contents[2]["parts"] == [
        {"functionResponse": {"id": "c1", **response}},
        {"functionResponse": {**response, "response": {"error": "no"}}},
    ]


def test_a_turn_of_the_model_goes_back_with_its_signatures() -> None:
    thought = {"text": "Hm.", "thought": True}
    answer = CONNECTION.read(content_of(thought, SIGNED))
    assert (answer.text, answer.calls) == ("", (wanted_city("Oslo", ""),))
    said = ChatTurn("assistant", answer.text, calls=answer.calls, raw=answer.raw)
    contents = CONNECTION.write(request_of("Hi", said), stream=False).json["contents"]
    assert contents[1] == {"role": "model", "parts": [thought, SIGNED]}


def test_a_type_is_asked_for_as_its_json_schema() -> None:
    config = {"temperature": 0}
    request = request_of(schema=PERSON, options=config)
    assert CONNECTION.write(request, stream=False).json["generationConfig"] == {
        "temperature": 0,
        "responseMimeType": "application/json",
        "responseJsonSchema": PERSON.schema,
    }


@pytest.mark.parametrize(
    ("tools", "calling"),
    [
        ((), {"mode": "ANY", "allowedFunctionNames": ["give_answer"]}),
        ((CITY_TOOL,), {"mode": "ANY"}),
    ],
)
def test_a_type_by_a_tool(tools: Any, calling: Any) -> None:
    request = request_of(schema=PERSON, tools=tools)
    body = BY_TOOL.write(request, stream=False).json
    assert body["toolConfig"] == {"functionCallingConfig": calling}
    (told,) = body["tools"]
    names = [function["name"] for function in told["functionDeclarations"]]
    assert names == [*(tool.name for tool in tools), "give_answer"]
    answer = BY_TOOL.read(content_of(wanted_part("give_answer", name="Ada")))
    assert (answer.text, answer.calls) == ('{"name": "Ada"}', ())


@given(cuts)
def test_a_stream_cut_anywhere(places: list[int]) -> None:
    told: list[str] = []
    server = Server(stream_answer(*pieces_of(TOOL_STREAM.encode(), places)))
    answer = asked(CONNECTION, server, told=told)
    assert told == ["Sö", "on."]
    assert (answer.text, answer.calls) == ("Söon.", (wanted_city("Oslo", ""),))
    assert answer.usage == TokenUsage(9, 35, 3)
    thought = {"text": "Hm.", "thought": True}
    assert answer.raw == [thought, {"text": "Sö"}, {"text": "on."}, SIGNED]
    (request,) = server.requests
    assert request.url.path == "/v1beta/models/m:streamGenerateContent"
    assert request.url.query == b"alt=sse"


def test_only_the_first_of_several_candidates_is_streamed() -> None:
    second = content_of({"text": "Other"})
    second["candidates"][0]["index"] = 1
    told: list[str] = []
    chunks = stream_of(second, content_of({"text": "One"}), second)
    assert asked(CONNECTION, Server(stream_answer(chunks)), told=told).text == "One"
    assert told == ["One"]


def test_the_arguments_of_the_answer_s_tool_are_streamed_as_text() -> None:
    told: list[str] = []
    chunks = stream_of(content_of(wanted_part("give_answer", name="Ada")))
    request = request_of(schema=PERSON)
    answer = asked(BY_TOOL, Server(stream_answer(chunks)), request, told)
    assert told == [answer.text] == ['{"name": "Ada"}']


@pytest.mark.parametrize(
    "body",
    [
        {"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}},
        content_of(finish="SAFETY"),
        content_of({"text": "We"}, finish="RECITATION"),
        {"candidates": [{"finishReason": "IMAGE_PROHIBITED_CONTENT"}]},
    ],
)
@pytest.mark.parametrize("streams", [False, True])
def test_refusals(body: Any, streams: bool) -> None:
    answer = stream_answer(stream_of(body)) if streams else json_answer(body)
    with pytest.raises(ModelError, match=r"`gemini` refused: [A-Z_]+$") as raised:
        asked(CONNECTION, Server(answer), told=[] if streams else None)
    assert raised.value.kind == "refusal"


@pytest.mark.parametrize(
    ("finish", "told", "kind"),
    [
        ("MAX_TOKENS", "answered without a text within its limit of tokens$", "error"),
        ("STOP", "answered without a text$", "error"),
        ("OTHER", "did not finish its answer: OTHER$", "error"),
        ("MALFORMED_FUNCTION_CALL", ": MALFORMED_FUNCTION_CALL$", "invalid_output"),
        ("UNEXPECTED_TOOL_CALL", ": UNEXPECTED_TOOL_CALL$", "invalid_output"),
    ],
)
def test_what_is_no_answer(finish: str, told: str, kind: str) -> None:
    with pytest.raises(ModelError, match=told) as raised:
        CONNECTION.read(content_of({"text": "Hm.", "thought": True}, finish=finish))
    assert raised.value.kind == kind


def test_a_text_that_was_cut_off_is_an_answer() -> None:
    assert CONNECTION.read(content_of({"text": "Once"}, finish="MAX_TOKENS")).text


def test_feedback_without_a_reason_is_no_end_of_a_stream() -> None:
    rated = {"promptFeedback": {"safetyRatings": []}}
    chunks = stream_of(content_of({"text": "We"}, finish=None, **rated))
    with pytest.raises(ModelError, match="broke off before its end") as raised:
        asked(CONNECTION, Server(stream_answer(chunks)), told=[])
    assert raised.value.is_final


@pytest.mark.parametrize(
    ("error", "kind", "status"),
    [
        ({"code": 503, "message": "Busy", "status": "UNAVAILABLE"}, "status", 503),
        ({"message": "Oh"}, "status", 500),
        (
            {"code": 400, "message": "The input token count (9) exceeds the maximum"},
            "context_length",
            None,
        ),
    ],
)
def test_an_error_in_a_stream(error: Any, kind: str, status: int | None) -> None:
    chunks = stream_of(content_of({"text": "We"}, finish=None), {"error": error})
    with pytest.raises(ModelError, match="failed while it answered") as raised:
        asked(CONNECTION, Server(stream_answer(chunks)), told=[])
    assert (raised.value.kind, raised.value.status) == (kind, status)


def test_ids_of_calls_are_those_of_the_api() -> None:
    part = {"functionCall": {"id": "f1", "name": "now"}}
    assert CONNECTION.read(content_of(part)).calls == (ToolCall("f1", "now", {}),)


def test_embeddings() -> None:
    server = Server(json_answer({"embeddings": [{"values": [0.5]}, {"values": [1]}]}))
    assert embedded(gemini_vectors, CONNECTION, server, "one", "two").vectors == [
        [0.5],
        [1],
    ]
    (request,) = server.requests
    assert request.url.path == "/v1beta/models/e:batchEmbedContents"
    options = {"task_type": "RETRIEVAL_QUERY", "outputDimensionality": 3}
    embedded(gemini_vectors, CONNECTION, server, "one", options=options)
    assert body_of(server) == {
        "requests": [
            {
                "model": "models/e",
                "content": {"role": "user", "parts": [{"text": "one"}]},
                "taskType": "RETRIEVAL_QUERY",
                "outputDimensionality": 3,
            }
        ]
    }


@pytest.mark.parametrize("body", [[], {"candidates": "x"}, "x", None])
def test_another_shape(body: Any) -> None:
    with pytest.raises(ModelError, match="`gemini` answered"):
        asked(CONNECTION, Server(json_answer(body)))


@pytest.mark.parametrize("args", [["Oslo"], '{"city": "Os', None, 3])
def test_arguments_that_are_no_object_are_sent_back_as_one(args: Any) -> None:
    part = {"functionCall": {"name": "weather", "args": args}, "thoughtSignature": "s"}
    (sent,) = CONNECTION.write_turn(ChatTurn("assistant", raw=[part]))
    assert sent == {
        "functionCall": {"name": "weather", "args": {}},
        "thoughtSignature": "s",
    }
    whole = [{"functionCall": {"name": "weather"}}, {"text": "a"}]
    assert CONNECTION.write_turn(ChatTurn("assistant", raw=whole)) == whole
