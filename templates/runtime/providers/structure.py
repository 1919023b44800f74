"""The ways in which providers are asked for an answer of a type."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from ..models.models import AnswerSchema, ChatTurn, ModelRequest, Structure
from ..recovery.failures import ModelError
from ..run.inputs import is_dict, is_list

__all__ = [
    "WordsStructure",
    "in_words",
    "is_strict",
    "named_schema",
    "refuse_systems",
    "split_system",
    "strict_schema",
]

JsonNode = Mapping[str, Any]


class WordsStructure(Structure):
    """A sentence of the system prompt, for providers that have no way of their own."""

    def words(self, schema: AnswerSchema) -> str:
        """The sentence that asks for JSON."""
        text = json.dumps(schema.schema, separators=(",", ":"))
        return f"Answer with JSON only, which fits this JSON schema: {text}"


def split_system(
    request: ModelRequest, structure: Structure | None
) -> tuple[str | None, Sequence[ChatTurn]]:
    """The system prompt, with its words on the type of the answer, and the other turns.

    The system's turns at the beginning make the prompt; later ones keep their place.
    """
    turns = request.messages
    count = next((i for i, turn in enumerate(turns) if turn.role != "system"), None)
    systems = [turn.text for turn in turns[:count]]
    if request.schema is not None and structure is not None:
        words = structure.words(request.schema)
        systems += [words] if words else []
    rest = () if count is None else turns[count:]
    return "\n\n".join(systems) if systems else None, rest


def refuse_systems(name: str, turns: Sequence[ChatTurn]) -> None:
    """Raise `ModelError` for a system message in the middle, where an API has none."""
    if any(turn.role == "system" for turn in turns):
        raise ModelError(
            f"`{name}` takes a system message only before all others: its API has no"
            " place for one in the middle"
        )


def named_schema(schema: AnswerSchema) -> dict[str, Any]:
    """A schema by its name, in the strict mode where that can hold it."""
    if not is_strict(schema.schema):
        return {"name": schema.name, "schema": schema.schema, "strict": False}
    return {"name": schema.name, "schema": strict_schema(schema.schema), "strict": True}


def is_strict(schema: Any) -> bool:
    """Whether all of a schema fits the strict mode of providers.

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
    Bounds on the length of texts, which OpenAI does not accept, are described in words.
    """
    root = schema if root is None else root
    node = {key: part for key, part in schema.items() if key != "default"}
    node = in_words(node, "minLength", "maxLength")
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


def in_words(node: JsonNode, *names: str) -> dict[str, Any]:
    """A schema with some of its constraints in the words of its description instead."""
    constraints = [f"{name}: {node[name]}" for name in names if name in node]
    kept = {key: part for key, part in node.items() if key not in names}
    if constraints:
        words = [kept["description"]] if "description" in kept else []
        kept["description"] = "\n\n".join([*words, f"{{{', '.join(constraints)}}}"])
    return kept
