"""`do`: its steps, where it stands."""

from __future__ import annotations

from functools import partial

from n3gen.emit.flow import BLOCK_FORMS, BlockContext, Flow
from n3gen.emit.nodes import Bind, Node
from n3gen.spec.model import Do

__all__ = ["do"]


@BLOCK_FORMS.of(Do)
def do(flow: Flow, block: Do, context: BlockContext) -> list[Node]:
    (plan,), own = context.node.bodies, dict(context.sources)
    outcome = context.outcome
    end = None if outcome is None else partial(Bind, outcome)
    return flow.finished(context, plan, own, end, outcome)
