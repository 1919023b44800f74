"""`finally`: a function of its own, which runs whatever became of the body."""

from __future__ import annotations

from n3gen.emit.flow import BLOCK_FORMS, BlockContext, Flow
from n3gen.emit.guard_nodes import Finally as FinallyNode
from n3gen.emit.nodes import Node
from n3gen.spec.model import Finally

__all__ = ["finally_"]


@BLOCK_FORMS.of(Finally)
def finally_(flow: Flow, block: Finally, context: BlockContext) -> list[Node]:
    (plan,) = context.node.bodies
    owner = context.node.name
    wanted = f"{owner}_{block.word}" if owner else block.word
    reads = flow.reads(block.steps, context.sources)

    def write(own: dict[str, str]) -> list[Node]:
        with flow.tasks.finishing(own):
            return flow.closed(plan, own, None, wanted)

    summary = f"What runs last in {flow.owner(context.node)}."
    function, (_, *arguments) = flow.function(
        wanted, reads, context.sources, write, summary
    )
    return [FinallyNode(function, tuple(arguments))]
