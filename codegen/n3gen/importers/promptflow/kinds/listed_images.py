"""Inputs that are lists of texts and pictures, as chats with pictures have them."""

from __future__ import annotations

from typing import Any

from n3gen.importers.promptflow.flow import Node
from n3gen.importers.promptflow.kinds.kind import Made
from n3gen.importers.promptflow.kinds.rendering import list_names
from n3gen.importers.promptflow.scope import Scope

__all__ = ["send_listed_images"]

_ADDRESS = (
    "{{ (item.keys() | first) ~ ',' ~ (item.values() | first) "
    "if 'base64' in (item.keys() | first) else item.values() | first }}"
)
"""A picture of Prompt Flow, such as `{"data:image/png;url": ADDRESS}`, as an address."""


def send_listed_images(scope: Scope, node: Node, made: Made) -> None:
    """Send the pictures in a list as pictures, and its texts as the prompt."""
    prompt = made.step.get("prompt")
    if not isinstance(prompt, str):
        return
    for key in sorted(list_names(scope, node.inputs)):
        items = scope.names_for(node.inputs)[key]
        printed = f"{{{{ {items} | join('\\n') }}}}"
        if printed not in prompt:
            continue
        name = scope.new_name(f"{made.step['name']}_pictures")
        texts = f"{{{{ {items} | select('string') | join('\\n') }}}}"
        made.step["prompt"] = prompt = prompt.replace(printed, texts)
        made.step["images"] = f"{{{{ {name} }}}}"
        made.before.append(_pictures(scope, name, items))
        if "messages" in made.step:
            label = scope.importing.flow.node_label(node)
            what = "pictures in earlier turns are sent as the text that describes them"
            scope.importing.lost(what, label)
            made.comments.append(what)


def _pictures(scope: Scope, name: str, items: str) -> dict[str, Any]:
    return {
        "for": "item",
        "in": f"{items} | select('mapping')",
        "name": name,
        "steps": [{"name": scope.new_name(f"{name}_address"), "value": _ADDRESS}],
    }
