"""Ollama's own chat API, which streams JSON by the line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from ..http.calls import HttpCall
from ..http.json_lines import LineDecoder
from ..http.secrets import Env
from ..http.streams import EventDecoder
from ..http.wire import HttpConnection, StreamReader
from ..models.embed import TextVectors, answered_vector
from ..models.models import (
    AnswerSchema,
    ChatTurn,
    ModelAnswer,
    ModelRequest,
    Structure,
    TokenUsage,
    ToolCall,
)
from ..recovery.failures import ModelError
from ..run.inputs import is_dict, is_list
from .chat_types import function_tools
from .endings import Ending, ended_answer, raise_reported_error
from .json_parts import count_in, object_in, objects_in, reason_in, text_in
from .openai import chosen_model, described_tool
from .structure import WordsStructure, in_words, split_system
from .wanted_calls import numbered_calls, wanted_call

__all__ = [
    "OllamaJsonStructure",
    "OllamaModel",
    "OllamaSchemaStructure",
    "OllamaToolModel",
    "ollama_images",
    "ollama_vectors",
]

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

OLLAMA_ENDINGS: Mapping[str, Ending] = {
    **dict.fromkeys(("", "stop", "tool_calls", "load", "unload"), "whole"),
    "length": "cut",
}


@dataclass(frozen=True, kw_only=True)
class OllamaModel(HttpConnection):
    """A connection of `api: ollama`."""

    base_url: Env | str = "http://localhost:11434"

    decoder: ClassVar[type[EventDecoder]] = LineDecoder

    def key_headers(self, key: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {key}"}

    def write(self, request: ModelRequest, *, stream: bool) -> HttpCall:
        """A chat."""
        system, turns = split_system(request, self.structure)
        messages: list[dict[str, Any]] = []
        if system is not None:
            messages.append({"role": "system", "content": system})
        for turn in turns:
            messages += self.write_turn(turn)
        body = {
            **chosen_model(request.model),
            "messages": messages,
            "stream": stream,
            **ollama_options(request.options),
        }
        if request.schema is not None and self.structure is not None:
            body |= self.structure.fields(request.schema)
        return HttpCall("/api/chat", {**body, **self.write_tools(request)})

    def write_turn(self, turn: ChatTurn) -> list[dict[str, Any]]:
        """A turn as messages."""
        if turn.images and self.write_images is not None:
            return self.write_images(turn)
        return [{"role": turn.role, "content": turn.text}]

    def write_tools(self, request: ModelRequest) -> dict[str, Any]:
        """The tools of a request: none."""
        return {}

    def read(self, body: Any) -> ModelAnswer:
        """The message of a chat."""
        raise_reported_error(self.name, body, answer="message")
        message = object_in(body, "message")
        answer = ModelAnswer(
            text_in(message, "content"),
            self.calls_in(message),
            self.usage_in(body),
            text_in(body, "model") or None,
        )
        reason = reason_in(body, "done_reason")
        if body.get("done") is False:
            reason = reason or "`done` is false"
        return ended_answer(self.name, answer, reason, OLLAMA_ENDINGS)

    def calls_in(self, message: Mapping[str, Any]) -> tuple[Any, ...]:
        """The tools that a message asks for: none, as it was offered none."""
        return ()

    def usage_in(self, body: Any) -> TokenUsage | None:
        """The tokens of a chat."""
        names = ("prompt_eval_count", "eval_count")
        if not is_dict(body) or body.keys().isdisjoint(names):
            return None
        return TokenUsage(*(count_in(body, name) for name in names))

    def reader(self) -> StreamReader:
        return OllamaReader(self.name)


class OllamaReader(StreamReader):
    """Puts the lines of one streamed chat together."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.text: list[str] = []
        self.calls: list[dict[str, Any]] = []
        self.last: dict[str, Any] = {}

    def feed(self, event: str, data: Any) -> str:
        raise_reported_error(self.name, data)
        if not data.get("done"):
            raise_reported_error(self.name, data, answer="message")
        message = object_in(data, "message")
        if any(part for key, part in message.items() if key != "role"):
            self.has_begun = True
        added = text_in(message, "content")
        self.text.append(added)
        self.calls += objects_in(message, "tool_calls")
        if data.get("done"):
            self.last, self.has_ended = data, True
        return added

    def body(self) -> dict[str, Any]:
        message = {"content": "".join(self.text), "tool_calls": self.calls}
        return {**self.last, "message": message}


