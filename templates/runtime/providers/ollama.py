"""Takes requests to models; hands on the answers of Ollama's own chat API."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

from ..http.calls import HttpCall
from ..http.secrets import Env
from ..http.wire import HttpConnection
from ..models.models import (
    ChatTurn,
    ModelAnswer,
    ModelRequest,
    TextVectors,
    TokenUsage,
)
from ..recovery.failures import ModelError
from .json_parts import count_in, object_in, objects_in, text_in
from .openai import chat_tool, chosen_model, raise_told_error
from .structure import system_with_schema
from .wanted_calls import WantedCall, read_calls

__all__ = ["OllamaModel"]

OLLAMA_OWN_OPTIONS = (
    "dimensions",
    "keep_alive",
    "logprobs",
    "shift",
    "think",
    "top_logprobs",
    "truncate",
)
"""The options that stand beside the others in a request, not among them."""


@dataclass(frozen=True)
class OllamaModel(HttpConnection):
    """A connection of `api: ollama`: its own chat, which streams JSON by the line."""

    base_url: Env | str = field(default="http://localhost:11434", kw_only=True)

    stream_format: ClassVar[Literal["sse", "ndjson"]] = "ndjson"

    def key_headers(self, key: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {key}"}

    def write(self, request: ModelRequest, *, stream: bool) -> HttpCall:
        """A chat."""
        schema, way = request.schema, self.structured_output
        in_words = way in ("json", "prompt")
        system = system_with_schema(request) if in_words else request.system
        messages: list[dict[str, Any]] = []
        if system is not None:
            messages.append({"role": "system", "content": system})
        for message in request.messages:
            messages += ollama_messages(self.name, message)
        body = {
            **chosen_model(request.model),
            "messages": messages,
            "stream": stream,
            **ollama_options(request.options),
        }
        if schema is not None and way != "prompt":
            body["format"] = "json" if way == "json" else schema.schema
        if request.tools:
            body["tools"] = [chat_tool(tool) for tool in request.tools]
        return HttpCall("/api/chat", body)

    def read(self, body: Any) -> ModelAnswer:
        """The message of a chat."""
        raise_told_error(self.name, body)
        message = object_in(body, "message")
        text = text_in(message, "content")
        wanted = [
            WantedCall("", call["function"]["name"], call["function"].get("arguments"))
            for call in objects_in(message, "tool_calls")
        ]
        if not text and not wanted:
            is_cut = text_in(body, "done_reason") == "length"
            why = " within its limit of tokens" if is_cut else ""
            raise ModelError(f"`{self.name}` answered without a text{why}")
        usage = None
        if "eval_count" in body or "prompt_eval_count" in body:
            counted = count_in(body, "prompt_eval_count"), count_in(body, "eval_count")
            usage = TokenUsage(*counted)
        calls = read_calls(self.name, wanted)
        return ModelAnswer(text, calls, usage, text_in(body, "model") or None)

    def reader(self) -> OllamaReader:
        return OllamaReader(self)

    def write_texts(
        self, model: str | None, texts: Sequence[str], options: Mapping[str, Any]
    ) -> HttpCall:
        """A request for embeddings."""
        body = {**chosen_model(model), "input": list(texts), **ollama_options(options)}
        return HttpCall("/api/embed", body)

    def read_vectors(self, body: Any) -> TextVectors:
        """Embeddings in the order of the texts."""
        raise_told_error(self.name, body)
        vectors = [list(map(float, vector)) for vector in body["embeddings"]]
        return TextVectors(vectors, TokenUsage(count_in(body, "prompt_eval_count")))


class OllamaReader:
    """Puts the lines of one streamed chat together."""

    has_begun = False

    def __init__(self, connection: OllamaModel) -> None:
        self.connection = connection
        self.text: list[str] = []
        self.calls: list[dict[str, Any]] = []
        self.last: dict[str, Any] | None = None

    def feed(self, event: str, data: Any) -> str:
        """The text that a line adds."""
        raise_told_error(self.connection.name, data)
        message = object_in(data, "message")
        if any(part for key, part in message.items() if key != "role"):
            self.has_begun = True
        added = text_in(message, "content")
        self.text.append(added)
        self.calls += objects_in(message, "tool_calls")
        if data.get("done"):
            self.last = data
        return added

    def answer(self) -> ModelAnswer | None:
        """The answer, once a line has said that it is done."""
        if self.last is None:
            return None
        message = {"content": "".join(self.text), "tool_calls": self.calls}
        return self.connection.read({**self.last, "message": message})


def ollama_messages(name: str, message: ChatTurn) -> list[dict[str, Any]]:
    """A turn as messages of a chat: each result of a tool is one of its own."""
    told: list[dict[str, Any]] = [
        {"role": "tool", "tool_name": result.call.name, "content": result.text}
        for result in message.results
    ]
    turn: dict[str, Any] = {"role": message.role, "content": message.text}
    if message.images:
        if any(image.url is not None for image in message.images):
            raise ModelError(
                f"`{name}` takes pictures as files: Ollama fetches none from an address"
            )
        turn["images"] = [image.data for image in message.images]
    if message.calls:
        turn["tool_calls"] = [
            {"function": {"name": call.name, "arguments": dict(call.arguments)}}
            for call in message.calls
        ]
    if message.text or message.images or message.calls or not told:
        told.append(turn)
    return told


def ollama_options(options: Mapping[str, Any]) -> dict[str, Any]:
    """The options where the API has them."""
    own = {name: options[name] for name in OLLAMA_OWN_OPTIONS if name in options}
    others = {name: options[name] for name in options if name not in own}
    return {**own, "options": others} if others else own
