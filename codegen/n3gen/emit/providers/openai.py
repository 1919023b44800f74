"""OpenAI's chat completions."""

from __future__ import annotations

from typing import ClassVar

from n3gen.emit.provider import Provider

__all__ = ["OpenAI"]


class OpenAI(Provider):
    protocol = "openai"
    known_as = "openai"
    model = "OpenAIModel"
    tool_model = "OpenAIToolModel"
    STRUCTURES: ClassVar[dict[str, str]] = {
        "schema": "ChatSchemaStructure",
        "tool": "ChatToolStructure",
        "json": "ChatJsonStructure",
        "prompt": "WordsStructure",
    }
    images = "chat_images"
    files = "chat_files"
    vectors = "openai_vectors"
