"""Ways to ask Gemini for a type, and pictures for it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from ..models.models import (
    AnswerSchema,
    ChatTurn,
    ModelImage,
    Structure,
)
from .structure import WordsStructure
from .wanted_calls import ANSWER_TOOL, answer_tool

__all__ = [
    "GeminiJsonStructure",
    "GeminiSchemaStructure",
    "GeminiToolStructure",
    "gemini_images",
    "image_part",
]

TYPE_OF_ENDING = {
    ".gif": "image/gif",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".png": "image/png",
    ".webp": "image/webp",
}
"""The types of pictures that are at an address, by its end."""


class GeminiSchemaStructure(Structure):
    """The JSON schema of an answer as the format of a generation."""

    def fields(self, schema: AnswerSchema) -> dict[str, Any]:
        """The format."""
        return {
            "generationConfig": {
                "responseMimeType": "application/json",
                "responseJsonSchema": schema.schema,
            }
        }


class GeminiJsonStructure(WordsStructure):
    """JSON as the format of a generation, its schema in words."""

    def fields(self, schema: AnswerSchema) -> dict[str, Any]:
        """The format."""
        return {"generationConfig": {"responseMimeType": "application/json"}}


class GeminiToolStructure(Structure):
    """A function that a generation is to call with the answer."""

    def fields(self, schema: AnswerSchema) -> dict[str, Any]:
        """The function and its choice."""
        function = answer_tool(schema)
        function["parametersJsonSchema"] = function.pop("parameters")
        calling = {"mode": "ANY", "allowedFunctionNames": [ANSWER_TOOL]}
        return {
            "tools": [{"functionDeclarations": [function]}],
            "toolConfig": {"functionCallingConfig": calling},
        }


def gemini_images(turn: ChatTurn) -> list[dict[str, Any]]:
    """A turn with pictures as parts."""
    parts = [*map(image_part, turn.images)]
    return [*parts, {"text": turn.text}] if turn.text else parts


def image_part(image: ModelImage) -> dict[str, Any]:
    """Where a picture is, with its type as far as that is known, or the picture itself."""
    if image.url is not None:
        _, dot, ending = urlsplit(image.url).path.lower().rpartition(".")
        media_type = image.media_type or TYPE_OF_ENDING.get(f"{dot}{ending}")
        type_ = {"mimeType": media_type} if media_type else {}
        return {"fileData": {"fileUri": image.url, **type_}}
    return {"inlineData": {"mimeType": image.media_type, "data": image.data}}
