"""OpenAI's responses."""

from __future__ import annotations

from typing import ClassVar

from n3gen.emit.provider import Provider

__all__ = ["Responses"]


class Responses(Provider):
    protocol = "responses"
    known_as = "openai"
    model = "OpenAIResponsesModel"
    tool_model = "OpenAIResponsesToolModel"
    STRUCTURES: ClassVar[dict[str, str]] = {
        "schema": "ResponseSchemaStructure",
        "tool": "ResponseToolStructure",
        "json": "ResponseJsonStructure",
        "prompt": "WordsStructure",
    }
    images = "response_images"
    files = "response_files"
    vectors = "openai_vectors"
