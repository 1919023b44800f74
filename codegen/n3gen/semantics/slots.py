"""The chains whose runs have a most of steps that work at once."""

from __future__ import annotations

from n3gen.semantics.walk import with_called
from n3gen.spec.model import Spec

__all__ = ["slotted_chains"]


def slotted_chains(spec: Spec) -> frozenset[str]:
    """The names of the chains with `max_parallel`, and of those that they call."""
    chains = {chain.name: chain for chain in spec.chains}
    bounded = (chain for chain in spec.chains if chain.max_parallel is not None)
    return frozenset(chain.name for chain in with_called(bounded, chains))
