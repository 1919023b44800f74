"""The inputs of a flow as the `input` of a chain."""

from __future__ import annotations

import json
from collections.abc import Container
from typing import Any, Final

from n3gen.importers.promptflow.flow import Flow, FlowInput
from n3gen.importers.promptflow.samples import PICTURE
from n3gen.importers.promptflow.scope import Importing, field_name

__all__ = ["default_of", "input_fields", "sample_payload"]

_TYPES: Final = {
    "string": "str",
    "int": "int",
    "double": "float",
    "bool": "bool",
    "list": "list[any]",
    "object": "any",
    "image": "str",
}
_SAMPLES: Final = {
    "str": "a text",
    "int": 1,
    "float": 1.5,
    "bool": True,
    "list[any]": [],
    "any": "a text",
}


def input_fields(importing: Importing) -> dict[str, Any]:
    """The fields of the payload."""
    return {
        field_name(one.name): _field(importing, one)
        for one in importing.flow.inputs.values()
    }


def _field(importing: Importing, one: FlowInput) -> Any:
    found = _TYPES.get(one.type)
    if found is None:
        label = importing.flow.label((*one.loc, "type"))
        what = f"type `{one.type}` of input `{one.name}` is taken as anything"
        importing.changed(what, label)
        found = "any"
    description = one.data.get("description")
    alias = one.name if field_name(one.name) != one.name else None
    if not one.has_default and not description and not alias:
        return found
    field: dict[str, Any] = {"type": found}
    if alias:
        field["alias"] = alias
    if one.has_default:
        field["default"] = default_of(one)
    return {**field, "description": str(description)} if description else field


def default_of(one: FlowInput) -> Any:
    """The default of an input in its type; none without one."""
    default = one.data.get("default")
    if default is None:
        return None
    if one.type == "image":
        default = _address(default)
    return _default(_TYPES.get(one.type, "any"), default)


def _address(value: Any) -> Any:
    """The address of a picture that is written as `{"data:image/png;url": ADDRESS}`."""
    if not isinstance(value, dict) or len(value) != 1:
        return value
    ((key, address),) = value.items()
    return f"{key},{address}" if str(key).endswith("base64") else address


def _default(wanted: str, value: Any) -> Any:
    """A default as Prompt Flow reads it for the type of its input."""
    if wanted == "str":
        return value if isinstance(value, str) else _as_text(value)
    if not isinstance(value, str) or wanted == "any":
        return float(value) if wanted == "float" and type(value) is int else value
    try:
        return json.loads(value.lower() if wanted == "bool" else value)
    except ValueError:
        return value


def _as_text(value: Any) -> str:
    return json.dumps(value) if isinstance(value, dict | list) else str(value)


def sample_payload(flow: Flow, pictures: Container[str] = ()) -> dict[str, Any]:
    """A payload for a test: the inputs that have no default.

    `pictures` are the names of those that messages show.
    """
    return {
        one.name: (
            PICTURE
            if one.name in pictures or one.type == "image"
            else _SAMPLES[_TYPES.get(one.type, "any")]
        )
        for one in flow.inputs.values()
        if not one.has_default
    }
