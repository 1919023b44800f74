"""Items of loops that may change between a run and one that continues it."""

from __future__ import annotations

from n3gen.emit.scope import ChainScope
from n3gen.semantics.reads import references_in, states_in
from n3gen.spec.entries import every_entry
from n3gen.spec.model import Block, For, ValueStep
from n3gen.spec.texts import expression

__all__ = ["may_change"]


def may_change(scope: ChainScope, loop: For) -> bool:
    """Whether a loop is over a state that outlives its run, maybe by way of values or blocks.

    What other steps have made of one is kept with their results.
    """
    states = scope.module.states.known
    outer = {name for name, state in states.items() if state.scope != "run"}
    if not outer:
        return False  # as in most specs, without a look at the chain for each loop
    seen = set[str]()
    left = [[expression(loop.items)]]
    while left:
        texts = left.pop()
        if not outer.isdisjoint(states_in(texts)):
            return True
        names = references_in(texts) - seen
        seen |= names
        left += [
            [*entry.texts()]
            for entry in every_entry(scope.chain.steps)
            if isinstance(entry, ValueStep | Block) and entry.name in names
        ]
    return False
