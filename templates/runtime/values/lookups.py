"""Reading of data by expressions: fields, items, defaults."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Sized
from typing import Any, TypeGuard

from ..http.secret_addresses import is_bare_address, parts_of_secret
from ..http.secrets import count_as_secret
from ..http.shown_data import shown_data
from ..run.process import process_state
from ..run.records import Foreseen
from ..run.settings import variable

__all__ = [
    "Loop",
    "MissingValue",
    "first_defined",
    "get",
    "get_item",
    "get_or",
    "has",
    "is_defined",
    "is_equal",
    "is_integer",
    "is_iterable",
    "is_mapping",
    "is_same",
    "is_sequence",
    "looped",
    "not_none",
    "or_else",
    "read_env",
    "read_field",
    "what_there_is",
]


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


def get_or(value: Any, way: str, fallback: Any) -> Any:
    """Return the value at the end of `way`, or `fallback` where it is missing or none."""
    for name in way.split(".")[1:]:
        try:
            value = read_field(value, name)
        except (LookupError, TypeError, AttributeError):
            return fallback
    return fallback if value is None else value


def has(value: Any, way: str) -> bool:
    """Say whether there is a value at the end of `way`, and not none."""
    return get_or(value, way, None) is not None


def get_item(value: Any, key: Any, name: str = "") -> Any:
    """Return the item of `value` at a key or an index; raise `MissingValue`."""
    known: Any = value
    try:
        if isinstance(key, str) and not isinstance(value, Mapping | Sequence):
            return read_field(value, key)
        return known[key]
    except (LookupError, TypeError, AttributeError):
        found = what_there_is(value, name)
        raise MissingValue(f"`{name}[{key!r}]` is missing: {found}") from None


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


def or_else(value: Callable[[], Any], fallback: Any) -> Any:
    """Return what `value` returns, or `fallback` where that is missing or none."""
    try:
        return not_none(value(), fallback)
    except MissingValue:
        return fallback


def first_defined(*values: Callable[[], Any]) -> Any:
    """Return what the first of `values` returns that is neither missing nor none."""
    for value in values[:-1]:
        try:
            found = value()
        except MissingValue:
            continue
        if found is not None:
            return found
    return values[-1]()


def is_defined(value: Callable[[], Any]) -> bool:
    """Say whether what `value` reads is there, and not none."""
    return or_else(value, None) is not None


def not_none(value: Any, fallback: Any) -> Any:
    """Return a value, or `fallback` where it is none."""
    return fallback if value is None else value


def read_env(name: str) -> str:
    """Return an environment variable; raise `MissingValue` where it is not set, or blank.

    Its value counts as a secret, unless it is no more than the address of a server.
    """
    value = variable(name)
    if value is None:
        raise MissingValue(f"the environment variable `{name}` is not set")
    if not is_bare_address(value):
        count_as_secret(name)
        process_state()["shown_data"] = shown_data
        process_state()["parts_of_secret"] = parts_of_secret
    return value


def is_equal(left: Any, right: Any) -> bool:
    """Say whether two values are equal: 1 equals `True`, as in a template."""
    return bool(left == right)


def is_same(left: Any, right: Any) -> bool:
    """Say whether two values are the same object."""
    return left is right


def is_integer(value: Any) -> bool:
    """Say whether the value is a whole number, and no boolean."""
    return isinstance(value, int) and not isinstance(value, bool)


def is_mapping(value: Any) -> bool:
    """Say whether the value has keys."""
    return isinstance(value, Mapping)


def is_sequence(value: Any) -> bool:
    """Say whether the value has a length and items."""
    return isinstance(value, Sized) and hasattr(value, "__getitem__")


def is_iterable(value: object) -> TypeGuard[Iterable[Any]]:
    """Say whether the value can be iterated over."""
    return isinstance(value, Iterable)


class Loop:
    """The position of a `{% for %}` in a text; `index` counts from 1, `index0` from 0."""

    def __init__(self, index0: int, length: int) -> None:
        self.index0 = index0
        self.index = index0 + 1
        self.length = length
        self.revindex = length - index0
        self.revindex0 = length - index0 - 1
        self.first = index0 == 0
        self.last = index0 == length - 1


def looped(values: Any) -> Iterator[tuple[Loop, Any]]:
    """Yield each of `values` with the position of the loop."""
    known = list(values)
    for index, value in enumerate(known):
        yield Loop(index, len(known)), value
