"""What nodes with templates have in common."""

from __future__ import annotations

from typing import Any

from n3gen.importers.promptflow.flow import Node
from n3gen.importers.promptflow.references import reference
from n3gen.importers.promptflow.scope import Scope
from n3gen.importers.promptflow.templates import Template, Untranslated

__all__ = ["list_names", "lost_template", "template_of"]


def template_of(scope: Scope, node: Node, inputs: dict[str, Any]) -> Template:
    """The template of a node, which reads these inputs by name."""
    source = scope.importing.lookup(str(node.source.get("path")))
    assert source is not None  # `sources.check_sources` has seen to it
    return Template(scope, source, scope.names_for(inputs))


def list_names(scope: Scope, inputs: dict[str, Any]) -> frozenset[str]:
    """The inputs that are lists of the flow."""
    flow = scope.importing.flow
    found: set[str] = set()
    for key, given in inputs.items():
        read = reference(given)
        if read is not None and read.is_input and flow.inputs[read.name].type == "list":
            found.add(key)
    return frozenset(found)


def lost_template(scope: Scope, stop: Untranslated, name: str, path: str) -> list[str]:
    """Report a template that stays with the caller; give the comment about it."""
    way_out = f"give the run a function as `{name}`: connectors={{'{name}': ...}}"
    scope.importing.lost(
        f"this template is not imported: {stop.why}", stop.label, way_out
    )
    return [f"{path}: {stop.why}", way_out]
