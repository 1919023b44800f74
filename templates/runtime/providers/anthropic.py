"""Takes requests to models; hands on the answers of Anthropic's messages API."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from ..http.calls import HttpCall
from ..http.secrets import Env
from ..http.server_words import told_error
from ..http.wire import HttpConnection
from ..models.models import (
    ChatTurn,
    ModelAnswer,
    ModelImage,
    ModelRequest,
    ModelTool,
    TextVectors,
    TokenUsage,
)
from ..recovery.failures import FailureKind, ModelError
from ..run.inputs import is_dict
from .json_parts import count_in, object_in, objects_in, text_in
from .structure import ANSWER_TOOL, answer_tool, is_strict, system_with_schema
from .wanted_calls import WantedCall, answer_wanted, read_calls

__all__ = ["AnthropicModel"]

MESSAGES_VERSION = "2023-06-01"
"""The version whose requests may have sampling options; `headers` can name another."""

MOST_ANSWER_TOKENS = 4096
"""The limit of an answer whose call has none, as the API wants one."""

KIND_OF_CUT: dict[str, FailureKind] = {
    "max_tokens": "error",
    "model_context_window_exceeded": "context_length",
}
"""Why a message stops before its end, and the kind of failure where it needed one."""

STATUS_OF_ERROR = {
    "authentication_error": 401,
    "billing_error": 402,
    "permission_error": 403,
    "not_found_error": 404,
    "request_too_large": 413,
    "timeout_error": 504,
}
"""The statuses of errors that a stream tells by their names, where they are ours alone."""


@dataclass(frozen=True)
class AnthropicModel(HttpConnection):
    """A connection of `api: anthropic`."""

    base_url: Env | str = field(default="https://api.anthropic.com", kw_only=True)

    def key_headers(self, key: str) -> dict[str, str]:
        return {"x-api-key": key}

    def write(self, request: ModelRequest, *, stream: bool) -> HttpCall:
        """A message."""
        schema, way = request.schema, self.structured_output
        if schema is not None and way == "schema" and not is_strict(schema.schema):
            way = "tool"  # the strict mode is all that its formats have
        in_words = way in ("json", "prompt")
        system = system_with_schema(request) if in_words else request.system
        body: dict[str, Any] = {
            "model": request.model,
            "max_tokens": MOST_ANSWER_TOKENS,
            "messages": joined_turns(request.messages),
        }
        if system is not None:
            body["system"] = system
        tools = [anthropic_tool(tool) for tool in request.tools]
        options = dict(request.options)
        if schema is not None and way == "schema":
            chosen = {"type": "json_schema", "schema": anthropic_schema(schema.schema)}
            given = options.pop("output_config", {})
            body["output_config"] = {**given, "format": chosen}
        elif schema is not None and way == "tool":
            told = answer_tool(schema)
            tools.append(
                {
                    "name": ANSWER_TOOL,
                    "description": told["description"],
                    "input_schema": told["parameters"],
                }
            )
            forced = {"type": "tool", "name": ANSWER_TOOL}
            body["tool_choice"] = {"type": "any"} if request.tools else forced
        if tools:
            body["tools"] = tools
        if stream:
            body["stream"] = True
        headers = {"anthropic-version": MESSAGES_VERSION}
        return HttpCall("/v1/messages", {**body, **options}, headers)

    def read(self, body: Any) -> ModelAnswer:
        """A message's text and the tools that it wants."""
        blocks = objects_in(body, "content")
        text = "".join(text_in(b, "text") for b in blocks if b.get("type") == "text")
        wanted = [
            WantedCall(block["id"], block["name"], block.get("input"))
            for block in blocks
            if block.get("type") == "tool_use"
        ]
        stop = text_in(body, "stop_reason")
        if stop == "refusal":
            told = text_in(object_in(body, "stop_details"), "explanation") or text
            why = f": {told}" if told else ""
            raise ModelError(f"`{self.name}` refused{why}", "refusal")
        self.check_end(stop, blocks)
        answer = answer_wanted(wanted)
        return ModelAnswer(
            text if answer is None else answer,
            read_calls(self.name, wanted) if answer is None else (),
            anthropic_usage(body),
            text_in(body, "model") or None,
            raw=blocks,
        )

    def check_end(self, stop: str, blocks: Sequence[Mapping[str, Any]]) -> None:
        """Raises `ModelError` for a message that is none, or ends inside of a tool's call.

        Such a call is not made: the arguments that are missing may be all of them.
        """
        kind = KIND_OF_CUT.get(stop)
        last: Mapping[str, Any] = blocks[-1] if blocks else {}
        if kind is not None and last.get("type") == "tool_use":
            name = text_in(last, "name")
            place = "its answer" if name == ANSWER_TOOL else f"the call of `{name}`"
            message = (
                f"`{self.name}` came to its limit of tokens in the middle of {place}"
            )
            raise ModelError(message, kind)
        if not any(b.get("type") == "tool_use" or text_in(b, "text") for b in blocks):
            why = "" if kind is None else " within its limit of tokens"
            message = f"`{self.name}` answered without a text{why}"
            raise ModelError(message, kind or "error")

    def reader(self) -> MessageReader:
        return MessageReader(self)

    def write_texts(
        self, model: str | None, texts: Sequence[str], options: Mapping[str, Any]
    ) -> HttpCall:
        raise ModelError(f"`{self.name}` has no embeddings: Anthropic offers none")

    def read_vectors(self, body: Any) -> TextVectors:
        raise ModelError(f"`{self.name}` has no embeddings: Anthropic offers none")


