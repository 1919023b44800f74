"""Anthropic's messages."""

from __future__ import annotations

from typing import ClassVar

from n3gen.emit.provider import Provider

__all__ = ["Anthropic"]


class Anthropic(Provider):
    protocol = "anthropic"
    known_as = "anthropic"
    model = "AnthropicModel"
    tool_model = "AnthropicToolModel"
    STRUCTURES: ClassVar[dict[str, str]] = {
        "schema": "AnthropicSchemaStructure",
        "tool": "AnthropicToolStructure",
        "prompt": "WordsStructure",
    }
    BY_TOOL = ("schema", "tool")
    images = "anthropic_images"
    files = "anthropic_files"
