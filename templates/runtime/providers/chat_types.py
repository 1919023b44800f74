"""Ways to ask for a type in OpenAI's chat completions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..models.models import (
    AnswerSchema,
    Structure,
)
from .structure import WordsStructure, named_schema
from .wanted_calls import (
    ANSWER_TOOL,
    answer_tool,
)

__all__ = [
    "ChatJsonStructure",
    "ChatSchemaStructure",
    "ChatToolStructure",
    "function_tools",
]


class ChatSchemaStructure(Structure):
    """The JSON schema of an answer as the format of a completion."""

    def fields(self, schema: AnswerSchema) -> dict[str, Any]:
        """The format."""
        named = named_schema(schema)
        return {"response_format": {"type": "json_schema", "json_schema": named}}


class ChatJsonStructure(WordsStructure):
    """JSON as the format of a completion, its schema in words."""

    def fields(self, schema: AnswerSchema) -> dict[str, Any]:
        """The format."""
        return {"response_format": {"type": "json_object"}}


class ChatToolStructure(Structure):
    """A tool that a completion is to call with the answer."""

    def fields(self, schema: AnswerSchema) -> dict[str, Any]:
        """The tool and its choice."""
        return {
            "tools": function_tools([answer_tool(schema)]),
            "tool_choice": {"type": "function", "function": {"name": ANSWER_TOOL}},
        }


def function_tools(functions: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Tools as chat completions have them."""
    return [{"type": "function", "function": function} for function in functions]
