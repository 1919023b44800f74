"""Reading of data by expressions: fields, items, defaults."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Sized
from typing import Any

from ..run.records import Foreseen


class MissingValue(Foreseen, LookupError):
    """An expression reads a field, a key or an item that is not there."""


def get(value: Any, way: str) -> Any:
    """Return the value at the end of `way`: a name for `value`, then fields and indexes.

    Raises `MissingValue`, which says how far the way goes.
    """
    names = way.split(".")
    for index in range(1, len(names)):
        try:
            value = read_field(value, names[index])
        except (LookupError, TypeError, AttributeError):
            missing, owner = ".".join(names[: index + 1]), ".".join(names[:index])
            found = what_there_is(value, owner)
            message = f"`{missing.lstrip('.')}` is missing: {found}"
            raise MissingValue(message) from None
    return value


def read_field(value: Any, name: str) -> Any:
    """Return a mapping's value, a sequence's item, or an attribute, or raise as Python does.

    Plain data has no attributes here but a named tuple's fields, and nothing has
    any that begins with an underscore.
    """
    known: Any = value
    if isinstance(value, Mapping):
        return known[int(name) if name not in known and name.isdecimal() else name]
    if name.isdecimal():
        return known[int(name)]
    plain = isinstance(value, str | bytes | int | float | Sequence | None)
    if name.startswith("_") or (plain and name not in getattr(known, "_fields", ())):
        raise AttributeError(name)
    try:
        return getattr(known, name)
    except AttributeError:
        # A model has the fields of its class.
        fields: Mapping[str, Any] = getattr(known.__class__, "model_fields", {})
        for own, field in fields.items():
            if field.serialization_alias == name:
                return getattr(known, own)
        return known[name]


def what_there_is(value: Any, name: str) -> str:
    """Describe what is there instead of something missing; by names, never by values."""
    what = f"`{name}`" if name else "the value"
    if value is None or isinstance(value, str):
        return f"{what} is {'none' if value is None else 'a text'}"
    known: Any = value
    fields = known if isinstance(value, Mapping) else getattr(known, "__dict__", ())
    names = [str(field) for field in fields if not str(field).startswith("_")]
    if names:
        shown = ", ".join(f"`{field}`" for field in names[:8])
        return f"{what} has {shown}{' and more' if len(names) > 8 else ''}"
    if isinstance(value, Sized):
        count = len(known)
        return f"{what} has {count} item{'' if count == 1 else 's'}"
    return f"{what} is of type {type(known).__name__}"
