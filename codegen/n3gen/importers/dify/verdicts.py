"""Whether conditions of Dify hold for values that are known, by Dify's own rules."""

from __future__ import annotations

from collections.abc import Callable
from operator import eq, ge, gt, le, lt, ne
from typing import Any, Final

from n3gen.importers.dify.app import entries_of, mapping_of

__all__ = ["UNKNOWN", "all_hold", "wanted_by"]

UNKNOWN: Final = object()
"""A value that is not known before the run."""

_NUMBERS: Final = {"=": eq, "≠": ne, ">": gt, "<": lt, "≥": ge, "≤": le}
_NOTHING: Final = {
    "empty": True,
    "not empty": False,
    "null": True,
    "not null": False,
    "exists": False,
    "not exists": True,
}
"""What is true of a value that is not there."""

_TEXTS: Final[dict[str, Callable[[str, str], bool]]] = {
    "contains": lambda found, value: value in found,
    "not contains": lambda found, value: value not in found,
    "start with": str.startswith,
    "end with": str.endswith,
    "is": eq,
    "is not": ne,
}


def all_hold(
    case: dict[str, Any], read: Callable[[Any], Any], text: Callable[[Any], Any]
) -> bool | None:
    """Whether the conditions of a case hold; `None` where that is not known.

    `read` gives what a selector reads, `text` a text with its placeholders filled.
    """
    found = [
        _holds(mapping_of(one), read, text)
        for one in entries_of(case.get("conditions"))
    ]
    if not found:
        return False
    decides = case.get("logical_operator") == "or"
    if decides in found:
        return decides
    return None if None in found else not decides


def _holds(
    one: dict[str, Any], read: Callable[[Any], Any], text: Callable[[Any], Any]
) -> bool | None:
    operator = str(one.get("comparison_operator"))
    if mapping_of(one.get("sub_variable_condition")).get("conditions"):
        return None
    found = read(one.get("variable_selector"))
    if found is UNKNOWN:
        return None
    if found is None or operator in _NOTHING:
        is_there = found is not None
        if operator in ("empty", "not empty") and is_there:
            return bool(found) != (operator == "empty") if _is_sized(found) else None
        return _NOTHING.get(operator) if not is_there else not _NOTHING[operator]
    value = one.get("value")
    value = text(value) if isinstance(value, str) else value
    if operator in _NUMBERS:
        return _compared(operator, found, value)
    if isinstance(found, bool) and operator in ("is", "is not"):
        return (found == (str(value).lower() == "true")) == (operator == "is")
    if operator in ("in", "not in") and isinstance(found, str) and value is not UNKNOWN:
        is_in = isinstance(value, str | list) and found in value
        return is_in == (operator == "in")
    if isinstance(found, str) and isinstance(value, str) and operator in _TEXTS:
        return bool(_TEXTS[operator](found, value))
    return None


def _is_sized(found: Any) -> bool:
    return isinstance(found, str | list)


def _compared(operator: str, found: Any, value: Any) -> bool | None:
    try:
        return bool(_NUMBERS[operator](float(found), float(value)))
    except (TypeError, ValueError):
        return None


def wanted_by(one: dict[str, Any]) -> Any:
    """A value for which a condition holds; unknown where none is easily found."""
    operator, value = str(one.get("comparison_operator")), one.get("value")
    text = str(value)
    is_plain = isinstance(value, str | int | float) and "{{#" not in text
    if operator in _NUMBERS and is_plain:
        try:
            number = float(text)
        except ValueError:
            return UNKNOWN
        shift = {">": 1, "<": -1, "≠": 1}.get(operator, 0)
        return int(number) + shift if number.is_integer() else number + shift
    if operator == "empty":
        return ""
    is_text = isinstance(value, str) and value and is_plain
    if operator in ("contains", "start with", "end with", "is") and is_text:
        return value
    return UNKNOWN
