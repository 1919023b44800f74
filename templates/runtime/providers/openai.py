"""OpenAI's chat completions, which many servers speak."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..http.calls import HttpCall
from ..http.secrets import Env
from ..http.wire import HttpConnection, StreamReader
from ..models.embed import TextVectors, answered_vector
from ..models.models import (
    ChatTurn,
    ModelAnswer,
    ModelRequest,
    ModelTool,
    TokenUsage,
    ToolCall,
)
from ..recovery.failures import ModelError
from .chat_types import function_tools
from .endings import Ending, ended_answer, raise_reported_error
from .json_parts import (
    count_in,
    first_numbered,
    object_in,
    objects_in,
    reason_in,
    text_in,
)
from .structure import split_system
from .wanted_calls import (
    ANSWER_TOOL,
    answer_by_tool,
    arguments_text,
    check_last_call,
    numbered_calls,
    wanted_call,
)

__all__ = [
    "OpenAIModel",
    "OpenAIToolModel",
    "openai_vectors",
]

CHAT_ENDINGS: Mapping[str, Ending] = {
    **dict.fromkeys(("", "stop", "eos", "eos_token", "end_turn", "complete"), "whole"),
    **dict.fromkeys(("stop_sequence", "tool_calls", "function_call"), "whole"),
    **dict.fromkeys(("tool_call", "tool_use"), "whole"),
    **dict.fromkeys(("length", "max_tokens", "model_length"), "cut"),
    "content_filter": "refused",
}
"""Why completions end, in lower case; some servers have words of their own, or none."""


@dataclass(frozen=True, kw_only=True)
class OpenAIModel(HttpConnection):
    """A connection of `api: openai`: whatever speaks its chat completions."""

    base_url: Env | str = "https://api.openai.com/v1"

    def key_headers(self, key: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {key}"}

    def write(self, request: ModelRequest, *, stream: bool) -> HttpCall:
        """A chat completion."""
        system, turns = split_system(request, self.structure)
        messages: list[dict[str, Any]] = []
        if system is not None:
            messages.append({"role": "system", "content": system})
        for turn in turns:
            messages += self.write_turn(turn)
        body: dict[str, Any] = {**chosen_model(request.model), "messages": messages}
        body |= self.write_fields(request)
        if stream:
            body |= {"stream": True, "stream_options": {"include_usage": True}}
        return HttpCall("/chat/completions", {**body, **request.options})

    def write_turn(self, turn: ChatTurn) -> list[dict[str, Any]]:
        """A turn as messages."""
        if turn.images and self.write_images is not None:
            return self.write_images(turn)
        return [{"role": turn.role, "content": turn.text}]

    def write_fields(self, request: ModelRequest) -> dict[str, Any]:
        """The fields that ask for a type."""
        if request.schema is None or self.structure is None:
            return {}
        return self.structure.fields(request.schema)

    def read(self, body: Any) -> ModelAnswer:
        """The first choice of a chat completion."""
        raise_reported_error(self.name, body, answer="choices")
        choice = first_numbered(body, "choices")
        raise_reported_error(self.name, choice)
        message = object_in(choice, "message")
        if refusal := message_text(message, "refusal", "refusal"):
            raise ModelError(f"`{self.name}` refused: {refusal}", "refusal")
        answer = ModelAnswer(
            message_text(message, "content", "text"),
            self.calls_in(message),
            self.usage_in(body),
            text_in(body, "model") or None,
        )
        reason = reason_in(choice, "finish_reason").lower()
        return ended_answer(self.name, answer, reason, CHAT_ENDINGS, "a filter took it")

    def calls_in(self, message: Mapping[str, Any]) -> tuple[Any, ...]:
        """The tools that a message asks for: none, as it was offered none."""
        return ()

    def usage_in(self, body: Any) -> TokenUsage | None:
        """The tokens that a chat completion counts."""
        usage = object_in(body, "usage")
        if not usage:
            return None
        return TokenUsage(
            count_in(usage, "prompt_tokens"),
            count_in(usage, "completion_tokens"),
            count_in(object_in(usage, "prompt_tokens_details"), "cached_tokens"),
        )

    def reader(self) -> StreamReader:
        return ChatReader(self.name)


class ChatReader(StreamReader):
    """Puts one streamed chat completion together."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.whole: dict[str, Any] = {}
        self.texts: dict[str, list[str]] = {"content": [], "refusal": []}
        self.finish = ""

    def feed(self, event: str, data: Any) -> str:
        raise_reported_error(self.name, data, event)
        for key in ("model", "usage"):
            self.whole[key] = data.get(key) or self.whole.get(key)
        choice = first_numbered(data, "choices", 0)
        raise_reported_error(self.name, choice)
        self.finish = reason_in(choice, "finish_reason") or self.finish
        self.has_ended = bool(self.finish)
        is_whole = not self.has_begun and "delta" not in choice  # all in one event
        delta = self.delta = object_in(choice, "message" if is_whole else "delta")
        added = message_text(delta, "content", "text")
        self.texts["content"].append(added)
        self.texts["refusal"].append(message_text(delta, "refusal", "refusal"))
        self.has_begun |= any(part for key, part in delta.items() if key != "role")
        return added

    def body(self) -> dict[str, Any]:
        message = {key: "".join(texts) for key, texts in self.texts.items()}
        choice = {"message": message, "finish_reason": self.finish}
        return {**self.whole, "choices": [choice]}


