"""Values that stand for what nodes give: with the fields that the flow reads of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, Final

from n3gen.importers.promptflow.flow import Node
from n3gen.importers.promptflow.kinds.kind import Made
from n3gen.importers.promptflow.references import reference, references_in
from n3gen.importers.promptflow.scope import Scope

__all__ = ["PICTURE", "UNKNOWN", "sample_of", "shown_pictures"]

UNKNOWN = object()
"""A value that is not known before the run."""

PICTURE: Final = "data:image/png;base64,iVBORw0KGgo="
"""A picture of no file."""

_Paths = dict[tuple[str | int, ...], Any]


def sample_of(
    scope: Scope, made: dict[str, Made], node: Node, wanted: Callable[[Any], Any]
) -> Any:
    """A value for a node: `wanted` makes it of what a condition compares it with."""
    flow = scope.importing.flow
    paths: _Paths = {}
    for reader in flow.nodes.values():
        for _, read in references_in(reader.inputs):
            if not read.is_input and read.name == node.name:
                paths.setdefault(read.path, UNKNOWN)
        if reader.activate is not None:
            when = reader.activate.when
            is_new = paths.get(when.path, UNKNOWN) is UNKNOWN
            if not when.is_input and when.name == node.name and is_new:
                paths[when.path] = wanted(reader.activate.value)
    for output in flow.outputs.values():
        found = reference(output.value)
        if found is not None and not found.is_input and found.name == node.name:
            paths.setdefault(found.path, UNKNOWN)
    return _shaped(node.name, paths, _used_as(scope, made, node))


def _used_as(scope: Scope, made: dict[str, Made], node: Node) -> Any:
    """A value of the kind that steps use: items of a loop, a picture; else none."""
    name = scope.steps[node.name]
    entries = [entry for one in made.values() for entry in (*one.before, one.step)]
    loops = rf"{{%-? for [^%]* in \(?{re.escape(name)}\b"
    is_list = any(re.search(loops, text) for text in _texts(entries))
    if is_list or any(_first_name(entry.get("in")) == name for entry in entries):
        return []
    if f"{{{{ {name} }}}}" in shown_pictures(made):
        return PICTURE
    return made[node.name].mock


def shown_pictures(made: dict[str, Made]) -> set[str]:
    """The values that messages show as pictures."""
    entries = [entry for one in made.values() for entry in (*one.before, one.step)]
    return {one for one in _pictures_in(entries) if isinstance(one, str)}


def _pictures_in(data: Any) -> Iterator[Any]:
    if isinstance(data, dict):
        yield from data["images"] if isinstance(data.get("images"), list) else ()
    if isinstance(data, dict | list):
        for one in data.values() if isinstance(data, dict) else data:
            yield from _pictures_in(one)


def _first_name(expression: Any) -> str:
    match = re.match(r"\(*(\w+)", expression) if isinstance(expression, str) else None
    return match[1] if match else ""


def _shaped(name: str, paths: _Paths, sample: Any) -> Any:
    """A value that has all the paths."""
    inner = [path for path in paths if path]
    if not inner:
        wanted = paths.get((), UNKNOWN)
        if wanted is not UNKNOWN:
            return wanted
        return sample if sample is not None else f"what {name} gives"
    if any(isinstance(path[0], int) for path in inner):
        size = 1 + max(path[0] for path in inner if isinstance(path[0], int))
        return [_below(name, paths, index) for index in range(size)]
    keys = dict.fromkeys(path[0] for path in inner)
    return {key: _below(name, paths, key) for key in keys}


def _below(name: str, paths: _Paths, key: str | int) -> Any:
    rest = {path[1:]: one for path, one in paths.items() if path and path[0] == key}
    label = re.sub(r"\W+", " ", f"{key} of {name}")
    return _shaped(label, rest or {(): UNKNOWN}, None)


def _texts(data: Any) -> Iterator[str]:
    if isinstance(data, str):
        yield data
    elif isinstance(data, dict | list):
        for one in data.values() if isinstance(data, dict) else data:
            yield from _texts(one)
