"""OpenAI's responses API."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..http.calls import HttpCall
from ..http.secrets import Env
from ..http.server_words import reported_error
from ..http.wire import HttpConnection, StreamReader
from ..models.files import ModelFile, parted
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
from .chat_parts import image_address
from .endings import Ending, ended_answer, raise_reported_error
from .json_parts import count_in, object_in, objects_in, text_in
from .openai import chosen_model, described_tool
from .structure import WordsStructure, named_schema, split_system
from .wanted_calls import (
    ANSWER_TOOL,
    answer_by_tool,
    answer_tool,
    used_arguments,
    wanted_call,
)

__all__ = [
    "OpenAIResponsesModel",
    "OpenAIResponsesToolModel",
    "ResponseJsonStructure",
    "ResponseSchemaStructure",
    "ResponseToolStructure",
    "response_files",
    "response_images",
]

RESPONSE_ENDINGS: Mapping[str, Ending] = {
    **dict.fromkeys(("", "completed"), "whole"),
    "max_output_tokens": "cut",
    "content_filter": "refused",
}
"""The statuses of responses, or the reasons why they are incomplete."""


@dataclass(frozen=True, kw_only=True)
class OpenAIResponsesModel(HttpConnection):
    """A connection of `api: openai` with `endpoint: responses`."""

    base_url: Env | str = "https://api.openai.com/v1"

    def key_headers(self, key: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {key}"}

    def write(self, request: ModelRequest, *, stream: bool) -> HttpCall:
        """A response."""
        system, turns = split_system(request, self.structure)
        items: list[dict[str, Any]] = []
        for turn in turns:
            items += self.write_turn(turn)
        options = dict(request.options)
        fields = self.write_fields(request)
        if "text" in fields:
            fields["text"] = {**options.pop("text", {}), **fields["text"]}
        # Here the API looks for the word JSON, and not among the instructions.
        items = [*fields.pop("input", ()), *items]
        body: dict[str, Any] = {**chosen_model(request.model), "input": items}
        if system is not None:
            body["instructions"] = system
        if stream:
            body["stream"] = True
        return HttpCall("/responses", {**body, **fields, **options})

    def write_turn(self, turn: ChatTurn) -> list[dict[str, Any]]:
        """A turn as items; an assistant's as the API itself wrote them, if it did."""
        if turn.raw is not None:
            return list(turn.raw)
        if turn.images and self.write_images is not None:
            return self.write_images(turn)
        return [{"role": turn.role, "content": turn.text}]

    def write_fields(self, request: ModelRequest) -> dict[str, Any]:
        """The fields that ask for a type."""
        if request.schema is None or self.structure is None:
            return {}
        return self.structure.fields(request.schema)

    def read(self, body: Any) -> ModelAnswer:
        """The text of a response."""
        raise_reported_error(self.name, body, answer="output")
        status = text_in(body, "status")
        if status == "failed":
            raise reported_error(self.name, "it gave no reason")
        items = objects_in(body, "output")
        parts = [
            part
            for item in items
            if item.get("type") == "message"
            for part in objects_in(item, "content")
        ]
        refusal = "".join(text_in(part, "refusal") for part in parts)
        if refusal:
            raise ModelError(f"`{self.name}` refused: {refusal}", "refusal")
        answer = ModelAnswer(
            "".join(text_in(part, "text") for part in parts),
            self.calls_in(items),
            self.usage_in(body),
            text_in(body, "model") or None,
            raw=items,
        )
        reason = text_in(object_in(body, "incomplete_details"), "reason") or status
        filtered = "a filter took it"
        return ended_answer(self.name, answer, reason, RESPONSE_ENDINGS, filtered)

    def calls_in(self, items: Sequence[Mapping[str, Any]]) -> tuple[Any, ...]:
        """The tools that a response asks for: none, as it was offered none."""
        return ()

    def usage_in(self, body: Any) -> TokenUsage | None:
        """The tokens of a response."""
        usage = object_in(body, "usage")
        if not usage:
            return None
        cached = count_in(object_in(usage, "input_tokens_details"), "cached_tokens")
        counted = count_in(usage, "input_tokens"), count_in(usage, "output_tokens")
        return TokenUsage(*counted, cached)

    def reader(self) -> StreamReader:
        return ResponseReader(self.name)


