"""Values checked against declared types."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from types import UnionType
from typing import Annotated, Any, Union, cast, get_args, get_origin

from pydantic import BaseModel, TypeAdapter, ValidationError

from ..run.inputs import Kind, WrongPart, at_path, is_dict, is_list, misfit
from ..run.records import Foreseen

__all__ = [
    "Misfit",
    "adapter",
    "faults_of",
    "kind_of",
    "misfits",
    "read_checked",
    "validate",
]

MOST_FAULTS = 10
MOST_LISTED_FAULTS = 10_000
LONGEST_FAULT = 300
LONGEST_PATH = 100


class WrongResult(Foreseen, ValueError):
    """A result that is not of the type in `output`."""


class Misfit(ValueError):
    """What pydantic makes of data that is not of the type; its `args` are the faults."""


@cache
def adapter(type_: Any) -> TypeAdapter[Any]:
    """Return what checks values against a type; made once a type."""
    return TypeAdapter(type_)


def read_checked(value: Any, type_: Any) -> Any:
    """Read a value as a type; raise `pydantic.ValidationError` or `Misfit`."""
    read = adapter(type_).validate_python(value)
    if faults := misfits(read, value):
        raise Misfit(*faults)
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
    """Return a declared type as a kind of input, which knows all keys of its objects."""

    def read(value: Any) -> Any:
        faults: list[tuple[str, str]] = []
        known = value
        try:
            known = adapter(type_).validate_python(value)
            for at, words in unfit_parts(known, value, own=not_as_given):
                faults.append((at_path(*at), words))
        except ValidationError as error:
            for fault in error.errors(include_url=False):
                faults.append((at_path(*fault["loc"]), words_of_fault(fault)))
        faults += [(at_path(*at), "is unknown") for at in unknown_keys(value, type_)]
        if faults:
            raise WrongPart(faults)
        return known

    return Kind(name, read)


AS_GIVEN: dict[object, Any] = {int: int, float: int | float, bool: bool}
"""What a part of an input is, by what it is read as; pydantic reads texts too."""


def not_as_given(value: object, data: object) -> str | None:
    """Say that a number or a boolean was read from something else."""
    if isinstance(data, AS_GIVEN.get(type(value), object)):
        return None
    return f"must be {type(value).__name__}, not {type(data).__name__}"


WRITTEN_KINDS = {
    "date": "a date",
    "date_from_datetime": "a date",
    "datetime": "a date and time",
    "time": "a time of day",
    "time_delta": "a duration",
    "uuid": "a UUID",
}
"""What pydantic reads from texts, by the beginnings of the types of its errors."""


def words_of_fault(fault: Any) -> str:
    """Say what is wrong with a part of an input, behind its name."""
    kind, words = str(fault["type"]), str(fault["msg"])
    if kind == "missing":
        return "is missing"
    if kind == "model_type":
        wanted = fault.get("ctx", {}).get("class_name", "a mapping")
        return f"must be {wanted}, {misfit(fault['input'])}"
    wanted, _, what = kind.rpartition("_")
    if wanted in WRITTEN_KINDS and what in ("parsing", "type"):
        return f"must be {WRITTEN_KINDS[wanted]}, not {fault['input']!r:.80}"
    start = "Input should "
    is_plain = words.startswith(start)
    return f"must {words.removeprefix(start)}" if is_plain else f"is wrong: {words}"


def unknown_keys(data: Any, type_: Any) -> list[tuple[object, ...]]:
    """Return the paths of the keys in data that no object of the type has."""
    origin, members = get_origin(type_), get_args(type_)
    if origin is Annotated:
        return unknown_keys(data, members[0])
    parts: Iterable[tuple[object, Any, Any]] = ()
    found: list[tuple[object, ...]] = []
    if origin in (Union, UnionType):
        likely = [member for member in members if may_hold(member, data)]
        return min((unknown_keys(data, m) for m in likely), key=len, default=found)
    if isinstance(type_, type) and issubclass(type_, BaseModel) and is_dict(data):
        fields = type_.model_fields
        types = {name: field.annotation for name, field in fields.items()}
        types |= {f.serialization_alias or n: f.annotation for n, f in fields.items()}
        found = [(key,) for key in data if key not in types]
        parts = [(key, data[key], types[key]) for key in data if key in types]
    elif origin is dict and is_dict(data):
        parts = ((key, part, members[1]) for key, part in data.items())
    elif origin is list and is_list(data):
        parts = ((index, part, members[0]) for index, part in enumerate(data))
    for key, part, wanted in parts:
        found += [(key, *rest) for rest in unknown_keys(part, wanted)]
    return found


def may_hold(type_: Any, data: Any) -> bool:
    """Say whether data of its shape, an object or a list, may be of a type."""
    base = get_origin(type_) or type_
    if is_dict(data):
        is_model = isinstance(base, type) and issubclass(base, BaseModel)
        return is_model or base is dict or base is Any
    return is_list(data) and (base is list or base is Any)


def unfit_parts(
    value: Any,
    data: Any,
    *at: object,
    own: Callable[[Any, Any], str | None] | None = None,
) -> Iterator[tuple[tuple[object, ...], str]]:
    """Yield where a boolean became a number, and numbers that JSON does not have.

    Each comes as the keys that lead to it and what is wrong with it. With `own`, which
    may find more wrong with a part, objects may have other keys only.
    """
    if isinstance(data, bool) and not isinstance(value, bool):
        yield at, f"must be {type(value).__name__}, not bool"
    elif isinstance(value, float) and not math.isfinite(value):
        yield at, "must be a finite number"
    elif own is not None and (words := own(value, data)):
        yield at, words
    elif isinstance(value, BaseModel) and is_dict(data):
        fields = type(value).model_fields
        if own is None and data and not value.model_fields_set:
            known = ", ".join(f.serialization_alias or n for n, f in fields.items())
            yield at, f"none of its keys is one of: {known}"
        for name, field in fields.items():
            part = getattr(value, name)
            if isinstance(part, str):
                continue  # nothing but a text becomes one
            for key in {field.serialization_alias or name, name} & data.keys():
                yield from unfit_parts(part, data[key], *at, key, own=own)
    elif is_dict(value) and is_dict(data):
        for key, part, given in zip(data, value.values(), data.values(), strict=False):
            yield from unfit_parts(part, given, *at, key, own=own)
    elif is_list(value) and isinstance(data, list | tuple):
        parts = cast("list[Any]", data)
        for index, (part, given) in enumerate(zip(value, parts, strict=False)):
            yield from unfit_parts(part, given, *at, index, own=own)


def misfits(value: Any, data: Any) -> list[str]:
    """Return what is wrong with the parts of a value, each with its path."""
    found = unfit_parts(value, data)
    return [f"{'.'.join(map(str, at))}: {w}" if at else w for at, w in found]


def faults_of(error: ValidationError | Misfit) -> list[str]:
    """Return what does not fit, each with its path and without the value; the first ten.

    Of very many only the number is given, as listing them would take a second.
    """
    if isinstance(error, Misfit):
        return list(error.args[:MOST_FAULTS])
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
