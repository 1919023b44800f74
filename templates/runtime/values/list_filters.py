"""Filters of lists and mappings."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import chain, groupby
from typing import Any, NamedTuple

from .lookups import MissingValue, get, get_or

__all__ = [
    "ValueGroup",
    "batch_items",
    "enumerated",
    "first_of",
    "group_by",
    "items_of",
    "last_of",
    "max_of",
    "min_of",
    "reverse_of",
    "slice_items",
    "sort_dict",
    "sort_items",
    "sort_key",
    "sum_from",
    "unique_items",
]


def enumerated(values: Iterable[Any], start: int = 0) -> list[tuple[int, Any]]:
    """Return the items with their numbers."""
    return list(enumerate(values, start))


def first_of(values: Any) -> Any:
    """Return the first item; raise `MissingValue` where there is none."""
    for value in values:
        return value
    raise MissingValue("there is no first item: the list is empty")


def last_of(values: Any) -> Any:
    """Return the last item; raise `MissingValue` where there is none."""
    for value in reversed(values):
        return value
    raise MissingValue("there is no last item: the list is empty")


def sort_key(
    case_sensitive: bool = False, *attributes: str | int
) -> Callable[[Any], Any]:
    """Return the key of a sort: by the items, or by the values at ways such as `a.b`."""

    def key(value: Any) -> Any:
        keys: list[Any] = [get(value, f".{name}") for name in attributes] or [value]
        if not case_sensitive:
            keys = [key.lower() if isinstance(key, str) else key for key in keys]
        return keys if len(attributes) > 1 else keys[0]

    return key


def sort_items(
    values: Any,
    reverse: bool = False,
    case_sensitive: bool = False,
    attribute: str | int | None = None,
) -> list[Any]:
    """Return the items in order; `attribute` is a way in each item, or some with commas."""
    names = [] if attribute is None else str(attribute).split(",")
    return sorted(values, key=sort_key(case_sensitive, *names), reverse=reverse)


def sum_from(values: Iterable[Any], start: Any) -> Any:
    """Add items to `start`, which may be a list."""
    if isinstance(start, list):
        return [*start, *chain.from_iterable(values)]
    return sum(values, start)


def min_of(
    values: Any,
    case_sensitive: bool = False,
    attribute: str | int | None = None,
) -> Any:
    """Return the least item; raise `MissingValue` where there is none."""
    names = [] if attribute is None else [attribute]
    known = list(values)
    if not known:
        raise MissingValue("there is no least item: the list is empty")
    return min(known, key=sort_key(case_sensitive, *names))


def max_of(
    values: Any,
    case_sensitive: bool = False,
    attribute: str | int | None = None,
) -> Any:
    """Return the greatest item; raise `MissingValue` where there is none."""
    names = [] if attribute is None else [attribute]
    known = list(values)
    if not known:
        raise MissingValue("there is no greatest item: the list is empty")
    return max(known, key=sort_key(case_sensitive, *names))


def unique_items(
    values: Any,
    case_sensitive: bool = False,
    attribute: str | int | None = None,
) -> list[Any]:
    """Return the items without repetitions."""
    key = sort_key(case_sensitive, *([] if attribute is None else [attribute]))
    found: dict[Any, Any] = {}
    for value in values:
        found.setdefault(key(value), value)
    return list(found.values())


class ValueGroup(NamedTuple):
    """The items of a list that have one value in common."""

    grouper: Any
    list: list[Any]

    def __repr__(self) -> str:
        return f"({self.grouper!r}, {self.list!r})"


def group_by(
    values: Any,
    attribute: str | int,
    fallback: Any = None,
    case_sensitive: bool = False,
) -> list[ValueGroup]:
    """Return the items in groups by the value at a way in each, in order of that value."""
    way = f".{attribute}"

    def grouper(value: Any) -> Any:
        return get(value, way) if fallback is None else get_or(value, way, fallback)

    def key(value: Any) -> Any:
        found = grouper(value)
        folds = isinstance(found, str) and not case_sensitive
        return found.lower() if folds else found

    groups = [list(group) for _, group in groupby(sorted(values, key=key), key)]
    return [ValueGroup(grouper(group[0]), group) for group in groups]


def batch_items(values: Any, linecount: int, fill_with: Any = None) -> list[list[Any]]:
    """Return the items in rows of `linecount`, the last one filled up with `fill_with`."""
    known = list(values)
    rows = [known[i : i + linecount] for i in range(0, len(known), linecount)]
    if rows and fill_with is not None:
        rows[-1] += [fill_with] * (linecount - len(rows[-1]))
    return rows


def slice_items(values: Any, slices: int, fill_with: Any = None) -> list[list[Any]]:
    """Return the items in `slices` columns, the first ones longer by one if need be."""
    known = list(values)
    size, longer = divmod(len(known), slices)
    columns: list[list[Any]] = []
    for index in range(slices):
        start = index * size + min(index, longer)
        column = known[start : start + size + (index < longer)]
        if fill_with is not None and index >= longer:
            column.append(fill_with)
        columns.append(column)
    return columns


def items_of(value: Any) -> list[Any]:
    """Return the keys of a mapping with their values."""
    if not hasattr(value, "items"):
        raise TypeError(f"`items` takes a mapping, not {type(value).__name__}")
    return list(value.items())


def sort_dict(
    value: Any,
    case_sensitive: bool = False,
    by: str = "key",
    reverse: bool = False,
) -> list[tuple[Any, Any]]:
    """Return the keys of a mapping with their values, in order of the one or the other."""
    if not hasattr(value, "items"):
        raise TypeError(f"`dictsort` takes a mapping, not {type(value).__name__}")
    key = sort_key(case_sensitive)
    at = 0 if by == "key" else 1
    return sorted(value.items(), key=lambda pair: key(pair[at]), reverse=reverse)


def reverse_of(values: Any) -> Any:
    """Return the text or the list in reverse."""
    return values[::-1] if isinstance(values, str) else list(values)[::-1]
