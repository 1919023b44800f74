"""The expressions of a chain, with the types of what they read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from jinja2 import nodes

from n3gen.diagnostics import Label
from n3gen.expressions import Parsed
from n3gen.semantics.known import Semantics
from n3gen.semantics.reads import Text, Written, parsed
from n3gen.semantics.value_types import ValueTypes
from n3gen.semantics.walk import Places, every_part
from n3gen.spec.model import Chain, Place, TypeRef

__all__ = ["TypedText", "path_of", "typed_texts"]


@dataclass(frozen=True, slots=True)
class TypedText:
    """One text of a chain that could be read; `bound` are the names that it binds itself."""

    text: Text
    types: ValueTypes
    read: Parsed
    place: Place
    places: Places
    bound: frozenset[str]

    @property
    def tree(self) -> nodes.Node:
        tree: nodes.Node = self.read.tree
        return tree

    def all_of(self, *kinds: type[nodes.Node]) -> list[nodes.Node]:
        """Return the nodes of these classes, the whole one first where it is one."""
        own = [self.tree] if isinstance(self.tree, kinds) else []
        return [*own, *self.tree.find_all(kinds)]

    def typed(self, node: nodes.Node) -> tuple[str, TypeRef] | None:
        """Return the path that a node reads from outside, as text, and its type."""
        path = path_of(node)
        found = self.types.of_node(node) if path else None
        if found is None or path[0] in self.bound:
            return None
        return found

    def label(self, node: nodes.Node, words: str = "") -> Label:
        """Return the place of a node's first token, or of the path that it reads."""
        first = last = node
        while isinstance(first, nodes.Getattr):
            first = first.node
        tokens = self.read.tokens
        end = last.lineno + 1 if isinstance(last, nodes.Getattr) else first.lineno
        start, end = (min(index, len(tokens) - 1) for index in (first.lineno, end))
        return self.places.part(self.place, tokens[start].start, tokens[end].end, words)


def typed_texts(
    chain: Chain, types: ValueTypes, known: Semantics
) -> Iterator[TypedText]:
    """Yield the texts of a chain and of its entries that have no fault."""
    for part in every_part(chain):
        yield from _texts(part, types, known.places)


def _texts(part: Written, types: ValueTypes, places: Places) -> Iterator[TypedText]:
    for text in part.texts():
        read = parsed(text)
        if read.tree is not None and not read.faults:
            place = Place(part.place.path, (*part.place.loc, *text.keys))
            names = read.tree.find_all(nodes.Name)
            own = (name.name for name in names if name.ctx != "load")
            bound = frozenset((*own, *text.own))
            yield TypedText(text, types, read, place, places, bound)


def path_of(node: nodes.Node) -> tuple[str, ...]:
    """Return the names that `a.b.c` consists of; none where a node is anything else."""
    path: list[str] = []
    while isinstance(node, nodes.Getattr):
        path.append(node.attr)
        node = node.node
    if not isinstance(node, nodes.Name):
        return ()
    return (node.name, *reversed(path))
