"""What conditions look after: the paths that they have read before a value is used."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Final, NamedTuple

from jinja2 import nodes

from n3gen.expressions import Parsed, parse_expression
from n3gen.semantics.typed_texts import TypedText, path_of
from n3gen.semantics.walk import every_part
from n3gen.spec.model import Chain, Entries, Entry, If, Step, While
from n3gen.spec.texts import Text

__all__ = [
    "DEFAULTS",
    "Guarded",
    "Path",
    "Paths",
    "behind",
    "doubted_by",
    "guarded_nodes",
    "guarded_texts",
    "is_condition",
    "nodes_asked",
    "own_path",
    "paths_in",
    "read_paths",
]

Path = tuple[str, ...]
Paths = frozenset[Path]

DEFAULTS: Final = ("default", "d")
_PRESENCE: Final = ("defined", "undefined")
_LENIENT: Final = ("attr", "regex_find")
"""Filters that give nothing for none, which `default` replaces."""

_MISSING: Final = ("first", "last", "max", "min")
"""Filters before a `default` that may miss, as fields of what they are given may."""

_NOTHING: Final = Paths()
_READ: Final = (nodes.Name, nodes.Getattr, nodes.Getitem)


class Guarded(NamedTuple):
    """A text of a part of a chain, with the paths that are looked after before it."""

    part: Entry | Chain
    text: TypedText
    asked: Paths


def guarded_texts(
    chain: Chain, texts_of: Callable[[Entry | Chain], Iterable[TypedText]]
) -> Iterator[Guarded]:
    """Yield the texts of a chain, each with the paths that are looked after before it.

    A condition is trusted to look after what it reads, in its own entry and in all that
    is written behind it, but for where it has said that there is nothing: `else` behind
    `if x`, or what runs `when: x is none`.
    """
    asked: Paths = frozenset()
    doubts = {id(chain): _NOTHING} | dict(_doubts(chain.steps, _NOTHING))
    for part in every_part(chain):
        texts = list(texts_of(part))
        conditions = [text for text in texts if is_condition(text.text)]
        before, doubted = asked - doubts[id(part)], _NOTHING
        for text in conditions:
            yield Guarded(part, text, before)
            before = behind(text.tree, before, holds=not isinstance(part, If))
            doubted |= doubted_by(text.tree, holds=True)
        asked = asked.union(*(paths_in(text.tree) for text in conditions))
        inside = asked - doubts[id(part)]
        if isinstance(part, Step):
            inside = inside.union(*(paths_in(text.tree) for text in conditions))
            inside -= doubted
        for text in texts:
            if not is_condition(text.text):
                yield Guarded(part, text, inside)


def _doubts(entries: Entries, around: Paths) -> Iterator[tuple[int, Paths]]:
    """By their `id`, the entries of a body with the paths that have no value where they run."""
    for entry in entries:
        yield id(entry), around
        for body, doubted in _bodies(entry, around):
            yield from _doubts(body, doubted)


def _bodies(entry: Entry, around: Paths) -> Iterator[tuple[Entries, Paths]]:
    """The bodies of an entry, each with the paths that have no value in it."""
    if isinstance(entry, Step) and entry.when is not None:
        around = _entered(parse_expression(entry.when), around, holds=True)
    elif isinstance(entry, While):
        # What its own steps give is asked of the round before, which is another value.
        test = parse_expression(entry.condition)
        around -= paths_in(test.tree) if test.tree is not None else _NOTHING
    if not isinstance(entry, If):
        yield from ((body, around) for body in entry.bodies)
        return
    for branch in entry.branches:
        test = parse_expression(branch.condition)
        yield branch.steps, _entered(test, around, holds=True)
        around = _entered(test, around, holds=False)
    if entry.otherwise is not None:
        yield entry.otherwise, around


def _entered(test: Parsed, around: Paths, *, holds: bool) -> Paths:
    """The paths that have no value behind a condition that holds or not."""
    if test.tree is None:
        return around
    return (around - paths_in(test.tree)) | doubted_by(test.tree, holds=holds)


def behind(test: nodes.Node, asked: Paths, *, holds: bool) -> Paths:
    """Return the paths that are looked after where a condition holds, or does not."""
    return (asked | paths_in(test)) - doubted_by(test, holds=holds)


def doubted_by(test: nodes.Node, *, holds: bool) -> Paths:
    """Return the paths that have no value where a condition holds, or does not."""
    match test:
        case nodes.Not(node=inner):
            return doubted_by(inner, holds=not holds)
        case nodes.And(left=left, right=right) | nodes.Or(left=left, right=right):
            if holds is isinstance(test, nodes.And):
                sides = (doubted_by(side, holds=holds) for side in (left, right))
                return _NOTHING.union(*sides)
            return _NOTHING
        case nodes.Test(name="none" | "undefined", node=value):
            return frozenset({own_path(value)}) if holds else _NOTHING
        case nodes.Test(name="defined", node=value):
            return _NOTHING if holds else frozenset({own_path(value)})
        case nodes.Compare(
            expr=value, ops=[nodes.Operand(op="eq" | "ne" as sign) as to]
        ):
            return _doubted_by_value(value, to.expr, holds=holds is (sign == "eq"))
        case _ if path := own_path(test):
            if path_of(test)[:1] == ("steps",) and path[1:] == ("error",):
                return frozenset({path[:1]}) if holds else _NOTHING
            return _NOTHING if holds else frozenset({path})
        case _:
            return _NOTHING


def _doubted_by_value(value: nodes.Node, other: nodes.Node, *, holds: bool) -> Paths:
    """The same where a value is compared with another, and `holds` that both are alike."""
    path = own_path(value)
    match other:
        case nodes.Const(value=None):
            return frozenset({path}) if holds else _NOTHING
        case nodes.Const(value=str(status)) if path[1:] == ("status",):
            is_step = path_of(value)[:1] == ("steps",)
            is_well = holds is (status == "ok")
            return frozenset({path[:1]}) if is_step and not is_well else _NOTHING
        case _:
            return _NOTHING


def guarded_nodes(node: nodes.Node, asked: Paths) -> Iterator[tuple[nodes.Node, Paths]]:
    """Yield a node and all below it, each with the paths that are looked after there."""
    yield node, asked
    parts: list[tuple[nodes.Node, Paths]]
    match node:
        case nodes.And(left=test, right=guarded) | nodes.Or(left=test, right=guarded):
            holds = isinstance(node, nodes.And)
            parts = [(test, asked), (guarded, behind(test, asked, holds=holds))]
        case nodes.CondExpr(test=test, expr1=one, expr2=other):
            parts = [(test, asked), (one, behind(test, asked, holds=True))]
            if other is not None:
                parts.append((other, behind(test, asked, holds=False)))
        case nodes.If(test=test, body=body):
            otherwise = behind(test, asked, holds=False)
            parts = [(test, asked)]
            parts += ((one, behind(test, asked, holds=True)) for one in body)
            parts += ((one, otherwise) for one in (*node.elif_, *node.else_))
        case nodes.For(test=nodes.Node() as test):
            within = behind(test, asked, holds=True)
            parts = [(child, within) for child in node.iter_child_nodes()]
        case nodes.Filter(name=name, node=nodes.Node() as value) if name in DEFAULTS:
            parts = [(value, asked | _replaced(value))]
            inner = node.iter_child_nodes(exclude=("node",))
            parts += ((child, asked) for child in inner)
        case nodes.Test(name=name, node=value) if name in _PRESENCE:
            within = asked | _replaced(value)
            parts = [(child, within) for child in node.iter_child_nodes()]
        case _:
            parts = [(child, asked) for child in node.iter_child_nodes()]
    for child, there in parts:
        yield from guarded_nodes(child, there)


def _replaced(value: nodes.Node) -> Paths:
    """The paths of a value that `default` replaces where they are missing or none.

    What a method, a filter or an operator makes of one is worked out before that, and
    fails for none.
    """
    match value:
        case nodes.CondExpr(test=test, expr1=one, expr2=other):
            parts = (part for part in (test, one, other) if part is not None)
            return _NOTHING.union(*(_replaced(part) for part in parts))
        case nodes.Name() | nodes.Getattr() | nodes.Getitem() if _is_read(value):
            return paths_in(value)
        case nodes.Getattr() | nodes.Getitem():
            return _owners(value.node)
        case nodes.Filter(name=name, node=nodes.Node() as inner):
            if name in DEFAULTS or name in _LENIENT:
                return _replaced(inner)
            return _owners(inner) if name in _MISSING else _NOTHING
        case _:
            return _NOTHING


def _owners(value: nodes.Node) -> Paths:
    """The paths of which a value reads a field or an item."""
    found = (value, *value.find_all((nodes.Getattr, nodes.Getitem)))
    methods = {id(call.node) for call in value.find_all(nodes.Call)}
    return _NOTHING.union(
        *(
            paths_in(one.node)
            for one in found
            if isinstance(one, nodes.Getattr | nodes.Getitem)
            if id(one) not in methods and _is_read(one)
        )
    )


def _is_read(node: nodes.Node) -> bool:
    """Whether a node reads a name, or fields and items behind one."""
    while isinstance(node, nodes.Getattr | nodes.Getitem):
        if isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Slice):
            return False
        node = node.node
    return isinstance(node, nodes.Name)


def nodes_asked(
    text: TypedText, asked: Paths
) -> Iterator[tuple[nodes.Node, Paths, Paths]]:
    """The same of a text behind what is `asked`, and then what it asks by itself."""
    own = guarded_nodes(text.tree, _NOTHING)
    for (node, there), (_, local) in zip(
        guarded_nodes(text.tree, asked), own, strict=True
    ):
        yield node, there, local


def own_path(node: nodes.Node) -> Path:
    """Return the path that a node reads; `steps.a.b` is that of `a.b`."""
    path = path_of(node)
    return path[1:] if path[:1] == ("steps",) and len(path) > 1 else path


def is_condition(text: Text) -> bool:
    """Say whether a text decides what runs."""
    return text.form == "expression" and text.keys[-1] not in ("in", "key")


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
