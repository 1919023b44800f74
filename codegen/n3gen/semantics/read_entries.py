"""The entries of a chain whose values some expression reads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from n3gen.semantics.arguments import takes_argument
from n3gen.semantics.reads import Text, names_read
from n3gen.semantics.tree import Block, Spot, Tree
from n3gen.spec.model import Chain, Entry, Stage

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
        readers.read(_outer_texts(spot.entry), spot.block)
        for body in tree.bodies.get(spot, ()):
            readers.read(spot.entry.inner_texts(), body)
    readers.read(chain.texts(), tree.root)
    return readers


def _outer_texts(entry: Entry) -> Iterator[Text]:
    """The own texts of an entry, without an argument that nothing in a stage takes."""
    if isinstance(entry, Stage) and not takes_argument(entry):
        return iter(())
    return entry.outer_texts()


class _Readers:
    """Follows names to the entries that they mean."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.values: set[Spot] = set()
        self.facts: set[Spot] = set()

    def read(self, texts: Iterable[Text], block: Block) -> None:
        """Note what names mean where texts read them in a block."""
        for names in {*names_read(texts)}:
            # Where the last one is a fact about an entry, its value is not read.
            name = next((n for n in reversed(names) if block.lookup(n)), None)
            spot = block.lookup(name) if name is not None else None
            if name is not None and spot and names[0] not in block.variables:
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