class ResponseReader(StreamReader):
    """Reads the events of one streamed response; the last of them contains all of it."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.items: list[Any] = []
        self.answer_place: Any = None
        self.whole: dict[str, Any] = {}

    def feed(self, event: str, data: Any) -> str:
        kind = text_in(data, "type") or event
        raise_reported_error(self.name, data, event)
        if kind in ("response.completed", "response.incomplete", "response.failed"):
            self.whole = object_in(data, "response")
            self.has_ended = bool(self.whole)
        elif kind == "response.output_item.added":
            if text_in(object_in(data, "item"), "name") == ANSWER_TOOL:
                self.answer_place = data.get("output_index")
        elif kind == "response.output_item.done":
            self.items.append(data.get("item"))
        elif kind.endswith(".delta"):
            self.has_begun = True
            is_answer = kind == "response.output_text.delta" or (
                kind == "response.function_call_arguments.delta"
                and self.answer_place is not None
                and data.get("output_index") == self.answer_place
            )
            return text_in(data, "delta") if is_answer else ""
        return ""

    def body(self) -> dict[str, Any]:
        # Some servers leave out of the last event what they have sent before.
        return {**self.whole, "output": self.whole.get("output") or self.items}


class ResponseSchemaStructure(Structure):
    """The JSON schema of an answer as the format of a response's text."""

    def fields(self, schema: AnswerSchema) -> dict[str, Any]:
        """The format."""
        return {"text": {"format": {"type": "json_schema", **named_schema(schema)}}}


class ResponseJsonStructure(Structure):
    """JSON as the format of a response's text, its schema in words."""

    def fields(self, schema: AnswerSchema) -> dict[str, Any]:
        """The format, and the words as the first item."""
        words = WordsStructure().words(schema)
        return {
            "input": [{"role": "system", "content": words}],
            "text": {"format": {"type": "json_object"}},
        }


class ResponseToolStructure(Structure):
    """A tool that a response is to call with the answer."""

    def fields(self, schema: AnswerSchema) -> dict[str, Any]:
        """The tool and its choice."""
        return {
            "tools": [{"type": "function", **answer_tool(schema)}],
            "tool_choice": {"type": "function", "name": ANSWER_TOOL},
        }


@dataclass(frozen=True)
class OpenAIResponsesToolModel(OpenAIResponsesModel):
    """A connection with `endpoint: responses` whose calls have tools."""

    def write_turn(self, turn: ChatTurn) -> list[dict[str, Any]]:
        """A turn as items."""
        items: list[dict[str, Any]] = [
            {
                "type": "function_call_output",
                "call_id": result.call.id,
                "output": result.text,
            }
            for result in turn.results
        ]
        if turn.raw is not None:
            return [*map(sendable_item, turn.raw)]
        if turn.text or turn.images or not (items or turn.calls):
            items += super().write_turn(turn)
        items += [
            {
                "type": "function_call",
                "call_id": call.id,
                "name": call.name,
                "arguments": json.dumps(call.arguments),
            }
            for call in turn.calls
        ]
        return items

    def write_fields(self, request: ModelRequest) -> dict[str, Any]:
        """The tools of a request, among them the one that takes the answer."""
        fields = super().write_fields(request)
        if request.tools:
            tools = [
                {"type": "function", **described_tool(tool), "strict": False}
                for tool in request.tools
            ]
            fields["tools"] = tools + fields.get("tools", [])
            if "tool_choice" in fields:
                fields["tool_choice"] = "required"
        return fields

    def read(self, body: Any) -> ModelAnswer:
        """The text of a response and the tools that it asks for."""
        return answer_by_tool(super().read(body))

    def calls_in(self, items: Sequence[Mapping[str, Any]]) -> tuple[ToolCall, ...]:
        """The tools that a response asks for."""
        return tuple(
            wanted_call(
                item["call_id"], text_in(item, "name"), item.get("arguments", {})
            )
            for item in items
            if item.get("type") == "function_call"
        )


def sendable_item(item: dict[str, Any]) -> dict[str, Any]:
    """An item as the API takes it back: the arguments of a function must be a text."""
    arguments = item.get("arguments", "")
    if item.get("type") != "function_call" or isinstance(arguments, str):
        return item
    return {**item, "arguments": json.dumps(used_arguments(arguments))}


def response_images(turn: ChatTurn) -> list[dict[str, Any]]:
    """A turn with pictures as an item."""
    parts: list[dict[str, Any]] = []
    if turn.text:
        parts.append({"type": "input_text", "text": turn.text})
    parts += [
        {"type": "input_image", "image_url": image_address(image)}
        for image in turn.images
    ]
    return [{"role": turn.role, "content": parts}]


def response_files(turn: ChatTurn) -> list[dict[str, Any]]:
    """A turn with files, and maybe pictures, as an item."""
    files, rest = parted(turn)
    inputs = [*map(input_file, files)]
    return [{**i, "content": [*inputs, *i["content"]]} for i in response_images(rest)]


def input_file(file: ModelFile) -> dict[str, Any]:
    """Where a file is, or the file itself with its name."""
    if file.url is not None:
        return {"type": "input_file", "file_url": file.url}
    data = image_address(file)
    return {"type": "input_file", "filename": file.name, "file_data": data}
