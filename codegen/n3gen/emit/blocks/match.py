"""`match` on the value of an expression."""

from __future__ import annotations

from n3gen.emit.block_nodes import Match as MatchNode
from n3gen.emit.branches import branches_of
from n3gen.emit.code import constant, name
from n3gen.emit.flow import BLOCK_FORMS, BlockContext, Flow
from n3gen.emit.nodes import Bind, Node
from n3gen.expressions import parse_expression
from n3gen.spec.model import Match

__all__ = ["match"]


@BLOCK_FORMS.of(Match)
def match(flow: Flow, block: Match, context: BlockContext) -> list[Node]:
    subject = flow.code(parse_expression(block.subject), context.sources)
    before: list[Node] = []
    if subject.fallible:
        variable = flow.scope.fresh(f"{context.node.name}_subject")
        before.append(Bind(variable, subject, flow.place("match", block)))
        subject = name(variable)
    cases = tuple(tuple(map(constant, case.values)) for case in block.cases)
    branches = branches_of(flow, context, len(cases))
    return [
        *before,
        MatchNode(context.outcome, context.untaken, subject, cases, branches),
    ]
