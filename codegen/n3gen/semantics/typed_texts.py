"""The expressions of a chain, with the types of what they read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Final

from jinja2 import nodes

from n3gen.diagnostics import Label
from n3gen.expressions import Parsed
from n3gen.semantics.field_types import field_type, item_type
from n3gen.semantics.node_types import NodeTypes, Typed, path_of, without_none
from n3gen.semantics.reads import Text, Written, parsed
from n3gen.semantics.value_types import ValueTypes, old_value_type
from n3gen.semantics.walk import Places
from n3gen.spec.model import Place, StateStep, TypeRef
from n3gen.spec.steps.state import OLD_VALUE

__all__ = ["TypedText", "path_of", "texts_of"]

_BINDING: Final = ("for", "set", "with")
"""The words of statements that bind names."""

_BEHIND: Final = (nodes.Getattr, nodes.Getitem, nodes.Filter, nodes.Call, nodes.Test)
"""Nodes that stand behind what they are about."""


@dataclass(frozen=True)
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

    @cached_property
    def _nodes(self) -> tuple[nodes.Node, ...]:
        """The whole one and all below it, each before what it consists of."""
        return (self.tree, *self.tree.find_all(nodes.Node))

    def all_of(self, *kinds: type[nodes.Node]) -> list[nodes.Node]:
        """Return the nodes of these classes, the whole one first where it is one."""
        return [node for node in self._nodes if isinstance(node, kinds)]

    def typed(self, node: nodes.Node) -> Typed | None:
        """Return what a node reads from outside, as text, and its type."""
        own = [node] if isinstance(node, nodes.Name) else []
        read = {name.name for name in (*own, *node.find_all(nodes.Name))}
        if not read or read & (self.bound - self.items.keys()):
            return None
        return NodeTypes(self._of_path, self.types.records).of(node)

    def reads_fact(self, node: nodes.Node) -> bool:
        """Whether a node reads what is known about a step or a block, not its value."""
        path = path_of(node)
        return bool(path) and self.types.is_fact(path)

    def _of_path(self, path: tuple[str, ...]) -> TypeRef | None:
        if path[0] not in self.items:
            return self.types.of_path(path)
        found: TypeRef | None = self.items[path[0]]
        for name in path[1:]:
            found = field_type(found, name, self.types.records)
        return found

    def with_items(self) -> TypedText:
        """The same with the types of what its `{% for %}` go through and `{% set %}` sets.

        Of a name that stands for something else too nothing is known.
        """
        bound = Counter(
            node.name for node in self.tree.find_all(nodes.Name) if node.ctx != "load"
        )
        outside = {one.name for one in self.read.references} | {*self.text.own}
        text = self
        for block in self.tree.find_all((nodes.For, nodes.Assign, nodes.With)):
            for name, type_ in text.given(block):
                if bound[name] == 1 and name not in outside and type_ is not None:
                    text = replace(text, items={**text.items, name: type_})
        return text

    def given(self, block: nodes.Node) -> Iterator[tuple[str, TypeRef | None]]:
        """Yield the names that a statement binds, each with its type.

        Whether what is set may be none follows from what it was set from.
        """
        pairs: list[tuple[nodes.Expr, nodes.Expr]] = []
        match block:
            case nodes.For(target=nodes.Name(name=name), iter=items):
                found = self.typed(items)
                yield name, item_type(found[1]) if found is not None else None
            case nodes.Assign(target=nodes.Expr() as own, node=nodes.Expr() as value):
                pairs = [(own, value)]
            case nodes.With(targets=targets, values=values):
                pairs = [*zip(targets, values, strict=True)]
            case _:
                pass
        for target, given in pairs:
            found = self.typed(given)
            if isinstance(target, nodes.Name) and found is not None:
                yield target.name, without_none(found[1])

    def label(self, node: nodes.Node, words: str = "") -> Label:
        """Return the place of a node's first token, or of the path that it reads."""
        first = node
        while isinstance(first, _BEHIND):
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


def texts_of(part: Written, types: ValueTypes, places: Places) -> Iterator[TypedText]:
    """Yield the own texts of a part of a chain that have no fault."""
    for text in part.texts():
        read = parsed(text)
        if read.tree is not None and not read.faults:
            place = Place(part.place.path, (*part.place.loc, *text.keys))
            names = read.tree.find_all(nodes.Name)
            own = (name.name for name in names if name.ctx != "load")
            bound = frozenset((*own, *text.own))
            old = _old_value(part, text, types)
            found = TypedText(text, types, read, place, places, bound, old)
            has_own = any(word in text.text for word in _BINDING)
            yield found.with_items() if has_own else found


def _old_value(part: Written, text: Text, types: ValueTypes) -> dict[str, TypeRef]:
    """The type of the value that an `update` changes, by what it calls it."""
    if not isinstance(part, StateStep) or OLD_VALUE not in text.own:
        return {}
    type_ = old_value_type(part, types.states)
    return {} if type_ is None else {OLD_VALUE: type_}
