"""The embedding tool: a model call with `embed`."""

from __future__ import annotations

from typing import Any, Final

from n3gen.importers.promptflow.connections import connection_of
from n3gen.importers.promptflow.flow import Node
from n3gen.importers.promptflow.kinds.kind import Made
from n3gen.importers.promptflow.scope import Scope

__all__ = ["embedding_step", "is_embedding"]

_TOOL: Final = "promptflow.tools.embedding.embedding"


def is_embedding(node: Node) -> bool:
    """Whether a node is the embedding tool."""
    return node.source.get("tool") == _TOOL


def embedding_step(scope: Scope, node: Node, name: str) -> Made:
    """A step that asks for the vector of a text."""
    model = node.inputs.get("deployment_name") or node.inputs.get("model")
    step: dict[str, Any] = {
        "name": name,
        "embed": scope.value(node.inputs.get("input", "")),
        "model": scope.value(model or "text-embedding-ada-002"),
        "connection": connection_of(
            scope, node, str(node.inputs.get("connection") or "")
        ),
    }
    return Made(step, "llm, embed", mock=[0.25, 0.5])
