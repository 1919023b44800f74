"""The JSON Schema of the YAML spelling, made from the tables of keys."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

from n3gen.spec.actors import Actor
from n3gen.spec.blocks import BLOCKS
from n3gen.spec.channels import Channel
from n3gen.spec.entries import Step
from n3gen.spec.field_nodes import FIELD
from n3gen.spec.key_shapes import (
    JsonSchema,
    Mapping,
    OneOf,
    Shape,
    TypeText,
    Whole,
)
from n3gen.spec.keys import Record, built, key_names
from n3gen.spec.limits import Limit
from n3gen.spec.model import Chain, Connector, Pipeline
from n3gen.spec.providers import CONNECTION
from n3gen.spec.states import State
from n3gen.spec.step_reader import SIGNATURE
from n3gen.spec.steps import KINDS
from n3gen.spec.test_nodes import Test
from n3gen.syntax.place_rules import article

__all__ = ["RECORDS", "SECTIONS", "json_schema", "schema_text"]

_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"

_ALIASES: Final = {"llm": ("prompt",)}
"""Further words for kinds of steps."""

_KINDS: Final = [kind for kind, form in KINDS.items() if not form.in_stages]
_BLOCKS: Final = [word for word, form in BLOCKS.items() if not form.in_stages]
"""The kinds of steps and the blocks that are in any body."""

SECTIONS: Final = {
    "chains": Record("chain", Chain.KEYS, "steps, and the result"),
    "pipelines": Record("pipeline", Pipeline.KEYS, "stages, and the result"),
    "connections": CONNECTION,
    "connectors": Record("connector", Connector.KEYS, "a model call with a name"),
    "types": Mapping(FIELD),
    "limits": OneOf(
        Whole(), Record("limit", Limit.KEYS, "how many may be at work at once")
    ),
    "channels": OneOf(
        Whole(), Record("channel", Channel.KEYS, "a bounded queue inside of a run")
    ),
    "states": OneOf(
        TypeText(), Record("state", State.KEYS, "a value that steps read and change")
    ),
    "actors": Record(
        "actor", Actor.KEYS, "an object that handles one message at a time"
    ),
    "tests": Record(
        "test", Test.KEYS, "one run of a chain, and what is expected of it"
    ),
}
"""What a file defines by name."""


def json_schema() -> JsonSchema:
    """Return the schema of a whole file."""
    chain = {key.name: key.schema() for key in built(Chain.KEYS)}
    sections = {
        name: {"type": "object", "additionalProperties": shape.schema()}
        for name, shape in SECTIONS.items()
    }
    needs_chain = {name: ["chain"] for name in chain}
    uses = {
        "description": "files whose definitions are used here",
        "type": "array",
        "items": {"type": "string"},
    }
    only = {"description": "the name of the file's only chain", "type": "string"}
    return {
        "$schema": _DIALECT,
        "title": "n3gen spec",
        "type": "object",
        "properties": {"use": uses, **sections, "chain": only, **chain},
        "dependentRequired": {"chain": ["steps"], **needs_chain},
        "additionalProperties": False,
        "$defs": {
            "entry": _entry(),
            **{f"{kind}_step": _step(kind) for kind in _KINDS},
            **{f"{word}_block": _block(word).definition() for word in _BLOCKS},
            **{record.name: record.definition() for record in RECORDS},
        },
    }


def schema_text() -> str:
    """Return the schema as the text of a file."""
    return json.dumps(json_schema(), indent=2) + "\n"


def _entry() -> JsonSchema:
    """A step or a block: its first key, its kind or a key that implies it says which schema fits."""
    cases: list[tuple[JsonSchema, JsonSchema]] = [
        (_is_block(word), {"$ref": f"#/$defs/{word}_block"}) for word in _BLOCKS
    ]
    for kind in _KINDS:
        words = [kind, *_ALIASES.get(kind, ())]
        stated = {"properties": {"kind": {"enum": words}}, "required": ["kind"]}
        cases.append((stated, _step_ref(kind)))
    cases += [
        ({**_has(key), "not": _has("kind")}, _step_ref(kind))
        for key, kind in SIGNATURE.items()
    ]
    kinds = [*_KINDS, *(word for words in _ALIASES.values() for word in words)]
    found: JsonSchema = {"properties": {"kind": {"enum": kinds}}, "required": ["kind"]}
    for condition, then in reversed(cases):
        found = {"if": condition, "then": then, "else": found}
    return {"description": "a step or a block of steps", "type": "object", **found}


def _has(key: str) -> JsonSchema:
    return {"required": [key]}


def _is_block(word: str) -> JsonSchema:
    """The first key of a block; where a step has it too, it is a list or has no name."""
    if word not in key_names(Step.COMMON):
        return _has(word)
    if "name" not in key_names(BLOCKS[word].KEYS):
        return {**_has(word), "not": {"anyOf": [_has("name"), _has("step")]}}
    return {**_has(word), "properties": {word: {"type": "array"}}}


def _step_ref(kind: str) -> JsonSchema:
    return {"$ref": f"#/$defs/{kind}_step"}


def _step(kind: str) -> JsonSchema:
    """The schema of a step of a kind; `step` is another word for its `name`."""
    keys = (*built(Step.COMMON), *built(KINDS[kind].KEYS))
    about = KINDS[kind].__doc__ or ""
    found = Record(kind, keys, about).definition()
    properties = found["properties"]
    words = [kind, *_ALIASES.get(kind, ())]
    properties["kind"] = {**properties["kind"], "enum": words}
    del properties["kind"]["type"]
    needed = [key for key in found["required"] if key != "name"]
    name: Any = properties["name"]
    return {
        **found,
        "description": " ".join(about.split("\n\n")[0].replace("`", "").split()),
        "properties": {"step": name, **properties},
        "required": needed,
        "oneOf": [_has("name"), _has("step")],
    }


def _block(word: str) -> Record:
    return Record(f"{word}_block", BLOCKS[word].KEYS, f"{article(word)} `{word}` block")


def _records(shapes: Iterator[Shape]) -> Iterator[Record]:
    """Yield the records among shapes and their parts, each record once or more."""
    for shape in shapes:
        if isinstance(shape, Record):
            yield shape
        yield from _records(shape.parts())


def _roots() -> Iterator[Shape]:
    yield from SECTIONS.values()
    steps = (kind.KEYS for kind in KINDS.values())
    blocks = (block.KEYS for block in BLOCKS.values())
    for table in (Step.COMMON, *steps, *blocks):
        for key in table:
            yield key.shape


RECORDS: Final = tuple({record.name: record for record in _records(_roots())}.values())
"""All constructs that are mappings with keys of their own, steps and blocks aside."""
