"""The chains whose runs have a most of steps that work at once."""

from __future__ import annotations

from n3gen.semantics.walk import every_entry
from n3gen.spec.model import ChainStep, Spec

__all__ = ["slotted_chains"]


def slotted_chains(spec: Spec) -> frozenset[str]:
    """The names of the chains with `max_parallel`, and of those that they call."""
    chains = {chain.name: chain for chain in spec.chains}
    waiting = [chain for chain in spec.chains if chain.max_parallel is not None]
    found = {chain.name for chain in waiting}
    while waiting:
        for entry in every_entry(waiting.pop().steps):
            called = entry.target if isinstance(entry, ChainStep) else None
            if called in chains and called not in found:
                found.add(called)
                waiting.append(chains[called])
    return frozenset(found)
