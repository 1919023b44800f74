"""Values that stand for what nodes give: with the fields that the app reads of them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, Final

from n3gen.importers.dify.app import App, Node, entries_of
from n3gen.importers.dify.placeholders import PLACEHOLDER

__all__ = ["WHOLE", "Paths", "paths_of", "sample", "typed_sample"]

Paths = dict[str, set[tuple[str, ...]]]
"""What is read of each node: outputs and fields; `[]` is an item of a list."""

WHOLE: Final = "{}"
"""The part of a path by which a text is all of the body of a request."""

_SCALARS: Final[dict[str, Any]] = {
    "number": 1,
    "integer": 1,
    "boolean": True,
    "object": {},
    "array[number]": [1],
    "array[object]": [{}],
    "array[boolean]": [True],
    "array[file]": [],
    "array[any]": [],
    "array": [],
    "array[string]": ["a text"],
    "file": "https://example.com/file.pdf",
}


def paths_of(app: App) -> Paths:
    """What the nodes of an app read of each other."""
    found: Paths = {}
    for node in app.nodes.values():
        for selector in _selectors(node.data, app):
            found.setdefault(selector[0], set()).add(tuple(selector[1:]))
        if node.type == "http-request":
            for selector in _whole_bodies(node):
                found.setdefault(selector[0], set()).add((*selector[1:], WHOLE))
        if node.type == "template-transform":
            for one in node.mappings("variables"):
                selector = [str(part) for part in entries_of(one.get("value_selector"))]
                name = re.escape(str(one.get("variable")))
                for path in _in_template(node.text("template"), name):
                    if len(selector) > 1:
                        found.setdefault(selector[0], set()).add((*selector[1:], *path))
    for node in app.nodes.values():
        if node.type == "iteration":
            source = [str(part) for part in node.entries("iterator_selector")]
            for path in list(found.get(node.id, ())):
                if path[0] == "item" and len(path) > 1 and source:
                    item = (*source[1:], "[]", *path[1:])
                    found.setdefault(source[0], set()).add(item)
    return found


def _whole_bodies(node: Node) -> Iterator[list[str]]:
    """Yield the selectors of values that are bodies of JSON by themselves."""
    body = node.mapping("body")
    parts = body.get("data")
    texts = [one.get("value") for one in entries_of(parts) if isinstance(one, dict)]
    for text in [parts, *texts] if body.get("type") == "json" else ():
        match = PLACEHOLDER.fullmatch(text.strip()) if isinstance(text, str) else None
        if match is not None:
            yield match[1].split(".")


def _selectors(data: Any, app: App) -> Iterator[list[str]]:
    if isinstance(data, str):
        for match in PLACEHOLDER.finditer(data):
            yield match[1].split(".")
    elif isinstance(data, dict):
        for one in data.values():
            yield from _selectors(one, app)
    elif isinstance(data, list):
        is_selector = len(data) > 1 and all(isinstance(one, str) for one in data)
        if is_selector and data[0] in app.nodes:
            yield data
            return
        for one in data:
            yield from _selectors(one, app)


def _in_template(text: str, name: str) -> Iterator[tuple[str, ...]]:
    """Yield the fields that a template reads of a variable, and of its items."""
    for match in re.finditer(rf"\b{name}\.(\w+)\b(?!\()", text):
        yield (match[1],)
    for match in re.finditer(rf"for\s+(\w+)\s+in\s+{name}\b(?!\.)", text):
        for inner in re.finditer(rf"\b{match[1]}\.(\w+)\b(?!\()", text):
            yield ("[]", inner[1])


def sample(paths: set[tuple[str, ...]], prefix: tuple[str, ...], kind: str) -> Any:
    """A value of a type that has the fields which are read below a prefix."""
    size = len(prefix)
    below = {path[size:] for path in paths if path[:size] == prefix and path[size:]}
    if (WHOLE,) in below:
        return WHOLE
    items = {path[1:] for path in below if path[0] == "[]" and path[1:]}
    if items:
        return [sample(items, (), "object")]
    names = sorted({path[0] for path in below if path[0] != "[]"})
    if names and kind in ("any", "object", "None", "string"):
        return {name: sample(below, (name,), "any") for name in names}
    if kind.startswith("array") and kind not in _SCALARS:
        return []
    return _SCALARS.get(kind, "a text")


def typed_sample(text: str, types: dict[str, Any]) -> Any:
    """A value of a type in words of a spec."""
    text = text.partition(" = ")[0].removesuffix("?")
    if text.startswith("one of "):
        return json.loads(text.removeprefix("one of "))[0]
    if text.startswith("list["):
        return [typed_sample(text[5:-1], types)]
    if text in types:
        return {
            key: typed_sample(one["type"] if isinstance(one, dict) else one, types)
            for key, one in types[text].items()
        }
    plain: dict[str, Any] = {"float": 1, "int": 1, "bool": True, "str": "a text"}
    return plain.get(text, {} if text.startswith("dict[") else "a text")
