"""A server of Ollama's."""

from __future__ import annotations

from typing import ClassVar

from n3gen.emit.provider import Provider

__all__ = ["Ollama"]


class Ollama(Provider):
    protocol = "ollama"
    known_as = "ollama"
    model = "OllamaModel"
    tool_model = "OllamaToolModel"
    STRUCTURES: ClassVar[dict[str, str]] = {
        "schema": "OllamaSchemaStructure",
        "json": "OllamaJsonStructure",
        "prompt": "WordsStructure",
    }
    images = "ollama_images"
    vectors = "ollama_vectors"
