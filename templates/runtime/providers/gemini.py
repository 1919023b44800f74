"""Takes requests to models; hands on the answers of Gemini's generateContent."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

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
    ToolCall,
)
from ..recovery.failures import ModelError
from .json_parts import count_in, object_in, objects_in, text_in
from .structure import ANSWER_TOOL, answer_tool, system_with_schema
from .wanted_calls import WantedCall, answer_wanted, read_arguments

__all__ = ["GeminiModel"]

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
"""Why an answer ends where the provider does not give it."""

GEMINI_SLIPS = ("MALFORMED_FUNCTION_CALL", "MALFORMED_RESPONSE", "UNEXPECTED_TOOL_CALL")
"""Why an answer ends where the model itself has failed, as it may not the next time."""

TYPE_OF_ENDING = {
    ".gif": "image/gif",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".png": "image/png",
    ".webp": "image/webp",
}
"""The types of pictures that are at an address, by its end."""


@dataclass(frozen=True)
class GeminiModel(HttpConnection):
    """A connection of `api: gemini`."""

    base_url: Env | str = field(
        default="https://generativelanguage.googleapis.com/v1beta", kw_only=True
    )

    def key_headers(self, key: str) -> dict[str, str]:
        return {"x-goog-api-key": key}

    def write(self, request: ModelRequest, *, stream: bool) -> HttpCall:
        """A generation of content."""
        schema, way = request.schema, self.structured_output
        in_words = way in ("json", "prompt")
        system = system_with_schema(request) if in_words else request.system
        own, settings = gemini_options(request.options)
        body: dict[str, Any] = {"contents": [*map(gemini_turn, request.messages)]}
        if system is not None:
            body["systemInstruction"] = {"parts": [{"text": system}], "role": "user"}
        declared = [gemini_tool(tool) for tool in request.tools]
        if schema is not None and way in ("schema", "json"):
            settings["responseMimeType"] = "application/json"
        if schema is not None and way == "schema":
            settings["responseJsonSchema"] = schema.schema
        elif schema is not None and way == "tool":
            told = answer_tool(schema)
            parameters = {"parametersJsonSchema": told.pop("parameters")}
            declared.append({**told, **parameters})
            calling: dict[str, Any] = {"mode": "ANY"}
            if not request.tools:
                calling["allowedFunctionNames"] = [ANSWER_TOOL]
            body["toolConfig"] = {"functionCallingConfig": calling}
        if declared:
            body["tools"] = [{"functionDeclarations": declared}]
        if settings:
            body["generationConfig"] = settings
        path = f"/{model_path(request.model)}:"
        if stream:
            path += "streamGenerateContent"
            return HttpCall(path, {**body, **own}, query={"alt": "sse"})
        return HttpCall(path + "generateContent", {**body, **own})

    def read(self, body: Any) -> ModelAnswer:
        """The first candidate's text and the tools that it wants."""
        candidates = objects_in(body, "candidates")
        candidate = candidates[0] if candidates else {}
        parts = objects_in(object_in(candidate, "content"), "parts")
        finish = text_in(candidate, "finishReason")
        self.check_end(object_in(body, "promptFeedback"), finish)
        found = [part["functionCall"] for part in parts if "functionCall" in part]
        wanted = [
            WantedCall(text_in(call, "id"), call["name"], call.get("args"))
            for call in found
        ]
        text = "".join(map(part_text, parts))
        if not text and not wanted:
            why = {"MAX_TOKENS": " within its limit of tokens", "STOP": "", "": ""}
            told = why.get(finish, f": {finish}")
            raise ModelError(f"`{self.name}` answered without a text{told}")
        answer = answer_wanted(wanted)
        calls = () if answer is not None else gemini_calls(self.name, wanted)
        return ModelAnswer(
            text if answer is None else answer,
            calls,
            gemini_usage(body),
            text_in(body, "modelVersion") or None,
            raw=parts,
        )

    def check_end(self, feedback: Mapping[str, Any], finish: str) -> None:
        """Raises `ModelError` for what was not answered, or not to its end."""
        reason = text_in(feedback, "blockReason")
        reason = reason or (finish if finish in GEMINI_REFUSALS else "")
        if reason:
            raise ModelError(f"`{self.name}` refused: {reason}", "refusal")
        if finish in GEMINI_SLIPS:
            message = f"`{self.name}` failed while it answered: {finish}"
            raise ModelError(message, "invalid_output")

    def reader(self) -> GeminiReader:
        return GeminiReader(self)

    def write_texts(
        self, model: str | None, texts: Sequence[str], options: Mapping[str, Any]
    ) -> HttpCall:
        """A batch of embeddings."""
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
        return HttpCall(f"/{path}:batchEmbedContents", {"requests": requests})

    def read_vectors(self, body: Any) -> TextVectors:
        """Embeddings in the order of the texts; the API counts no tokens."""
        return TextVectors([item["values"] for item in body["embeddings"]])


