"""`type: custom_llm`: a model that sees pictures, or a tool of a package with a prompt."""

from __future__ import annotations

from typing import Final

from n3gen.importers.promptflow.flow import Node
from n3gen.importers.promptflow.kinds.kind import Made, maker
from n3gen.importers.promptflow.kinds.listed_images import send_listed_images
from n3gen.importers.promptflow.kinds.llm import call_step
from n3gen.importers.promptflow.kinds.package import package_step, tool_connections
from n3gen.importers.promptflow.kinds.rendering import lost_template, template_of
from n3gen.importers.promptflow.references import reference
from n3gen.importers.promptflow.scope import Scope
from n3gen.importers.promptflow.templates import Untranslated

__all__ = ["make_custom_llm"]

_VISION: Final = frozenset(
    (
        "promptflow.tools.aoai_gpt4v.AzureOpenAI.chat",
        "promptflow.tools.openai_gpt4v.OpenAI.chat",
    )
)


@maker("custom_llm")
def make_custom_llm(scope: Scope, node: Node, name: str) -> Made:
    """Make the step of a model that sees pictures, or of a tool with a prompt."""
    if node.source.get("tool") in _VISION:
        made = call_step(scope, node, name, str(node.inputs.get("connection") or ""))
        _mention_images(scope, node)
        send_listed_images(scope, node, made)
        return made
    made = package_step(scope, node, name)
    connections = tool_connections(node)
    inputs = {key: one for key, one in node.inputs.items() if key not in connections}
    template = template_of(scope, node, inputs)
    try:
        prompt = template.text(template.source.text)
    except Untranslated as stop:
        made.comments += lost_template(scope, stop, name, template.source.path)
    else:
        made.step.setdefault("with", {})["prompt"] = prompt
        label = scope.importing.flow.node_label(node, "source", "tool")
        what = "the tool is given its `prompt` with all values in it, not the template"
        scope.importing.changed(what, label)
    return made


def _mention_images(scope: Scope, node: Node) -> None:
    """Say what has to make pictures that a model can be sent."""
    for key, given in node.inputs.items():
        read = reference(given)
        flow = scope.importing.flow
        if read is None or read.is_input:
            continue
        if flow.nodes[read.name].type == "python":
            scope.importing.changed(
                f"`{read.name}` has to give a picture as an address, a `data:` address "
                "or a path, no `Image` of Prompt Flow",
                flow.node_label(node, "inputs", key),
            )
