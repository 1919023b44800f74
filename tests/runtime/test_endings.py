"""Answers that are none, over all providers, whole and streamed: cut, refused, failed."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from n3gen.templates.runtime.answers.answers import Typed
from n3gen.templates.runtime.http.clients import close_clients
from n3gen.templates.runtime.limits.budget import Budget
from n3gen.templates.runtime.models.ask import ask
from n3gen.templates.runtime.models.models import (
    ChatTurn,
    ModelAnswer,
    ModelCall,
    TokenUsage,
    UsageMeter,
)
from n3gen.templates.runtime.models.tool_rounds import ask_with_tools
from n3gen.templates.runtime.models.tools import PythonTool
from n3gen.templates.runtime.recovery.failures import ModelError
from n3gen.templates.runtime.recovery.retries import Retry, Tries
from n3gen.templates.runtime.run.run import Run, Step
from pydantic import BaseModel

from tests.clock import run
from tests.runtime.chains import execute
from tests.runtime.model_servers import (
    CITY_TOOL,
    Server,
    body_of,
    events_of,
    json_answer,
    request_of,
    stream_answer,
)
from tests.runtime.provider_models import provider_model

APIS = ("openai", "responses", "anthropic", "gemini", "ollama")

USAGE = TokenUsage(7, 5)


@dataclass
class Told:
    """An answer in no provider's words."""

    text: str = ""
    finish: str = ""
    refusal: str = ""
    calls: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])


def chat_body(told: Told) -> Any:
    calls = [
        {"id": f"c{i}", "index": i, "function": {"name": name, "arguments": text}}
        for i, (name, text) in enumerate(told.calls)
    ]
    message = {"content": told.text, "refusal": told.refusal, "tool_calls": calls}
    return {
        "choices": [{"message": message, "finish_reason": told.finish or "stop"}],
        "usage": {"prompt_tokens": 7, "completion_tokens": 5},
    }


def chat_events(body: Any) -> list[Any]:
    (choice,) = body["choices"]
    delta = {"delta": choice["message"]}
    last = {"delta": {}, "finish_reason": choice["finish_reason"]}
    return [{"choices": [delta]}, {**body, "choices": [last]}]


def response_body(told: Told) -> Any:
    parts: list[Any] = [{"type": "output_text", "text": told.text}] if told.text else []
    parts += [{"type": "refusal", "refusal": told.refusal}] if told.refusal else []
    calls = [
        {"type": "function_call", "call_id": "c", "name": name, "arguments": text}
        for name, text in told.calls
    ]
    status = "incomplete" if told.finish else "completed"
    return {
        "status": status,
        "incomplete_details": {"reason": told.finish} if told.finish else None,
        "output": [{"type": "message", "content": parts}, *calls],
        "usage": {"input_tokens": 7, "output_tokens": 5},
    }


def response_events(body: Any) -> list[Any]:
    return [{"type": f"response.{body['status']}", "response": body}]


def message_body(told: Told) -> Any:
    def read(text: str) -> Any:
        try:
            return json.loads(text)
        except ValueError:
            return text

    text = [{"type": "text", "text": told.text}] if told.text else []
    calls = [
        {"type": "tool_use", "id": "c", "name": name, "input": read(text)}
        for name, text in told.calls
    ]
    return {
        "content": [*text, *calls],
        "stop_reason": told.finish or "end_turn",
        "usage": {"input_tokens": 7, "output_tokens": 5},
    }


def message_events(body: Any) -> list[Any]:
    starts = [
        {"type": "content_block_start", "index": index, "content_block": block}
        for index, block in enumerate(body["content"])
    ]
    start = {"type": "message_start", "message": {**body, "content": []}}
    end = {"type": "message_delta", "delta": {"stop_reason": body["stop_reason"]}}
    return [start, *starts, end, {"type": "message_stop"}]


