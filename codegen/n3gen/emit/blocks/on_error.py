"""`on_error`: what runs where a body has failed."""

from __future__ import annotations

from n3gen.emit.code import constant
from n3gen.emit.flow import BLOCK_FORMS, BlockContext, Flow
from n3gen.emit.guard_nodes import OnError as OnErrorNode
from n3gen.emit.nodes import Bind, Call, Node, Return
from n3gen.spec.model import OnError

__all__ = ["on_error"]


@BLOCK_FORMS.of(OnError)
def on_error(flow: Flow, block: OnError, context: BlockContext) -> list[Node]:
    failure = flow.own_failure()
    (plan,), own = context.node.bodies, dict(context.sources)
    flow.scope.bind(block)
    variable, reads = None, flow.scope.reads_within(block.steps)
    if block.variable is not None and block.variable in reads:
        variable = flow.scope.variable_of(block.variable, OnError)
        own[block.variable] = variable
    if flow.is_deep:
        body = _apart(flow, block, own, context)
    else:
        flow.caught += 1
        body = flow.closed(plan, own, context.end, _owner(context))
        flow.caught -= 1
    kinds = tuple(map(constant, block.kinds))
    return [OnErrorNode(kinds, failure, variable, tuple(body))]


def _owner(context: BlockContext) -> str:
    return f"{context.node.name}_on_error"


def _apart(
    flow: Flow, block: OnError, sources: dict[str, str], context: BlockContext
) -> list[Node]:
    """The call of a function for a clause that is too deep inside of others."""
    (plan,), owner, end = context.node.bodies, _owner(context), context.end

    def write(own: dict[str, str]) -> list[Node]:
        return flow.closed(plan, own, end and Return, owner)

    reads = flow.reads(block.steps, sources)
    summary = f"What runs where {flow.owner(context.node)} has failed."
    called = Call(*flow.function(owner, reads, sources, write, summary))
    return [Bind(None, called) if end is None else end(called)]
