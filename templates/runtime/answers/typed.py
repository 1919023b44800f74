"""Values checked against declared types."""

from __future__ import annotations

from functools import cache
from typing import Any

from pydantic import TypeAdapter, ValidationError

from ..run.inputs import Kind

__all__ = ["faults_of", "kind_of", "validate"]

MOST_FAULTS = 10
MOST_LISTED_FAULTS = 10_000
LONGEST_FAULT = 300
LONGEST_PATH = 100


class WrongResult(ValueError):
    """A result that is not of the type in `output`."""


@cache
def adapter(type_: Any) -> TypeAdapter[Any]:
    """What checks values against a type; made once a type."""
    return TypeAdapter(type_)


def validate(value: Any, type_: Any) -> Any:
    """The value as its type; raises `WrongResult`, which says what does not fit."""
    try:
        return adapter(type_).validate_python(value)
    except ValidationError as error:
        message = f"the result is not of type {error.title}"
        faults = "; ".join(faults_of(error))
    raise WrongResult(f"{message}: {faults}")


def kind_of(name: str, type_: Any) -> Kind[Any]:
    """A declared type as a kind of input."""
    return Kind(name, adapter(type_).validate_python)


def faults_of(error: ValidationError) -> list[str]:
    """What does not fit, each with its path and without the value; the first ten.

    Of very many only the number is given, as listing them would take a second.
    """
    count = error.error_count()
    if count > MOST_LISTED_FAULTS:
        return [f"{count} values do not fit"]
    lines = error.errors(include_url=False, include_context=False, include_input=False)
    faults: list[str] = []
    for line in lines[:MOST_FAULTS]:
        path = ".".join(map(str, line["loc"]))[:LONGEST_PATH]
        words = f"{path}: {line['msg']}" if path else line["msg"]
        faults.append(words[:LONGEST_FAULT])
    if count > MOST_FAULTS:
        faults.append(f"and {count - MOST_FAULTS} more")
    return faults