class MessageReader:
    """Puts one streamed message together."""

    has_begun = False

    def __init__(self, connection: AnthropicModel) -> None:
        self.connection = connection
        self.message: dict[str, Any] = {}
        self.blocks: dict[int, dict[str, Any]] = {}
        self.inputs: dict[int, str] = {}
        self.has_ended = False

    def feed(self, event: str, data: Any) -> str:
        """The text that an event adds: of the answer, or of the tool that takes it."""
        kind = text_in(data, "type") or event
        index = count_in(data, "index")
        if kind == "error":
            error = object_in(data, "error")
            status = STATUS_OF_ERROR.get(text_in(error, "type"))
            told = error if status is None else {**error, "code": status}
            raise told_error(self.connection.name, told)
        if kind == "message_start":
            self.message = dict(object_in(data, "message"))
        elif kind == "content_block_start":
            self.has_begun = True
            self.blocks[index] = dict(object_in(data, "content_block"))
            return text_in(self.blocks[index], "text")
        elif kind == "content_block_delta":
            return self.add(index, object_in(data, "delta"))
        elif kind == "message_delta":
            self.message |= object_in(data, "delta")
            usage = object_in(data, "usage")
            counts = {name: usage[name] for name in usage if usage[name] is not None}
            self.message["usage"] = {**object_in(self.message, "usage"), **counts}
        elif kind == "message_stop":
            self.has_ended = True
        return ""

    def add(self, index: int, delta: Mapping[str, Any]) -> str:
        """Adds a part to a block of the message; what of it belongs to the answer."""
        block = self.blocks.setdefault(index, {"type": "text"})
        for name in ("text", "thinking"):
            if name in delta:
                block[name] = text_in(block, name) + text_in(delta, name)
        if "signature" in delta:
            block["signature"] = delta["signature"]
        if "citation" in delta:
            citations = objects_in(block, "citations")
            block["citations"] = [*citations, delta["citation"]]
        added = text_in(delta, "partial_json")
        self.inputs[index] = self.inputs.get(index, "") + added
        return added if block.get("name") == ANSWER_TOOL else text_in(delta, "text")

    def answer(self) -> ModelAnswer | None:
        """The answer, once the message was said to be at its end."""
        if not self.has_ended:
            return None
        for index, text in self.inputs.items():
            if text:
                self.blocks[index]["input"] = text
                with suppress(ValueError, RecursionError):
                    self.blocks[index]["input"] = json.loads(text)
        content = [block for _, block in sorted(self.blocks.items())]
        return self.connection.read({**self.message, "content": content})


