"""Connections of Prompt Flow as `connection` blocks, whose secrets are in the environment."""

from __future__ import annotations

from typing import Final

from n3gen.importers.naming import free_name
from n3gen.importers.promptflow.flow import Flow, Node
from n3gen.importers.promptflow.scope import Scope

__all__ = ["OPENAI_ADDRESS", "connection_name", "connection_of"]

OPENAI_ADDRESS: Final = "https://api.openai.com/v1"


def connection_name(given: str) -> str:
    """The name of the block for a connection of Prompt Flow."""
    return free_name(given or "open_ai_connection", (), "connection")


def connection_of(scope: Scope, node: Node, given: str) -> str:
    """The name of the block for a connection, which is written if it is not there yet.

    A flow has the name of a connection, and not where it leads. An address is in the
    block only where the flow says that it is OpenAI's: the key of another server must not
    go there.
    """
    importing = scope.importing
    if importing.connect is not None:
        return importing.connect(importing)
    name = connection_name(given)
    if not given:
        what = f"{importing.named(node)} names no connection: it asks `{name}`"
        importing.changed(what, importing.flow.node_label(node))
    if name in importing.draft.data.get("connections", {}):
        return name
    key = name.upper()
    address = f"{key}_BASE_URL"
    lines = [
        f"Connection `{given or name}` of Prompt Flow. On Azure, {address} is",
        "https://RESOURCE.openai.azure.com/openai/v1, and models are deployments.",
    ]
    default = ""
    if _is_openai(importing.flow, given):
        default = f', "{OPENAI_ADDRESS}"'
    else:
        lines.append(f"At OpenAI it is {OPENAI_ADDRESS}.")
    block = {
        "api": "openai",
        "base_url": f'env("{address}"{default})',
        "api_key": f'env("{key}_API_KEY")',
    }
    importing.draft.define("connections", name, block)
    importing.draft.remark(("connection", name), *lines)
    return name


def _is_openai(flow: Flow, given: str) -> bool:
    """Whether all nodes with a connection say that it is one of OpenAI."""
    nodes = [
        one
        for node in flow.nodes.values()
        for one in (node, *(variant.node for variant in node.variants))
        if given in (one.text("connection"), one.inputs.get("connection"))
    ]
    return bool(nodes) and all(one.text("provider") == "OpenAI" for one in nodes)
