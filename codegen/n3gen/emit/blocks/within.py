"""`within`: a body with a deadline, and what runs once that has passed."""

from __future__ import annotations

from n3gen.emit.block_nodes import Within as WithinNode
from n3gen.emit.branches import branch_body
from n3gen.emit.code import seconds
from n3gen.emit.flow import BLOCK_FORMS, BlockContext, Flow
from n3gen.emit.nodes import Node
from n3gen.spec.model import Within

__all__ = ["within"]


@BLOCK_FORMS.of(Within)
def within(flow: Flow, block: Within, context: BlockContext) -> list[Node]:
    return [
        WithinNode(
            context.outcome,
            flow.scope.module.line(block.place),
            seconds(block.seconds),
            branch_body(flow, context, 0),
            branch_body(flow, context, 1) if block.otherwise is not None else None,
            context.declares,
        )
    ]
