"""The types of the fields and the items of values, and what is made of several types."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from n3gen.spec.model import TypeDef, TypeRef
from n3gen.spec.types import CLASS

__all__ = [
    "ERROR_FIELDS",
    "ERROR_RECORD",
    "HIDDEN",
    "MAPPING",
    "RESPONSE",
    "Records",
    "choices_of",
    "field_aliases",
    "field_names",
    "field_type",
    "has_field",
    "is_object",
    "item_type",
    "mapping_of",
    "object_of",
    "or_error",
    "type_of_any",
    "with_none",
]

_ANY: Final = TypeRef(name="any")
_NONE: Final = TypeRef(name="none")
MAPPING: Final = "mapping of"
"""The name of the types of mappings whose keys are known, which no spec can write."""

HIDDEN: Final = TypeRef(name="hidden")
"""The type of what an object has beside its fields, such as a method."""

RESPONSE: Final = TypeRef(
    name=MAPPING,
    args=(TypeRef(name="int"), TypeRef(name="any"), TypeRef(name="any")),
    values=("status", "headers", "body"),
)
"""The type of the response that an `http` step gives."""

ERROR_FIELDS: Final[Mapping[str, TypeRef]] = {
    "kind": TypeRef(
        name="one of",
        values=(
            *("connection", "timeout", "status", "invalid_output", "refusal"),
            *("context_length", "budget", "failed", "error", "cancelled"),
        ),
    ),
    "message": TypeRef(name="str"),
    "status": TypeRef(name="union", args=(TypeRef(name="int"), TypeRef(name="none"))),
    "step": TypeRef(name="str"),
}
"""What the record of an error has."""

ERROR_RECORD: Final = TypeRef(
    name=MAPPING, args=tuple(ERROR_FIELDS.values()), values=tuple(ERROR_FIELDS)
)
"""The type of the record of an error, which may take the place of a value."""

_DAY: Final = dict.fromkeys(("year", "month", "day"), TypeRef(name="int"))
_PARTS: Final[Mapping[str, Mapping[str, TypeRef]]] = {
    "date": _DAY,
    "datetime": {
        **_DAY,
        **dict.fromkeys(
            ("hour", "minute", "second", "microsecond"), TypeRef(name="int")
        ),
    },
    "duration": dict.fromkeys(("days", "seconds", "microseconds"), TypeRef(name="int")),
}
"""What can be read of times, with its type."""

_METHODS: Final = ("get", "items", "keys", "values")
"""Names that mean a method where a mapping's keys are not known."""

Records = Mapping[str, TypeDef]
"""The declared types by name."""


def mapping_of(fields: Mapping[str, TypeRef | None]) -> TypeRef:
    """The type of a mapping with these keys, each with the type of its value."""
    args = tuple(one or _ANY for one in fields.values())
    return TypeRef(name=MAPPING, args=args, values=tuple(fields))


def object_of(class_: str, fields: Mapping[str, TypeRef | None]) -> TypeRef:
    """The type of the objects of a Python class with these fields, and no others."""
    args = tuple(one or _ANY for one in fields.values())
    return TypeRef(name=f"{CLASS}{class_}", args=args, values=tuple(fields))


def is_object(type_: TypeRef) -> bool:
    """Whether a type is that of the objects of a Python class, of which only fields are sure."""
    return type_.name.startswith(CLASS)


def type_of_any(types: Iterable[TypeRef | None]) -> TypeRef | None:
    """The type of what is of one of several types; `None` where one of them is open."""
    found: dict[TypeRef, None] = {}
    for one in types:
        if one is None or one.name == "any":
            return None
        found |= dict.fromkeys(one.args if one.name == "union" else (one,))
    if len(found) == 1:
        return next(iter(found))
    return TypeRef(name="union", args=tuple(found))


def or_error(given: TypeRef | None) -> TypeRef | None:
    """The type of a value, or of the record of the error in its place."""
    if given is None or given.name == "any":
        return TypeRef(name="union", args=(_ANY, ERROR_RECORD))
    return type_of_any([given, ERROR_RECORD])


def with_none(type_: TypeRef | None) -> TypeRef | None:
    """The type of what is of a type, or none; `None` where it is open."""
    if type_ is None or type_.may_be_none:
        return type_
    members = type_.args if type_.name == "union" else (type_,)
    return TypeRef(name="union", args=(*members, _NONE))


def _members(type_: TypeRef) -> list[TypeRef]:
    """The types that a value which is there may be of."""
    members = type_.args if type_.name == "union" else (type_,)
    return [one for one in members if one.name != "none"]


def field_names(owner: TypeRef, records: Records) -> list[str] | None:
    """The names of all fields that a value of a type may have; `None` where they are open.

    Those of a record are its own names, not what they are called in JSON.
    """
    found: dict[str, None] = {}
    for one in _members(owner):
        if one.name == MAPPING or is_object(one):
            named = zip(one.values, one.args, strict=True)
            found |= {str(name): None for name, type_ in named if type_ != HIDDEN}
        elif one.name in records:
            found |= dict.fromkeys(field.name for field in records[one.name].fields)
        else:
            return None
    return [*found] or None


def field_aliases(owner: TypeRef, records: Records) -> dict[str, str]:
    """The fields of records by what they are called in JSON, where that is something else."""
    owners = (records[one.name] for one in _members(owner) if one.name in records)
    fields = (field for record in owners for field in record.fields)
    return {field.key: field.name for field in fields if field.key != field.name}


def field_type(owner: TypeRef | None, name: str, records: Records) -> TypeRef | None:
    """The type of a field of a value; `None` where it is open, or there is no such field."""
    if owner is None:
        return None
    found = [one for one in _members(owner) if _may_have(one, name, records)]
    return type_of_any(_field(one, name, records) for one in found) if found else None


def has_field(owner: TypeRef, name: str, records: Records) -> bool:
    """Whether a value of a type may have a field of a name."""
    return any(_may_have(one, name, records) for one in _members(owner))


def _may_have(owner: TypeRef, name: str, records: Records) -> bool:
    if owner.name == MAPPING or is_object(owner):
        return name in owner.values
    if owner.name in records:
        return any(name in (one.name, one.key) for one in records[owner.name].fields)
    if owner.name in _PARTS:
        return name in _PARTS[owner.name]
    return owner.name in ("any", "dict") or (owner.name == "list" and name.isdecimal())


def _field(owner: TypeRef, name: str, records: Records) -> TypeRef | None:
    if owner.name == MAPPING or is_object(owner):
        found = owner.args[owner.values.index(name)]
        return None if found == HIDDEN else found
    if owner.name in records:
        fields = records[owner.name].fields
        return next(one.type for one in fields if name in (one.name, one.key))
    if owner.name in _PARTS:
        return _PARTS[owner.name][name]
    if owner.name == "dict" and len(owner.args) == 2 and name not in _METHODS:
        return owner.args[1]
    return owner.args[0] if owner.name == "list" and owner.args else None


def item_type(owner: TypeRef | None) -> TypeRef | None:
    """The type of what a loop over a value goes through; `None` where it is open."""
    if owner is None or not owner.args or owner.name not in ("list", "dict", MAPPING):
        return None
    return TypeRef(name="str") if owner.name == MAPPING else owner.args[0]


def choices_of(type_: TypeRef) -> tuple[Any, ...]:
    """The literals that a value of a type can be, where these are listed."""
    if type_.name == "union":
        return tuple(value for one in type_.args for value in choices_of(one))
    return type_.values if type_.name == "one of" else ()
