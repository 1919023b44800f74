"""The types of what blocks give, as far as their bodies show."""

from __future__ import annotations

from n3gen.emit.scope import ANY, LIST, MAPPING, ChainScope
from n3gen.expressions import Code
from n3gen.names import outside
from n3gen.plan.model import PlanNode
from n3gen.spec.model import ConnectorStep, For, ModelStep, Parallel

__all__ = ["block_type", "returned_by_member"]


def returned_by_member(scope: ChainScope, node: PlanNode) -> Code:
    """The type of what the function of a node returns: of its value, if that is all."""
    entry = node.entry
    is_one = scope.is_used(entry) and not scope.given(entry)
    return block_type(scope, node, scope.value_type(entry)) if is_one else ANY


def block_type(scope: ChainScope, node: PlanNode, known: Code) -> Code:
    """The type of a value that a block may give; of all else the one that is known."""
    block = node.entry
    if isinstance(block, For):
        return _list_type(scope, node)
    is_mapping = isinstance(block, Parallel) and not block.has_result
    if not is_mapping or block.may_be_skipped or block.name in scope.skipped:
        return known
    has_other = any(ending.entry.has_value for ending in node.bodies[0].endings)
    is_one = has_other or not node.bodies[0].is_mapping
    return known if is_one else MAPPING


def _list_type(scope: ChainScope, node: PlanNode) -> Code:
    """The type of what a loop gives: of its items where a call that is checked gives each."""
    loop, body = node.entry, node.bodies[0]
    may_be_other = len(body.values) != 1 or any(
        ending.entry.has_value for ending in body.endings
    )
    may_be_other |= isinstance(loop, For) and (
        loop.has_result or loop.keeps_errors or loop.tolerate is not None
    )
    last = None if may_be_other else body.nodes[body.values[0]].core.entry
    if not isinstance(last, ModelStep | ConnectorStep) or last.keeps_error:
        return LIST
    if any(clause.has_value for clause in last.endings):
        return LIST
    item = scope.entries[id(last)].annotation
    return LIST if item == ANY else Code(f"{outside('list')}[{item.source}]")
