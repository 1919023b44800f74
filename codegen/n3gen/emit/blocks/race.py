"""`race`: contenders of which the first to succeed count."""

from __future__ import annotations

from functools import partial

from n3gen.emit.block_nodes import Contender
from n3gen.emit.block_nodes import Race as RaceNode
from n3gen.emit.code import constant, seconds
from n3gen.emit.flow import BLOCK_FORMS, BlockContext, Flow
from n3gen.emit.groups import SKIPPED
from n3gen.emit.guards import Guard
from n3gen.emit.nodes import Bind, Node
from n3gen.emit.scope import ANY
from n3gen.plan.model import PlanNode
from n3gen.spec.model import Race

__all__ = ["race"]


@BLOCK_FORMS.of(Race)
def race(flow: Flow, block: Race, context: BlockContext) -> list[Node]:
    (plan,), outcome = context.node.bodies, context.outcome
    winner = next(iter(flow.scope.given(block)), None)
    variable = None if winner is None else flow.scope.result_of(winner).name

    held = flow.scope.entries.get(id(block))
    type_ = ANY if held is None else held.annotation
    # A variable has one type wherever it is in a function.
    wanted = flow.scope.fresh("race")
    own = flow.scope.distinct.of(wanted, (type_,), flow.scope.numbered)

    def write() -> list[Node]:
        flow.scope.enter(node.entry for node in plan.nodes)
        return [
            *flow.watched(plan, plan.values),
            RaceNode(
                variable=own,
                type=type_,
                outcome=outcome,
                winner=variable,
                line=flow.scope.module.line(block.place),
                count=block.count,
                stagger=None if block.stagger is None else seconds(block.stagger),
                contenders=tuple(
                    _contender(flow, plan.nodes[index], context)
                    for index in plan.values
                ),
            ),
        ]

    end = None if outcome is None else partial(Bind, outcome)
    guard = Guard(context.node.name, write, end, outcome)
    nobody: list[Node] = []
    if plan.endings and variable is not None and variable not in flow.kept:
        nobody = [Bind(variable, constant(""))]
    return [*nobody, *flow.guarded(plan, context.sources, guard)]


def _contender(flow: Flow, node: PlanNode, context: BlockContext) -> Contender:
    return Contender(node.name, *flow.member(node, context.sources, SKIPPED))
