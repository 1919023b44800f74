"""What conditions look after: the paths that they have read before a value is used."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from jinja2 import nodes

from n3gen.check.typed_texts import TypedText, path_of, texts_of
from n3gen.semantics.node_types import ORDER_SIGNS
from n3gen.semantics.value_types import ValueTypes
from n3gen.semantics.walk import Places, every_part
from n3gen.spec.model import Chain, Entry

__all__ = [
    "DEFAULTS",
    "Guarded",
    "Path",
    "Paths",
    "guarded_nodes",
    "guarded_texts",
    "is_condition",
    "own_path",
    "paths_in",
    "read_paths",
]

Path = tuple[str, ...]
Paths = frozenset[Path]

DEFAULTS: Final = ("default", "d")
_PRESENCE: Final = ("defined", "undefined")
_INSIDE: Final = ("in", "notin")
_READ: Final = (nodes.Name, nodes.Getattr, nodes.Getitem)


class Guarded(NamedTuple):
    """A text of a part of a chain, with the paths that are looked after before it."""

    part: Entry | Chain
    text: TypedText
    asked: Paths


def guarded_texts(chain: Chain, types: ValueTypes, places: Places) -> Iterator[Guarded]:
    """Yield the texts of a chain, each with the paths that are looked after before it.

    A condition is trusted to look after what it reads, in its own entry and in all that
    is written behind it. What it calculates with, orders, or reads a part of, it uses:
    there it is the place itself that may fail.
    """
    asked: Paths = frozenset()
    for part in every_part(chain):
        texts = list(texts_of(part, types, places))
        conditions = [text for text in texts if is_condition(text)]
        before = asked.union(*(_tested(text.tree) for text in conditions))
        for text in conditions:
            yield Guarded(part, text, before)
            before |= paths_in(text.tree)
        asked = asked.union(*(paths_in(text.tree) for text in conditions))
        for text in texts:
            if not is_condition(text):
                yield Guarded(part, text, asked)


def guarded_nodes(node: nodes.Node, asked: Paths) -> Iterator[tuple[nodes.Node, Paths]]:
    """Yield a node and all below it, each with the paths that are looked after there."""
    yield node, asked
    match node:
        case nodes.And(left=test, right=guarded) | nodes.Or(left=test, right=guarded):
            yield from guarded_nodes(test, asked)
            yield from guarded_nodes(guarded, asked | paths_in(test))
            return
        case nodes.CondExpr(test=test) | nodes.If(test=test):
            yield from guarded_nodes(test, asked)
            asked |= paths_in(test)
            inner = node.iter_child_nodes(exclude=("test",))
        case nodes.For(test=nodes.Node() as test):
            asked |= paths_in(test)
            inner = node.iter_child_nodes()
        case nodes.Filter(name=name, node=nodes.Node() as value) if name in DEFAULTS:
            yield from guarded_nodes(value, asked | paths_in(value))
            inner = node.iter_child_nodes(exclude=("node",))
        case nodes.Test(name=name, node=value) if name in _PRESENCE:
            asked |= paths_in(value)
            inner = node.iter_child_nodes()
        case _:
            inner = node.iter_child_nodes()
    for child in inner:
        yield from guarded_nodes(child, asked)


def own_path(node: nodes.Node) -> Path:
    """Return the path that a node reads; `steps.a.b` is that of `a.b`."""
    path = path_of(node)
    return path[1:] if path[:1] == ("steps",) and len(path) > 1 else path


def is_condition(text: TypedText) -> bool:
    """Say whether a text decides what runs."""
    return text.text.form == "expression" and text.text.keys[-1] not in ("in", "key")


def _tested(tree: nodes.Node) -> Paths:
    """The paths that an expression reads otherwise than to make something of them."""
    used: set[int] = set()
    kinds = (nodes.Compare, nodes.BinExpr, nodes.Filter, nodes.Call)
    for node in [tree, *tree.find_all(kinds)]:
        used.update(map(id, _used(node)))
    return frozenset(own_path(one) for one in _outermost(tree) if id(one) not in used)


def _used(node: nodes.Node) -> Iterator[nodes.Node]:
    """What a node calculates with, orders, looks into or passes on."""
    match node:
        case nodes.Compare(expr=left, ops=operands):
            for operand in operands:
                if operand.op in ORDER_SIGNS:
                    yield from (left, operand.expr)
                elif operand.op in _INSIDE:
                    yield operand.expr
                left = operand.expr
        case nodes.And() | nodes.Or():
            pass
        case nodes.BinExpr(left=left, right=right):
            yield from (left, right)
        case nodes.Filter(name=name, node=nodes.Node() as value):
            if name not in DEFAULTS:
                yield value
        case nodes.Call(args=arguments):
            yield from arguments
        case _:
            pass


def read_paths(node: nodes.Node) -> Paths:
    """Return the whole paths that an expression reads."""
    return frozenset(own_path(one) for one in _outermost(node))


def _outermost(node: nodes.Node) -> Iterator[nodes.Node]:
    """The paths of an expression, without those that others begin with."""
    if path_of(node):
        yield node
        return
    for child in node.iter_child_nodes():
        yield from _outermost(child)


def paths_in(node: nodes.Node) -> Paths:
    """All paths that an expression reads, and those that they begin with."""
    own = [node] if isinstance(node, _READ) else []
    return frozenset(own_path(one) for one in (*own, *node.find_all(_READ)))
