"""`on_error`: what runs where a body has failed."""

from __future__ import annotations

from n3gen.emit.code import constant
from n3gen.emit.flow import BLOCK_FORMS, BlockContext, Flow
from n3gen.emit.guard_nodes import OnError as OnErrorNode
from n3gen.emit.nodes import Node
from n3gen.semantics.reads import reads_within
from n3gen.spec.model import OnError

__all__ = ["on_error"]


@BLOCK_FORMS.of(OnError)
def on_error(flow: Flow, block: OnError, context: BlockContext) -> list[Node]:
    failure = flow.own_failure()
    (plan,), own = context.node.bodies, dict(context.sources)
    flow.scope.bind(block)
    variable = None
    if block.variable is not None and block.variable in reads_within(block.steps):
        variable = flow.scope.variable_of(block.variable, OnError)
        own[block.variable] = variable
    flow.caught += 1
    body = flow.closed(plan, own, context.end, f"{context.node.name}_on_error")
    flow.caught -= 1
    kinds = tuple(map(constant, block.kinds))
    return [OnErrorNode(kinds, failure, variable, tuple(body))]
