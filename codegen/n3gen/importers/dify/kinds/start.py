"""Where a run begins: `start` and the triggers."""

from __future__ import annotations

from typing import Any, ClassVar

from n3gen.importers.dify.app import STARTS, Node, number_of
from n3gen.importers.dify.kinds.kind import Kind
from n3gen.importers.dify.models import choice
from n3gen.importers.dify.reads import Read, field_path, file_field
from n3gen.importers.dify.scope import Scope

__all__ = ["Start", "fields_of"]

_KINDS = {
    "number": "number",
    "checkbox": "boolean",
    "file": "file",
    "file-list": "array[file]",
    "json_object": "object",
}
_TYPES: dict[str, tuple[str, Any]] = {
    "number": ("float", None),
    "boolean": ("bool", False),
    "file": ("file", None),
    "array[file]": ("list[file]", []),
    "object": ("any", None),
    "string": ("str", ""),
}


class Start(Kind):
    types: ClassVar[tuple[str, ...]] = tuple(sorted(STARTS))

    def read(self, scope: Scope, node: Node, path: list[str]) -> Read | None:
        variables = {
            str(one.get("variable")): one for one in node.mappings("variables")
        }
        if node.type != "start":
            scope.inputs.setdefault(path[0], "any")
            return Read(f"payload{field_path(path)}", "any")
        if path[0] not in variables:
            return None
        kind = _kind(variables[path[0]])
        is_none = kind in ("number", "file", "object") and not _has_value(
            variables[path[0]]
        )
        if kind == "file" and len(path) > 1:
            own = f"payload{field_path(path[:1])}"
            return file_field(own, path[1:], f"{own} is not none" if is_none else "")
        text = f"payload{field_path(path)}"
        return Read(text, kind if len(path) == 1 else "any", is_none)


def _kind(variable: dict[str, Any]) -> str:
    return _KINDS.get(str(variable.get("type")), "string")


def _has_value(variable: dict[str, Any]) -> bool:
    return bool(variable.get("required")) or variable.get("default") not in (None, "")


def fields_of(node: Node) -> tuple[dict[str, Any], dict[str, Any]]:
    """The fields of the payload that a start node asks for, and a payload that has them."""
    fields: dict[str, Any] = {}
    payload: dict[str, Any] = {}
    samples: dict[str, Any] = {
        "number": 1,
        "boolean": True,
        "file": "https://example.com/file.pdf",
        "array[file]": ["https://example.com/file.pdf"],
        "object": {},
    }
    for one in node.mappings("variables"):
        name, kind = str(one.get("variable")), _kind(one)
        declared, empty = _TYPES[kind]
        default = one.get("default")
        options = [str(option) for option in one.get("options") or []]
        options = options if one.get("type") == "select" else []
        if options:
            known = [empty if default is None else str(default), *options]
            values = options if one.get("required") else dict.fromkeys(known)
            declared = choice([*values])
        field: dict[str, Any] = {"type": declared}
        if bound := _longest(one):
            field["max_length"] = bound
        if one.get("required"):
            found = options[0] if options else samples.get(kind, "a text"[:bound])
            payload[name] = found
        elif default in (None, "") or kind in ("file", "array[file]", "object"):
            field["default"] = empty
            if empty is None and declared != "any":
                field["type"] = f"{declared}?"
        else:
            field["default"] = _default(kind, default)
        label = one.get("label")
        if isinstance(label, str) and label.strip() and label != name:
            field["description"] = label.strip()
        fields[name] = field if len(field) > 1 else declared
    return fields, payload


def _longest(variable: dict[str, Any]) -> int | None:
    """How many characters a text may have that is typed in; none where any number."""
    bound, default = variable.get("max_length"), variable.get("default")
    is_typed = variable.get("type") in ("text-input", "paragraph")
    if not is_typed or type(bound) is not int or bound < 1:
        return None
    return bound if len(str(default or "")) <= bound else None


def _default(kind: str, value: Any) -> Any:
    if kind == "number" and isinstance(value, str):
        return number_of(value)
    if kind == "boolean":
        return value is True or str(value).lower() == "true"
    return value if kind != "string" else str(value)
