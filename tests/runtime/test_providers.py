"""What the providers write and read where no SDK is their judge."""

from __future__ import annotations

from typing import Any

import pytest
from n3gen.templates.runtime.answers.answers import Typed
from n3gen.templates.runtime.http.wire import HttpConnection
from n3gen.templates.runtime.models.models import ChatTurn, ModelImage, ModelRequest
from n3gen.templates.runtime.providers.http import HttpModel
from n3gen.templates.runtime.providers.local import LocalModel, local_vectors
from n3gen.templates.runtime.recovery.failures import ModelError
from pydantic import BaseModel

from tests.clock import run
from tests.runtime.provider_models import provider_model


class Review(BaseModel):
    verdict: str
    score: float = 0.5


def asking(**fields: Any) -> ModelRequest:
    given: dict[str, Any] = {"options": {}, "schema": Typed(Review).schema(), **fields}
    turns = ChatTurn("system", "Be kind."), ChatTurn("user", "Review")
    return ModelRequest("m", turns, **given)


REFUSALS: list[tuple[HttpConnection, Any]] = [
    (
        provider_model("openai"),
        {"choices": [{"message": {"refusal": "No."}, "finish_reason": "stop"}]},
    ),
    (
        provider_model("openai"),
        {"choices": [{"message": {}, "finish_reason": "content_filter"}]},
    ),
    (
        provider_model("responses"),
        {"output": [{"type": "message", "content": [{"refusal": "No."}]}]},
    ),
    (provider_model("anthropic"), {"content": [], "stop_reason": "refusal"}),
    (provider_model("gemini"), {"promptFeedback": {"blockReason": "SAFETY"}}),
    (
        provider_model("gemini"),
        {"candidates": [{"finishReason": "PROHIBITED_CONTENT"}]},
    ),
]


@pytest.mark.parametrize(("connection", "body"), REFUSALS)
def test_refusals(connection: HttpConnection, body: Any) -> None:
    with pytest.raises(ModelError, match="`x` refused") as raised:
        connection.read(body)
    assert raised.value.kind == "refusal"


CUT: list[tuple[HttpConnection, Any]] = [
    (
        provider_model("openai"),
        {"choices": [{"message": {"content": ""}, "finish_reason": "length"}]},
    ),
    (
        provider_model("responses"),
        {"output": [], "incomplete_details": {"reason": "max_output_tokens"}},
    ),
    (provider_model("anthropic"), {"content": [], "stop_reason": "max_tokens"}),
    (provider_model("gemini"), {"candidates": [{"finishReason": "MAX_TOKENS"}]}),
    (provider_model("ollama"), {"message": {"content": ""}, "done_reason": "length"}),
]


@pytest.mark.parametrize(("connection", "body"), CUT)
def test_an_answer_with_nothing_in_it_says_why(
    connection: HttpConnection, body: Any
) -> None:
    with pytest.raises(ModelError, match="without a text within its limit of tokens"):
        connection.read(body)


KINDS = [
    "openai",
    "responses",
    "anthropic",
    "gemini",
    "ollama",
]


@pytest.mark.parametrize("kind", KINDS)
def test_a_type_in_words(kind: str) -> None:
    body = (
        provider_model(kind, structured_output="prompt")
        .write(asking(), stream=False)
        .json
    )
    assert "Be kind.\\n\\nAnswer with JSON only" in repr(body)
    forms = ("response_format", "text", "output_config", "format", "tools")
    assert not body.keys() & set(forms)
    assert "responseJsonSchema" not in body.get("generationConfig", {})


@pytest.mark.parametrize("kind", ["openai", "responses", "gemini"])
def test_a_type_as_json(kind: str) -> None:
    body = (
        provider_model(kind, structured_output="json")
        .write(asking(), stream=False)
        .json
    )
    assert "Answer with JSON only" in repr(body)
    assert "json_object" in repr(body) or "application/json" in repr(body)


