"""The entries of a chain whose values some expression reads."""

from __future__ import annotations

from collections.abc import Iterator

from n3gen.semantics.arguments import takes_argument
from n3gen.semantics.reads import references_in, references_of
from n3gen.semantics.tree import Block, Spot, Tree
from n3gen.spec.model import Chain, Entry, Stage, Text

__all__ = ["read_entries"]


def read_entries(chain: Chain, tree: Tree) -> frozenset[Spot]:
    """Return the places of the entries whose values an expression of the chain reads.

    Of a name that the branches of a block give, these are the entries in them.
    """
    readers = _Readers(tree)
    for spot in tree.spots():
        for name in references_in(_outer_texts(spot.entry)):
            readers.read(name, spot.block)
        for body in tree.bodies.get(spot, ()):
            for name in references_in(spot.entry.inner_texts()):
                readers.read(name, body)
    for name in references_of(chain):
        readers.read(name, tree.root)
    return frozenset(readers.found)


def _outer_texts(entry: Entry) -> Iterator[Text]:
    """The own texts of an entry, without an argument that nothing in a stage takes."""
    if isinstance(entry, Stage) and not takes_argument(entry):
        return iter(())
    return entry.outer_texts()


class _Readers:
    """Follows names to the entries that they mean."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.found: set[Spot] = set()

    def read(self, name: str, block: Block) -> None:
        """Note what a name means where it is read in a block."""
        spot = None if name in block.variables else block.lookup(name)
        if spot is not None:
            self._add(name, spot)

    def _add(self, name: str, spot: Spot) -> None:
        if name == spot.entry.name or name in spot.entry.facts:
            self.found.add(spot)
            return
        for body in self.tree.bodies[spot]:
            self._add(name, Spot(body, body.indexes[name]))