def gemini_body(told: Told) -> Any:
    parts: list[Any] = [{"text": told.text}] if told.text else []
    parts += [
        {"functionCall": {"name": name, "args": text}} for name, text in told.calls
    ]
    finish = told.finish or "STOP"
    return {
        "candidates": [{"content": {"parts": parts}, "finishReason": finish}],
        "usageMetadata": {"promptTokenCount": 7, "candidatesTokenCount": 5},
    }


def gemini_events(body: Any) -> list[Any]:
    return [body]


def ollama_body(told: Told) -> Any:
    calls = [
        {"function": {"name": name, "arguments": text}} for name, text in told.calls
    ]
    return {
        "message": {"content": told.text, "tool_calls": calls},
        "done": True,
        "done_reason": told.finish or "stop",
        "prompt_eval_count": 7,
        "eval_count": 5,
    }


def ollama_events(body: Any) -> list[Any]:
    return [body]


BODIES: dict[str, tuple[Callable[[Told], Any], Callable[[Any], list[Any]]]] = {
    "openai": (chat_body, chat_events),
    "responses": (response_body, response_events),
    "anthropic": (message_body, message_events),
    "gemini": (gemini_body, gemini_events),
    "ollama": (ollama_body, ollama_events),
}

CUT = {
    "openai": "length",
    "responses": "max_output_tokens",
    "anthropic": "max_tokens",
    "gemini": "MAX_TOKENS",
    "ollama": "length",
}


def streamed(api: str, *events: Any) -> Any:
    """The events as the API streams them."""
    if api == "ollama":
        lines = "".join(json.dumps(event) + "\n" for event in events)
        return stream_answer(lines, kind="application/x-ndjson")
    return stream_answer(events_of(*events, done=api == "openai"))


def answer_of(api: str, told: Told, *, stream: bool) -> Any:
    body, events = BODIES[api]
    whole = body(told)
    return streamed(api, *events(whole)) if stream else json_answer(whole)


def sent(
    api: str, server: Server, meter: UsageMeter, *, stream: bool, **fields: Any
) -> ModelAnswer:
    """What a connection makes of the server's answer."""

    async def progress(text: str) -> None:
        pass

    async def main() -> ModelAnswer:
        connection = provider_model(api, base_url="http://h")
        try:
            listener = progress if stream else None
            found: ModelAnswer = await connection.send(
                request_of(**fields), listener, meter
            )
            return found
        finally:
            await close_clients()

    with server.listening():
        return run(main())


def failure(api: str, answer: Any, *, stream: bool) -> tuple[ModelError, UsageMeter]:
    meter = UsageMeter()
    with pytest.raises(ModelError) as caught:
        sent(api, Server(answer), meter, stream=stream)
    return caught.value, meter


both = pytest.mark.parametrize("stream", [False, True])
every = pytest.mark.parametrize("api", APIS)


@both
@every
def test_a_whole_answer(api: str, stream: bool) -> None:
    meter = UsageMeter()
    answer = answer_of(api, Told("Hello"), stream=stream)
    found = sent(api, Server(answer), meter, stream=stream)
    assert (found.text, found.is_cut, meter.usage) == ("Hello", False, USAGE)


@both
@pytest.mark.parametrize(
    ("api", "finish"),
    [
        ("openai", "error"),
        ("openai", "insufficient_system_resource"),
        ("responses", "never_heard"),
        ("anthropic", "pause_turn"),
        ("gemini", "OTHER"),
        ("gemini", "TOO_MANY_TOOL_CALLS"),
        ("ollama", "error"),
    ],
)
def test_an_answer_of_an_unknown_ending_is_none(
    api: str, finish: str, stream: bool
) -> None:
    answer = answer_of(api, Told("Hello", finish), stream=stream)
    error, meter = failure(api, answer, stream=stream)
    assert f"did not finish its answer: {finish}" in str(error)
    assert meter.usage == USAGE


