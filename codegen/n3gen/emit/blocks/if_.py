"""`if`, `elif` and `else`."""

from __future__ import annotations

from n3gen.emit.block_nodes import If as IfNode
from n3gen.emit.branches import branches_of
from n3gen.emit.flow import BLOCK_FORMS, BlockContext, Flow
from n3gen.emit.nodes import Node
from n3gen.expressions import parse_expression
from n3gen.spec.model import If

__all__ = ["if_"]


@BLOCK_FORMS.of(If)
def if_(flow: Flow, block: If, context: BlockContext) -> list[Node]:
    conditions = [
        flow.code(parse_expression(branch.condition), context.sources)
        for branch in block.branches
    ]
    branches = branches_of(flow, context, len(conditions))
    is_fallible = any(condition.fallible for condition in conditions)
    place = flow.place("if", block) if is_fallible else None
    outcome, untaken = context.outcome, context.untaken
    return [
        IfNode(outcome, untaken, place, tuple(conditions), branches, context.declares)
    ]
