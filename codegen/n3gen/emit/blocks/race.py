"""`race`: contenders of which the first to succeed count."""

from __future__ import annotations

from n3gen.emit.block_nodes import Contender
from n3gen.emit.block_nodes import Race as RaceNode
from n3gen.emit.code import seconds
from n3gen.emit.flow import BLOCK_FORMS, SKIPPED, BlockContext, Flow
from n3gen.emit.nodes import Node
from n3gen.plan.model import PlanNode
from n3gen.spec.model import Race

__all__ = ["race"]


@BLOCK_FORMS.of(Race)
def race(flow: Flow, block: Race, context: BlockContext) -> list[Node]:
    (plan,) = context.node.bodies
    flow.scope.enter(block.steps)
    winner = next(iter(flow.scope.given(block)), None)
    return [
        RaceNode(
            outcome=context.outcome,
            winner=None if winner is None else flow.scope.result_of(winner).name,
            line=flow.scope.module.line(block.place),
            count=block.count,
            stagger=None if block.stagger is None else seconds(block.stagger),
            contenders=tuple(
                _contender(flow, plan.nodes[index], context) for index in plan.values
            ),
        )
    ]


def _contender(flow: Flow, node: PlanNode, context: BlockContext) -> Contender:
    return Contender(node.name, *flow.member(node, context.sources, SKIPPED))
