"""Types written as JSON Schemas, as they are written here."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from n3gen.spec.values import shown
from n3gen.syntax.writer import choices

__all__ = ["fields_written", "foreign_key", "type_written", "way_of_type"]

_NAMES: Final = {
    "string": "str",
    "number": "float",
    "integer": "int",
    "boolean": "bool",
    "null": "none",
}
_PLAIN: Final = (*_NAMES, *_NAMES.values(), "any", "list", "dict")
_FORMATS: Final = {
    "date": "date",
    "date-time": "datetime",
    "duration": "duration",
    "uuid": "uuid",
}
_FOREIGN: Final = (
    *("properties", "items", "enum", "const", "anyOf", "oneOf", "allOf", "$ref"),
    *("additionalProperties", "format", "nullable"),
)
"""Keys of JSON Schemas that say which type a value has, and that no field has."""

_WORD: Final = re.compile(r"[A-Za-z_]\w*")
_SHOWN: Final = 4
_CHOICES: Final = 8
_DEEPEST: Final = 5


def foreign_key(data: Mapping[Any, Any]) -> str | None:
    """The key by which what stands for a field is known as a JSON Schema, if it is one."""
    typed = data.get("type")
    if isinstance(typed, str) and typed not in (*_NAMES, "object", "array"):
        return None
    found = (key for key in data if key in _FOREIGN)
    # The `items` of a schema are one as well; a text is the type of a field.
    return next((k for k in found if k != "items" or not _is_text(data[k])), None)


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def fields_written(schema: Mapping[Any, Any]) -> str | None:
    """The first fields of the schema of an object, as fields; `None` for anything else."""
    fields = schema.get("properties")
    if not isinstance(fields, dict) or schema.get("type", "object") != "object":
        return None
    if not fields or not all(isinstance(one, dict) for one in fields.values()):
        return None
    needed = schema.get("required")
    written: list[str] = []
    for name, one in fields.items():
        typed = type_written(one, str(name))
        is_optional = isinstance(needed, list) and name not in needed
        written.append(f"`{shown(name)}: {_optional(typed) if is_optional else typed}`")
    more = ", ..." if len(written) > _SHOWN else ""
    return f"{', '.join(written[:_SHOWN])}{more}"


def way_of_type(data: Any) -> str | None:
    """The way out for a list or a mapping where the name of a type stands."""
    if isinstance(data, list):
        return _way_of_list(data)
    if not isinstance(data, dict):
        return None
    if fields := fields_written(data):
        return f"declare a `type` with its fields, {fields}, and write its name"
    if foreign_key(data) or data.get("type") in _NAMES:
        return f"write `{shown(type_written(data, 'some_type'))}`"
    return "declare a `type` with these fields, and write its name"


def _way_of_list(items: list[Any]) -> str | None:
    """How a list of types, or of the texts of a choice, is written."""
    if not items or not all(isinstance(one, str | int) for one in items):
        return None
    if not all(isinstance(one, str) for one in items):
        return f"write `one of {shown(choices(items))}`"
    if all(one in _PLAIN or one[:1].isupper() for one in items):
        return f"write `list[{shown(_union([_NAMES.get(one, one) for one in items]))}]`"
    if len(items) == 1 and _WORD.fullmatch(items[0]):
        return f"write `list[{shown(items[0])}]`, or `one of {choices(items)}`"
    return f"write `one of {shown(choices(items))}`"


def type_written(schema: Any, name: str, depth: int = 0) -> str:
    """The type that a schema means; `any` where there is no such type here.

    An object with fields has a declared type, called after the `name` of the field.
    """
    if not isinstance(schema, dict) or depth > _DEEPEST:
        return "any"
    choices: Any = schema.get("enum")
    if "const" in schema:
        choices = [schema["const"]]
    if isinstance(choices, list):
        more = ", ..." if len(choices) > _CHOICES else ""
        return f"one of [{', '.join(map(_choice, choices[:_CHOICES]))}{more}]"
    typed = schema.get("type")
    if isinstance(typed, list):
        kinds = [type_written({**schema, "type": one}, name, depth) for one in typed]
        return _union(kinds)
    if isinstance(reference := schema.get("$ref"), str):
        found = reference.rpartition("/")[2]
        return found if _WORD.fullmatch(found) else "any"
    for key in ("anyOf", "oneOf"):
        if isinstance(schema.get(key), list):
            return _union([type_written(one, name, depth + 1) for one in schema[key]])
    found = _plain(schema, name, depth)
    return _optional(found) if schema.get("nullable") is True else found


def _plain(schema: Mapping[Any, Any], name: str, depth: int) -> str:
    typed = schema.get("type")
    if typed == "array" or (typed is None and "items" in schema):
        return f"list[{type_written(schema.get('items'), name, depth + 1)}]"
    if typed == "object" or (typed is None and "properties" in schema):
        if schema.get("properties"):
            called = "".join(word.title() for word in re.findall(r"[^\W_]+", name))
            return called if _WORD.fullmatch(called) else "dict[str, any]"
        others = type_written(schema.get("additionalProperties"), name, depth + 1)
        return f"dict[str, {others}]"
    if typed == "string":
        return _FORMATS.get(str(schema.get("format")), "str")
    return _NAMES.get(str(typed), "any")


def _choice(value: Any) -> str:
    is_word = isinstance(value, str) and _WORD.fullmatch(value)
    return shown(
        value if is_word else json.dumps(value, ensure_ascii=False, default=str)
    )


def _union(kinds: list[str]) -> str:
    some = [kind for kind in dict.fromkeys(kinds) if kind != "none"]
    if len(some) == 1 and "none" in kinds:
        return _optional(some[0])
    return " | ".join(dict.fromkeys(kinds)) or "any"


def _optional(typed: str) -> str:
    return typed if typed.endswith("?") or typed == "any" else f"{typed}?"