@both
@pytest.mark.parametrize(
    ("api", "told"),
    [
        ("openai", Told(refusal="No.")),
        ("openai", Told("Half", "content_filter")),
        ("responses", Told(refusal="No.")),
        ("responses", Told("Half", "content_filter")),
        ("anthropic", Told("Half", "refusal")),
        ("gemini", Told("Half", "SAFETY")),
    ],
)
def test_tokens_of_a_refusal_count(api: str, told: Told, stream: bool) -> None:
    error, meter = failure(api, answer_of(api, told, stream=stream), stream=stream)
    assert (error.kind, meter.usage) == ("refusal", USAGE)


@both
@every
def test_a_cut_answer_says_so(api: str, stream: bool) -> None:
    answer = answer_of(api, Told("Hel", CUT[api]), stream=stream)
    found = sent(api, Server(answer), UsageMeter(), stream=stream)
    assert (found.text, found.is_cut) == ("Hel", True)


@both
@every
def test_a_tool_is_not_called_with_cut_arguments(api: str, stream: bool) -> None:
    told = Told(finish=CUT[api], calls=[("weather", "{}")])
    error, meter = failure(api, answer_of(api, told, stream=stream), stream=stream)
    assert "limit of tokens in the middle of the call of `weather`" in str(error)
    assert meter.usage == USAGE


@both
@every
@pytest.mark.parametrize(
    "body",
    [
        {"error": {"message": "it broke", "code": 503}},
        {"error": "it broke"},
        [{"error": {"message": "it broke", "code": 503}}],
        {"object": "error", "message": "it broke", "type": "x", "code": 503},
    ],
)
def test_an_error_under_status_200(api: str, body: Any, stream: bool) -> None:
    answer = streamed(api, body) if stream else json_answer(body)
    error, _ = failure(api, answer, stream=stream)
    assert "failed while it answered: it broke" in str(error)
    assert error.kind == "status"


@pytest.mark.parametrize("api", ["openai", "responses", "anthropic", "gemini"])
def test_an_error_event_of_a_stream(api: str) -> None:
    text = 'event: error\ndata: {"message": "it broke", "code": 503}\n\n'
    error, _ = failure(api, stream_answer(text), stream=True)
    assert "failed while it answered: it broke" in str(error)
    assert (error.kind, error.status) == ("status", 503)


@both
def test_an_error_in_a_choice(stream: bool) -> None:
    choice = {"error": {"message": "it broke", "code": 502}, "finish_reason": "error"}
    body = {"choices": [choice]}
    answer = streamed("openai", body) if stream else json_answer(body)
    error, _ = failure("openai", answer, stream=stream)
    assert (error.kind, error.status) == ("status", 502)


@both
@pytest.mark.parametrize("index", [None, 0, "0", -1, "x"])
def test_choices_without_or_with_an_odd_index(index: Any, stream: bool) -> None:
    told = {"content": "Hello"}
    choice = {"index": index, "message": told, "delta": told, "finish_reason": "stop"}
    body = {"choices": [choice]}
    answer = streamed("openai", body) if stream else json_answer(body)
    found = sent("openai", Server(answer), UsageMeter(), stream=stream)
    assert found.text == "Hello"


@every
def test_tokens_of_a_broken_stream_count(api: str) -> None:
    body, events = BODIES[api]
    begun = {
        "openai": {"choices": [{"delta": {"content": "Hel"}}]},
        "responses": {"type": "response.output_text.delta", "delta": "Hel"},
        "gemini": {"candidates": [{"content": {"parts": [{"text": "Hel"}]}}]},
        "ollama": {"message": {"content": "Hel"}},
    }
    sent_events = events(body(Told("Hel")))[:2] if api == "anthropic" else [begun[api]]
    error, meter = failure(api, streamed(api, *sent_events), stream=True)
    assert error.kind == "connection"
    assert meter.has_begun
    assert meter.usage == (USAGE if api == "anthropic" else None)


