"""What values of types are alike, as far as comparisons ask."""

from __future__ import annotations

from typing import Any, Final

from n3gen.semantics.field_types import MAPPING, is_object
from n3gen.spec.model import TypeRef

__all__ = ["are_apart", "can_be", "kind_of_literal", "kind_of_type", "ordered_type"]

_NUMBERS: Final = ("int", "float", "bool")

_OBJECTS: Final = ("date", "datetime", "duration", "uuid")
"""Types whose values are like those of no other type."""


def can_be(value: Any, type_: TypeRef) -> bool:
    """Say whether a value of a type may be equal to a literal; none is asked for anywhere."""
    if value is None or type_.name == "any" or is_object(type_):
        return True
    match type_.name:
        case "union":
            return any(can_be(value, one) for one in type_.args)
        case "one of":
            return value in type_.values
        case "str":
            return isinstance(value, str)
        case "int" | "float" | "bool":
            return isinstance(value, int | float)
        case _:
            return isinstance(value, list | tuple | dict)


def are_apart(one: TypeRef, two: TypeRef) -> bool:
    """Say whether two types have no value in common, of which both list all they have."""
    are_listed = one.name == two.name == "one of"
    return are_listed and not any(value in two.values for value in one.values)


def ordered_type(type_: TypeRef) -> TypeRef:
    """Return the type of what is ordered, as none has no order; as it is where several are left."""
    kept = [one for one in type_.args if one.name != "none"]
    return kept[0] if type_.name == "union" and len(kept) == 1 else type_


def kind_of_type(type_: TypeRef) -> str:
    """Return whether a type's values are texts, numbers, times or lists; empty where none is sure."""
    if type_.name in _OBJECTS:
        return type_.name
    if type_.name in _NUMBERS:
        return "number"
    if type_.name == "str":
        return "text"
    if type_.name in ("list", "dict", MAPPING):
        return "list" if type_.name == "list" else "mapping"
    kinds = {kind_of_literal(value) for value in type_.values}
    return kinds.pop() if type_.name == "one of" and len(kinds) == 1 else ""


def kind_of_literal(value: Any) -> str:
    """Return whether a literal is a text or a number; empty where it is neither."""
    if isinstance(value, str):
        return "text"
    return "number" if isinstance(value, int | float) else ""
