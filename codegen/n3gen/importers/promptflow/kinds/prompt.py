"""`type: prompt`: a text that a `value` step makes."""

from __future__ import annotations

import re

from n3gen.importers.promptflow.flow import Node
from n3gen.importers.promptflow.kinds.kind import Made, given_step, maker
from n3gen.importers.promptflow.kinds.rendering import lost_template, template_of
from n3gen.importers.promptflow.scope import Scope
from n3gen.importers.promptflow.templates import Untranslated

__all__ = ["make_prompt"]

_SINGLE = re.compile(r"\{\{((?:(?!\}\}).)*)\}\}", re.DOTALL)


@maker("prompt")
def make_prompt(scope: Scope, node: Node, name: str) -> Made:
    """Make the step of a text."""
    template = template_of(scope, node, node.inputs)
    try:
        text = template.text(template.source.text)
    except Untranslated as stop:
        comments = lost_template(scope, stop, name, template.source.path)
        values = {key: scope.value(one) for key, one in node.inputs.items()}
        step = given_step(scope, node, name, name, values)
        return Made(step, f"given `{name}`", comments=comments)
    single = _SINGLE.fullmatch(text)
    if single:  # which would keep the type of the value
        text = f"{{{{ {single[1].strip()} | string }}}}"
    return Made({"name": name, "value": text}, "value")