def joined_turns(messages: Sequence[ChatTurn]) -> list[dict[str, Any]]:
    """The turns of a conversation, those of one speaker in a row as one."""
    turns: list[dict[str, Any]] = []
    for message in messages:
        content = content_blocks(message)
        if turns and turns[-1]["role"] == message.role:
            turns[-1]["content"] = [*turns[-1]["content"], *content]
        else:
            turns.append({"role": message.role, "content": content})
    for turn in turns:
        blocks = turn["content"]
        if len(blocks) == 1 and blocks[0].keys() == {"type", "text"}:
            turn["content"] = blocks[0]["text"]
    return turns


def content_blocks(message: ChatTurn) -> list[dict[str, Any]]:
    """A turn as blocks; an assistant's as the API itself wrote it, where that is known.

    The API does not take back a blank text that it has written.
    """
    if message.raw is not None:
        raw: Sequence[dict[str, Any]] = message.raw
        return [b for b in raw if b.get("type") != "text" or text_in(b, "text").strip()]
    blocks: list[dict[str, Any]] = [
        {
            "type": "tool_result",
            "tool_use_id": result.call.id,
            "content": result.text,
            **({"is_error": True} if result.is_error else {}),
        }
        for result in message.results
    ]
    blocks += [{"type": "image", "source": image_source(i)} for i in message.images]
    if message.text or not (blocks or message.calls):
        blocks.append({"type": "text", "text": message.text})
    blocks += [
        {
            "type": "tool_use",
            "id": call.id,
            "name": call.name,
            "input": dict(call.arguments),
        }
        for call in message.calls
    ]
    return blocks


def image_source(image: ModelImage) -> dict[str, Any]:
    """Where a picture is, or the picture itself."""
    if image.url is not None:
        return {"type": "url", "url": image.url}
    return {"type": "base64", "media_type": image.media_type, "data": image.data}


def anthropic_tool(tool: ModelTool) -> dict[str, Any]:
    """A tool as the messages API has it."""
    return {
        "name": tool.name,
        "description": tool.description(),
        "input_schema": tool.parameters(),
    }


def anthropic_schema(node: Mapping[str, Any]) -> dict[str, Any]:
    """A schema of pydantic's as the API takes it.

    Of what it does not take the model is told in the description, as Anthropic's own
    library does it.
    """
    if "$ref" in node:
        return {"$ref": node["$ref"]}
    rest = dict(node)
    kept: dict[str, Any] = {
        name: rest.pop(name)
        for name in ("enum", "const", "title", "required")
        if name in rest
    }
    for name in ("$defs", "properties"):
        if name in rest:
            parts = rest.pop(name)
            kept[name] = {key: anthropic_schema(parts[key]) for key in parts}
    for name in ("anyOf", "allOf"):
        if name in rest:
            kept[name] = [*map(anthropic_schema, rest.pop(name))]
    if is_dict(rest.get("items")):
        kept["items"] = anthropic_schema(rest.pop("items"))
    type_ = rest.pop("type", None)
    if type_ is not None and not kept.keys() & {"enum", "const"}:
        kept["type"] = type_
    if type_ == "object":
        rest.pop("additionalProperties", None)
        kept["additionalProperties"] = False
    told = [rest.pop("description")] if "description" in rest else []
    if rest:
        told.append(f"{{{', '.join(f'{key}: {rest[key]}' for key in rest)}}}")
    return {**kept, "description": "\n\n".join(told)} if told else kept


def anthropic_usage(body: Any) -> TokenUsage | None:
    """The tokens of a message; those read from and written to its cache are input too."""
    usage = object_in(body, "usage")
    if not usage:
        return None
    cached = count_in(usage, "cache_read_input_tokens")
    fresh = count_in(usage, "input_tokens", "cache_creation_input_tokens")
    return TokenUsage(fresh + cached, count_in(usage, "output_tokens"), cached)
