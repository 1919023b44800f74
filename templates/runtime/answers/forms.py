"""Takes types; hands on the form in which a model is to answer with a value of them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from types import NoneType
from typing import Any, cast

from pydantic import ConfigDict, TypeAdapter, ValidationError, create_model

from ..models.models import AnswerSchema
from ..run.inputs import is_dict, is_list
from .typed import adapter

__all__ = ["AnswerForm", "answer_form"]

JsonSchema = Mapping[str, Any]

WRAPPED_ANSWER = re.compile(r"""\s*+\{\s*+["']?value["']?\s*+:""")

SCHEMA_UNIONS = ("anyOf", "oneOf", "allOf")
"""Where a schema has others inside; `allOf` is how older pydantic writes a reference."""


@dataclass(frozen=True)
class AnswerForm:
    """How values of a type are asked for and read.

    `wrapper` reads `{"value": ...}`, for types that are no objects. A type that
    `takes_text` has any text at all as a value.
    """

    type_: Any
    type_schema: JsonSchema
    schema: AnswerSchema
    wrapper: TypeAdapter[Any] | None
    takes_text: bool
    has_labels: bool

    def read(self, answer: str) -> Any:
        """The value in strict JSON; raises `pydantic.ValidationError`.

        Labels of enumerations may differ in case and surrounding spaces.
        """
        try:
            return self._read(answer)
        except ValidationError:
            relabelled = self._relabelled(answer) if self.has_labels else None
            if relabelled is None:
                raise
        return self._read(relabelled)

    def is_wrapped(self, answer: str) -> bool:
        """Whether an answer, maybe of loose JSON, has its value in `{"value": ...}`."""
        return self.wrapper is not None and bool(WRAPPED_ANSWER.match(answer))

    def map_labels(self, data: Any, *, wrapped: bool) -> Any:
        """The data with the labels of enumerations as they are declared."""
        if not self.has_labels:
            return data
        root = self.schema.schema if wrapped else self.type_schema
        definitions = root.get("$defs", {})
        return map_labels(data, schema_options([root], definitions), definitions)

    def _read(self, answer: str) -> Any:
        plain = adapter(self.type_)
        if self.wrapper is None:
            return plain.validate_json(answer)
        try:
            return self.wrapper.validate_json(answer).value
        except ValidationError:
            if self.is_wrapped(answer):
                with suppress(ValidationError):
                    return plain.validate_json(answer)
                raise
        return plain.validate_json(answer)

    def _relabelled(self, answer: str) -> str | None:
        try:
            data = adapter(Any).validate_json(answer)
        except ValidationError:
            return None
        mapped = self.map_labels(data, wrapped=self.is_wrapped(answer))
        return None if mapped == data else json.dumps(mapped)


@cache
def answer_form(type_: Any) -> AnswerForm:
    """The form of a type; made once a type."""
    schema = adapter(type_).json_schema()
    definitions = schema.get("$defs", {})
    options = schema_options([schema], definitions)
    text = json.dumps(schema)
    has_labels = '"enum": ' in text or '"const": ' in text
    if len(options) == 1 and options[0].get("type") == "object":
        is_reference = options[0] is not schema
        root = {**options[0], "$defs": definitions} if is_reference else schema
        named = AnswerSchema(schema_name(type_), root)
        return AnswerForm(type_, schema, named, None, False, has_labels)
    strict = ConfigDict(extra="forbid")
    value_type = NoneType if type_ is None else type_
    model = create_model("ModelAnswer", __config__=strict, value=(value_type, ...))
    return AnswerForm(
        type_,
        schema,
        AnswerSchema("answer", model.model_json_schema()),
        TypeAdapter(model),
        any(map(is_any_text, options)),
        has_labels,
    )


def schema_name(type_: Any) -> str:
    """The name of a type's schema, of the characters that all providers take."""
    name = type_.__name__ if isinstance(type_, type) else "answer"
    return re.sub(r"[^a-zA-Z0-9_-]", "_", name)[:64]


def schema_options(
    schemas: Sequence[JsonSchema], definitions: JsonSchema
) -> list[JsonSchema]:
    """The schemas that a value may fit, without references and unions."""
    found: list[JsonSchema] = []
    waiting = list(reversed(schemas))
    seen: set[str] = set()
    while waiting:
        schema = waiting.pop()
        reference: str = schema.get("$ref", "")
        name = reference.rpartition("/")[2]
        kind = next((kind for kind in SCHEMA_UNIONS if kind in schema), None)
        if kind is not None:
            waiting.extend(reversed(schema[kind]))
        elif not reference:
            found.append(schema)
        elif name not in seen:
            seen.add(name)
            waiting.append(definitions.get(name, {}))
    return found


def is_any_text(schema: JsonSchema) -> bool:
    """Whether a schema takes every text."""
    if schema.get("type", "string") != "string":
        return False
    return schema.keys() <= {"type", "title", "description", "default"}


def map_labels(
    value: Any, options: Sequence[JsonSchema], definitions: JsonSchema
) -> Any:
    """The value with labels in place of the texts that can mean but one of them."""
    if isinstance(value, str):
        return map_label(value, options)
    if is_list(value):
        schemas = [option["items"] for option in options if "items" in option]
        inner = schema_options(schemas, definitions)
        return [map_labels(item, inner, definitions) for item in value]
    if is_dict(value):
        mapped: dict[str, Any] = {}
        for key, part in value.items():
            inner = schema_options(schemas_of(key, options), definitions)
            mapped[key] = map_labels(part, inner, definitions)
        return mapped
    return value


def schemas_of(key: str, options: Sequence[JsonSchema]) -> list[JsonSchema]:
    """The schemas of an object's field, in each of its options that has it."""
    found: list[JsonSchema] = []
    for option in options:
        others: Any = option.get("additionalProperties")
        inner: Any = option.get("properties", {}).get(key, others)
        if isinstance(inner, Mapping):
            found.append(cast("JsonSchema", inner))
    return found


def map_label(text: str, options: Sequence[JsonSchema]) -> Any:
    """The label that a text means, by case and surrounding spaces; else the text."""
    labels: list[Any] = []
    for option in options:
        labels += option.get("enum", [option["const"]] if "const" in option else [])
    if text in labels or any(map(is_any_text, options)):
        return text
    meant = {
        label: None
        for label in labels
        if str(label).strip().casefold() == text.strip().casefold()
    }
    return next(iter(meant)) if len(meant) == 1 else text
