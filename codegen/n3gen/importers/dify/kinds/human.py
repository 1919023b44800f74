"""`human-input`: a step that waits for an answer."""

from __future__ import annotations

import re
from typing import Any, ClassVar

from n3gen.importers.dify.app import Node, whole_of
from n3gen.importers.dify.kinds.kind import Kind, Made
from n3gen.importers.dify.models import choice, define_type
from n3gen.importers.dify.reads import Read
from n3gen.importers.dify.scope import Scope
from n3gen.importers.literals import quoted
from n3gen.syntax.writer import flow

__all__ = ["HumanInput"]

_LATE = "__timeout"
_FIELD = re.compile(r"\{\{#\$output\.(\w+)#\}\}")


class HumanInput(Kind):
    types: ClassVar[tuple[str, ...]] = ("human-input",)

    def ways(self, node: Node) -> tuple[str, ...]:
        actions = [str(one.get("id")) for one in node.mappings("user_actions")]
        return (*actions, _LATE)

    def taken(self, scope: Scope, node: Node, way: str) -> str:
        name = scope.name(node)
        if scope.may_skip(node):
            name = f"({name} | default({{'action': ''}}))"
        return f"{name}.action == {quoted(way)}"

    def read(self, scope: Scope, node: Node, path: list[str]) -> Read | None:
        name, skips = scope.name(node), scope.may_skip(node)
        fields = [
            str(one.get("output_variable_name")) for one in node.mappings("inputs")
        ]
        if path == ["__action_id"]:
            return Read(f"{name}.action", "string", skips)
        if len(path) == 1 and path[0] in fields:
            return Read(f"{name}.{path[0]}", "string", skips)
        return None

    def make(self, scope: Scope, node: Node, name: str) -> Made:
        has_late = any(
            edge.source == node.id and edge.handle == _LATE for edge in scope.app.edges
        )
        ways = [way for way in self.ways(node) if way != _LATE or has_late]
        fields: dict[str, Any] = {"action": choice(ways or [_LATE])}
        names = [
            str(one.get("output_variable_name")) for one in node.mappings("inputs")
        ]
        fields |= dict.fromkeys(names, 'str = ""')
        unit = "d" if node.data.get("timeout_unit") == "day" else "h"
        text = _FIELD.sub(r"[\1]", node.text("form_content"))
        step: dict[str, Any] = {
            "name": name,
            "wait": name,
            "ask": scope.text(text, node, "form_content"),
            "output": define_type(scope, f"{name}_answer", fields),
            "timeout": f"{whole_of(node.data.get('timeout'), 1, 36)}{unit}",
        }
        if has_late:
            step["default"] = {"action": _LATE}
        comments: list[str] = []
        for index, one in enumerate(node.mappings("delivery_methods")):
            if one.get("type") != "webapp":
                label = scope.app.label(node, "delivery_methods", index)
                what = f"asking by `{one.get('type')}` is up to the caller"
                way_out = "the event `step_waiting` has the question"
                scope.lost(what, label, way_out)
                comments.append(f"{what}: {flow(one.get('config'))}")
        return Made([step], "wait", comments, {"action": ways[0] if ways else _LATE})
