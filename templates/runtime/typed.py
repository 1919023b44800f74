"""Takes values and declared types; hands on values that are of their type."""

from __future__ import annotations

from functools import cache
from typing import Any

from pydantic import TypeAdapter

from .inputs import Kind

__all__ = ["kind_of", "parse_json", "validate"]


@cache
def adapter(type_: Any) -> TypeAdapter[Any]:
    """What checks values against a type; made once a type."""
    return TypeAdapter(type_)


def validate(value: Any, type_: Any) -> Any:
    """The value as its type; raises `pydantic.ValidationError`."""
    return adapter(type_).validate_python(value)


def parse_json(text: str, type_: Any) -> Any:
    """A model's JSON answer as its type; raises `pydantic.ValidationError`."""
    return adapter(type_).validate_json(text)


def kind_of(name: str, type_: Any) -> Kind[Any]:
    """A declared type as a kind of input."""
    return Kind(name, adapter(type_).validate_python)
