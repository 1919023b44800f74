"""Gemini's generateContent."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

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
from ..run.inputs import is_dict, is_list
from .endings import Ending, ended_answer, raise_reported_error
from .json_parts import (
    count_in,
    first_numbered,
    object_in,
    objects_in,
    reason_in,
    text_in,
)
from .structure import refuse_systems, split_system
from .wanted_calls import (
    ANSWER_TOOL,
    answer_by_tool,
    check_last_call,
    used_arguments,
    wanted_call,
)

__all__ = [
    "GeminiModel",
    "GeminiToolModel",
    "gemini_vectors",
]

GEMINI_OWN_OPTIONS = (
    "cachedContent",
    "continuationToken",
    "labels",
    "modelArmorConfig",
    "safetySettings",
    "serviceTier",
    "store",
    "toolConfig",
)
"""The options that stand beside the generation's configuration, not in it."""

GEMINI_REFUSALS = (
    "BLOCKLIST",
    "ESCALATION",
    "IMAGE_PROHIBITED_CONTENT",
    "IMAGE_RECITATION",
    "IMAGE_SAFETY",
    "LANGUAGE",
    "MODEL_ARMOR",
    "PROHIBITED_CONTENT",
    "PUP_LIMITED_DISABLED",
    "RECITATION",
    "SAFETY",
    "SPII",
)

GEMINI_SLIPS = ("MALFORMED_FUNCTION_CALL", "MALFORMED_RESPONSE", "UNEXPECTED_TOOL_CALL")
"""Why an answer ends where the model itself has failed, as it may not the next time."""

GEMINI_ENDINGS: Mapping[str, Ending] = {
    # `FUNCTION_CALL` is the word of some servers that speak this API.
    **dict.fromkeys(("", "STOP", "FUNCTION_CALL"), "whole"),
    **dict.fromkeys(GEMINI_REFUSALS, "refused"),
    **dict.fromkeys(GEMINI_SLIPS, "slip"),
    "MAX_TOKENS": "cut",
}


@dataclass(frozen=True, kw_only=True)
class GeminiModel(HttpConnection):
    """A connection of `api: gemini`."""

    base_url: Env | str = "https://generativelanguage.googleapis.com/v1beta"

    def key_headers(self, key: str) -> dict[str, str]:
        return {"x-goog-api-key": key}

    def write(self, request: ModelRequest, *, stream: bool) -> HttpCall:
        """A generation of content."""
        system, turns = split_system(request, self.structure)
        refuse_systems(self.name, turns)
        own, settings = gemini_options(request.options)
        body: dict[str, Any] = {"contents": [*map(self.write_content, turns)]}
        if system is not None:
            body["systemInstruction"] = {"parts": [{"text": system}], "role": "user"}
        fields = self.write_fields(request)
        settings |= fields.pop("generationConfig", {})
        if settings:
            body["generationConfig"] = settings
        path = f"/{model_path(request.model)}:"
        if stream:
            path += "streamGenerateContent"
            return HttpCall(path, {**body, **fields, **own}, query={"alt": "sse"})
        return HttpCall(path + "generateContent", {**body, **fields, **own})

    def write_content(self, turn: ChatTurn) -> dict[str, Any]:
        """A turn as content."""
        role = "model" if turn.role == "assistant" else "user"
        return {"role": role, "parts": self.write_turn(turn)}

    def write_turn(self, turn: ChatTurn) -> list[dict[str, Any]]:
        """A turn as parts."""
        if turn.images and self.write_images is not None:
            return self.write_images(turn)
        return [{"text": turn.text}]

    def write_fields(self, request: ModelRequest) -> dict[str, Any]:
        """The fields that ask for a type."""
        if request.schema is None or self.structure is None:
            return {}
        return self.structure.fields(request.schema)

    def read(self, body: Any) -> ModelAnswer:
        """Return the first candidate's text."""
        body = self.joined(body)
        raise_reported_error(self.name, body)
        if reason := reason_in(object_in(body, "promptFeedback"), "blockReason"):
            raise ModelError(f"`{self.name}` refused: {reason}", "refusal")
        raise_reported_error(self.name, body, answer="candidates")
        candidate = first_numbered(body, "candidates")
        parts = objects_in(object_in(candidate, "content"), "parts")
        finish = reason_in(candidate, "finishReason")
        answer = ModelAnswer(
            "".join(map(part_text, parts)),
            self.calls_in(parts),
            self.usage_in(body),
            text_in(body, "modelVersion") or None,
            raw=parts,
        )
        return ended_answer(self.name, answer, finish, GEMINI_ENDINGS)

    def joined(self, body: Any) -> Any:
        """Return a body as one; without `alt=sse` a stream is a list of its pieces."""
        if not is_list(body):
            return body
        reader = self.reader()
        for piece in body:
            reader.feed("", piece)
        return reader.body()

    def calls_in(self, parts: Sequence[Mapping[str, Any]]) -> tuple[Any, ...]:
        """Return the tools that a candidate asks for: none, as it was offered none."""
        return ()

    def usage_in(self, body: Any) -> TokenUsage | None:
        """Return the tokens of an answer; those of its thoughts are output too."""
        usage = object_in(self.joined(body), "usageMetadata")
        if not usage:
            return None
        return TokenUsage(
            count_in(usage, "promptTokenCount", "toolUsePromptTokenCount"),
            count_in(usage, "candidatesTokenCount", "thoughtsTokenCount"),
            count_in(usage, "cachedContentTokenCount"),
        )

    def reader(self) -> StreamReader:
        return GeminiReader(self.name)


