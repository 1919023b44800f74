"""`template-transform`: a Jinja template with variables of its own."""

from __future__ import annotations

from typing import Any, ClassVar

from n3gen.diagnostics import Label
from n3gen.expressions.reading import parse_template
from n3gen.expressions.tokens import Unreadable
from n3gen.importers.dify.app import Node, mapping_of
from n3gen.importers.dify.kinds.kind import Kind, Made, given, giving
from n3gen.importers.dify.reads import enclosed
from n3gen.importers.dify.scope import Scope
from n3gen.importers.jinja import translated

__all__ = ["Template", "Untranslated", "rendered"]


class Untranslated(Exception):
    """A template that a spec cannot have; its text says why."""

    def __init__(self, why: str, label: Label) -> None:
        super().__init__(why)
        self.why = why
        self.label = label


def rendered(
    scope: Scope, node: Node, text: str, variables: list[Any], at: tuple[str | int, ...]
) -> str:
    """A Jinja template with what its variables read; raises `Untranslated`."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")  # as Jinja reads it
    names: dict[str, str] = {}
    for index, one in enumerate(variables):
        variable = mapping_of(one)
        read = scope.read(
            variable.get("value_selector"), node, "variables", index, "value_selector"
        )
        found = "none" if read is None else read.safe()
        name = str(variable.get("variable"))
        names[name] = enclosed(found)
    label = scope.app.label(node, *at)
    try:
        found_text = translated(text, names, frozenset(), trims=False)
        parsed = parse_template(found_text.text)
    except Unreadable as stop:
        raise Untranslated(stop.fault.message, label) from None
    if parsed.faults:
        raise Untranslated(parsed.faults[0].message, label)
    for name in dict.fromkeys(name for name, _ in found_text.unknown):
        what = f"`{name}` is none of the node's variables: it is empty, as in Dify"
        scope.changed(what, label)
    return found_text.text


class Template(Kind):
    types: ClassVar[tuple[str, ...]] = ("template-transform",)
    outputs: ClassVar[dict[str, str]] = {"output": "string"}

    def make(self, scope: Scope, node: Node, name: str) -> Made:
        variables = node.entries("variables")
        try:
            text = rendered(
                scope, node, node.text("template"), variables, ("template",)
            )
        except Untranslated as stop:
            way_out = giving(name)
            scope.lost(stop.why, stop.label, way_out)
            values = {
                str(one.get("variable")): scope.value(one.get("value_selector"), node)
                for one in node.mappings("variables")
            }
            comments = [f"{stop.why}. {way_out}", "Its template:"]
            comments += [f"    {line}" for line in node.text("template").splitlines()]
            return Made([given(name, values)], f"given `{name}`", comments, "a text")
        text = text[:-1] if text.endswith("\n") else text
        if text.startswith("{{") and text.endswith("}}") and text.count("{{") == 1:
            text = f"{{{{ ({text[2:-2].strip(' -+')}) | string }}}}"
        return Made([{"name": name, "value": text}], "value")
