"""Takes requests to models; hands on the answers of OpenAI's responses API."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..http.calls import HttpCall
from ..http.server_words import told_error
from ..http.wire import StreamReader
from ..models.models import (
    AnswerSchema,
    ChatTurn,
    ModelAnswer,
    ModelRequest,
    ModelTool,
    TokenUsage,
)
from ..recovery.failures import ModelError
from .json_parts import count_in, object_in, objects_in, text_in
from .openai import OpenAIModel, chosen_model, image_address, named_schema
from .structure import (
    ANSWER_TOOL,
    answer_tool,
    schema_instruction,
    system_with_schema,
)
from .wanted_calls import WantedCall, answer_wanted, read_calls

__all__ = ["OpenAIResponsesModel"]


@dataclass(frozen=True)
class OpenAIResponsesModel(OpenAIModel):
    """A connection of `api: openai` with `endpoint: responses`."""

    def write(self, request: ModelRequest, *, stream: bool) -> HttpCall:
        """A response."""
        schema, way = request.schema, self.structured_output
        system = system_with_schema(request) if way == "prompt" else request.system
        items: list[dict[str, Any]] = []
        if schema is not None and way == "json":
            # The API looks for the word JSON here, and not among the instructions.
            items.append({"role": "system", "content": schema_instruction(schema)})
        for message in request.messages:
            items += input_items(message)
        body: dict[str, Any] = {**chosen_model(request.model), "input": items}
        if system is not None:
            body["instructions"] = system
        tools = [response_tool(tool) for tool in request.tools]
        options = dict(request.options)
        text_format = response_format(schema, way)
        if text_format is not None:
            body["text"] = {**options.pop("text", {}), "format": text_format}
        if schema is not None and way == "tool":
            tools.append({"type": "function", **answer_tool(schema)})
            chosen = {"type": "function", "name": ANSWER_TOOL}
            body["tool_choice"] = "required" if request.tools else chosen
        if tools:
            body["tools"] = tools
        if stream:
            body["stream"] = True
        return HttpCall("/responses", {**body, **options})

    def read(self, body: Any) -> ModelAnswer:
        """The text of a response and the tools that it wants."""
        error = body.get("error")
        status = text_in(body, "status")
        if error or status == "failed":
            raise told_error(self.name, error or "it gave no reason")
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
        text = "".join(text_in(part, "text") for part in parts)
        wanted = [
            WantedCall(item["call_id"], item["name"], item.get("arguments"))
            for item in items
            if item.get("type") == "function_call"
        ]
        answer = answer_wanted(wanted)
        reason = text_in(object_in(body, "incomplete_details"), "reason")
        if reason == "content_filter":
            raise ModelError(f"`{self.name}` refused: its filter took it", "refusal")
        if answer is None and not text and not wanted:
            is_cut = reason == "max_output_tokens"
            why = " within its limit of tokens" if is_cut else ""
            if status in ("queued", "in_progress", "cancelled"):
                why = f": its response is {status}"
            raise ModelError(f"`{self.name}` answered without a text{why}")
        return ModelAnswer(
            text if answer is None else answer,
            read_calls(self.name, wanted) if answer is None else (),
            response_usage(body),
            text_in(body, "model") or None,
            raw=items,
        )

    def reader(self) -> StreamReader:
        return ResponseReader(self)


class ResponseReader:
    """Reads the events of one streamed response; the last of them holds all of it."""

    has_begun = False

    def __init__(self, connection: OpenAIResponsesModel) -> None:
        self.connection = connection
        self.items: list[Any] = []
        self.answer_place: Any = None
        self.whole: dict[str, Any] | None = None

    def feed(self, event: str, data: Any) -> str:
        """The text that an event adds: of the answer, or of the tool that takes it."""
        kind = text_in(data, "type") or event
        if kind == "error":
            raise told_error(self.connection.name, data.get("error") or data)
        if kind in ("response.completed", "response.incomplete", "response.failed"):
            self.whole = object_in(data, "response")
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

    def answer(self) -> ModelAnswer | None:
        """The answer, once the response was said to be at its end."""
        if self.whole is None:
            return None
        # Some servers leave out of the last event what they have told before.
        items = self.whole.get("output") or self.items
        return self.connection.read({**self.whole, "output": items})


def input_items(message: ChatTurn) -> Sequence[dict[str, Any]]:
    """A turn as items; an assistant's as the API itself wrote them, where that is known."""
    if message.raw is not None:
        return list(message.raw)
    items: list[dict[str, Any]] = [
        {
            "type": "function_call_output",
            "call_id": result.call.id,
            "output": result.text,
        }
        for result in message.results
    ]
    if message.images:
        parts: list[dict[str, Any]] = []
        if message.text:
            parts.append({"type": "input_text", "text": message.text})
        parts += [
            {"type": "input_image", "image_url": image_address(image)}
            for image in message.images
        ]
        items.append({"role": message.role, "content": parts})
    elif message.text or not (items or message.calls):
        items.append({"role": message.role, "content": message.text})
    items += [
        {
            "type": "function_call",
            "call_id": call.id,
            "name": call.name,
            "arguments": json.dumps(call.arguments),
        }
        for call in message.calls
    ]
    return items


def response_tool(tool: ModelTool) -> dict[str, Any]:
    """A tool as the responses API has it."""
    return {
        "type": "function",
        "name": tool.name,
        "description": tool.description(),
        "parameters": tool.parameters(),
        "strict": False,
    }


def response_format(schema: AnswerSchema | None, way: str) -> dict[str, Any] | None:
    """What the text of a response must be."""
    if schema is None or way in ("tool", "prompt"):
        return None
    if way == "json":
        return {"type": "json_object"}
    return {"type": "json_schema", **named_schema(schema)}


def response_usage(body: Any) -> TokenUsage | None:
    """The tokens of a response."""
    usage = object_in(body, "usage")
    if not usage:
        return None
    cached = count_in(object_in(usage, "input_tokens_details"), "cached_tokens")
    counted = count_in(usage, "input_tokens"), count_in(usage, "output_tokens")
    return TokenUsage(*counted, cached)
