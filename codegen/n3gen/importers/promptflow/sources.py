"""The files that the nodes of a flow name."""

from __future__ import annotations

from n3gen.importers.import_rules import FaultyFlow
from n3gen.importers.promptflow.flow import Node
from n3gen.importers.promptflow.scope import Importing

__all__ = ["check_sources"]

_WITH_FILE = {("python", "code"), ("llm", "code"), ("prompt", "code")}


def check_sources(importing: Importing) -> None:
    """Report nodes whose file or tool is missing."""
    for node in importing.flow.nodes.values():
        for one in (node, *(variant.node for variant in node.variants)):
            _check(importing, one)


def _check(importing: Importing, node: Node) -> None:
    kind = node.source.get("type", "code")
    needs_file = (node.type, kind) in _WITH_FILE or node.type == "custom_llm"
    needed = [*(["path"] if needs_file else []), *(["tool"] if kind != "code" else [])]
    for key in needed:
        value = node.source.get(key)
        label = importing.flow.node_label(node, "source", key)
        if not isinstance(value, str):
            message = f"the `source` of node `{node.name}` has no `{key}`"
            found = FaultyFlow.of(message, label, f"add `{key}:` to its `source`")
            importing.problems.add(found)
        elif key == "path" and importing.lookup(value) is None:
            importing.problems.add(FaultyFlow.file(value, label))
