"""`code`: a function whose text is in the app."""

from __future__ import annotations

import ast
from typing import Any, ClassVar

from n3gen.importers.dify.app import Node, mapping_of
from n3gen.importers.dify.kinds.kind import Kind, Made, given, giving
from n3gen.importers.dify.models import retry_of
from n3gen.importers.dify.reads import Read, field_path
from n3gen.importers.dify.scope import Scope

__all__ = ["Code"]


def _fault(code: str, names: list[str]) -> str:
    """Why no step can call the code with arguments of these names; empty where it can."""
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError):
        return "is not valid Python"
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    found = next(
        (one for one in tree.body if isinstance(one, functions) and one.name == "main"),
        None,
    )
    if found is None:
        return "has no function `main`"
    known = [one.arg for one in (*found.args.args, *found.args.kwonlyargs)]
    missing = known[: len(found.args.args) - len(found.args.defaults)]
    for name in missing:
        if name not in names:
            return f"needs `{name}`, which the node does not give"
    for name in names:
        if name not in known and found.args.kwarg is None:
            return f"has no parameter `{name}`"
    return ""


class Code(Kind):
    types: ClassVar[tuple[str, ...]] = ("code",)

    def read(self, scope: Scope, node: Node, path: list[str]) -> Read | None:
        outputs = node.mapping("outputs")
        if path[0] not in outputs:
            return None
        kind = str(mapping_of(outputs[path[0]]).get("type") or "any")
        text = f"{scope.name(node)}{field_path(path)}"
        return Read(text, kind if len(path) == 1 else "any", scope.may_skip(node))

    def make(self, scope: Scope, node: Node, name: str) -> Made:
        values = {
            str(one.get("variable")): scope.value(
                one.get("value_selector"), node, "variables", index, "value_selector"
            )
            for index, one in enumerate(node.mappings("variables"))
        }
        code = node.text("code")
        mock = self._mock(scope, node)
        if node.data.get("code_language", "python3") != "python3":
            return self._foreign(scope, node, name, values, mock)
        fault = _fault(code, list(values))
        if fault:
            what = f"the code of node `{node.title}` {fault}"
            way_out = giving(name)
            scope.lost(what, scope.app.label(node, "code"), way_out)
            lines = [f"{what}. {way_out}", *(f"    {one}" for one in code.splitlines())]
            return Made([given(name, values)], f"given `{name}`", lines, mock)
        target = scope.module(name, code)
        step: dict[str, Any] = {"name": name, "kind": "python", "target": target}
        step["with"] = values
        step |= retry_of(scope, node)
        return Made([step], f"python {target}", [], mock)

    def _foreign(
        self, scope: Scope, node: Node, name: str, values: dict[str, Any], mock: Any
    ) -> Made:
        language = node.text("code_language")
        path = scope.file(f"{name}.js", node.text("code"))
        what = f"a step cannot call code in {language}"
        way_out = f"give the run a function as `{name}`; the code is in {path}"
        scope.lost(what, scope.app.label(node, "code_language"), way_out)
        comments = [f"{what}: {way_out}."]
        return Made([given(name, values)], f"given `{name}`", comments, mock)

    def _mock(self, scope: Scope, node: Node) -> dict[str, Any]:
        outputs = node.mapping("outputs")
        return {
            key: scope.sample(node, (key,), str(mapping_of(one).get("type")))
            for key, one in outputs.items()
        }
