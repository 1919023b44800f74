"""Values checked against declared types."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cache
from typing import Any

from pydantic import BaseModel, TypeAdapter, ValidationError

from ..run.inputs import Kind, WrongPart, at_path, is_dict, is_list
from ..run.records import Foreseen

__all__ = ["Misfit", "check_parts", "faults_of", "kind_of", "validate"]

PartPath = tuple[int | str, ...]
PartFault = tuple[PartPath, str]
"""Where something does not fit, and why."""

MOST_FAULTS = 10
MOST_LISTED_FAULTS = 10_000
LONGEST_FAULT = 300
LONGEST_PATH = 100


class WrongResult(Foreseen, ValueError):
    """A result that is not of the type in `output`."""


class Misfit(ValueError):
    """What pydantic makes of data that is not of the type; `faults` are all in it."""

    def __init__(self, *faults: PartFault) -> None:
        super().__init__("the value does not fit its type")
        self.faults = faults


@cache
def adapter(type_: Any) -> TypeAdapter[Any]:
    """Return what checks values against a type; made once a type."""
    return TypeAdapter(type_)


def read_checked(value: Any, type_: Any) -> Any:
    """Read a value as a type; raise `pydantic.ValidationError` or `Misfit`."""
    read = adapter(type_).validate_python(value)
    check_parts(read, value)
    return read


def validate(value: Any, type_: Any) -> Any:
    """Return the value as its type; raise `WrongResult`, which says what does not fit."""
    try:
        return read_checked(value, type_)
    except ValidationError as error:
        title, faults = error.title, faults_of(error)
    except Misfit as error:
        title, faults = getattr(type_, "__name__", str(type_)), faults_of(error)
    raise WrongResult(f"the result is not of type {title}: {'; '.join(faults)}")


def kind_of(name: str, type_: Any) -> Kind[Any]:
    """Return a declared type as a kind of input."""

    def read(value: Any) -> Any:
        try:
            return read_checked(value, type_)
        except (ValidationError, Misfit) as error:
            faults = located_faults(error)
        raise WrongPart((at_path(*path), f"is wrong: {told}") for path, told in faults)

    return Kind(name, read)


def check_parts(value: Any, data: Any) -> None:
    """Raise `Misfit` for what pydantic makes of data although it is not of the type."""
    if faults := [*unfit_parts(value, data)]:
        raise Misfit(*faults)


def unfit_parts(value: Any, data: Any, path: PartPath = ()) -> Iterator[PartFault]:
    """Yield where a boolean became a number, and which objects have other keys only.

    Numbers that JSON does not have are among them.
    """
    if isinstance(data, bool) and not isinstance(value, bool):
        yield path, f"must be {type(value).__name__}, not bool"
    elif isinstance(value, float) and not math.isfinite(value):
        yield path, "must be a finite number"
    elif isinstance(value, BaseModel) and is_dict(data):
        fields = type(value).model_fields
        if data and not value.model_fields_set:
            keys = ", ".join(field.alias or name for name, field in fields.items())
            yield path, f"none of its keys is one of: {keys}"
        for name, field in fields.items():
            for key in {field.alias or name, name} & data.keys():
                yield from unfit_parts(getattr(value, name), data[key], (*path, key))
    elif is_dict(value) and is_dict(data):
        for key, part, given in zip(data, value.values(), data.values(), strict=False):
            yield from unfit_parts(part, given, (*path, key))
    elif is_list(value) and isinstance(data, list | tuple):
        for index, (part, given) in enumerate(zip(value, data, strict=False)):
            yield from unfit_parts(part, given, (*path, index))


def located_faults(error: ValidationError | Misfit) -> list[PartFault]:
    """Return what does not fit, each with its path and without the value; the first ten.

    Of very many only the number is given, as listing them would take a second.
    """
    if isinstance(error, Misfit):
        count, faults = len(error.faults), [*error.faults]
    else:
        count = error.error_count()
        if count > MOST_LISTED_FAULTS:
            return [((), f"{count} values do not fit")]
        listed = error.errors(
            include_url=False, include_context=False, include_input=False
        )
        faults = [(line["loc"], line["msg"]) for line in listed]
    more = [((), f"and {count - MOST_FAULTS} more")] if count > MOST_FAULTS else []
    return [*faults[:MOST_FAULTS], *more]


def faults_of(error: ValidationError | Misfit) -> list[str]:
    """Return what does not fit in words."""
    faults: list[str] = []
    for path, words in located_faults(error):
        place = ".".join(map(str, path))[:LONGEST_PATH]
        faults.append((f"{place}: {words}" if place else words)[:LONGEST_FAULT])
    return faults
