"""`if-else`: the first case whose conditions hold."""

from __future__ import annotations

from typing import Any, ClassVar

from n3gen.importers.dify.app import Node
from n3gen.importers.dify.conditions import Unsaid, all_of, case_in_words
from n3gen.importers.dify.kinds.kind import Kind, Made, given
from n3gen.importers.dify.scope import Scope
from n3gen.importers.literals import quoted

__all__ = ["IfElse", "cases_of"]

_ELSE = "false"


def cases_of(node: Node) -> list[tuple[dict[str, Any], tuple[str | int, ...]]]:
    """The cases, each with its place; those of old exports are in the node itself."""
    if "cases" in node.data:
        cases = node.mappings("cases")
        return [(one, ("cases", index)) for index, one in enumerate(cases)]
    return [({**node.data, "case_id": "true"}, ())]


class IfElse(Kind):
    types: ClassVar[tuple[str, ...]] = ("if-else",)

    def ways(self, node: Node) -> tuple[str, ...]:
        return (*(str(case.get("case_id")) for case, _ in cases_of(node)), _ELSE)

    def words(self, node: Node) -> dict[str, str]:
        """The values of the step by the ways out of the node."""
        ways = self.ways(node)[:-1]
        if len(ways) == 1:
            return {ways[0]: "if", _ELSE: "else"}
        found = {way: f"case_{number}" for number, way in enumerate(ways, 1)}
        return {**found, _ELSE: "else"}

    def taken(self, scope: Scope, node: Node, way: str) -> str:
        return f"{scope.name(node)} == {quoted(self.words(node).get(way, 'else'))}"

    def make(self, scope: Scope, node: Node, name: str) -> Made:
        words = self.words(node)
        text = quoted("else")
        for case, path in reversed(cases_of(node)):
            try:
                holds = all_of(scope, node, case, *path)
            except Unsaid as why:
                return self._given(scope, node, name, str(why))
            word = quoted(words[str(case.get("case_id"))])
            text = f"{word} if {holds} else {text}"
        return Made([{"name": name, "value": f"{{{{ {text} }}}}"}], "value")

    def _given(self, scope: Scope, node: Node, name: str, why: str) -> Made:
        words = list(self.words(node).values())
        listed = ", ".join(f"`{one}`" for one in words)
        what = f"node `{node.title}` has {why}, which no expression can say"
        way_out = f"give the run a function as `{name}` that returns one of {listed}"
        scope.lost(what, scope.app.label(node), way_out)
        cases = [
            f"`{words[number]}` is for {case_in_words(scope, node, case, *path)}"
            for number, (case, path) in enumerate(cases_of(node))
        ]
        comments = [f"{what}: {way_out}.", *cases]
        return Made([given(name, {})], f"given `{name}`", comments, words[0])