@pytest.mark.parametrize(
    ("connection", "body"),
    [
        (
            provider_model("openai", structured_output="tool"),
            {
                "choices": [
                    {
                        "message": {
                            "tool_calls": [
                                {
                                    "id": "1",
                                    "function": {
                                        "name": "give_answer",
                                        "arguments": '{"verdict": "good"}',
                                    },
                                }
                            ]
                        }
                    }
                ]
            },
        ),
        (
            provider_model("anthropic", structured_output="tool"),
            {
                "content": [
                    {
                        "type": "tool_use",
                        "id": "1",
                        "name": "give_answer",
                        "input": {"verdict": "good"},
                    }
                ]
            },
        ),
    ],
)
def test_a_type_by_a_tool(connection: HttpConnection, body: Any) -> None:
    sent = connection.write(asking(), stream=False).json
    assert "give_answer" in repr(sent["tool_choice"])
    answer = connection.read(body)
    assert (answer.text, answer.calls) == ('{"verdict": "good"}', ())


def test_a_dict_is_asked_for_without_the_strict_mode() -> None:
    schema = Typed(dict[str, int]).schema()
    chat = provider_model("openai").write(asking(schema=schema), stream=False).json
    assert chat["response_format"]["json_schema"]["strict"] is False
    message = (
        provider_model("anthropic").write(asking(schema=schema), stream=False).json
    )
    assert message["tool_choice"] == {"type": "tool", "name": "give_answer"}


def test_options_of_gemini_and_ollama_stand_where_the_api_has_them() -> None:
    given = {"temperature": 0, "safety_settings": [], "maxOutputTokens": 5}
    body = provider_model("gemini").write(asking(options=given), stream=False).json
    assert body["safetySettings"] == []
    assert body["generationConfig"]["temperature"] == 0
    assert body["generationConfig"]["maxOutputTokens"] == 5
    options = {"temperature": 0, "keep_alive": "5m"}
    chat = provider_model("ollama").write(asking(options=options), stream=False).json
    assert (chat["keep_alive"], chat["options"]) == ("5m", {"temperature": 0})


def test_ollama_takes_no_picture_by_its_address() -> None:
    picture = ModelImage(url="https://example.com/a.png")
    request = ModelRequest("m", (ChatTurn("user", "See", (picture,)),), {})
    with pytest.raises(ModelError, match="takes pictures as files"):
        provider_model("ollama").write(request, stream=False)


def test_an_endpoint_of_any_shape() -> None:
    model = HttpModel("x", path="/gen", answer=lambda body: body["out"][0])
    call = model.write(asking(schema=None, options={"n": 1}), stream=False)
    assert (call.method, call.path) == ("POST", "/gen")
    assert call.json == {
        "prompt": "Review",
        "system": "Be kind.",
        "model": "m",
        "n": 1,
    }
    assert model.read({"out": ["text"]}).text == "text"
    assert model.read({"out": [{"verdict": "good"}]}).text == '{"verdict": "good"}'


def test_local_answers_stream_and_fit_their_type() -> None:
    model = LocalModel("x", latency=2.0)
    pieces: list[tuple[float, str]] = []

    async def main() -> Any:
        import asyncio

        time = asyncio.get_running_loop().time
        began = time()

        async def progress(text: str) -> None:
            pieces.append((round(time() - began, 3), text))

        plain = await model.send(asking(schema=None), progress)
        typed = await model.send(asking(), None)
        return plain, typed, time() - began

    plain, typed, seconds = run(main())
    assert "".join(text for _, text in pieces) == plain.text == "Review"
    assert pieces[-1][0] == 2.0
    assert Typed(Review).parse(typed.text) == Review(verdict="Review", score=0.5)
    assert seconds == 4.0


def test_local_vectors_are_near_for_texts_with_words_in_common() -> None:
    async def main() -> list[list[float]]:
        texts = ["the red fox", "a red fox", "tax of 2020"]
        return (await local_vectors(LocalModel("x"), None, texts, {})).vectors

    one, two, three = run(main())

    def product(a: list[float], b: list[float]) -> float:
        return sum(x * y for x, y in zip(a, b, strict=True))

    assert product(one, one) == pytest.approx(1.0)
    assert product(one, two) > product(one, three)
