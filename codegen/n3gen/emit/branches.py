"""The branches of a block, of which a run takes one, or none."""

from __future__ import annotations

from functools import partial

from n3gen.emit.block_nodes import Branch, Branches, StepNames
from n3gen.emit.flow import BlockContext, Flow
from n3gen.emit.nodes import Bind, Node
from n3gen.semantics.walk import every_entry
from n3gen.spec.model import Entries, Step

__all__ = ["branch_body", "branches_of", "step_names"]

_MANY_BRANCHES = 8
"""From here on a block lists its steps once, not in each of its branches."""


def branches_of(flow: Flow, context: BlockContext, count: int) -> Branches:
    """The branches of a block of `count`; the last is for no branch of the spec.

    Each skips the steps of the others; where they are many, the block lists its
    steps once, and a branch says which of them it does not skip.
    """
    own = [step_names(body) for body in context.block.bodies]
    own += [()] * (count + 1 - len(own))
    listed = None
    if count > _MANY_BRANCHES:
        variable = flow.scope.fresh(f"{context.node.name}_steps")
        every = dict.fromkeys(name for names in own for name in names)
        listed = StepNames(variable, tuple(every))
    found: list[Branch] = []
    for index in range(count + 1):
        others = own[:index] + own[index + 1 :] if listed is None else []
        skipped = dict.fromkeys(name for names in others for name in names)
        body = branch_body(flow, context, index)
        own_names = own[index]
        found.append(
            Branch(tuple(n for n in skipped if n not in own_names), own_names, body)
        )
    return Branches(tuple(found[:-1]), found[-1], listed)


def branch_body(flow: Flow, context: BlockContext, index: int) -> tuple[Node, ...]:
    """The statements of one of a block's bodies, which bind its value if it is read."""
    if index >= len(context.node.bodies):
        return ()
    plan, own = context.node.bodies[index], dict(context.sources)
    outcome = context.outcome
    end = None if outcome is None else partial(Bind, outcome)
    return tuple(flow.finished(context, plan, own, end))


def step_names(entries: Entries) -> tuple[str, ...]:
    """The names of the steps in a body and in the blocks inside it."""
    steps = (entry for entry in every_entry(entries) if isinstance(entry, Step))
    return tuple(dict.fromkeys(step.name for step in steps))
