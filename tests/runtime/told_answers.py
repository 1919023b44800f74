"""Answers in no provider's words, as each provider writes them, whole and streamed."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from n3gen.templates.runtime.http.clients import close_clients
from n3gen.templates.runtime.models.models import ModelAnswer, TokenUsage, UsageMeter
from n3gen.templates.runtime.recovery.failures import ModelError

from tests.clock import run
from tests.runtime.model_servers import (
    Server,
    events_of,
    json_answer,
    request_of,
    stream_answer,
)
from tests.runtime.provider_models import provider_model

__all__ = [
    "APIS",
    "BODIES",
    "CUT",
    "USAGE",
    "Told",
    "answer_of",
    "failure",
    "sent",
    "streamed",
]

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
