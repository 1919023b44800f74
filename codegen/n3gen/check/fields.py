"""Fields of types and inputs: their names, and bounds that fit their types."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

from pydantic_core import SchemaError, SchemaValidator, core_schema

from n3gen.check.finders import finder
from n3gen.check.rules.type_rules import SameFieldName, UnfitBound
from n3gen.check.types import names_known_types
from n3gen.diagnostics import Diagnostic, Label
from n3gen.semantics.known import Semantics
from n3gen.semantics.walk import Places
from n3gen.spec.model import InputField
from n3gen.spec.type_fit import fits
from n3gen.spec.types import spelled
from n3gen.spec.values import shown

__all__ = ["check_fields"]

_NUMBERS: Final = "numbers", ("int", "float")
_SIZED: Final = "texts, lists and dicts", ("str", "file", "list", "dict")
_BOUND_TYPES: Final = {
    "min": _NUMBERS,
    "max": _NUMBERS,
    "min_length": _SIZED,
    "max_length": _SIZED,
    "pattern": ("texts", ("str", "file")),
}
"""What the bounds are for, in words and by the names of types."""

_WITHIN: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "min": lambda value, bound: value >= bound,
    "max": lambda value, bound: value <= bound,
    "min_length": lambda value, bound: len(value) >= bound,
    "max_length": lambda value, bound: len(value) <= bound,
    "pattern": lambda value, bound: re.search(bound, value) is not None,
}


@finder
def check_fields(known: Semantics) -> Iterator[Diagnostic]:
    """Find fields that share a name, and bounds that do not fit."""
    owners = [*(chain.input or () for chain in known.spec.chains)]
    for fields in (*owners, *(record.fields for record in known.spec.types)):
        yield from _names(fields, known.places)
        for field in fields:
            if names_known_types(field, known.spec):
                yield from _bounds(field, known.places)


def _names(fields: Iterable[InputField], places: Places) -> Iterator[Diagnostic]:
    pythons: dict[str, InputField] = {}
    keys: dict[str, InputField] = {}
    for field in fields:
        named = (
            ("Python", field.name, pythons.setdefault(field.name, field)),
            ("JSON", field.key, keys.setdefault(field.key, field)),
        )
        for language, name, first in named:
            if first is not field:
                here = places.key(field.place, "this field")
                there = places.key(first.place, "and this one")
                yield SameFieldName.of(shown(name), language, here, there)
                break


def _bounds(field: InputField, places: Places) -> Iterator[Diagnostic]:
    members = field.type.args if field.type.name == "union" else (field.type,)
    types = {member.name for member in members} - {"none"}
    wrong = False
    for bound in field.bounds:
        label = places.value(field.place / bound)
        for problem in _bound(bound, field, types, label):
            wrong = True
            yield problem
    if not wrong and not field.required and field.default is not None:
        yield from _default(field, places)


def _bound(
    bound: str, field: InputField, types: set[str], label: Label
) -> Iterator[Diagnostic]:
    words, fitting = _BOUND_TYPES[bound]
    if not types or not types <= {*fitting}:
        yield UnfitBound.of(bound, words, shown(spelled(field.type)), label)
    bounds: dict[str, Any] = field.bounds
    least = bound.replace("max", "min")
    if least != bound and least in bounds and bounds[least] > bounds[bound]:
        yield UnfitBound.crossed(least, bound, label)
    fault = _pattern_fault(bounds[bound]) if bound == "pattern" else ""
    if fault:
        yield UnfitBound.pattern(fault, label)


def _pattern_fault(pattern: str) -> str:
    """What keeps a pattern from being read by Python and by pydantic; empty for nothing."""
    try:
        re.compile(pattern)
        SchemaValidator(core_schema.str_schema(pattern=pattern))
    except re.error as error:
        return str(error)
    except SchemaError as error:
        return str(error).strip().splitlines()[-1].removeprefix("error: ")
    return ""


def _default(field: InputField, places: Places) -> Iterator[Diagnostic]:
    """A default that fits the type and not the bounds."""
    if not fits(field.default, field.type):
        return
    for bound, value in field.bounds.items():
        if not _WITHIN[bound](field.default, value):
            key = "default" if "default" in places.data(field.place) else "type"
            label = places.value(field.place / key)
            yield UnfitBound.default(shown(field.default), bound, label)
            return
