"""The forms in which models answer with values of types."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from pydantic import ValidationError

from ..models.models import AnswerSchema
from ..run.inputs import is_dict, is_list
from .typed import MOST_LISTED_FAULTS, Misfit, adapter, misfits

__all__ = ["AnswerForm", "answer_form", "without_docstrings"]

EXPECTED_LABEL = re.compile(r"'(?:[^'\\]|\\.)*+'|-?\d++")
"""A label in the words with which pydantic says which ones it expects."""


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
            Misfit: the JSON is no value of the type, though pydantic reads it as one.
        """
        try:
            value = self.validated(answer)
        except ValidationError as error:
            relabelled = with_labels(answer, error)
            if relabelled is None:
                raise
            value = self.validated(relabelled)
        if faults := misfits(value, self.unwrapped(data_of(answer))):
            raise Misfit(*faults)
        return value

    def validated(self, answer: str) -> Any:
        """The value in strict JSON as it stands."""
        return adapter(self.type_).validate_json(answer)

    def unwrapped(self, data: Any) -> Any:
        """The value in the data of an answer."""
        return data


def data_of(answer: str) -> Any:
    """Return the data in strict JSON; raise `Misfit` where a number is too long to read."""
    try:
        return json.loads(answer)
    except ValueError:
        raise Misfit("a number has too many digits") from None


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
    """A schema of pydantic's without the docstrings of models, which are no use to a model."""
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
    mapped = [data_of(answer)]
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
