"""Answers, events of streams and errors in the words of providers."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any

__all__ = ["AnthropicMessages", "OpenAIChat", "Protocol"]


class Protocol(ABC):
    """How a provider puts an answer of `words` to a question of `asked` words."""

    @abstractmethod
    def answer(self, model: str, words: list[str], asked: int) -> dict[str, Any]:
        """The answer in one piece."""

    @abstractmethod
    def events(self, model: str, words: list[str], asked: int) -> Iterator[str]:
        """The answer as server-sent events."""

    @abstractmethod
    def error(self, status: int, message: str) -> dict[str, Any]:
        """The body of an answer that is none."""


class OpenAIChat(Protocol):
    """OpenAI's chat completions."""

    def answer(self, model: str, words: list[str], asked: int) -> dict[str, Any]:
        message = {"role": "assistant", "content": "".join(words)}
        return {
            "id": "chatcmpl-1",
            "object": "chat.completion",
            "created": 0,
            "model": model,
            "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
            "usage": self.usage(words, asked),
        }

    def usage(self, words: list[str], asked: int) -> dict[str, int]:
        """The tokens, each word being one."""
        return {
            "prompt_tokens": asked,
            "completion_tokens": len(words),
            "total_tokens": asked + len(words),
        }

    def events(self, model: str, words: list[str], asked: int) -> Iterator[str]:
        for word in words:
            yield self.event(model, {"content": word}, None)
        yield self.event(model, {}, "stop")
        usage = {"choices": [], "usage": self.usage(words, asked)}
        yield f"data: {json.dumps(usage)}\n\n"
        yield "data: [DONE]\n\n"

    def event(self, model: str, delta: dict[str, str], reason: str | None) -> str:
        """One chunk of an answer."""
        chunk = {
            "id": "chatcmpl-1",
            "object": "chat.completion.chunk",
            "model": model,
            "choices": [{"index": 0, "delta": delta, "finish_reason": reason}],
        }
        return f"data: {json.dumps(chunk)}\n\n"

    def error(self, status: int, message: str) -> dict[str, Any]:
        return {"error": {"message": message, "type": "server_error", "code": status}}


class AnthropicMessages(Protocol):
    """Anthropic's messages."""

    def answer(self, model: str, words: list[str], asked: int) -> dict[str, Any]:
        text = "".join(words)
        return {
            "id": "msg_1",
            "type": "message",
            "role": "assistant",
            "model": model,
            "content": [{"type": "text", "text": text}] if text else [],
            "stop_reason": "end_turn" if text else None,
            "stop_sequence": None,
            "usage": {"input_tokens": asked, "output_tokens": len(words)},
        }

    def events(self, model: str, words: list[str], asked: int) -> Iterator[str]:
        yield self.event("message_start", message=self.answer(model, [], asked))
        block = {"type": "text", "text": ""}
        yield self.event("content_block_start", index=0, content_block=block)
        for word in words:
            delta = {"type": "text_delta", "text": word}
            yield self.event("content_block_delta", index=0, delta=delta)
        yield self.event("content_block_stop", index=0)
        stop = {"stop_reason": "end_turn", "stop_sequence": None}
        usage = {"output_tokens": len(words)}
        yield self.event("message_delta", delta=stop, usage=usage)
        yield self.event("message_stop")

    def event(self, kind: str, **data: Any) -> str:
        """One event of an answer."""
        return f"event: {kind}\ndata: {json.dumps({'type': kind, **data})}\n\n"

    def error(self, status: int, message: str) -> dict[str, Any]:
        return {"type": "error", "error": {"type": "api_error", "message": message}}
