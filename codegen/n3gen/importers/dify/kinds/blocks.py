"""`iteration` and `loop`: blocks with nodes of their own."""

from __future__ import annotations

import json
from typing import Any, ClassVar

from n3gen.importers.dify.app import Node, Variable, entries_of, whole_of
from n3gen.importers.dify.conditions import Unsaid, all_of
from n3gen.importers.dify.kinds.kind import Kind, Made
from n3gen.importers.dify.reads import Read, field_path
from n3gen.importers.dify.scope import Scope
from n3gen.importers.literals import literal

__all__ = ["Iteration", "Loop", "LoopEnd"]

_FORGIVING = ("continue-on-error", "remove-abnormal-output")


class Iteration(Kind):
    types: ClassVar[tuple[str, ...]] = ("iteration",)

    def read(self, scope: Scope, node: Node, path: list[str]) -> Read | None:
        if path[0] == "item":
            items = scope.read(node.data.get("iterator_selector"), node)
            kind = items.type if items is not None else "any"
            kind = kind[6:-1] if kind.startswith("array[") else "any"
            text = f"{scope.item(node)}{field_path(path[1:])}"
            return Read(text, kind if len(path) == 1 else "any")
        if path == ["index"]:
            return Read("loop.index0", "number")
        if path != ["output"]:
            return None
        name, skips = scope.name(node), scope.may_skip(node)
        filters = ""
        if node.data.get("error_handle_mode") == "remove-abnormal-output":
            filters = " | reject('none') | list"
        inner = scope.read(node.data.get("output_selector"), node)
        is_flat = node.data.get("flatten_output") is not False
        if is_flat and inner is not None and inner.type.startswith("array"):
            filters += " | flatten(1)"
        kind = str(node.data.get("output_type") or "array[any]")
        there = f"{name} is not none" if skips and filters else ""
        return Read(f"{name}{filters}", kind, skips, there)

    def make(self, scope: Scope, node: Node, name: str) -> Made:
        items = scope.read(
            node.data.get("iterator_selector"), node, "iterator_selector"
        )
        found = scope.read(node.data.get("output_selector"), node, "output_selector")
        steps = scope.body(node)
        if node.data.get("error_handle_mode") in _FORGIVING:
            failed = scope.new_name(f"{name}_failed")
            steps = [
                *steps,
                {"on_error": "any", "steps": [{"name": failed, "value": None}]},
            ]
        block: dict[str, Any] = {
            "for": scope.item(node),
            "in": "[]" if items is None else items.safe([]),
            "name": name,
        }
        if node.data.get("is_parallel"):
            block["parallel"] = whole_of(node.data.get("parallel_nums"), 1, 10)
        block["result"] = None if found is None else f"{{{{ {found.safe()} }}}}"
        block["steps"] = steps
        return Made([block], "for")


class Loop(Kind):
    types: ClassVar[tuple[str, ...]] = ("loop",)

    def read(self, scope: Scope, node: Node, path: list[str]) -> Read | None:
        self._declare(scope, node)
        variable = scope.variables.get((node.id, path[0]))
        if variable is None:
            return None
        state = scope.state((node.id, path[0]), variable)
        kind = variable.type if len(path) == 1 else "any"
        return Read(f"state.{state}{field_path(path[1:])}", kind)

    def _declare(self, scope: Scope, node: Node) -> None:
        for index, one in enumerate(node.mappings("loop_variables")):
            label = str(one.get("label"))
            kind = str(one.get("var_type") or "string")
            value = one.get("value") if one.get("value_type") == "constant" else None
            if isinstance(value, str) and kind not in ("string",):
                value = _parsed(value)
            loc = (*node.loc, "data", "loop_variables", index)
            scope.variables.setdefault(
                (node.id, label), Variable(label, kind, value, loc)
            )

    def make(self, scope: Scope, node: Node, name: str) -> Made:
        self._declare(scope, node)
        outer = scope.app.nodes.get(node.parent)
        if outer is not None and outer.data.get("is_parallel"):
            what = (
                f"the rounds of `{outer.title}` share the variables of `{node.title}`"
            )
            way_out = "let its rounds run one after another: take out `parallel`"
            scope.lost(what, scope.app.label(outer, "is_parallel"), way_out)
        before: list[dict[str, Any]] = []
        for index, one in enumerate(node.mappings("loop_variables")):
            label = str(one.get("label"))
            variable = scope.variables[node.id, label]
            state = scope.state((node.id, label), variable)
            step = {"name": scope.new_name(f"{name}_{label}"), "state": state}
            if one.get("value_type") == "variable":
                value = scope.value(
                    one.get("value"), node, "loop_variables", index, "value"
                )
                before.append({**step, "set": value})
            elif node.parent:
                before.append({**step, "set": literal(variable.value)})
        ended = _ending(scope, node, name)
        steps = scope.body(node)
        comments: list[str] = []
        parts = [f"not state.{ended}"] if ended else []
        try:
            if entries_of(node.data.get("break_conditions")):
                data = {**node.data, "conditions": node.data["break_conditions"]}
                parts.append(f"not ({all_of(scope, node, data)})")
        except Unsaid as why:
            what = f"loop `{node.title}` breaks on {why}, which no expression can say"
            scope.lost(what, scope.app.label(node, "break_conditions"))
            comments.append(f"{what}.")
        count = whole_of(node.data.get("loop_count"), 1, 1)
        if not parts:
            turn = scope.new_name("turn")
            block: dict[str, Any] = {"for": turn, "in": f"range({count})"}
            block |= {"name": name, "steps": steps}
        else:
            block = {"while": " and ".join(parts), "max": count}
            block |= {"name": name, "steps": steps}
        return Made([*before, block], "while" if parts else "for", comments)


def _ending(scope: Scope, node: Node, name: str) -> str | None:
    """The state that records that a node inside has ended the loop, if there is one."""
    if not any(one.type == "loop-end" for one in scope.app.inside(node.id)):
        return None
    variable = Variable(f"{name}_ended", "boolean", False, node.loc)
    return scope.state((node.id, ""), variable)


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


class LoopEnd(Kind):
    types: ClassVar[tuple[str, ...]] = ("loop-end",)

    def make(self, scope: Scope, node: Node, name: str) -> Made:
        loop = scope.app.nodes[node.parent]
        state = _ending(scope, loop, scope.name(loop))
        return Made([{"name": name, "state": state, "set": True}], "state")
