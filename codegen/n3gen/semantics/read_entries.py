"""The entries of a chain whose values some expression reads."""

from __future__ import annotations

from n3gen.semantics.reads import references_in, references_of
from n3gen.semantics.tree import Block, Spot, Tree
from n3gen.spec.model import Chain

__all__ = ["read_entries", "read_values"]


def read_values(chain: Chain, tree: Tree) -> frozenset[Spot]:
    """Return the places of the entries whose values an expression of the chain reads.

    Of a name that the branches of a block give, these are the entries in them.
    """
    return frozenset(_readers(chain, tree).values)


def read_entries(chain: Chain, tree: Tree) -> frozenset[Spot]:
    """Return the same, with the entries of which only a fact is read."""
    found = _readers(chain, tree)
    return frozenset(found.values | found.facts)


def _readers(chain: Chain, tree: Tree) -> _Readers:
    readers = _Readers(tree)
    for spot in tree.spots():
        for name in references_in(spot.entry.outer_texts()):
            readers.read(name, spot.block)
        for body in tree.bodies.get(spot, ()):
            for name in references_in(spot.entry.inner_texts()):
                readers.read(name, body)
    for name in references_of(chain):
        readers.read(name, tree.root)
    return readers


class _Readers:
    """Follows names to the entries that they mean."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.values: set[Spot] = set()
        self.facts: set[Spot] = set()

    def read(self, name: str, block: Block) -> None:
        """Note what a name means where it is read in a block."""
        spot = None if name in block.variables else block.lookup(name)
        if spot is not None:
            self._add(name, spot)

    def _add(self, name: str, spot: Spot) -> None:
        if name == spot.entry.name:
            self.values.add(spot)
            return
        if name in spot.entry.facts:
            self.facts.add(spot)
            return
        for body in self.tree.bodies[spot]:
            self._add(name, Spot(body, body.indexes[name]))
