"""`type: python`: a function of the flow's folder, or a tool of a package."""

from __future__ import annotations

import json
from typing import Any

from n3gen.importers.literals import literal
from n3gen.importers.promptflow.flow import Node
from n3gen.importers.promptflow.functions import (
    Function,
    Unreadable,
    module_of,
    tool_in,
)
from n3gen.importers.promptflow.kinds.embedding import embedding_step, is_embedding
from n3gen.importers.promptflow.kinds.kind import Made, given_step, maker
from n3gen.importers.promptflow.kinds.package import package_step
from n3gen.importers.promptflow.references import reference
from n3gen.importers.promptflow.scope import Scope
from n3gen.names import is_name

__all__ = ["make_python"]


@maker("python")
def make_python(scope: Scope, node: Node, name: str) -> Made:
    """Make the step of a function of the folder, or of a tool of a package."""
    if node.source.get("type", "code") != "code":
        return (
            embedding_step(scope, node, name)
            if is_embedding(node)
            else package_step(scope, node, name)
        )
    path = str(node.source.get("path"))
    source = scope.importing.lookup(path)
    assert source is not None  # `sources.check_sources` has seen to it
    try:
        function = tool_in(source.text)
    except Unreadable as why:
        return _given(scope, node, name, path, str(why))
    module = module_of(path)
    if module is None:
        return _given(scope, node, name, path, "no module can have such a name")
    connections = _connections(node, function)
    values = _arguments(scope, node, function, connections)
    odd = next((key for key in values if not is_name(key)), None)
    if odd is not None:
        return _given(scope, node, name, path, f"`{odd}` is no name of an argument")
    _mention_generator(scope, node, function)
    if connections:
        return _with_connection(scope, node, name, module, function, values)
    scope.importing.modules.append(module)
    target = f"{module}:{function.name}"
    step = {"name": name, "kind": "python", "target": target, "with": values}
    return Made(step, f"python {target}", mock=_sample(function))


def _given(scope: Scope, node: Node, name: str, path: str, why: str) -> Made:
    """A step for a file that no target can name."""
    way_out = f"give the run a function as `{name}`: connectors={{'{name}': ...}}"
    label = scope.importing.flow.node_label(node, "source", "path")
    scope.importing.lost(f"`{path}` cannot be called: {why}", label, way_out)
    values = {key: scope.value(one) for key, one in node.inputs.items()}
    step = given_step(scope, node, name, name, values)
    return Made(step, f"given `{name}`", comments=[f"{path}: {why}", way_out])


def _connections(node: Node, function: Function) -> dict[str, str]:
    """The inputs that name connections of Prompt Flow."""
    return {
        key: value
        for key, value in node.inputs.items()
        if isinstance(value, str)
        and reference(value) is None
        and (function.is_connection(key) or key == "connection")
    }


def _with_connection(
    scope: Scope,
    node: Node,
    name: str,
    module: str,
    function: Function,
    values: dict[str, Any],
) -> Made:
    """A step whose function is given with the connection bound: no secret is passed on."""
    bound = ", ".join(f"{key}=..." for key in _connections(node, function))
    given = [one for one in _connections(node, function).values() if one]
    named = "connection " + ", ".join(f"`{one}`" for one in given)
    named = named if given else "a connection"
    way_out = f"connectors={{'{name}': partial({module}.{function.name}, {bound})}}"
    key = next(iter(_connections(node, function)))
    label = scope.importing.flow.node_label(node, "inputs", key)
    what = f"`{function.name}` takes {named} of Prompt Flow as an argument"
    scope.importing.lost(what, label, f"give the run {way_out}")
    made = Made(given_step(scope, node, name, name, values), f"given `{name}`")
    made.comments = [f"Takes {named}: give the run", f"  {way_out}"]
    made.mock = _sample(function)
    return made


def _arguments(
    scope: Scope, node: Node, function: Function, connections: dict[str, str]
) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for key, given in node.inputs.items():
        if key in connections:
            continue
        read = reference(given)
        if read is None:
            values[key] = literal(_typed(given, function.simple_type(key)))
            continue
        if scope.may_be_none(read) and key in function.optional - {*function.defaults}:
            label = scope.importing.flow.node_label(node, "inputs", key)
            what = f"where `{read.name}` is skipped, `{key}` is none, not its default"
            scope.importing.changed(what, label)
        values[key] = scope.value(given, function.defaults.get(key))
    return values


def _typed(value: Any, wanted: str) -> Any:
    """A constant as Prompt Flow gives it to a parameter of a simple type."""
    if not isinstance(value, str) or wanted in ("", "str"):
        return (
            str(value) if wanted == "str" and isinstance(value, int | float) else value
        )
    if wanted == "bool":
        return value.lower() == "true" if value.lower() in ("true", "false") else value
    try:
        found = json.loads(value)
    except ValueError:
        return value
    fits: dict[str, Any] = {"int": int, "float": (int, float)}
    fits |= {"list": list, "dict": dict}
    is_fit = isinstance(found, fits[wanted]) and not isinstance(found, bool)
    return found if is_fit else value


def _mention_generator(scope: Scope, node: Node, function: Function) -> None:
    if function.is_generator:
        label = scope.importing.flow.node_label(node)
        what = f"`{function.name}` is a generator: its value is the list of its items"
        scope.importing.changed(what, label)


def _sample(function: Function) -> Any:
    """A value of the type that a function says it gives."""
    kinds: dict[str, Any] = {"bool": True, "int": 1, "float": 1.0}
    kinds |= {"list": [], "dict": {}}
    name = function.gives.removeprefix("typing.").partition("[")[0].lower()
    return kinds.get(name)
