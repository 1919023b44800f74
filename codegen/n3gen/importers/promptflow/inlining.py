"""Nodes of type `prompt` whose template is that of the calls that read them.

Prompt Flow looks for roles in the text that such a node has made, so that its template,
not that of the call, says where the turns are.
"""

from __future__ import annotations

import re
from typing import Final

from n3gen.importers.model import Lookup
from n3gen.importers.promptflow.flow import Flow, Node
from n3gen.importers.promptflow.references import reference, references_in

__all__ = ["inlined_prompts", "prompt_node"]

_NAME: Final = re.compile(r"\s*\{\{-?\s*(\w+)\s*-?\}\}\s*")


def prompt_node(flow: Flow, lookup: Lookup, node: Node) -> Node | None:
    """The node of type `prompt` whose text is all that a call sends."""
    if node.type != "llm":
        return None
    key = "prompt" if "prompt" in node.inputs else _only_name(lookup, node)
    read = reference(node.inputs.get(key)) if key is not None else None
    if read is None or read.is_input or read.path:
        return None
    found = flow.nodes[read.name]
    return found if found.type == "prompt" and not found.aggregation else None


def _only_name(lookup: Lookup, node: Node) -> str | None:
    source = lookup(str(node.source.get("path")))
    match = _NAME.fullmatch(source.text) if source is not None else None
    return match[1] if match else None


def inlined_prompts(
    flow: Flow, lookup: Lookup, skipped: frozenset[str]
) -> frozenset[str]:
    """The nodes that need no step, as only such calls read them."""
    calls = {
        node.name: found.name
        for node in flow.lines
        if (found := prompt_node(flow, lookup, node)) is not None
        and not any(variant.node.inputs for variant in node.variants)
    }
    read_otherwise = {
        read.name
        for node in flow.nodes.values()
        for _, read in references_in(node.inputs)
        if calls.get(node.name) != read.name
    }
    read_otherwise |= {
        node.activate.when.name for node in flow.nodes.values() if node.activate
    }
    read_otherwise |= {
        read.name
        for output in flow.outputs.values()
        if (read := reference(output.value)) is not None
    }
    return frozenset(calls.values()) - read_otherwise - skipped