@dataclass(frozen=True)
class OpenAIToolModel(OpenAIModel):
    """A connection of `api: openai` whose calls have tools."""

    def write_turn(self, turn: ChatTurn) -> list[dict[str, Any]]:
        """A turn as messages: each result of a tool is one of its own."""
        messages: list[dict[str, Any]] = [
            {"role": "tool", "tool_call_id": result.call.id, "content": result.text}
            for result in turn.results
        ]
        if turn.calls:
            calls = [
                {
                    "id": call.id,
                    "type": "function",
                    "function": {
                        "name": call.name,
                        "arguments": json.dumps(call.arguments),
                    },
                }
                for call in turn.calls
            ]
            content = turn.text or None
            return [{"role": "assistant", "content": content, "tool_calls": calls}]
        if turn.text or not messages:
            messages += super().write_turn(turn)
        return messages

    def write_fields(self, request: ModelRequest) -> dict[str, Any]:
        """The tools of a request, among them the one that takes the answer."""
        fields = super().write_fields(request)
        if request.tools:
            tools = function_tools([*map(described_tool, request.tools)])
            fields["tools"] = tools + fields.get("tools", [])
            if "tool_choice" in fields:
                fields["tool_choice"] = "required"
        return fields

    def read(self, body: Any) -> ModelAnswer:
        """The first choice of a chat completion and the tools that it asks for."""
        answer = super().read(body)
        reason = reason_in(first_numbered(body, "choices"), "finish_reason")
        check_last_call(self.name, answer, reason)
        return answer_by_tool(answer)

    def calls_in(self, message: Mapping[str, Any]) -> tuple[ToolCall, ...]:
        """The tools that a message asks for."""
        found = [
            (text_in(call, "id"), object_in(call, "function"))
            for call in objects_in(message, "tool_calls")
        ]
        return numbered_calls(
            [
                wanted_call(
                    id_, text_in(function, "name"), function.get("arguments", {})
                )
                for id_, function in found
            ]
        )

    def reader(self) -> StreamReader:
        return ChatToolReader(self.name)


@dataclass
class StreamedCall:
    """A call of a tool as far as it has come; `index` is its place."""

    index: Any
    id: str = ""
    name: str = ""
    arguments: str = ""


class ChatToolReader(ChatReader):
    """Puts one streamed chat completion together, and its calls of tools."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.calls: list[StreamedCall] = []

    def feed(self, event: str, data: Any) -> str:
        added = super().feed(event, data)
        parts = objects_in(self.delta, "tool_calls")
        return added + "".join(map(self.add_call, parts))

    def add_call(self, part: Any) -> str:
        """Add a part of a tool's call; what of it belongs to the answer's text."""
        call = self.call_of(part)
        call.id = text_in(part, "id") or call.id
        function = object_in(part, "function")
        name = text_in(function, "name")
        if name != call.name:  # llama.cpp's Python server repeats it in every part
            call.name += name
        added = arguments_text(function.get("arguments"))
        call.arguments += added
        return added if call.name == ANSWER_TOOL else ""

    def call_of(self, part: Any) -> StreamedCall:
        """The call that a part belongs to, by its number or else by its id.

        Some servers number none of them, and some all of them alike.
        """
        index, id_ = part.get("index"), text_in(part, "id")
        for call in reversed(self.calls):
            if index is None or call.index == index:
                if id_ in ("", call.id) or (index is not None and not call.id):
                    return call
                break
        self.calls.append(StreamedCall(index))
        return self.calls[-1]

    def body(self) -> dict[str, Any]:
        whole = super().body()
        whole["choices"][0]["message"]["tool_calls"] = [
            {"id": c.id, "function": {"name": c.name, "arguments": c.arguments}}
            for c in self.calls
        ]
        return whole


def message_text(message: Mapping[str, Any], key: str, in_part: str) -> str:
    """A text of a message, which may come in the parts of its content."""
    parts = objects_in(message, "content")
    return "".join(text_in(part, in_part) for part in parts) or text_in(message, key)


def chosen_model(model: str | None) -> dict[str, Any]:
    """The model of a request; some servers have only one."""
    return {} if model is None else {"model": model}


def described_tool(tool: ModelTool) -> dict[str, Any]:
    """A tool by its name, its description and the schema of its arguments."""
    return {
        "name": tool.name,
        "description": tool.description(),
        "parameters": tool.parameters(),
    }


async def openai_vectors(
    connection: HttpConnection,
    model: str | None,
    texts: Sequence[str],
    options: Mapping[str, Any],
) -> TextVectors:
    """Fetch embeddings in the order of the texts."""

    def read(body: Any) -> TextVectors:
        name = connection.name
        raise_reported_error(name, body, answer="data")
        found = in_order(name, objects_in(body, "data"))
        vectors = [answered_vector(name, item.get("embedding")) for item in found]
        return TextVectors(vectors, connection.usage_in(body))

    body = {**chosen_model(model), "input": list(texts), **options}
    return await connection.fetch(HttpCall("/embeddings", body), read)


def in_order(name: str, items: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Embeddings in the order of their numbers; raises `ModelError` for odd ones.

    Some servers number none of them, and some all of them alike.
    """
    found = [str(item.get("index")) for item in items]
    if len({*found}) <= 1:
        return [*items]
    places = {index: place for place, index in enumerate(found)}
    for first in (0, 1):
        wanted = [*map(str, range(first, first + len(items)))]
        if places.keys() == {*wanted}:
            return [items[places[index]] for index in wanted]
    shown = ", ".join(found)[:80]
    raise ModelError(f"`{name}` numbered its vectors {shown}, not each by its text")
