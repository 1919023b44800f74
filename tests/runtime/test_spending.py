"""Tokens of answers that came to nothing: in the record and in the budget, all providers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from n3gen.templates.runtime.answers.answers import Typed
from n3gen.templates.runtime.http.clients import close_clients
from n3gen.templates.runtime.limits.budget import Budget
from n3gen.templates.runtime.limits.spending import estimate_tokens
from n3gen.templates.runtime.models.ask import ask
from n3gen.templates.runtime.models.models import ModelCall, TokenUsage
from n3gen.templates.runtime.providers.http import HttpModel
from n3gen.templates.runtime.providers.json_parts import letters_in
from n3gen.templates.runtime.recovery.failures import ModelError
from n3gen.templates.runtime.recovery.retries import Retry, Tries
from n3gen.templates.runtime.run.chain import Options
from n3gen.templates.runtime.run.run import Run, Step
from n3gen.templates.runtime.run.started import stream_run
from pydantic import BaseModel

from tests.clock import run
from tests.runtime.chains import execute, module_of
from tests.runtime.model_servers import (
    Server,
    chat_chunk,
    events_of,
    json_answer,
    request_of,
)
from tests.runtime.provider_models import provider_model
from tests.runtime.told_answers import APIS, BODIES, CUT, Told, answer_of, streamed

both = pytest.mark.parametrize("stream", [False, True])
every = pytest.mark.parametrize("api", APIS)


class Review(BaseModel):
    verdict: str


class Broken(httpx.AsyncByteStream):
    """A body that breaks off."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self.data
        raise httpx.ReadError("reset")


class BreakingServer(Server):
    """Answers with the beginning of a body."""

    body = Broken

    def __init__(self, kind: str, data: bytes) -> None:
        super().__init__(1.0)
        self.kind = kind
        self.data = data

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        headers = {"content-type": self.kind}
        return httpx.Response(200, headers=headers, stream=self.body(self.data))


