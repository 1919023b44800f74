"""Ollama's own chat: what is asked, and what is read of it, whole or by the line."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from n3gen.templates.runtime.http.wire import Timeouts
from n3gen.templates.runtime.models.models import (
    ChatTurn,
    ModelImage,
    TokenUsage,
    ToolResult,
)
from n3gen.templates.runtime.providers.ollama import OllamaModel, ollama_vectors
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


def model(**fields: Any) -> OllamaModel:
    made: OllamaModel = provider_model("ollama", "house", **fields)
    return made


def line(text: str = "", **fields: Any) -> dict[str, Any]:
    message = {"role": "assistant", "content": text, **fields.pop("message", {})}
    return {"model": "m:1", "message": message, "done": False, **fields}


END = line(done=True, done_reason="stop", prompt_eval_count=7, eval_count=5)


def lines_of(*lines: Any) -> str:
    return "".join(f"{json.dumps(item, ensure_ascii=False)}\n" for item in lines)


def streamed(
    *lines: Any, told: list[str] | None = None, timeouts: Timeouts | None = None
) -> Any:
    stream = stream_answer(lines_of(*lines), kind="application/x-ndjson")
    connection = model(timeouts=timeouts or Timeouts())
    return asked(connection, Server(stream), None, [] if told is None else told)


def sent(request: Any, *, stream: bool = False, **fields: Any) -> Any:
    return json.loads(json.dumps(model(**fields).write(request, stream=stream).json))


def test_a_request() -> None:
    server = Server(json_answer({**END, **line("Hello")}))
    options = {"temperature": 0, "num_ctx": 4096, "think": False, "keep_alive": "5m"}
    request = request_of(
        user("Hello"),
        ChatTurn("assistant", "Yes?"),
        user("Who are you?"),
        system="Be brief.",
        options=options,
    )
    assert asked(model(), server, request).text == "Hello"
    assert str(server.requests[0].url) == "http://localhost:11434/api/chat"
    assert "authorization" not in server.requests[0].headers
    assert body_of(server) == {
        "model": "m",
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "Hello"},
            {"role": "assistant", "content": "Yes?"},
            {"role": "user", "content": "Who are you?"},
        ],
        "stream": False,
        "think": False,
        "keep_alive": "5m",
        "options": {"temperature": 0, "num_ctx": 4096},
    }


def test_a_request_for_a_stream() -> None:
    body = sent(request_of(), stream=True)
    assert body["stream"] is True
    assert "options" not in body


def test_a_key() -> None:
    server = Server(json_answer({**END, **line("Hello")}))
    asked(model(api_key="k-1234"), server)
    assert server.requests[0].headers["authorization"] == "Bearer k-1234"


def test_images() -> None:
    image = ModelImage(data="QUJD", media_type="image/png")
    (message,) = sent(request_of(user("What?", images=(image,))))["messages"]
    assert message == {"role": "user", "content": "What?", "images": ["QUJD"]}
    with pytest.raises(ModelError, match="fetches none from an address"):
        sent(request_of(user("What?", images=(ModelImage(url="https://h/a.png"),))))


def test_tools_and_their_results() -> None:
    call = wanted_city("Oslo")
    result = ChatTurn("user", results=(ToolResult(call, "7 C"),))
    turns = user("Weather?"), ChatTurn("assistant", calls=(call,)), result
    body = sent(request_of(*turns, tools=(CITY_TOOL,)))
    function = {"name": "weather", "arguments": {"city": "Oslo"}}
    assert body["messages"][1:] == [
        {"role": "assistant", "content": "", "tool_calls": [{"function": function}]},
        {"role": "tool", "tool_name": "weather", "content": "7 C"},
    ]
    assert body["tools"][0]["function"]["name"] == "weather"


def test_ways_to_ask_for_a_type() -> None:
    request = request_of(schema=PERSON)
    assert sent(request)["format"] == PERSON.schema
    body = sent(request, structured_output="json")
    assert body["format"] == "json"
    assert body["messages"][0]["content"].startswith("Answer with JSON only")
    body = sent(request, structured_output="prompt")
    assert "format" not in body
    assert body["messages"][0]["role"] == "system"


def test_an_answer() -> None:
    answer = asked(model(), Server(json_answer({**END, **line("Hello")})))
    assert (answer.text, answer.calls, answer.model) == ("Hello", (), "m:1")
    assert answer.usage == TokenUsage(7, 5)
    answer = asked(model(), Server(json_answer(line("Hello", done=True))))
    assert answer.usage is None


def test_calls_of_tools() -> None:
    function = {"name": "weather", "arguments": {"city": "Oslo"}}
    message = {"tool_calls": [{"function": function}]}
    for server in (
        Server(json_answer({**END, "message": message})),
        Server(stream_answer(lines_of(line(message=message), END))),
    ):
        answer = asked(model(timeouts=Timeouts(idle=5)), server)
        assert answer.calls == (wanted_city("Oslo", "call_0"),)


WORDS = ["Héllo\u2028", "\U0001f600 wor", "ld."]


@settings(max_examples=40, deadline=None)
@given(cuts)
def test_a_stream_cut_anywhere(places: list[int]) -> None:
    told: list[str] = []
    data = lines_of(line(message={"thinking": "Hm."}), *map(line, WORDS), END).encode()
    pieces = pieces_of(data, places)
    stream = stream_answer(*pieces, kind="application/x-ndjson")
    answer = asked(model(), Server(stream), None, told)
    assert told == WORDS
    assert answer.text == "".join(WORDS)
    assert (answer.usage, answer.model) == (TokenUsage(7, 5), "m:1")


def test_half_a_stream() -> None:
    with pytest.raises(ModelError, match="broke off before its end") as caught:
        streamed(line("a"))
    assert (caught.value.kind, caught.value.is_final) == ("connection", True)


def test_a_line_that_was_cut_off() -> None:
    stream = stream_answer(lines_of(line("a")), '{"message": {"con')
    with pytest.raises(ModelError, match="not JSON"):
        asked(model(), Server(stream), None, [])


@pytest.mark.parametrize(
    ("answer", "status", "kind", "message"),
    [
        (
            {"error": "model 'm' not found"},
            404,
            "status",
            "answered 404: model 'm' not found",
        ),
        (
            {"error": "the model stopped"},
            200,
            "status",
            "failed while it answered: the model stopped",
        ),
        (
            {"error": "the input length exceeds the context length"},
            400,
            "context_length",
            "says that the prompt is too long: the input length exceeds the context length",
        ),
        (line(done=True), 200, "error", "answered without a text"),
        (line("Hel"), 200, "error", "did not finish its answer: `done` is false"),
        (
            line(done=True, done_reason="length"),
            200,
            "error",
            "answered without a text within its limit of tokens",
        ),
    ],
)
def test_what_is_no_answer(answer: Any, status: int, kind: str, message: str) -> None:
    with pytest.raises(ModelError) as caught:
        asked(model(), Server(json_answer(answer, status)))
    assert caught.value.kind == kind
    assert str(caught.value) == f"`house` {message}"


def test_an_error_in_a_stream() -> None:
    with pytest.raises(ModelError, match="out of memory") as caught:
        streamed(line("a"), {"error": "out of memory"})
    assert (caught.value.status, caught.value.is_final) == (500, True)


@pytest.mark.parametrize(
    "body", [{"message": "boom"}, {"faults": [{"message": "boom"}]}]
)
def test_the_words_of_a_server_are_shown_whole_and_streamed(body: Any) -> None:
    words = f"answered without `message`: {json.dumps(body)}"
    with pytest.raises(ModelError) as caught:
        asked(model(), Server(json_answer(body)))
    assert str(caught.value) == f"`house` {words}"
    with pytest.raises(ModelError) as caught:
        streamed(line("Hel"), body)
    assert str(caught.value) == f"`house` {words}"


def test_vectors() -> None:
    body = {"embeddings": [[1, 2.5], [3, 4]], "prompt_eval_count": 4}
    server = Server(json_answer(body))
    found = embedded(ollama_vectors, model(), server, "one", "two")
    assert found.vectors == [[1.0, 2.5], [3.0, 4.0]]
    assert found.usage == TokenUsage(4)
    assert server.requests[0].url.path == "/api/embed"
    assert body_of(server) == {"model": "e", "input": ["one", "two"]}
    options = {"dimensions": 2, "num_ctx": 9}
    embedded(ollama_vectors, model(), server, "a", options=options)
    assert body_of(server)["dimensions"] == 2
    assert body_of(server)["options"] == {"num_ctx": 9}
