"""Changes of states, and of the entries of those that are mappings."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

from ..run.expressions import Expression
from ..run.inputs import is_dict, is_list
from ..run.run import Step
from .cells import StateError

__all__ = ["appended", "at_entry", "entry_of", "expressed", "merged", "without_entry"]

T = TypeVar("T")


def appended(item: Any) -> Callable[[Any], list[Any]]:
    """Return the change that adds an item behind those of a list."""

    def change(value: Any) -> list[Any]:
        if value is None:
            return [item]
        if not is_list(value):
            message = f"an item is appended to a list, not to {type(value).__name__}"
            raise StateError(message)
        return [*value, item]

    return change


def merged(items: Any) -> Callable[[Any], dict[Any, Any]]:
    """Return the change that puts entries into a mapping, over those of their names."""

    def change(value: Any) -> dict[Any, Any]:
        return {**mapping_of(value), **mapping_of(items)}

    return change


def at_entry(key: Any, change: Callable[[Any], Any]) -> Callable[[Any], dict[Any, Any]]:
    """Return the change of one entry of a mapping, which is none where it lacks it."""

    def change_all(value: Any) -> dict[Any, Any]:
        items = mapping_of(value)
        own = own_key(items, key)
        return {**items, own: change(items.get(own))}

    return change_all


def without_entry(key: Any) -> Callable[[Any], dict[Any, Any]]:
    """Return the change that takes one entry out of a mapping."""

    def change(value: Any) -> dict[Any, Any]:
        items = mapping_of(value)
        items.pop(own_key(items, key), None)
        return items

    return change


def entry_of(value: Any, key: Any) -> Any:
    """Return one entry of a mapping; none where it lacks it."""
    items = mapping_of(value)
    return items.get(own_key(items, key))


def own_key(items: dict[Any, Any], key: Any) -> Any:
    """Return a key as a mapping has it: JSON has texts for whole numbers."""
    if isinstance(key, dict | list | set):
        raise StateError(f"`key` must be a text or a number, not {type(key).__name__}")
    twin: Any = str(key) if type(key) is int else key
    if isinstance(key, str):
        with suppress(ValueError):
            twin = int(key)
    is_known = key in items or twin not in items or str(twin) != str(key)
    return key if is_known else twin


def mapping_of(value: Any) -> dict[Any, Any]:
    """Return a mapping, or the fields of a model, as a mapping."""
    if value is None:
        return {}
    if is_dict(value):
        return {**value}
    model: Any = value
    names = getattr(model.__class__, "model_fields", None)
    if names is None:
        message = f"entries are those of a mapping, not of {model.__class__.__name__}"
        raise StateError(message)
    return {name: getattr(model, name) for name in names}


def expressed(
    step: Step, field: str, line: int, change: Callable[[T], Any]
) -> Callable[[T], Any]:
    """Return a change whose errors name the field of a step and its line."""

    def change_or_fail(value: T) -> Any:
        with Expression(step, field, line=line):
            return change(value)

    return change_or_fail
