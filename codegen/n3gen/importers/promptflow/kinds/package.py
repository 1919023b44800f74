"""Tools of packages: callables that the run is given."""

from __future__ import annotations

import re

from n3gen.importers.naming import free_name
from n3gen.importers.promptflow.flow import Node
from n3gen.importers.promptflow.kinds.kind import Made, given_step
from n3gen.importers.promptflow.references import reference
from n3gen.importers.promptflow.scope import Scope

__all__ = ["package_step", "tool_connections"]

_CONNECTION = re.compile(r"(?:.*_)?connection", re.IGNORECASE)


def tool_connections(node: Node) -> dict[str, str]:
    """The inputs of a tool that name connections."""
    return {
        key: value
        for key, value in node.inputs.items()
        if _CONNECTION.fullmatch(key)
        and isinstance(value, str)
        and reference(value) is None
    }


def package_step(scope: Scope, node: Node, name: str) -> Made:
    """A step whose callable the run is given under the name of the tool."""
    tool = str(node.source.get("tool"))
    target = _target(scope, tool)
    connections = tool_connections(node)
    values = {
        key: scope.value(one)
        for key, one in node.inputs.items()
        if key not in connections
    }
    function = tool.rpartition(".")[2]
    given = function
    if connections:
        bound = ", ".join(f"{key}=..." for key in connections)
        given = f"partial({function}, {bound})"
    comments = [f"{tool}: give the run connectors={{'{target}': {given}}}"]
    comments += [f"  {key}: {one}" for key, one in connections.items()]
    return Made(
        given_step(scope, node, name, target, values),
        f"given `{target}`",
        comments=comments,
    )


def _target(scope: Scope, tool: str) -> str:
    """The name of a callable: the tool's last one, with its module's where two meet."""
    parts = tool.split(".")
    nodes = scope.importing.flow.nodes.values()
    others = {
        str(node.source.get("tool"))
        for node in nodes
        if str(node.source.get("tool")).rpartition(".")[2] == parts[-1]
    }
    used = parts[-1:] if len(others) < 2 else parts[-2:]
    return free_name("_".join(used), (), "tool")
