"""Connections of Prompt Flow as `connection` blocks, whose secrets are in the environment."""

from __future__ import annotations

from n3gen.importers.naming import free_name
from n3gen.importers.promptflow.flow import Node
from n3gen.importers.promptflow.scope import Scope

__all__ = ["connection_of"]

_OPENAI = "https://api.openai.com/v1"


def connection_of(scope: Scope, node: Node, given: str) -> str:
    """The name of the block for a connection, which is written if it is not there yet."""
    name = free_name(given or "open_ai_connection", (), "connection")
    if not given:
        label = scope.importing.flow.node_label(node)
        what = f"node `{node.name}` names no connection: it asks `{name}`"
        scope.importing.changed(what, label)
    key = name.upper()
    block = {
        "api": "openai",
        "base_url": f'env("{key}_BASE_URL", "{_OPENAI}")',
        "api_key": f'env("{key}_API_KEY")',
    }
    known = scope.importing.draft.data.get("connections", {})
    scope.importing.draft.define("connections", name, block)
    if name not in known:
        scope.importing.draft.remark(
            ("connection", name),
            f"Connection `{given or name}` of Prompt Flow. On Azure, {key}_BASE_URL is",
            "https://RESOURCE.openai.azure.com/openai/v1, and models are deployments.",
        )
    return name
