"""The expressions of a chain, with the types of what they read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from jinja2 import nodes

from n3gen.diagnostics import Label
from n3gen.expressions import Parsed
from n3gen.semantics.field_types import field_type, item_type
from n3gen.semantics.known import Semantics
from n3gen.semantics.node_types import NodeTypes, Typed, path_of
from n3gen.semantics.reads import Text, Written, parsed
from n3gen.semantics.value_types import ValueTypes
from n3gen.semantics.walk import Places, every_part
from n3gen.spec.model import Chain, Place, TypeRef

__all__ = ["TypedText", "path_of", "texts_of", "typed_texts"]


@dataclass(frozen=True, slots=True)
class TypedText:
    """One text of a chain that could be read.

    `bound` are the names that it binds itself; `items` are the types of those which are
    the items of lists.
    """

    text: Text
    types: ValueTypes
    read: Parsed
    place: Place
    places: Places
    bound: frozenset[str]
    items: Mapping[str, TypeRef] = field(default_factory=dict[str, TypeRef])

    @property
    def tree(self) -> nodes.Node:
        tree: nodes.Node = self.read.tree
        return tree

    def all_of(self, *kinds: type[nodes.Node]) -> list[nodes.Node]:
        """Return the nodes of these classes, the whole one first where it is one."""
        own = [self.tree] if isinstance(self.tree, kinds) else []
        return [*own, *self.tree.find_all(kinds)]

    def typed(self, node: nodes.Node) -> Typed | None:
        """Return what a node reads from outside, as text, and its type."""
        own = [node] if isinstance(node, nodes.Name) else []
        read = {name.name for name in (*own, *node.find_all(nodes.Name))}
        if not read or read & (self.bound - self.items.keys()):
            return None
        return NodeTypes(self._of_path, self.types.records).of(node)

    def _of_path(self, path: tuple[str, ...]) -> TypeRef | None:
        if path[0] not in self.items:
            return self.types.of_path(path)
        found: TypeRef | None = self.items[path[0]]
        for name in path[1:]:
            found = field_type(found, name, self.types.records)
        return found

    def with_items(self) -> TypedText:
        """The same with the types of what its `{% for %}` go through.

        Of a name that stands for something else too nothing is known.
        """
        bound = Counter(
            node.name for node in self.tree.find_all(nodes.Name) if node.ctx != "load"
        )
        outside = {one.name for one in self.read.references} | {*self.text.own}
        text = self
        for loop in self.tree.find_all(nodes.For):
            name = loop.target.name if isinstance(loop.target, nodes.Name) else ""
            if bound[name] == 1 and name not in outside:
                found = text.typed(loop.iter)
                item = item_type(found[1]) if found is not None else None
                if item is not None:
                    text = replace(text, items={**text.items, name: item})
        return text

    def label(self, node: nodes.Node, words: str = "") -> Label:
        """Return the place of a node's first token, or of the path that it reads."""
        first = node
        while isinstance(first, nodes.Getattr | nodes.Getitem | nodes.Filter):
            assert first.node is not None
            first = first.node
        tokens = self.read.tokens
        ends = (min(at, len(tokens) - 1) for at in (first.lineno, _end(node, first)))
        start, end = ends
        return self.places.part(self.place, tokens[start].start, tokens[end].end, words)

    def token_label(self, at: int) -> Label:
        """Return the place of a token, by its index."""
        token = self.read.tokens[min(at, len(self.read.tokens) - 1)]
        return self.places.part(self.place, token.start, token.end)


def _end(node: nodes.Node, first: nodes.Node) -> int:
    """The index of the last token of what a node reads."""
    match node:
        case nodes.Getattr():
            return node.lineno + 1
        case nodes.Getitem(arg=nodes.Const() as key):
            return key.lineno + 1
        case nodes.Filter(args=[], kwargs=[]):
            return node.lineno
        case _:
            return first.lineno


def typed_texts(
    chain: Chain, types: ValueTypes, known: Semantics
) -> Iterator[TypedText]:
    """Yield the texts of a chain and of its entries that have no fault."""
    for part in every_part(chain):
        yield from texts_of(part, types, known.places)


def texts_of(part: Written, types: ValueTypes, places: Places) -> Iterator[TypedText]:
    """Yield the own texts of a part of a chain that have no fault."""
    for text in part.texts():
        read = parsed(text)
        if read.tree is not None and not read.faults:
            place = Place(part.place.path, (*part.place.loc, *text.keys))
            names = read.tree.find_all(nodes.Name)
            own = (name.name for name in names if name.ctx != "load")
            bound = frozenset((*own, *text.own))
            found = TypedText(text, types, read, place, places, bound)
            yield found.with_items() if "for" in text.text else found
