"""Anthropic's messages API."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from ..http.calls import HttpCall
from ..http.secrets import Env
from ..http.wire import HttpConnection, StreamReader
from ..models.files import ModelFile, parted
from ..models.models import (
    ChatTurn,
    ModelAnswer,
    ModelImage,
    ModelRequest,
    ModelTool,
    TokenUsage,
    ToolCall,
)
from ..recovery.failures import ModelError
from ..run.inputs import is_dict
from .endings import Ending, ended_answer, raise_reported_error
from .json_parts import count_in, object_in, objects_in, reason_in, text_in
from .structure import refuse_systems, split_system
from .wanted_calls import (
    ANSWER_TOOL,
    answer_by_tool,
    check_last_call,
    used_arguments,
    wanted_call,
)

__all__ = [
    "AnthropicModel",
    "AnthropicToolModel",
    "anthropic_files",
    "anthropic_images",
]

MESSAGES_VERSION = "2023-06-01"
"""The version whose requests may have sampling options; `headers` can name another."""

MOST_ANSWER_TOKENS = 4096
"""The limit of an answer whose call has none, as the API wants one."""

MESSAGE_ENDINGS: Mapping[str, Ending] = {
    **dict.fromkeys(("", "end_turn", "stop_sequence", "tool_use"), "whole"),
    "max_tokens": "cut",
    "model_context_window_exceeded": "window",
    "refusal": "refused",
}


@dataclass(frozen=True, kw_only=True)
class AnthropicModel(HttpConnection):
    """A connection of `api: anthropic`."""

    base_url: Env | str = "https://api.anthropic.com"

    def key_headers(self, key: str) -> dict[str, str]:
        return {"x-api-key": key}

    def write(self, request: ModelRequest, *, stream: bool) -> HttpCall:
        """A message."""
        system, turns = split_system(request, self.structure)
        refuse_systems(self.name, turns)
        body: dict[str, Any] = {
            "model": request.model,
            "max_tokens": MOST_ANSWER_TOKENS,
            "messages": joined_turns([(t.role, self.write_turn(t)) for t in turns]),
        }
        if system is not None:
            body["system"] = system
        options = dict(request.options)
        fields = self.write_fields(request)
        if "output_config" in fields:
            given = options.pop("output_config", {})
            fields["output_config"] = {**given, **fields["output_config"]}
        if stream:
            body["stream"] = True
        headers = {"anthropic-version": MESSAGES_VERSION}
        return HttpCall("/v1/messages", {**body, **fields, **options}, headers)

    def write_turn(self, turn: ChatTurn) -> list[dict[str, Any]]:
        """A turn as blocks."""
        if turn.images and self.write_images is not None:
            return self.write_images(turn)
        return [{"type": "text", "text": turn.text}]

    def write_fields(self, request: ModelRequest) -> dict[str, Any]:
        """The fields that ask for a type."""
        if request.schema is None or self.structure is None:
            return {}
        return self.structure.fields(request.schema)

    def read(self, body: Any) -> ModelAnswer:
        """A message's text."""
        raise_reported_error(self.name, body, answer="content")
        blocks = objects_in(body, "content")
        answer = ModelAnswer(
            "".join(text_in(b, "text") for b in blocks if b.get("type") == "text"),
            self.calls_in(blocks),
            self.usage_in(body),
            text_in(body, "model") or None,
            raw=blocks,
        )
        stop = reason_in(body, "stop_reason")
        why = text_in(object_in(body, "stop_details"), "explanation") or answer.text
        return ended_answer(self.name, answer, stop, MESSAGE_ENDINGS, why)

    def calls_in(self, blocks: Sequence[Mapping[str, Any]]) -> tuple[Any, ...]:
        """The tools that a message asks for: none, as it was offered none."""
        return ()

    def usage_in(self, body: Any) -> TokenUsage | None:
        """The tokens of a message; those read from and written to its cache are input."""
        usage = object_in(body, "usage")
        if not usage:
            return None
        cached = count_in(usage, "cache_read_input_tokens")
        fresh = count_in(usage, "input_tokens", "cache_creation_input_tokens")
        return TokenUsage(fresh + cached, count_in(usage, "output_tokens"), cached)

    def reader(self) -> StreamReader:
        return MessageReader(self.name)