@both
@every
@pytest.mark.parametrize(
    "arguments", ['{"city": "Os', '{"city": "Oslo",}', "null", "[1]", '"{}"', "3"]
)
def test_broken_arguments_go_back_to_the_model(
    api: str, arguments: str, stream: bool
) -> None:
    told = Told(calls=[("weather", arguments)])
    server = Server(answer_of(api, told, stream=stream))
    found = sent(api, server, UsageMeter(), stream=stream, tools=(CITY_TOOL,))
    (call,) = found.calls
    assert call.arguments == {}
    # Anthropic's inputs are no texts but JSON: `null` is none, a text may be an object.
    is_read = api == "anthropic" and arguments in ("null", '"{}"')
    assert bool(call.fault) is not is_read


def run_chain(
    server: Server, ask_model: Callable[..., Any], call: ModelCall, **fields: Any
) -> Any:
    async def body(run: Run, payload: Any) -> Any:
        run.budget = fields.pop("budget", None)
        async with Step(run, "ask", line=4) as step:
            return step.done(await ask_model(step, call, **fields))

    async def main() -> Any:
        try:
            return await execute(body)
        finally:
            await close_clients()

    with server.listening():
        return run(main())


@every
def test_the_model_learns_of_broken_arguments(api: str) -> None:
    def weather(city: str = "Bern") -> str:
        raise AssertionError(city)

    server = Server(
        answer_of(api, Told(calls=[("weather", '{"city": "Os')]), stream=False),
        answer_of(api, Told("Sorry."), stream=False),
    )
    connection = provider_model(api, base_url="http://h", model="m")
    call = ModelCall(connection, "Weather?", tools=(PythonTool("weather", weather),))
    ended = run_chain(server, ask_with_tools, call)
    assert ended.value() == "Sorry."
    assert "the arguments are no JSON" in json.dumps(body_of(server))
    (record,) = ended.record["steps"]
    assert (record["requests"], record["tokens"]) == (2, 24)


class Review(BaseModel):
    verdict: str


@every
def test_tokens_of_invalid_answers_belong_to_the_record_and_the_budget(
    api: str,
) -> None:
    server = Server(
        answer_of(api, Told("no JSON"), stream=False),
        answer_of(api, Told('{"verdict": "go', CUT[api]), stream=False),
        answer_of(api, Told('{"verdict": "good"}'), stream=False),
    )
    connection = provider_model(api, base_url="http://h", model="m")
    budget = Budget(tokens=1000)
    ended = run_chain(
        server,
        ask,
        ModelCall(connection, "Review"),
        output=Typed(Review),
        tries=Tries(Retry(2, on=("invalid_output",), delay=0.0)),
        budget=budget,
    )
    assert ended.value() == Review(verdict="good")
    assert budget.spent["tokens"] == 36
    assert "cut off at the limit of tokens" in json.dumps(body_of(server))


@pytest.mark.parametrize("api", ["openai", "ollama", "responses"])
def test_a_system_message_keeps_its_place(api: str) -> None:
    turns = ChatTurn("user", "a"), ChatTurn("system", "now"), ChatTurn("user", "b")
    request = request_of(*turns, system="first")
    body = provider_model(api).write(request, stream=False).json
    told = [
        (turn["role"], turn["content"])
        for turn in body.get("messages", body.get("input"))
    ]
    assert told[-3:] == [("user", "a"), ("system", "now"), ("user", "b")]
    assert "first" in json.dumps(body)


@pytest.mark.parametrize("api", ["anthropic", "gemini"])
def test_a_system_message_in_the_middle_is_refused(api: str) -> None:
    request = request_of(ChatTurn("user", "a"), ChatTurn("system", "now"))
    with pytest.raises(ModelError, match="only before all others"):
        provider_model(api).write(request, stream=False)


def test_the_record_says_that_an_answer_was_cut() -> None:
    server = Server(answer_of("openai", Told("Once", "length"), stream=False))
    connection = provider_model("openai", base_url="http://h", model="m")
    ended = run_chain(server, ask, ModelCall(connection, "Tell"))
    assert ended.value() == "Once"
    assert ended.record["steps"][0]["finish"] == "length"
