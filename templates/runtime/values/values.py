"""Takes data of a run; hands on what expressions read in it: fields, items, defaults."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Sized
from typing import Any

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
    "or_else",
    "read_env",
    "read_field",
    "what_there_is",
]


class MissingValue(LookupError):
    """An expression reads a field, a key or an item that is not there."""


def get(value: Any, way: str) -> Any:
    """The value at the end of `way`: a name for `value`, then fields and indexes.

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
    """The value at the end of `way`, or `fallback` where something on it is missing."""
    for name in way.split(".")[1:]:
        try:
            value = read_field(value, name)
        except (LookupError, TypeError, AttributeError):
            return fallback
    return value


def has(value: Any, way: str) -> bool:
    """Whether there is a value at the end of `way`."""
    missing = object()
    return get_or(value, way, missing) is not missing


def get_item(value: Any, key: Any, name: str = "") -> Any:
    """The item of `value` at a key or an index; raises `MissingValue`."""
    known: Any = value
    try:
        if isinstance(key, str) and not isinstance(value, Mapping | Sequence):
            return read_field(value, key)
        return known[key]
    except (LookupError, TypeError, AttributeError):
        found = what_there_is(value, name)
        raise MissingValue(f"`{name}[{key!r}]` is missing: {found}") from None


def read_field(value: Any, name: str) -> Any:
    """A mapping's key, a sequence's item, or an attribute; raises what looking up raises.

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
        return known[name]


def what_there_is(value: Any, name: str) -> str:
    """What stands where something else was looked for; names only, never values."""
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
    """What `value` gives, or `fallback` where something that it reads is missing."""
    try:
        return value()
    except MissingValue:
        return fallback


def first_defined(*values: Callable[[], Any]) -> Any:
    """What the first of `values` gives that reads nothing missing."""
    for value in values[:-1]:
        try:
            return value()
        except MissingValue:
            continue
    return values[-1]()


def is_defined(value: Callable[[], Any]) -> bool:
    """Whether all is there that `value` reads."""
    try:
        value()
    except MissingValue:
        return False
    return True


def read_env(name: str) -> str:
    """An environment variable; raises `MissingValue` where it is not set."""
    value = os.environ.get(name)
    if value is None:
        raise MissingValue(f"the environment variable `{name}` is not set")
    return value


def is_equal(left: Any, right: Any) -> bool:
    """Whether two values are equal: 1 is equal to `True`, as it is in a template."""
    return bool(left == right)


def is_same(left: Any, right: Any) -> bool:
    """Whether two values are one and the same."""
    return left is right


def is_integer(value: Any) -> bool:
    """Whether the value is a whole number, and no truth value."""
    return isinstance(value, int) and not isinstance(value, bool)


def is_mapping(value: Any) -> bool:
    """Whether the value has keys."""
    return isinstance(value, Mapping)


def is_sequence(value: Any) -> bool:
    """Whether the value has a length and items."""
    return isinstance(value, Sized) and hasattr(value, "__getitem__")


def is_iterable(value: Any) -> bool:
    """Whether the value can be gone through."""
    return isinstance(value, Iterable)


class Loop:
    """Where a `{% for %}` of a text stands; counts from 1, `index0` from 0."""

    def __init__(self, index0: int, length: int) -> None:
        self.index0 = index0
        self.index = index0 + 1
        self.length = length
        self.revindex = length - index0
        self.revindex0 = length - index0 - 1
        self.first = index0 == 0
        self.last = index0 == length - 1


def looped(values: Any) -> Iterator[tuple[Loop, Any]]:
    """Each of `values` with the loop's place."""
    known = list(values)
    for index, value in enumerate(known):
        yield Loop(index, len(known)), value
