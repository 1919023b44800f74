"""The forms in which models answer with values of types."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from pydantic import BaseModel, ValidationError

from ..models.models import AnswerSchema
from ..run.inputs import is_dict, is_list
from .typed import MOST_LISTED_FAULTS, adapter

__all__ = ["AnswerForm", "UnknownKeys", "answer_form", "without_docstrings"]

EXPECTED_LABEL = re.compile(r"'(?:[^'\\]|\\.)*+'|-?\d++")
"""A label in the words with which pydantic says which ones it expects."""


class UnknownKeys(ValueError):
    """An object that has none of its type's fields."""


@dataclass(frozen=True)
class AnswerForm:
    """How values of a type that is an object are asked for and read."""

    type_: Any
    schema: AnswerSchema

    def read(self, answer: str) -> Any:
        """Read strict JSON.

        Labels of enumerations may differ in case and surrounding spaces.

        Raises:
            pydantic.ValidationError: the JSON does not fit, or is none.
            UnknownKeys: an object has no key that its type knows.
        """
        try:
            value = self.validated(answer)
        except ValidationError as error:
            relabelled = with_labels(answer, error)
            if relabelled is None:
                raise
            value = self.validated(relabelled)
        if any(blank_models(value)):
            check_keys(value, self.unwrapped(json.loads(answer)))
        return value

    def validated(self, answer: str) -> Any:
        """The value in strict JSON as it stands."""
        return adapter(self.type_).validate_json(answer)

    def unwrapped(self, data: Any) -> Any:
        """The value in the data of an answer."""
        return data


def blank_models(value: Any) -> Iterator[bool]:
    """Say of each model in a value whether it has nothing but defaults."""
    if isinstance(value, BaseModel):
        yield not value.model_fields_set
        value = [getattr(value, name) for name in value.model_fields_set]
    for part in value.values() if is_dict(value) else value if is_list(value) else ():
        yield from blank_models(part)


def check_keys(value: Any, data: Any, path: str = "") -> None:
    """Raise `UnknownKeys` for a model in a value whose data has other keys only."""
    if isinstance(value, BaseModel) and is_dict(data):
        fields = type(value).model_fields
        keys = {field.alias or name: name for name, field in fields.items()}
        if data and not value.model_fields_set:
            place = f"{path}: " if path else ""
            raise UnknownKeys(f"{place}none of its keys is one of: {', '.join(keys)}")
        for key in keys.keys() & data.keys():
            check_keys(getattr(value, keys[key]), data[key], joined(path, key))
    elif is_dict(value) and is_dict(data):
        for key, part, given in zip(data, value.values(), data.values(), strict=False):
            check_keys(part, given, joined(path, key))
    elif is_list(value) and is_list(data):
        for index, (part, given) in enumerate(zip(value, data, strict=False)):
            check_keys(part, given, joined(path, index))


def joined(path: str, key: str | int) -> str:
    """The path to a part of a value."""
    return f"{path}.{key}" if path else f"{key}"


@cache
def answer_form(type_: Any) -> AnswerForm:
    """The form of a type that is an object; made once a type."""
    schema: Mapping[str, Any] = adapter(type_).json_schema()
    root = schema
    if "$ref" in schema:
        definitions = schema["$defs"]
        name = schema["$ref"].rpartition("/")[2]
        root = {**definitions[name], "$defs": definitions}
    return AnswerForm(type_, AnswerSchema(schema_name(type_), without_docstrings(root)))


def without_docstrings(schema: Mapping[str, Any]) -> dict[str, Any]:
    """A schema of pydantic's without the docstrings of models, which tell a model nothing."""
    bare = {**schema}
    if "properties" in schema:
        bare.pop("description", None)
    if "$defs" in schema:
        parts = schema["$defs"].items()
        bare["$defs"] = {name: without_docstrings(part) for name, part in parts}
    return bare


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
