"""Answers that are none, over all providers, whole and streamed: cut, refused, failed."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from n3gen.templates.runtime.answers.answers import Typed
from n3gen.templates.runtime.answers.typed_values import TypedValue
from n3gen.templates.runtime.http.clients import close_clients
from n3gen.templates.runtime.http.wire import Timeouts
from n3gen.templates.runtime.limits.budget import Budget
from n3gen.templates.runtime.models.ask import ask
from n3gen.templates.runtime.models.models import (
    ChatTurn,
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
    CHAT_END,
    CITY_TOOL,
    Server,
    body_of,
    chat_chunk,
    event_data,
    json_answer,
    request_of,
    stream_answer,
)
from tests.runtime.provider_models import provider_model
from tests.runtime.told_answers import (
    APIS,
    BODIES,
    CUT,
    USAGE,
    Told,
    answer_of,
    failure,
    sent,
    streamed,
)

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
        ("openai", "5"),
        ("responses", "never_heard"),
        ("responses", "cancelled"),
        ("anthropic", "compaction"),
        ("anthropic", "pause_turn"),
        ("gemini", "OTHER"),
        ("gemini", "TOO_MANY_TOOL_CALLS"),
        ("gemini", "FINISH_REASON_UNSPECIFIED"),
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
        {"message": "it broke", "code": 503},
        {"errors": [{"message": "it broke", "code": 503}]},
    ],
)
def test_an_error_under_status_200(api: str, body: Any, stream: bool) -> None:
    answer = streamed(api, body) if stream else json_answer(body)
    error, _ = failure(api, answer, stream=stream)
    assert "failed while it answered: it broke" in str(error)
    assert error.kind == "status"


BROKE = {"message": "it broke", "code": 503}


@pytest.mark.parametrize("api", ["openai", "responses", "anthropic", "gemini"])
@pytest.mark.parametrize(
    "text",
    [
        'event: error\ndata: {"message": "it broke", "code": 503}\n\n',
        'event: error\ndata: [{"message": "it broke", "code": 503}]\n\n',
        'event: error\ndata: {"error": {"message": "it broke", "code": 503}}\n\n',
        'data: {"object": "error", "message": "it broke", "code": 503}\n\n',
        'data: {"type": "error", "error": {"message": "it broke", "code": 503}}\n\n',
        'data: [{"error": {"message": "it broke", "code": "503"}}]\n\n',
        'error: {"code": 503, "message": "it broke", "type": "x"}\n\n',
        'data: {"code": 503, "message": "it broke", "data": null}\n\n',
        'data: {"errors": [{"message": "it broke", "code": 503}]}\n\n',
        'event: error\ndata: {"message": "it broke", "code": 503}',
    ],
)
@pytest.mark.parametrize("done", ["", "data: [DONE]\n\n"])
def test_an_error_event_of_a_stream(api: str, text: str, done: str) -> None:
    if not text.endswith("\n\n"):
        done = ""
    error, _ = failure(api, stream_answer(text + done), stream=True)
    assert "failed while it answered: it broke" in str(error)
    assert (error.kind, error.status) == ("status", 503)


def test_an_error_is_no_event_to_leave_out_before_the_end() -> None:
    for text in ('data: {"detail": "it broke"}', '{"error": {"message": "it broke"}}'):
        pieces = [event_data(chat_chunk("Hel")), f"{text}\n\n", *CHAT_END]
        error, _ = failure("openai", stream_answer(*pieces), stream=True)
        assert "failed while it answered" in str(error)
        assert "it broke" in str(error)


@both
@every
@pytest.mark.parametrize(
    "body", [{"type": "error", "error": "it broke"}, {"error": "it broke\n "}]
)
def test_an_error_that_is_a_text(api: str, body: Any, stream: bool) -> None:
    answer = streamed(api, body) if stream else json_answer(body)
    error, _ = failure(api, answer, stream=stream)
    assert str(error) == "`x` failed while it answered: it broke"


@both
@every
def test_an_error_that_names_its_kind(api: str, stream: bool) -> None:
    body = {"error": {"type": "permission_error", "message": "not yours"}}
    answer = streamed(api, body) if stream else json_answer(body)
    error, _ = failure(api, answer, stream=stream)
    assert (error.kind, error.status) == ("status", 403)


@both
@pytest.mark.parametrize(
    ("api", "key"),
    [
        ("openai", "choices"),
        ("responses", "output"),
        ("anthropic", "content"),
        ("gemini", "candidates"),
        ("ollama", "message"),
    ],
)
def test_an_error_of_a_form_that_nobody_knows(api: str, key: str, stream: bool) -> None:
    # A server that does not stream its errors answers with one JSON.
    answer = json_answer({"base_resp": {"status_msg": "login fail"}})
    error, _ = failure(api, answer, stream=stream)
    words = '{"base_resp": {"status_msg": "login fail"}}'
    assert str(error) == f"`x` answered without `{key}`: {words}"


@both
@pytest.mark.parametrize(
    ("api", "finish"),
    [
        ("openai", "STOP"),
        ("openai", "COMPLETE"),
        ("openai", "tool_use"),
        ("gemini", "FUNCTION_CALL"),
        ("ollama", "tool_calls"),
    ],
)
def test_other_words_for_a_whole_answer(api: str, finish: str, stream: bool) -> None:
    answer = answer_of(api, Told("Hello", finish), stream=stream)
    found = sent(api, Server(answer), UsageMeter(), stream=stream)
    assert (found.text, found.is_cut) == ("Hello", False)


@both
@pytest.mark.parametrize("finish", [5, {"type": "x"}])
def test_an_ending_that_is_no_text(finish: Any, stream: bool) -> None:
    answer = answer_of("openai", Told("Hello", finish), stream=stream)
    error, _ = failure("openai", answer, stream=stream)
    assert f"did not finish its answer: {json.dumps(finish)}" in str(error)


def test_a_stream_whose_pieces_all_have_an_empty_ending() -> None:
    piece = {"content": {"parts": [{"text": "Hel"}]}, "finishReason": None}
    error, _ = failure(
        "gemini", streamed("gemini", {"candidates": [piece]}), stream=True
    )
    assert error.kind == "connection"
    last = {"content": {"parts": []}, "finishReason": "OTHER"}
    events = [{"candidates": [last]}, {"candidates": [piece]}]
    error, _ = failure("gemini", streamed("gemini", *events), stream=True)
    assert "did not finish its answer: OTHER" in str(error)


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


@pytest.mark.parametrize("api", ["openai", "gemini"])
def test_choices_that_are_numbered_from_one(api: str) -> None:
    body = BODIES[api][0](Told("Hello"))
    (choice,) = body.get("choices") or body["candidates"]
    choice["index"] = 1
    assert sent(api, Server(json_answer(body)), UsageMeter(), stream=False).text


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


def test_tokens_that_came_after_the_first_count_of_a_broken_stream_count() -> None:
    text = "Hello, hello! " * 100
    start = {"input_tokens": 7, "output_tokens": 1}
    answer = streamed(
        "anthropic",
        {"type": "message_start", "message": {"usage": start}},
        {"type": "content_block_delta", "index": 0, "delta": {"text": text}},
    )
    error, meter = failure("anthropic", answer, stream=True)
    assert error.kind == "connection"
    assert meter.usage == TokenUsage(7, len(text) // 4)


@both
def test_a_refusal_in_the_parts_of_a_message(stream: bool) -> None:
    parts = [{"type": "refusal", "refusal": "I cannot "}, {"refusal": "do that."}]
    key = "delta" if stream else "message"
    choice = {key: {"content": parts}, "finish_reason": "stop"}
    whole = {"choices": [choice]}
    answer = streamed("openai", whole) if stream else json_answer(whole)
    error, _ = failure("openai", answer, stream=stream)
    assert str(error) == "`x` refused: I cannot do that."
    assert error.kind == "refusal"


@both
@every
@pytest.mark.parametrize("body", [None, 5, [], {"message": None}, {"message": 3}])
def test_no_answer_at_all_is_told_in_words(api: str, body: Any, stream: bool) -> None:
    answer = streamed(api, body) if stream else json_answer(body)
    error, _ = failure(api, answer, stream=stream)
    assert "Error: " not in str(error)


@every
@pytest.mark.parametrize("finish", ["", "said"])
def test_a_call_without_arguments_counts_where_its_end_is_said(
    api: str, finish: str
) -> None:
    ends = {"openai": "finish_reason", "gemini": "finishReason", "ollama": "done"}
    body, _ = BODIES[api]
    whole = body(Told(calls=[("weather", "{}")]))
    if not finish:
        owner = whole if api not in ("openai", "gemini") else None
        owner = owner or (whole.get("choices") or whole.get("candidates"))[0]
        del owner[ends.get(api, "stop_reason" if api == "anthropic" else "status")]
    server = Server(json_answer(whole))
    meter = UsageMeter()
    if finish or api in ("ollama", "responses"):
        found = sent(api, server, meter, stream=False, tools=(CITY_TOOL,))
        assert [call.arguments for call in found.calls] == [{}]
        return
    with pytest.raises(
        ModelError, match="ended in the middle of the call of `weather`"
    ):
        sent(api, server, meter, stream=False, tools=(CITY_TOOL,))


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
    # Anthropic's inputs are no texts but JSON: a text may be an object.
    is_read = api == "anthropic" and arguments == '"{}"'
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
    assert "the arguments are not JSON" in json.dumps(body_of(server))
    (record,) = ended.record["steps"]
    assert (record["requests"], record["tokens"]) == (2, 24)


@every
@pytest.mark.parametrize("way", ["text", "json", "stream", "blank", "blank stream"])
def test_no_arguments_at_all_fit_a_function_that_takes_none(api: str, way: str) -> None:
    def weather(city: str = "Bern") -> str:
        raise AssertionError(city)

    def hour() -> str:
        return "It is noon."

    text = "" if "blank" in way else "null"
    wanted, stream = (
        Told(calls=[("weather", text), ("hour", text)]),
        "stream" in way,
    )
    answer = answer_of(api, wanted, stream=stream)
    if way == "json":  # and not the text `null`, as some APIs have it
        body = json.dumps(BODIES[api][0](wanted)).replace('"null"', "null")
        answer = json_answer(json.loads(body))
    server = Server(answer, answer_of(api, Told("Sorry."), stream=stream))
    connection = provider_model(api, base_url="http://h", model="m")
    if stream:
        connection = replace(connection, timeouts=Timeouts(idle=5))
    tools = PythonTool("weather", weather), PythonTool("hour", hour)
    ended = run_chain(server, ask_with_tools, ModelCall(connection, "?", tools=tools))
    assert ended.value() == "Sorry."
    told = json.dumps(body_of(server))
    shown = text or "a blank text"
    assert f"the arguments must be a JSON object, not {shown}" in told
    assert "It is noon." in told


@both
@every
def test_the_history_has_the_arguments_that_were_used(api: str, stream: bool) -> None:
    def weather(city: str) -> str:
        return f"Rain in {city}."

    wanted = Told(calls=[("weather", '{"city": "Oslo"}')])
    body = BODIES[api][0](wanted)
    if api == "anthropic":  # a text in place of JSON
        body["content"][0]["input"] = '{"city": "Oslo"}'
    if api == "responses":  # JSON in place of a text
        body["output"][1]["arguments"] = {"city": "Oslo"}
    events = BODIES[api][1](body)
    answer = streamed(api, *events) if stream else json_answer(body)
    server = Server(answer, answer_of(api, Told("Wet."), stream=stream))
    connection = provider_model(api, base_url="http://h", model="m")
    if stream:
        connection = replace(connection, timeouts=Timeouts(idle=5))
    call = ModelCall(connection, "?", tools=(PythonTool("weather", weather),))
    assert run_chain(server, ask_with_tools, call).value() == "Wet."
    told = body_of(server)
    said = {
        "openai": lambda: told["messages"][1]["tool_calls"][0]["function"]["arguments"],
        "responses": lambda: told["input"][-2]["arguments"],
        "anthropic": lambda: told["messages"][1]["content"][0]["input"],
        "gemini": lambda: told["contents"][1]["parts"][0]["functionCall"]["args"],
        "ollama": lambda: told["messages"][1]["tool_calls"][0]["function"]["arguments"],
    }[api]()
    is_text = api in ("openai", "responses")
    assert said == ('{"city": "Oslo"}' if is_text else {"city": "Oslo"})


@pytest.mark.parametrize("arguments", [None, ["Oslo"]])
def test_the_history_of_responses_has_arguments_as_texts(arguments: Any) -> None:
    def hour() -> str:
        return "noon"

    body = BODIES["responses"][0](Told(calls=[("hour", "{}")]))
    body["output"][1]["arguments"] = arguments
    server = Server(
        json_answer(body), answer_of("responses", Told("Noon."), stream=False)
    )
    connection = provider_model("responses", base_url="http://h", model="m")
    call = ModelCall(connection, "?", tools=(PythonTool("hour", hour),))
    assert run_chain(server, ask_with_tools, call).value() == "Noon."
    assert body_of(server)["input"][-2]["arguments"] == "{}"


@pytest.mark.parametrize("calls", [[], [("hour", "{}")]])
def test_an_answer_that_comes_whole_as_the_event_of_a_stream(calls: Any) -> None:
    text = "" if calls else "Hello"
    body = BODIES["openai"][0](Told(text, calls=calls))
    fields = {"tools": (CITY_TOOL,)} if calls else {}
    answer = streamed("openai", body)
    found = sent("openai", Server(answer), UsageMeter(), stream=True, **fields)
    assert (found.text, [call.name for call in found.calls]) == (
        text,
        [name for name, _ in calls],
    )


def test_a_last_event_that_repeats_the_answer_adds_nothing() -> None:
    last = {"message": {"content": "Hello"}, "finish_reason": "stop"}
    answer = streamed("openai", chat_chunk("Hello"), {"choices": [last]})
    found = sent("openai", Server(answer), UsageMeter(), stream=True)
    assert found.text == "Hello"


@both
@every
@pytest.mark.parametrize("body", [None, [{}, {}], "boom"])
def test_what_is_no_json_object_is_shown(api: str, body: Any, stream: bool) -> None:
    answer = streamed(api, body) if stream else json_answer(body)
    error, _ = failure(api, answer, stream=stream)
    if api != "gemini" or not isinstance(body, list):  # whose pieces may be a list
        words = f"`x` answered with no JSON object: {json.dumps(body)}"
        assert str(error) == words


@every
def test_a_call_without_a_name_goes_back_to_the_model(api: str) -> None:
    unnamed = json.loads(
        json.dumps(BODIES[api][0](Told(calls=[("?", "{}")]))).replace(
            '"name": "?"', '"named": "?"'
        )
    )
    server = Server(json_answer(unnamed), answer_of(api, Told("Sorry."), stream=False))
    connection = provider_model(api, base_url="http://h", model="m")
    tools = (PythonTool("hour", lambda: "noon"),)
    ended = run_chain(server, ask_with_tools, ModelCall(connection, "?", tools=tools))
    assert ended.value() == "Sorry."
    assert "there is no tool ``; there are: hour" in json.dumps(body_of(server))


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


@both
@every
def test_a_cut_number_is_asked_for_again(api: str, stream: bool) -> None:
    server = Server(
        answer_of(api, Told("12", CUT[api]), stream=stream),
        answer_of(api, Told("1234"), stream=stream),
    )
    timeouts = Timeouts(idle=5) if stream else Timeouts()
    connection = provider_model(api, base_url="http://h", model="m", timeouts=timeouts)
    call = ModelCall(connection, "How many?")
    ended = run_chain(server, ask, call, output=TypedValue(int))
    assert ended.value() == 1234
    assert "finish" not in ended.record["steps"][0]
    assert "cut off at the limit of tokens" in json.dumps(body_of(server))


def test_the_record_says_that_an_answer_was_cut() -> None:
    server = Server(answer_of("openai", Told("Once", "length"), stream=False))
    connection = provider_model("openai", base_url="http://h", model="m")
    ended = run_chain(server, ask, ModelCall(connection, "Tell"))
    assert ended.value() == "Once"
    assert ended.record["steps"][0]["finish"] == "length"
