"""`finally`: a function of its own, which runs whatever became of the body."""

from __future__ import annotations

from n3gen.emit.flow import BLOCK_FORMS, BlockContext, Flow
from n3gen.emit.nodes import Finally as FinallyNode
from n3gen.emit.nodes import Node
from n3gen.spec.model import Finally

__all__ = ["finally_"]


@BLOCK_FORMS.of(Finally)
def finally_(flow: Flow, block: Finally, context: BlockContext) -> list[Node]:
    (plan,) = context.node.bodies
    owner = f"{context.node.name}_finally".strip("_")
    reads = flow.reads(block.steps, context.sources)

    def write(own: dict[str, str]) -> list[Node]:
        return flow.closed(plan, own, None, owner)

    function, (_, *arguments) = flow.function(owner, reads, context.sources, write)
    return [FinallyNode(function, tuple(arguments))]
