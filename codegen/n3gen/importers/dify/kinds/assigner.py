"""`assigner`: what is kept in variables of the conversation or of a loop."""

from __future__ import annotations

from typing import Any, ClassVar

from n3gen.importers.dify.app import Node, Variable, entries_of, number_of
from n3gen.importers.dify.kinds.kind import Kind, Made
from n3gen.importers.dify.reads import enclosed
from n3gen.importers.dify.scope import Scope
from n3gen.importers.literals import literal, quoted

__all__ = ["Assigner"]

_SIGNS = {"+=": "+", "-=": "-", "*=": "*", "/=": "/"}
_ZEROS: dict[str, Any] = {"string": "", "number": 0, "integer": 0, "boolean": False}


class Assigner(Kind):
    types: ClassVar[tuple[str, ...]] = ("assigner",)

    def make(self, scope: Scope, node: Node, name: str) -> Made:
        comments: list[str] = []
        steps: list[dict[str, Any]] = []
        for index, item in enumerate(self._items(node)):
            own = name if not steps else scope.new_name(name)
            step = self._step(scope, node, own, index, item)
            if step is None:
                label = scope.app.label(node, "items", index)
                what = f"node `{node.title}` sets a variable that does not exist"
                scope.lost(what, label)
                comments.append(f"{what}.")
            else:
                steps.append(step)
        if not steps:
            steps = [{"name": name, "value": None}]
        return Made(steps, "state", comments)

    def _items(self, node: Node) -> list[dict[str, Any]]:
        """What is done, in the form of today."""
        if "items" in node.data:
            return node.mappings("items")
        mode = str(node.data.get("write_mode") or "over-write")
        if "assigned_variable_selector" not in node.data:
            return []
        return [
            {
                "variable_selector": node.data["assigned_variable_selector"],
                "operation": mode,
                "input_type": "variable",
                "value": node.data.get("input_variable_selector"),
            }
        ]

    def _step(
        self, scope: Scope, node: Node, name: str, index: int, item: dict[str, Any]
    ) -> dict[str, Any] | None:
        selector = [str(part) for part in entries_of(item.get("variable_selector"))]
        found = _variable(scope, selector)
        if found is None:
            return None
        key, variable = found
        step: dict[str, Any] = {"name": name, "state": scope.state(key, variable)}
        operation = str(item.get("operation"))
        if operation == "clear":
            return {**step, "set": _zero(variable)}
        if operation in ("remove-first", "remove-last"):
            part = "[1:]" if operation == "remove-first" else "[:-1]"
            return {**step, "update": f"{{{{ value{part} }}}}"}
        value = item.get("value")
        if item.get("input_type") == "variable":
            read = scope.read(value, node, "items", index, "value")
            text = "none" if read is None else read.safe()
            kept: Any = f"{{{{ {text} }}}}"
            operand = enclosed(text)
        else:
            kept = literal(value)
            number = number_of(value)
            operand = quoted(value if number is None else number)
        if operation == "append":
            return {**step, "append": kept}
        if operation == "extend":
            return {**step, "update": f"{{{{ value + {operand} }}}}"}
        if operation in _SIGNS:
            return {**step, "update": f"{{{{ value {_SIGNS[operation]} {operand} }}}}"}
        return {**step, "set": kept}


def _variable(
    scope: Scope, selector: list[str]
) -> tuple[tuple[str, str], Variable] | None:
    if len(selector) < 2:
        return None
    key = (selector[0], selector[1])
    if key[0] == "conversation":
        variable = scope.app.conversation.get(key[1])
    else:
        variable = scope.variables.get(key)
    return None if variable is None else (key, variable)


def _zero(variable: Variable) -> Any:
    if variable.type.startswith("array"):
        return []
    return _ZEROS.get(variable.type, {})
