"""Which plain data is of which type."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from n3gen.spec.type_refs import TypeRef
from n3gen.spec.values import is_int, seconds

__all__ = ["fits"]


def fits(value: Any, wanted: TypeRef) -> bool:
    """Whether plain data is of a type; only data of its own fits a declared type."""
    match wanted.name:
        case "any":
            return True
        case "none":
            return value is None
        case "str" | "bool" | "file":
            return isinstance(value, bool if wanted.name == "bool" else str)
        case "date" | "datetime" | "duration" | "uuid":
            return _is_written(value, wanted.name)
        case "int":
            return is_int(value)
        case "float":
            return is_int(value) or isinstance(value, float)
        case "one of":
            return any(type(v) is type(value) and v == value for v in wanted.values)
        case "union":
            return any(fits(value, member) for member in wanted.args)
        case "list":
            return isinstance(value, list) and all(
                fits(item, wanted.args[0]) for item in value
            )
        case "dict":
            return isinstance(value, Mapping) and all(
                fits(key, wanted.args[0]) and fits(item, wanted.args[1])
                for key, item in value.items()
            )
    return False


def _is_written(value: Any, name: str) -> bool:
    """Whether plain data spells a value of a type that JSON has as text."""
    try:
        if name == "duration":
            return seconds(value, zero=True) >= 0
        if isinstance(value, str):
            _READERS[name](value)
            return True
    except ValueError:
        pass
    return False


_READERS: Final[Mapping[str, Callable[[str], Any]]] = {
    "date": date.fromisoformat,
    "datetime": datetime.fromisoformat,
    "uuid": UUID,
}