class GeminiReader(StreamReader):
    """Puts the pieces of one streamed answer together."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.parts: list[dict[str, Any]] = []
        self.last: dict[str, Any] = {}
        self.candidate: dict[str, Any] = {}

    def feed(self, event: str, data: Any) -> str:
        raise_reported_error(self.name, data, event)
        self.last |= data
        candidate = first_numbered(data, "candidates", 0)
        parts = objects_in(object_in(candidate, "content"), "parts")
        self.parts += parts
        self.has_begun = self.has_begun or bool(parts)
        self.candidate |= {name: part for name, part in candidate.items() if part}
        feedback = object_in(self.last, "promptFeedback")
        ended = reason_in(self.candidate, "finishReason")
        self.has_ended = bool(ended or reason_in(feedback, "blockReason"))
        return "".join(map(part_text, parts))

    def body(self) -> dict[str, Any]:
        candidate = {**self.candidate, "content": {"parts": self.parts}}
        return {**self.last, "candidates": [candidate]}


@dataclass(frozen=True)
class GeminiToolModel(GeminiModel):
    """A connection of `api: gemini` whose calls have tools."""

    def write_turn(self, turn: ChatTurn) -> list[dict[str, Any]]:
        """A turn as parts; a model's as the API itself wrote it, if it did."""
        if turn.raw is not None:
            return [*map(sendable_part, turn.raw)]
        parts: list[dict[str, Any]] = [
            {
                "functionResponse": {
                    **call_head(result.call),
                    "response": {"error" if result.is_error else "result": result.text},
                }
            }
            for result in turn.results
        ]
        if turn.text or turn.images or not (parts or turn.calls):
            parts += super().write_turn(turn)
        parts += [
            {"functionCall": {**call_head(call), "args": dict(call.arguments)}}
            for call in turn.calls
        ]
        return parts

    def write_fields(self, request: ModelRequest) -> dict[str, Any]:
        """The functions of a request, among them the one that takes the answer."""
        fields = super().write_fields(request)
        if request.tools:
            declared = [*map(gemini_tool, request.tools)]
            if "tools" in fields:
                declared += fields["tools"][0]["functionDeclarations"]
                fields["toolConfig"] = {"functionCallingConfig": {"mode": "ANY"}}
            fields["tools"] = [{"functionDeclarations": declared}]
        return fields

    def read(self, body: Any) -> ModelAnswer:
        """The first candidate's text and the tools that it asks for."""
        answer = super().read(body)
        reason = reason_in(first_numbered(body, "candidates"), "finishReason")
        check_last_call(self.name, answer, reason)
        return answer_by_tool(answer)

    def calls_in(self, parts: Sequence[Mapping[str, Any]]) -> tuple[ToolCall, ...]:
        """The tools that a candidate asks for; most of its calls have no ids."""
        found = [object_in(part, "functionCall") for part in parts]
        return tuple(
            wanted_call(
                text_in(call, "id"), text_in(call, "name"), call.get("args", {})
            )
            for call in found
            if call
        )


def model_path(model: str | None) -> str:
    """A model as addresses have it; one that names its collection keeps that."""
    name = model or ""
    if not {".", ".."}.isdisjoint(name.split("/")):
        raise ModelError(f"no model is called `{name}`")
    return quote(name if "/" in name else f"models/{name}", safe="/@")


def part_text(part: Mapping[str, Any]) -> str:
    """What a part adds to the text of the answer, or to the tool that takes it."""
    call = object_in(part, "functionCall")
    if text_in(call, "name") == ANSWER_TOOL:
        return json.dumps(object_in(call, "args"))
    return "" if part.get("thought") else text_in(part, "text")


def sendable_part(part: dict[str, Any]) -> dict[str, Any]:
    """A part as the API takes it back: the arguments of a function must be an object."""
    call = object_in(part, "functionCall")
    if is_dict(call.get("args", {})):
        return part
    used = used_arguments(call["args"])
    return {**part, "functionCall": {**call, "args": used}}


def call_head(call: ToolCall) -> dict[str, str]:
    """By what a call and its result are known to belong together."""
    return {"id": call.id, "name": call.name} if call.id else {"name": call.name}


def gemini_tool(tool: ModelTool) -> dict[str, Any]:
    """A tool as a function declaration."""
    return {
        "name": tool.name,
        "description": tool.description(),
        "parametersJsonSchema": tool.parameters(),
    }


def gemini_options(
    options: Mapping[str, Any],
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The options by the names that the API has, those beside and those of the generation."""
    own: dict[str, Any] = {}
    settings: dict[str, Any] = {}
    for name, value in options.items():
        camel = re.sub(r"_([a-z])", lambda match: match[1].upper(), name)
        (own if camel in GEMINI_OWN_OPTIONS else settings)[camel] = value
    return own, settings


async def gemini_vectors(
    connection: HttpConnection,
    model: str | None,
    texts: Sequence[str],
    options: Mapping[str, Any],
) -> TextVectors:
    """Fetch a batch of embeddings, in the order of the texts.

    The API counts no tokens.
    """

    def read(body: Any) -> TextVectors:
        name = connection.name
        raise_reported_error(name, body, answer="embeddings")
        found = objects_in(body, "embeddings")
        return TextVectors([answered_vector(name, one.get("values")) for one in found])

    path = model_path(model)
    own, settings = gemini_options(options)
    requests = [
        {
            "model": path,
            "content": {"role": "user", "parts": [{"text": text}]},
            **own,
            **settings,
        }
        for text in texts
    ]
    call = HttpCall(f"/{path}:batchEmbedContents", {"requests": requests})
    return await connection.fetch(call, read)
