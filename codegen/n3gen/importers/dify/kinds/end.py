"""`end`: what a workflow gives."""

from __future__ import annotations

from typing import Any, ClassVar

from n3gen.importers.dify.app import Node
from n3gen.importers.dify.kinds.kind import Kind, Made
from n3gen.importers.dify.scope import Scope

__all__ = ["End", "outputs_of"]


def outputs_of(scope: Scope, node: Node) -> dict[str, Any]:
    """The outputs of an end node, as data of a spec."""
    return {
        str(one.get("variable")): scope.value(
            one.get("value_selector"), node, "outputs", index, "value_selector"
        )
        for index, one in enumerate(node.mappings("outputs"))
    }


class End(Kind):
    types: ClassVar[tuple[str, ...]] = ("end",)

    def make(self, scope: Scope, node: Node, name: str) -> Made:
        return Made([{"name": name, "value": outputs_of(scope, node)}], "value")
