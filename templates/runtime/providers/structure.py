"""Takes the JSON schema of an answer; hands on what providers are told of it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from ..models.models import AnswerSchema, ModelRequest, ToolCall
from ..run.inputs import is_dict, is_list

__all__ = [
    "ANSWER_TOOL",
    "answer_in",
    "answer_tool",
    "is_strict",
    "schema_instruction",
    "strict_schema",
    "system_with_schema",
]

JsonNode = Mapping[str, Any]

ANSWER_TOOL = "give_answer"
"""The tool whose arguments are the answer, where that is asked for by a tool."""


def answer_tool(schema: AnswerSchema) -> dict[str, Any]:
    """The tool by which an answer of a type is given."""
    return {
        "name": ANSWER_TOOL,
        "description": "Gives the answer.",
        "parameters": schema.schema,
    }


def answer_in(calls: Sequence[ToolCall]) -> str | None:
    """The answer among the calls of tools, as JSON."""
    for call in calls:
        if call.name == ANSWER_TOOL:
            return json.dumps(call.arguments)
    return None


def schema_instruction(schema: AnswerSchema) -> str:
    """The sentence that asks for JSON, where a provider has no way of its own."""
    text = json.dumps(schema.schema, separators=(",", ":"))
    return f"Answer with JSON only, which fits this JSON schema: {text}"


def system_with_schema(request: ModelRequest) -> str | None:
    """The system prompt, with the sentence that asks for the type of the answer."""
    if request.schema is None:
        return request.system
    told = schema_instruction(request.schema)
    return told if request.system is None else f"{request.system}\n\n{told}"


def is_strict(schema: Any) -> bool:
    """Whether all of a schema can be told in the strict mode of providers.

    That has no objects with keys of their own, and nothing that may be anything.
    """
    if is_list(schema):
        return all(map(is_strict, schema))
    if not is_dict(schema):
        return True
    if not schema.keys() & {"type", "anyOf", "allOf", "enum", "const", "$ref"}:
        return False
    if schema.get("type") == "object" and "properties" not in schema:
        return False
    if schema.get("additionalProperties") not in (None, False):
        return False
    names = ("properties", "$defs")
    parts = [part for name in names for part in schema.get(name, {}).values()]
    parts += [schema[name] for name in ("items", "anyOf", "allOf") if name in schema]
    return all(map(is_strict, parts))


def strict_schema(schema: JsonNode, root: JsonNode | None = None) -> dict[str, Any]:
    """A schema of pydantic's as the strict mode takes it.

    Every object says that it has no other keys, and needs all of them, so that there
    are no defaults. A reference stands alone, as what it refers to where it does not.
    """
    root = schema if root is None else root
    node = {key: part for key, part in schema.items() if key != "default"}
    if len(node.get("allOf", ())) == 1:
        node = {**node.pop("allOf")[0], **node}
    if "$ref" in node and len(node) > 1:
        target: Any = root
        for key in str(node.pop("$ref")).removeprefix("#/").split("/"):
            target = target[key]
        return strict_schema({**target, **node}, root)
    if node.get("type") == "object":
        node["additionalProperties"] = False
    for name in ("properties", "$defs"):
        if name in node:
            node[name] = {k: strict_schema(v, root) for k, v in node[name].items()}
    if "properties" in node:
        node["required"] = list(node["properties"])
    if is_dict(node.get("items")):
        node["items"] = strict_schema(node["items"], root)
    for name in ("anyOf", "allOf"):
        if name in node:
            node[name] = [strict_schema(part, root) for part in node[name]]
    return node