class MessageReader(StreamReader):
    """Puts one streamed message together."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.message: dict[str, Any] = {}
        self.blocks: dict[int, dict[str, Any]] = {}
        self.inputs: dict[int, str] = {}

    def feed(self, event: str, data: Any) -> str:
        kind = text_in(data, "type") or event
        index = count_in(data, "index")
        raise_reported_error(self.name, data, event)
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
        """Add a part to a block of the message; what of it belongs to the answer."""
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

    def body(self) -> dict[str, Any]:
        """What has come as one message."""
        for index, text in self.inputs.items():
            if text:
                self.blocks[index]["input"] = text
                with suppress(ValueError, RecursionError):
                    self.blocks[index]["input"] = json.loads(text)
        content = [block for _, block in sorted(self.blocks.items())]
        return {**self.message, "content": content}


@dataclass(frozen=True)
class AnthropicToolModel(AnthropicModel):
    """A connection of `api: anthropic` whose calls have tools."""

    def write_turn(self, turn: ChatTurn) -> list[dict[str, Any]]:
        """A turn as blocks; an assistant's as the API itself wrote it, if it did."""
        if turn.raw is not None:
            return [*map(sendable_block, filter(is_sendable, turn.raw))]
        blocks: list[dict[str, Any]] = [
            {
                "type": "tool_result",
                "tool_use_id": result.call.id,
                "content": result.text,
                **({"is_error": True} if result.is_error else {}),
            }
            for result in turn.results
        ]
        if turn.text or turn.images or not (blocks or turn.calls):
            blocks += super().write_turn(turn)
        blocks += [
            {
                "type": "tool_use",
                "id": call.id,
                "name": call.name,
                "input": dict(call.arguments),
            }
            for call in turn.calls
        ]
        return blocks

    def write_fields(self, request: ModelRequest) -> dict[str, Any]:
        """The tools of a request, among them the one that takes the answer."""
        fields = super().write_fields(request)
        if request.tools:
            tools = [*map(anthropic_tool, request.tools)]
            fields["tools"] = tools + fields.get("tools", [])
            if "tool_choice" in fields:
                fields["tool_choice"] = {"type": "any"}
        return fields

    def read(self, body: Any) -> ModelAnswer:
        """A message's text and the tools that it asks for."""
        answer = super().read(body)
        check_last_call(self.name, answer, reason_in(body, "stop_reason"))
        return answer_by_tool(answer)

    def calls_in(self, blocks: Sequence[Mapping[str, Any]]) -> tuple[ToolCall, ...]:
        """The tools that a message asks for."""
        return tuple(
            wanted_call(block["id"], text_in(block, "name"), block.get("input", {}))
            for block in blocks
            if block.get("type") == "tool_use"
        )


def is_sendable(block: Mapping[str, Any]) -> bool:
    """Whether the API takes back a block; a blank text that it has written it does not."""
    return block.get("type") != "text" or bool(text_in(block, "text").strip())


def sendable_block(block: dict[str, Any]) -> dict[str, Any]:
    """A block as the API takes it back: the input of a tool must be an object."""
    if block.get("type") == "tool_use" and not is_dict(block.get("input")):
        return {**block, "input": used_arguments(block.get("input", {}))}
    return block


def joined_turns(
    turns: Sequence[tuple[str, list[dict[str, Any]]]],
) -> list[dict[str, Any]]:
    """The turns of a conversation, those of one speaker in a row as one."""
    joined: list[dict[str, Any]] = []
    for role, blocks in turns:
        if joined and joined[-1]["role"] == role:
            joined[-1]["content"] = [*joined[-1]["content"], *blocks]
        else:
            joined.append({"role": role, "content": blocks})
    for turn in joined:
        content = turn["content"]
        if len(content) == 1 and content[0].keys() == {"type", "text"}:
            turn["content"] = content[0]["text"]
    return joined


def anthropic_images(turn: ChatTurn) -> list[dict[str, Any]]:
    """A turn with pictures as blocks."""
    blocks: list[dict[str, Any]] = [
        {"type": "image", "source": image_source(image)} for image in turn.images
    ]
    return [*blocks, {"type": "text", "text": turn.text}] if turn.text else blocks


def image_source(image: ModelImage) -> dict[str, Any]:
    """Where a picture is, or the picture itself."""
    if image.url is not None:
        return {"type": "url", "url": image.url}
    return {"type": "base64", "media_type": image.media_type, "data": image.data}


def anthropic_files(turn: ChatTurn) -> list[dict[str, Any]]:
    """A turn with files, and maybe pictures, as blocks."""
    files, rest = parted(turn)
    return [*map(document_block, files), *anthropic_images(rest)]


def document_block(file: ModelFile) -> dict[str, Any]:
    """A PDF or a text as a document; raises `ModelError` for another file."""
    source = image_source(file)
    if file.media_type.startswith("text/") and file.url is None:
        try:
            text = base64.b64decode(file.data).decode()
        except UnicodeDecodeError:
            raise ModelError(f"the file {file.name!r:.200} is not UTF-8") from None
        source = {"type": "text", "media_type": "text/plain", "data": text}
    elif file.url is None and file.media_type != "application/pdf":
        raise ModelError(
            f"Anthropic takes PDFs and texts: the file {file.name!r:.200} is "
            f"{file.media_type}"
        )
    title = {"title": file.name} if file.name else {}
    return {"type": "document", "source": source, **title}


def anthropic_tool(tool: ModelTool) -> dict[str, Any]:
    """A tool as the messages API has it."""
    return {
        "name": tool.name,
        "description": tool.description(),
        "input_schema": tool.parameters(),
    }
