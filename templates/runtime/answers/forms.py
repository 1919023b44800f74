"""The forms in which models answer with values of types."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from types import NoneType
from typing import Any

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError, create_model

from ..models.models import AnswerSchema
from ..run.inputs import is_dict, is_list
from .typed import MOST_LISTED_FAULTS, adapter

__all__ = ["AnswerForm", "UnknownKeys", "answer_form"]

WRAPPED_ANSWER = re.compile(r"""\s*+\{\s*+["']?value["']?\s*+:""")

EXPECTED_LABEL = re.compile(r"'(?:[^'\\]|\\.)*+'|-?\d++")
"""A label in the words with which pydantic says which ones it expects."""

ANY_TEXT = "Any text at all."


class UnknownKeys(ValueError):
    """An object that has none of its type's fields."""


@dataclass(frozen=True)
class AnswerForm:
    """How values of a type are asked for and read.

    `wrapper` reads `{"value": ...}`, for types that are no objects. A type that
    `takes_text` has any text at all as a value.
    """

    type_: Any
    schema: AnswerSchema
    wrapper: TypeAdapter[Any] | None
    takes_text: bool

    def read(self, answer: str) -> Any:
        """Read strict JSON.

        Labels of enumerations may differ in case and surrounding spaces.

        Raises:
            pydantic.ValidationError: the JSON does not fit, or is none.
            UnknownKeys: an object has no key that its type knows.
        """
        try:
            value = self._read(answer)
        except ValidationError as error:
            relabelled = with_labels(answer, error)
            if relabelled is None:
                raise
            value = self._read(relabelled)
        is_blank = isinstance(value, BaseModel) and not value.model_fields_set
        if is_blank and answer.strip() != "{}":
            known = ", ".join(type(value).model_fields)
            raise UnknownKeys(f"none of its keys is one of: {known}")
        return value

    def is_wrapped(self, answer: str) -> bool:
        """Whether an answer, maybe of loose JSON, has its value in `{"value": ...}`."""
        return self.wrapper is not None and bool(WRAPPED_ANSWER.match(answer))

    def _read(self, answer: str) -> Any:
        plain = adapter(self.type_)
        if self.wrapper is None or not self.is_wrapped(answer):
            return plain.validate_json(answer)
        try:
            return self.wrapper.validate_json(answer).value
        except ValidationError:
            with suppress(ValidationError):
                return plain.validate_json(answer)
            raise


@cache
def answer_form(type_: Any) -> AnswerForm:
    """The form of a type; made once a type."""
    schema: Mapping[str, Any] = adapter(type_).json_schema()
    root = schema
    if "$ref" in schema:
        definitions = schema["$defs"]
        root = {
            **definitions[schema["$ref"].rpartition("/")[2]],
            "$defs": definitions,
        }
    if root.get("type") == "object":
        named = AnswerSchema(schema_name(type_), root)
        return AnswerForm(type_, named, None, takes_text=False)
    strict = ConfigDict(extra="forbid")
    value_type = NoneType if type_ is None else type_
    model = create_model("ModelAnswer", __config__=strict, value=(value_type, ...))
    takes_text = False
    with suppress(ValidationError):
        takes_text = adapter(type_).validate_python(ANY_TEXT) == ANY_TEXT
    asked = AnswerSchema("answer", model.model_json_schema())
    return AnswerForm(type_, asked, TypeAdapter(model), takes_text)


def schema_name(type_: Any) -> str:
    """The name of a type's schema, of the characters that all providers accept."""
    name = type_.__name__ if isinstance(type_, type) else "answer"
    return re.sub(r"[^a-zA-Z0-9_-]", "_", name)[:64]


def with_labels(answer: str, fault: ValidationError) -> str | None:
    """The answer with labels in place of the texts that can mean only one of them.

    `None` where no fault is that of a label.
    """
    if fault.error_count() > MOST_LISTED_FAULTS:
        return None
    faults = [
        error
        for error in fault.errors(include_url=False)
        if error["type"] in ("literal_error", "enum")
        and isinstance(error["input"], str)
    ]
    if not faults:
        return None
    data = json.loads(answer)
    mapped = [data]
    for error in faults:
        label = meant_label(error["input"], error.get("ctx", {}).get("expected", ""))
        if label is not None:
            replace_at(mapped, (0, *error["loc"]), error["input"], label)
    return json.dumps(mapped[0])


def meant_label(text: str, expected: str) -> Any:
    """The one label that differs from a text in case and surrounding spaces only."""
    labels = [label.strip("'") for label in EXPECTED_LABEL.findall(expected)]
    meant = {
        label for label in labels if label.strip().casefold() == text.strip().casefold()
    }
    if len(meant) != 1:
        return None
    label = meant.pop()
    return label if f"'{label}'" in expected else json.loads(label)


def replace_at(data: Any, path: tuple[int | str, ...], old: str, new: Any) -> None:
    """Replace the text at a path, some parts of which name arms of unions."""
    holder: Any = None
    place: int | str = 0
    for part in path:
        found = data
        if is_dict(found) and part in found:
            holder, place, data = found, part, found[str(part)]
        elif is_list(found) and isinstance(part, int) and part < len(found):
            holder, place, data = found, part, found[part]
    if holder is not None and data == old:
        holder[place] = new
