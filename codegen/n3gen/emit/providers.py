"""The names of the run-time support by which modules ask each kind of provider."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from n3gen.spec.model import Connection

__all__ = ["PROVIDERS", "Provider", "provider_of"]


@dataclass(frozen=True, slots=True)
class Provider:
    """The classes and functions of one kind of provider.

    `tool_model` is the class of a connection whose calls have tools, or whose
    `structures`, by their names in specs, ask for a type by a tool.
    """

    model: str
    tool_model: str
    structures: Mapping[str, str]
    by_tool: tuple[str, ...] = ("tool",)
    images: str | None = None
    vectors: str | None = None


PROVIDERS = {
    "openai": Provider(
        "OpenAIModel",
        "OpenAIToolModel",
        {
            "schema": "ChatSchemaStructure",
            "tool": "ChatToolStructure",
            "json": "ChatJsonStructure",
            "prompt": "WordsStructure",
        },
        images="chat_images",
        vectors="openai_vectors",
    ),
    "responses": Provider(
        "OpenAIResponsesModel",
        "OpenAIResponsesToolModel",
        {
            "schema": "ResponseSchemaStructure",
            "tool": "ResponseToolStructure",
            "json": "ResponseJsonStructure",
            "prompt": "WordsStructure",
        },
        images="response_images",
        vectors="openai_vectors",
    ),
    "anthropic": Provider(
        "AnthropicModel",
        "AnthropicToolModel",
        {
            "schema": "AnthropicSchemaStructure",
            "tool": "AnthropicToolStructure",
            "json": "WordsStructure",
            "prompt": "WordsStructure",
        },
        by_tool=("schema", "tool"),
        images="anthropic_images",
    ),
    "gemini": Provider(
        "GeminiModel",
        "GeminiToolModel",
        {
            "schema": "GeminiSchemaStructure",
            "tool": "GeminiToolStructure",
            "json": "GeminiJsonStructure",
            "prompt": "WordsStructure",
        },
        images="gemini_images",
        vectors="gemini_vectors",
    ),
    "ollama": Provider(
        "OllamaModel",
        "OllamaToolModel",
        {
            "schema": "OllamaSchemaStructure",
            "json": "OllamaJsonStructure",
            "prompt": "WordsStructure",
        },
        by_tool=(),
        images="ollama_images",
        vectors="ollama_vectors",
    ),
    "http": Provider("HttpModel", "HttpModel", {}),
    "local": Provider("LocalModel", "LocalModel", {}, vectors="local_vectors"),
}


def provider_of(connection: Connection) -> Provider:
    """The provider of a connection, by its API and its endpoint."""
    if connection.api == "openai" and connection.endpoint == "responses":
        return PROVIDERS["responses"]
    return PROVIDERS[connection.api]