class Hanging(Broken):
    """A body that never ends."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self.data
        await asyncio.sleep(1e6)


class HangingServer(BreakingServer):
    """Answers with the beginning of a body, and stays."""

    body = Hanging


def spent(
    server: Server, connection: Any, budget: Budget, *, stream: bool, **fields: Any
) -> Any:
    """The record of a run that asks once; with a listener its answer is streamed."""

    async def body(run: Run, payload: Any) -> Any:
        run.budget = budget
        async with Step(run, "ask", line=4) as step:
            call = ModelCall(connection, "Hi", options={"max_tokens": 50})
            return step.done(await ask(step, call, **fields))

    async def main() -> Any:
        try:
            if not stream:
                return (await execute(body)).record
            events = stream_run(module_of(body), "c", None, Options())
            return [event async for event in events][-1]["run"]
        finally:
            await close_clients()

    with server.listening():
        return run(main())


def model(api: str) -> Any:
    prices = {"prices": lambda _, usage: usage.input + usage.output * 10.0}
    return provider_model(api, base_url="http://h", model="m", **prices)


@both
@every
@pytest.mark.parametrize("what", ["cut", "refused", "invalid", "failed", "tool"])
def test_tokens_of_a_whole_answer_count(api: str, what: str, stream: bool) -> None:
    refusals = {"anthropic": "refusal", "gemini": "SAFETY", "ollama": "error"}
    told = {
        "cut": Told("Hel", CUT[api]),
        "refused": Told("No.", refusals.get(api, "content_filter")),
        "invalid": Told("no JSON"),
        "failed": Told("Hel", "never_heard"),
        "tool": Told(finish=CUT[api], calls=[("give_answer", "{")]),
    }[what]
    budget = Budget(tokens=1000)
    output = (
        {"output": Typed(Review), "tries": Tries(Retry(0))} if what == "invalid" else {}
    )
    server = Server(answer_of(api, told, stream=stream))
    record = spent(server, model(api), budget, stream=stream, **output)
    assert record["status"] == ("ok" if what == "cut" else "error")
    (step,) = record["steps"]
    used = step["requests"], step["input_tokens"], step["output_tokens"], step["cost"]
    assert used == (1, 7, 5, 57.0)
    assert record["metadata"]["usage"]["tokens"] == 12
    assert budget.spent == {"requests": 1, "tokens": 12, "cost": 57.0}


COUNTS: dict[str, dict[str, Any]] = {
    "openai": {"usage": {"prompt_tokens": 7, "completion_tokens": 1}},
    "anthropic": {"usage": {"input_tokens": 7, "output_tokens": 1}},
    "gemini": {"usageMetadata": {"promptTokenCount": 7, "candidatesTokenCount": 1}},
    "ollama": {"prompt_eval_count": 7, "eval_count": 1},
}

TEXT = "word " * 40

PIECE: dict[str, Any] = {
    "openai": chat_chunk(TEXT),
    "responses": {"type": "response.output_text.delta", "delta": TEXT},
    "anthropic": {"type": "content_block_delta", "index": 0, "delta": {"text": TEXT}},
    "gemini": {"candidates": [{"content": {"parts": [{"text": TEXT}]}}]},
    "ollama": {"message": {"content": TEXT}},
}


def begun(api: str) -> bytes:
    """The beginning of a stream; two of the providers count the prompt in it."""
    events = [PIECE[api]]
    if api == "anthropic":
        events.insert(0, {"type": "message_start", "message": COUNTS[api]})
    if api == "gemini":
        events[0] = {**PIECE[api], **COUNTS[api]}
    text = events_of(*events, done=False)
    return text.removeprefix("data: " if api == "ollama" else "").encode()


def estimated() -> float:
    """What the budget reserves for the request."""
    return estimate_tokens(request_of("Hi", options={"max_tokens": 50}))


@every
def test_tokens_of_a_broken_stream_count_as_far_as_they_are_known(api: str) -> None:
    budget = Budget(tokens=50)
    server = BreakingServer("text/event-stream", begun(api))
    record = spent(server, model(api), budget, stream=True)
    assert record["status"] == "error"
    (step,) = record["steps"]
    is_counted = api in ("anthropic", "gemini")
    asked = 7 if is_counted else 0
    assert (step["input_tokens"], step["output_tokens"]) == (asked, 50)
    assert step["cost"] == asked + 500.0
    assert record["metadata"]["usage"]["tokens"] == asked + 50
    assert budget.spent == {"requests": 1, "tokens": asked + 50, "cost": asked + 500.0}
    with pytest.raises(ModelError, match="budget of 50 tokens is spent") as raised:
        budget.check()
    assert ("50 tokens are estimated" in str(raised.value)) is not is_counted


@every
def test_so_do_those_of_a_stream_that_is_given_up(api: str) -> None:
    budget = Budget(tokens=1000)
    server = HangingServer("text/event-stream", begun(api))
    record = spent(server, model(api), budget, stream=True, timeout=5.0)
    assert record["status"] == "error"
    (step,) = record["steps"]
    asked = 7 if api in ("anthropic", "gemini") else 0
    assert (step["tokens"], step["cost"]) == (asked + 50, asked + 500.0)
    assert budget.spent["tokens"] == asked + 50


def test_an_answer_that_comes_whole_in_place_of_a_stream_is_as_long_as_it_is() -> None:
    budget = Budget(tokens=1000)
    answer = {"choices": [{"message": {"content": TEXT}, "finish_reason": "stop"}]}
    record = spent(Server(json_answer(answer)), model("openai"), budget, stream=True)
    assert (record["result"], budget.spent["tokens"]) == (TEXT, 50)


def uncounted(told: Told, api: str) -> Any:
    """The body of an answer whose server counts no tokens."""
    body = BODIES[api][0](told)
    counts = ("usage", "usageMetadata", "prompt_eval_count", "eval_count")
    return {key: part for key, part in body.items() if key not in counts}


@pytest.mark.parametrize(
    ("stream", "is_streamed"), [(False, False), (True, True), (True, False)]
)
@every
@pytest.mark.parametrize("finish", ["", "cut", "refused", "never_heard", "error"])
def test_what_nobody_counts_is_as_long_as_it_is_however_it_ends(
    api: str, finish: str, stream: bool, is_streamed: bool
) -> None:
    refusals = {"anthropic": "refusal", "gemini": "SAFETY", "ollama": "error"}
    words = {"cut": CUT[api], "refused": refusals.get(api, "content_filter")}
    text = 3 * TEXT  # three times as long as the answer that is expected
    body = uncounted(Told(text, words.get(finish, finish)), api)
    if finish == "error":
        body = {**uncounted(Told(text), api), "error": {"message": "it broke"}}
    events = BODIES[api][1](body)
    answer = streamed(api, *events) if is_streamed else json_answer(body)
    budget = Budget(tokens=1000)
    record = spent(Server(answer), model(api), budget, stream=stream)
    assert record["status"] == ("ok" if finish in ("", "cut") else "error")
    assert budget.spent["tokens"] == 150


@every
def test_a_call_that_nobody_counts_is_as_long_as_it_is(api: str) -> None:
    arguments = json.dumps({"verdict": TEXT})
    body = uncounted(Told(calls=[("give_answer", arguments)]), api)
    found = letters_in(body)
    assert 200 <= found <= len(json.dumps(arguments))


@pytest.mark.parametrize("api", COUNTS)
def test_tokens_beside_an_error_count(api: str) -> None:
    budget = Budget(tokens=1000)
    event = {"error": {"message": "it broke"}, **COUNTS[api]}
    record = spent(Server(streamed(api, event)), model(api), budget, stream=True)
    assert "failed while it answered: it broke" in record["error"]
    assert record["metadata"]["usage"]["tokens"] == budget.spent["tokens"] == 8


@every
def test_an_answer_that_breaks_off_was_billed(api: str) -> None:
    budget = Budget(tokens=1000)
    server = BreakingServer("application/json", b'{"message": "Hel')
    record = spent(server, model(api), budget, stream=False)
    assert "broke the connection off" in record["error"]
    (step,) = record["steps"]
    assert (step["requests"], step["tokens"], step["cost"]) == (1, 0, None)
    assert budget.spent["tokens"] == estimated()


@every
@both
def test_a_request_that_was_not_answered_was_not(api: str, stream: bool) -> None:
    budget = Budget(tokens=1000)
    server = Server(json_answer({"error": "busy"}, 503))
    record = spent(server, model(api), budget, stream=stream)
    (step,) = record["steps"]
    assert (step["requests"], step["tokens"], step["cost"]) == (1, 0, 0.0)
    assert budget.spent == {"requests": 1, "tokens": 0, "cost": 0}


@pytest.mark.parametrize("body", [{"text": "Hello"}, {"text": ""}, {"error": "broke"}])
def test_an_endpoint_of_any_shape_spends_what_its_answer_is_long(body: Any) -> None:
    def prices(_: str | None, usage: TokenUsage) -> float:
        return 1.0

    budget = Budget(tokens=1000)
    connection = HttpModel(
        "own", base_url="http://h", answer=lambda found: found["text"], prices=prices
    )
    record = spent(Server(json_answer(body)), connection, budget, stream=False)
    (step,) = record["steps"]
    assert (step["requests"], step["tokens"], step["cost"]) == (1, 0, None)
    answered = 1 if body == {"text": "Hello"} else 50
    assert budget.spent["tokens"] == estimated() - 50 + answered
    budget.limits["tokens"] = 1
    told = f"{budget.spent['tokens']:.0f} tokens are estimated, as no provider has"
    with pytest.raises(ModelError, match=told):
        budget.check()


def test_an_endpoint_of_any_shape_spends_what_stands_beside_an_error() -> None:
    budget = Budget(tokens=1000)
    connection = HttpModel("own", base_url="http://h", answer=lambda b: b["out"])
    server = Server(json_answer({"out": 3 * TEXT, "error": {"message": "boom"}}))
    record = spent(server, connection, budget, stream=False)
    assert "failed while it answered: boom" in record["error"]
    assert budget.spent["tokens"] == 150


def test_a_list_of_errors_may_be_the_answer_of_an_endpoint() -> None:
    connection = HttpModel("own", base_url="http://h", answer=lambda b: b["errors"])
    server = Server(json_answer({"errors": ["a typo"]}))
    record = spent(server, connection, Budget(tokens=1000), stream=False)
    assert record["result"] == '["a typo"]'
