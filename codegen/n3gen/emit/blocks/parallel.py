"""`parallel`: a scope in which all members run together."""

from __future__ import annotations

from functools import partial

from n3gen.emit.flow import BLOCK_FORMS, BlockContext, Flow
from n3gen.emit.groups import group_of
from n3gen.emit.guards import Guard
from n3gen.emit.nodes import Bind, Node
from n3gen.spec.model import Parallel

__all__ = ["parallel"]


@BLOCK_FORMS.of(Parallel)
def parallel(flow: Flow, block: Parallel, context: BlockContext) -> list[Node]:
    (plan,), own = context.node.bodies, dict(context.sources)
    outcome = context.outcome
    end = None if outcome is None else partial(Bind, outcome)
    members = range(len(plan.nodes))

    def write() -> list[Node]:
        flow.scope.enter(node.entry for node in plan.nodes)
        records = flow.watched(plan, members)
        errors = block.keeps_errors
        scope = group_of(flow, plan, members, own, "Together", keeps_errors=errors)
        if end is None:
            return [*records, scope]
        return flow.result(context, plan, [*records, scope], own, end)

    guard = Guard(context.node.name, write, end, outcome, is_together=True)
    return flow.guarded(plan, own, guard)
