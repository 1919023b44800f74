"""Google's Gemini."""

from __future__ import annotations

from typing import ClassVar

from n3gen.emit.provider import Provider

__all__ = ["Gemini"]


class Gemini(Provider):
    protocol = "gemini"
    known_as = "gcp.gemini"
    model = "GeminiModel"
    tool_model = "GeminiToolModel"
    STRUCTURES: ClassVar[dict[str, str]] = {
        "schema": "GeminiSchemaStructure",
        "tool": "GeminiToolStructure",
        "json": "GeminiJsonStructure",
        "prompt": "WordsStructure",
    }
    images = "gemini_images"
    files = "gemini_images"
    vectors = "gemini_vectors"
