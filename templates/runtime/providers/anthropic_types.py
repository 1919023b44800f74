"""Ways to ask Anthropic for a type."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..models.models import (
    AnswerSchema,
    Structure,
)
from ..run.inputs import is_dict
from .structure import is_strict
from .wanted_calls import ANSWER_TOOL, answer_tool

__all__ = ["AnthropicSchemaStructure", "AnthropicToolStructure", "anthropic_schema"]


class AnthropicSchemaStructure(Structure):
    """The JSON schema of an answer as the format of a message.

    The API has a strict mode only; what does not fit that is asked for by a tool.
    """

    def fields(self, schema: AnswerSchema) -> dict[str, Any]:
        """The format, or the tool."""
        if not is_strict(schema.schema):
            return AnthropicToolStructure().fields(schema)
        chosen = {"type": "json_schema", "schema": anthropic_schema(schema.schema)}
        return {"output_config": {"format": chosen}}


class AnthropicToolStructure(Structure):
    """A tool that a message is to call with the answer."""

    def fields(self, schema: AnswerSchema) -> dict[str, Any]:
        """The tool and its choice."""
        described = answer_tool(schema)
        tool = {
            "name": ANSWER_TOOL,
            "description": described["description"],
            "input_schema": described["parameters"],
        }
        return {"tools": [tool], "tool_choice": {"type": "tool", "name": ANSWER_TOOL}}


def anthropic_schema(node: Mapping[str, Any]) -> dict[str, Any]:
    """A schema of pydantic's as the API takes it.

    Constraints that it does not take are written into the description, as Anthropic's
    own library does it.
    """
    if "$ref" in node:
        return {"$ref": node["$ref"]}
    rest = dict(node)
    kept: dict[str, Any] = {
        name: rest.pop(name)
        for name in ("enum", "const", "title", "required")
        if name in rest
    }
    for name in ("$defs", "properties"):
        if name in rest:
            parts = rest.pop(name)
            kept[name] = {key: anthropic_schema(parts[key]) for key in parts}
    for name in ("anyOf", "allOf"):
        if name in rest:
            kept[name] = [*map(anthropic_schema, rest.pop(name))]
    if is_dict(rest.get("items")):
        kept["items"] = anthropic_schema(rest.pop("items"))
    type_ = rest.pop("type", None)
    if type_ is not None and not kept.keys() & {"enum", "const"}:
        kept["type"] = type_
    if type_ == "object":
        rest.pop("additionalProperties", None)
        kept["additionalProperties"] = False
    texts = [rest.pop("description")] if "description" in rest else []
    if rest:
        texts.append(f"{{{', '.join(f'{key}: {rest[key]}' for key in rest)}}}")
    return {**kept, "description": "\n\n".join(texts)} if texts else kept