class OllamaSchemaStructure(Structure):
    """The JSON schema of an answer as the format of a chat."""

    def fields(self, schema: AnswerSchema) -> dict[str, Any]:
        """The format."""
        return {"format": grammar_schema(schema.schema)}


def grammar_schema(node: Any) -> Any:
    """A schema whose patterns a grammar can hold; those that are not anchored become words."""
    if is_list(node):
        return [*map(grammar_schema, node)]
    if not is_dict(node):
        return node
    pattern = node.get("pattern")
    if isinstance(pattern, str) and not (pattern[:1] == "^" and pattern[-1:] == "$"):
        node = in_words(node, "pattern")
    return {key: grammar_schema(part) for key, part in node.items()}


class OllamaJsonStructure(WordsStructure):
    """JSON as the format of a chat, its schema in words."""

    def fields(self, schema: AnswerSchema) -> dict[str, Any]:
        """The format."""
        return {"format": "json"}


@dataclass(frozen=True)
class OllamaToolModel(OllamaModel):
    """A connection of `api: ollama` whose calls have tools."""

    def write_turn(self, turn: ChatTurn) -> list[dict[str, Any]]:
        """A turn as messages: each result of a tool is one of its own."""
        messages: list[dict[str, Any]] = [
            {"role": "tool", "tool_name": result.call.name, "content": result.text}
            for result in turn.results
        ]
        if turn.text or turn.images or turn.calls or not messages:
            messages += super().write_turn(turn)
        if turn.calls:
            messages[-1]["tool_calls"] = [
                {"function": {"name": call.name, "arguments": dict(call.arguments)}}
                for call in turn.calls
            ]
        return messages

    def write_tools(self, request: ModelRequest) -> dict[str, Any]:
        """The tools of a request."""
        if not request.tools:
            return {}
        return {"tools": function_tools([*map(described_tool, request.tools)])}

    def calls_in(self, message: Mapping[str, Any]) -> tuple[ToolCall, ...]:
        """The tools that a message asks for."""
        found = [object_in(c, "function") for c in objects_in(message, "tool_calls")]
        return numbered_calls(
            [wanted_call("", text_in(c, "name"), c.get("arguments", {})) for c in found]
        )


def ollama_images(turn: ChatTurn) -> list[dict[str, Any]]:
    """A turn with pictures as a message."""
    if any(image.url is not None for image in turn.images):
        raise ModelError(
            "Ollama takes pictures as files: it fetches none from an address"
        )
    images = [image.data for image in turn.images]
    return [{"role": turn.role, "content": turn.text, "images": images}]


def ollama_options(options: Mapping[str, Any]) -> dict[str, Any]:
    """The options where the API has them."""
    own = {name: options[name] for name in OLLAMA_OWN_OPTIONS if name in options}
    others = {name: options[name] for name in options if name not in own}
    return {**own, "options": others} if others else own


async def ollama_vectors(
    connection: HttpConnection,
    model: str | None,
    texts: Sequence[str],
    options: Mapping[str, Any],
) -> TextVectors:
    """Fetch embeddings in the order of the texts."""

    def read(body: Any) -> TextVectors:
        name = connection.name
        raise_reported_error(name, body, answer="embeddings")
        vectors = [answered_vector(name, vector) for vector in body["embeddings"]]
        return TextVectors(vectors, TokenUsage(count_in(body, "prompt_eval_count")))

    body = {**chosen_model(model), "input": list(texts), **ollama_options(options)}
    return await connection.fetch(HttpCall("/api/embed", body), read)