class GeminiReader:
    """Puts the pieces of one streamed answer together."""

    has_begun = False

    def __init__(self, connection: GeminiModel) -> None:
        self.connection = connection
        self.parts: list[dict[str, Any]] = []
        self.last: dict[str, Any] = {}
        self.candidate: dict[str, Any] = {}

    def feed(self, event: str, data: Any) -> str:
        """The text that a piece adds: of the answer, or of the tool that takes it."""
        error = object_in(data, "error")
        if error:
            raise told_error(self.connection.name, error)
        self.last |= data
        added = ""
        for candidate in objects_in(data, "candidates"):
            if count_in(candidate, "index") > 0:
                continue
            parts = objects_in(object_in(candidate, "content"), "parts")
            self.parts += parts
            self.has_begun = self.has_begun or bool(parts)
            self.candidate |= candidate
            added += "".join(map(part_text, parts))
        return added

    def answer(self) -> ModelAnswer | None:
        """The answer, once a piece has told why it ended."""
        feedback = object_in(self.last, "promptFeedback")
        if "finishReason" not in self.candidate and "blockReason" not in feedback:
            return None
        content = {"parts": self.parts}
        candidates = [{**self.candidate, "content": content}]
        return self.connection.read({**self.last, "candidates": candidates})


def model_path(model: str | None) -> str:
    """A model as addresses have it; one that names its collection stays as it is."""
    name = model or ""
    return name if "/" in name else f"models/{name}"


def part_text(part: Mapping[str, Any]) -> str:
    """What a part adds to the text of the answer, or to the tool that takes it."""
    call = object_in(part, "functionCall")
    if text_in(call, "name") == ANSWER_TOOL:
        return json.dumps(object_in(call, "args"))
    return "" if part.get("thought") else text_in(part, "text")


def gemini_calls(name: str, wanted: Sequence[WantedCall]) -> tuple[ToolCall, ...]:
    """The tools that a model wants called; most of its calls have no ids."""
    return tuple(
        ToolCall(call.id, call.name, read_arguments(name, call.arguments))
        for call in wanted
    )


def gemini_turn(message: ChatTurn) -> dict[str, Any]:
    """A turn as content; a model's as the API itself wrote it, where that is known."""
    role = "model" if message.role == "assistant" else "user"
    if message.raw is not None:
        return {"role": role, "parts": list(message.raw)}
    parts: list[dict[str, Any]] = [
        {
            "functionResponse": {
                **call_head(result.call),
                "response": {"error" if result.is_error else "result": result.text},
            }
        }
        for result in message.results
    ]
    parts += map(image_part, message.images)
    if message.text or not (parts or message.calls):
        parts.append({"text": message.text})
    parts += [
        {"functionCall": {**call_head(call), "args": dict(call.arguments)}}
        for call in message.calls
    ]
    return {"role": role, "parts": parts}


def call_head(call: ToolCall) -> dict[str, str]:
    """By what a call and its result are known to belong together."""
    return {"id": call.id, "name": call.name} if call.id else {"name": call.name}


def image_part(image: ModelImage) -> dict[str, Any]:
    """Where a picture is, with its type as far as that is known, or the picture itself."""
    if image.url is not None:
        _, dot, ending = urlsplit(image.url).path.lower().rpartition(".")
        media_type = image.media_type or TYPE_OF_ENDING.get(f"{dot}{ending}")
        told = {"mimeType": media_type} if media_type else {}
        return {"fileData": {"fileUri": image.url, **told}}
    return {"inlineData": {"mimeType": image.media_type, "data": image.data}}


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


def gemini_usage(body: Any) -> TokenUsage | None:
    """The tokens of an answer; those of its thoughts are output too."""
    usage = object_in(body, "usageMetadata")
    if not usage:
        return None
    return TokenUsage(
        count_in(usage, "promptTokenCount", "toolUsePromptTokenCount"),
        count_in(usage, "candidatesTokenCount", "thoughtsTokenCount"),
        count_in(usage, "cachedContentTokenCount"),
    )
