"""Filters of JSON, and of lists and mappings inside of others."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NoReturn, cast

__all__ = ["combine", "flatten", "parse_json"]


def parse_json(value: Any) -> Any:
    """Return the data that a text of JSON spells; raise `ValueError` for any other text."""
    if not isinstance(value, str | bytes | bytearray):
        raise TypeError(f"`fromjson` takes a text, not {type(value).__name__}")
    try:
        return json.loads(value, parse_constant=refuse)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise ValueError(f"the text is not JSON: {error.msg}, {place}") from None
    except RecursionError:
        raise ValueError("the text is not JSON that can be read: too deep") from None
    except UnicodeDecodeError:
        raise ValueError("the text is not JSON: it is not UTF-8") from None
    except ValueError as error:
        # Python reads no whole number of more digits.
        digits = sys.get_int_max_str_digits()
        words = (
            str(error) if "JSON" in str(error) else f"a number of over {digits} digits"
        )
        raise ValueError(f"the text is not JSON that can be read: {words}") from None


def refuse(constant: str) -> NoReturn:
    """Raise for the numbers that Python writes and JSON does not have."""
    raise ValueError(f"JSON has no {constant}")


def flatten(
    values: Any, levels: int | None = None, skip_nulls: bool = False
) -> list[Any]:
    """Return the items of the lists inside a list, down to so many `levels`."""
    kind = type(values).__name__
    if isinstance(values, str | bytes | Mapping) or not hasattr(values, "__iter__"):
        raise TypeError(f"`flatten` takes a list, not {kind}")
    found: list[Any] = []
    open_lists: list[Iterator[Any]] = [iter(values)]
    while open_lists:
        for value in open_lists[-1]:
            is_list = isinstance(value, list | tuple)
            if is_list and (levels is None or len(open_lists) <= levels):
                open_lists.append(iter(cast("Iterable[Any]", value)))
                break
            if value is not None or not skip_nulls:
                found.append(value)
        else:
            open_lists.pop()
    return found


def combine(first: Any, *others: Any, recursive: bool = False) -> dict[Any, Any]:
    """Return a mapping with the entries of all; of two of one name the later one."""
    found = entries_of(first)
    for other in others:
        for name, value in entries_of(other).items():
            known = found.get(name)
            if recursive and is_record(known) and is_record(value):
                value = combine(known, value, recursive=True)
            found[name] = value
    return found


def is_record(value: object) -> bool:
    """Say whether a value has entries: a mapping, or a model with its fields."""
    return isinstance(value, Mapping) or hasattr(type(value), "model_fields")


def entries_of(value: Any) -> dict[Any, Any]:
    """Return the entries of a mapping or a model in a new mapping."""
    if not is_record(value):
        raise TypeError(f"`combine` takes mappings, not {type(value).__name__}")
    fields: Mapping[str, Any] = getattr(value.__class__, "model_fields", {})
    # As JSON has it, a field is called by its alias.
    return {
        getattr(fields.get(name), "serialization_alias", None) or name: held
        for name, held in dict(value).items()
    }
