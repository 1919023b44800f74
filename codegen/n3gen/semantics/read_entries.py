"""The entries of a chain whose values some expression reads."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator

from n3gen.semantics.arguments import takes_argument
from n3gen.semantics.reads import Text, names_read
from n3gen.semantics.tree import Block, Spot, Tree
from n3gen.spec.model import Chain, Entry, Stage, Step

__all__ = ["ReadValues", "read_entries", "texts_of_rounds"]


class ReadValues:
    """The entries whose values an expression of a chain reads, by their `id`s.

    Of a name that the branches of a block give, these are the entries in them. What the
    `result` of a block reads counts once somebody reads the block: until then nothing
    works it out.
    """

    def __init__(self, chain: Chain, tree: Tree) -> None:
        self._readers = _Readers(tree)
        self._results: list[Spot] = []
        for spot in tree.spots():
            self._readers.read(_outer_texts(spot.entry), spot.block)
            self._readers.read_inside(spot, texts_of_rounds(spot.entry))
            if not isinstance(spot.entry, Step) and spot.entry.has_result:
                self._results.append(spot)
        self._readers.read(chain.texts(), tree.root)

    @property
    def ids(self) -> set[int]:
        """The entries that are known to be read."""
        return {id(spot.entry) for spot in self._readers.values}

    def add_results(self, used: Container[int]) -> bool:
        """Add what the results of the `used` blocks read; return whether there were any."""
        read = [spot for spot in self._results if id(spot.entry) in used]
        self._results = [spot for spot in self._results if id(spot.entry) not in used]
        for spot in read:
            self._readers.read_inside(spot, spot.entry.inner_texts())
        return bool(read)


def read_entries(chain: Chain, tree: Tree) -> frozenset[Spot]:
    """Return the places of the entries of which an expression reads a value or a fact."""
    readers = _Readers(tree)
    for spot in tree.spots():
        readers.read(_outer_texts(spot.entry), spot.block)
        readers.read_inside(spot, spot.entry.inner_texts())
    readers.read(chain.texts(), tree.root)
    return frozenset(readers.values | readers.facts)


def texts_of_rounds(entry: Entry) -> Iterator[Text]:
    """What an entry reads at the end of its bodies even where nobody reads its value."""
    return (text for text in entry.inner_texts() if text.keys[:1] != ("result",))


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

    def read_inside(self, spot: Spot, texts: Iterable[Text]) -> None:
        """Note what texts of a block that are read in its bodies mean there."""
        texts = (*texts,)
        for body in self.tree.bodies.get(spot, ()):
            self.read(texts, body)

    def _add(self, name: str, spot: Spot) -> None:
        if name == spot.entry.name:
            self.values.add(spot)
            return
        if name in spot.entry.facts:
            self.facts.add(spot)
            return
        for body in self.tree.bodies[spot]:
            self._add(name, Spot(body, body.indexes[name]))
