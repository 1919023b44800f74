"""`for`, one round after another."""

from __future__ import annotations

from functools import partial

from n3gen.emit.code import name
from n3gen.emit.flow import BLOCK_FORMS, BlockContext, Flow
from n3gen.emit.nodes import Append, Bind, Node
from n3gen.emit.nodes import For as ForNode
from n3gen.emit.rounds import has_group, round_call, round_of
from n3gen.expressions import parse_expression
from n3gen.spec.model import For

__all__ = ["for_"]


@BLOCK_FORMS.of(For)
def for_(flow: Flow, block: For, context: BlockContext) -> list[Node]:
    plan, outcome = context.node.bodies[0], context.outcome
    items = flow.code(parse_expression(block.items), context.sources)
    place = flow.place("for", block)
    before: list[Node] = []
    if items.fallible:
        found = flow.scope.fresh(f"{context.node.name}_items")
        before.append(Bind(found, items, place))
        items = name(found)
    variable = flow.scope.variables[block.variable].name
    own = {**context.sources, block.variable: variable}
    if has_group(plan):
        call = round_call(flow, block, context, own, None if outcome else ())
        body: list[Node] = [Append(outcome, call) if outcome else Bind(None, call)]
    else:
        body = flow.body(plan, own)
        if outcome:
            body = flow.result(context, plan, body, own, partial(Append, outcome))
    rounds = round_of(block, context, body)
    return [*before, ForNode(outcome, place, variable, items, rounds)]
