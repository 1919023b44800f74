"""Calculations and loops that the types of values rule out, or that may meet none."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from jinja2 import nodes

from n3gen.check.finders import finder
from n3gen.check.rules.operation_rules import ImpossibleOperation, MayBeNone, NoItems
from n3gen.check.rules.skip_rules import PrintsNone
from n3gen.check.typed_texts import TypedText, path_of, texts_of, typed_texts
from n3gen.diagnostics import Diagnostic
from n3gen.semantics.known import Semantics
from n3gen.semantics.value_types import ValueTypes
from n3gen.semantics.walk import every_part
from n3gen.spec.model import TypeRef
from n3gen.spec.types import spelled
from n3gen.spec.values import described, shown

__all__ = ["check_operations", "check_optional_values"]

_SIGNS: Final[Mapping[type[nodes.Node], str]] = {
    nodes.Add: "+",
    nodes.Sub: "-",
    nodes.Mul: "*",
    nodes.Div: "/",
    nodes.FloorDiv: "//",
    nodes.Mod: "%",
    nodes.Pow: "**",
    nodes.Neg: "-",
    nodes.Pos: "+",
}
_KINDS: Final[Mapping[str, str]] = {
    "int": "a number",
    "float": "a number",
    "bool": "a number",
    "str": "a text",
    "file": "a text",
    "list": "a list",
    "dict": "a mapping",
}
"""What the values of types are, in calculations."""

_FITTING: Final[Mapping[str, frozenset[tuple[str, str]]]] = {
    "+": frozenset((one, one) for one in ("a number", "a text", "a list")),
    "*": frozenset(
        (one, two)
        for one in ("a number", "a text", "a list")
        for two in ("a number", "a text", "a list")
        if "a number" in (one, two)
    ),
    "%": frozenset(
        (("a number", "a number"), *(("a text", kind) for kind in _KINDS.values()))
    ),
}
"""What operators take, left and right; all others take numbers."""

_NUMBERS: Final = frozenset((("a number", "a number"),))
_ORDERS: Final[Mapping[str, str]] = {"lt": "<", "lteq": "<=", "gt": ">", "gteq": ">="}
_FALLBACKS: Final[Mapping[str, str]] = {
    "a number": "0",
    "a text": "''",
    "a list": "[]",
    "a mapping": "{}",
}
_PRINTED: Final = ("prompt", "system", "url", "model", "content")
"""The keys whose values are texts, also where their template is one expression alone."""

_ITEMLESS: Final = (
    *("str", "file", "int", "float", "bool", "one of", "none"),
    *("date", "datetime", "duration", "uuid"),
)

_HAS_SIGN: Final = re.compile(r"[-+*/%]")

_Path = tuple[str, ...]


@finder
def check_operations(known: Semantics) -> Iterator[Diagnostic]:
    """Find calculations that fail whatever the values are, and loops over no list."""
    for chain in known.spec.chains:
        types = known.types[chain.name]
        for text in typed_texts(chain, types, known):
            if _HAS_SIGN.search(text.text.text):
                for node in text.all_of(nodes.BinExpr, nodes.Neg, nodes.Pos):
                    yield from _impossible(text, node)
            if text.text.form == "expression" and text.text.keys[-1] == "in":
                yield from _itemless(text)


def _impossible(text: TypedText, node: nodes.Node) -> Iterator[Diagnostic]:
    sign = _SIGNS.get(type(node))
    if isinstance(node, nodes.BinExpr) and sign is not None:
        left, right = _kind(text, node.left), _kind(text, node.right)
        if left and right and (left, right) not in _FITTING.get(sign, _NUMBERS):
            sides = text.label(node.left, left), text.label(node.right, right)
            yield ImpossibleOperation.of(sign, *sides)
    elif isinstance(node, nodes.Neg | nodes.Pos) and sign is not None:
        kind = _kind(text, node.node)
        if kind not in ("", "a number"):
            yield ImpossibleOperation.sign(sign, kind, text.label(node.node))


def _kind(text: TypedText, node: nodes.Node) -> str:
    """What a value is in calculations; empty where that is not sure."""
    match node:
        case nodes.Const(value=value):
            return _KINDS.get(type(value).__name__, "")
        case nodes.List():
            return "a list"
        case nodes.Dict():
            return "a mapping"
        case _:
            found = text.typed(node)
            return _kind_of(found[1]) if found is not None else ""


def _kind_of(type_: TypeRef) -> str:
    kinds = {_KINDS.get(type_.name, "")}
    if type_.name == "union":
        kinds = {_kind_of(one) for one in type_.args if one.name != "none"}
    elif type_.name == "one of":
        kinds = {_KINDS.get(type(value).__name__, "") for value in type_.values}
    return kinds.pop() if len(kinds) == 1 else ""


def _itemless(text: TypedText) -> Iterator[Diagnostic]:
    tree, types = text.tree, text.types
    label = text.places.value(text.place)
    if isinstance(tree, nodes.Const) and not isinstance(tree.value, str):
        yield NoItems.literal(described(tree.value), label)
    found = text.typed(tree)
    if found is None:
        return
    path, type_ = shown(found[0]), found[1]
    if not _has_items(type_, types):
        way_out = {
            "str": f"write `{path} | list` for its letters",
            "int": f"write `range({path})` for so many rounds",
        }.get(type_.name, "go through a list, or the keys of a mapping")
        yield NoItems.of(path, shown(spelled(type_)), label, way_out)


def _has_items(type_: TypeRef, types: ValueTypes) -> bool:
    """Whether a value of a type may be a list or a mapping."""
    members = type_.args if type_.name == "union" else (type_,)
    wrong = (*_ITEMLESS, *types.records)
    return any(member.name not in wrong for member in members)


@finder
def check_optional_values(known: Semantics) -> Iterator[Diagnostic]:
    """Find what may be none where only a value will do, and nothing asks for it.

    A condition is trusted to look after what it reads, in its own entry and in all that
    is written behind it. Where it calculates with a value or orders it, it is the place
    itself that fails.
    """
    for chain in known.spec.chains:
        types = ValueTypes.of(chain, known.spec)
        asked: frozenset[_Path] = frozenset()
        for part in every_part(chain):
            texts = list(texts_of(part, types, known.places))
            conditions = [text for text in texts if _is_condition(text)]
            before = asked.union(*(_tested(text.tree) for text in conditions))
            for text in conditions:
                for use in _Uses(text).of(text.tree, before):
                    yield from _none_in(text, use)
                before |= _paths(text.tree)
            asked = asked.union(*(_paths(text.tree) for text in conditions))
            for text in texts:
                for use in (
                    () if _is_condition(text) else _Uses(text).of(text.tree, asked)
                ):
                    yield from _none_in(text, use)


def _is_condition(text: TypedText) -> bool:
    return text.text.form == "expression" and text.text.keys[-1] not in ("in", "key")


def _tested(tree: nodes.Node) -> frozenset[_Path]:
    """The paths that an expression reads otherwise than to calculate or to order."""
    used: set[int] = set()
    for node in [tree, *tree.find_all((nodes.Compare, nodes.BinExpr))]:
        match node:
            case nodes.Compare(expr=left, ops=operands):
                for operand in operands:
                    if operand.op in _ORDERS:
                        used |= {id(left), id(operand.expr)}
                    left = operand.expr
            case nodes.BinExpr(left=left, right=right) if type(node) in _SIGNS:
                used |= {id(left), id(right)}
            case _:
                pass
    return frozenset(path_of(one) for one in _outermost(tree) if id(one) not in used)


def _outermost(node: nodes.Node) -> Iterator[nodes.Node]:
    """The paths of an expression, without those that others begin with."""
    if path_of(node):
        yield node
        return
    for child in node.iter_child_nodes():
        yield from _outermost(child)


@dataclass(frozen=True, slots=True)
class _Use:
    """A path that is read for an operator; for `in` as items, without a sign as a text."""

    node: nodes.Node
    sign: str = ""


def _none_in(text: TypedText, use: _Use) -> Iterator[Diagnostic]:
    found = text.typed(use.node)
    if found is None or found[1].name != "union":
        return
    path, type_ = shown(found[0]), found[1]
    if all(one.name != "none" for one in type_.args):
        return
    label, kind = text.label(use.node), _kind_of(type_)
    if not use.sign:
        yield PrintsNone.optional(path, shown(spelled(type_)), label)
    elif use.sign != "in":
        fallback = _FALLBACKS.get(kind)
        yield MayBeNone.operand(path, use.sign, fallback, label)
    elif _has_items(type_, text.types):
        yield MayBeNone.items(path, label)


@dataclass(frozen=True, slots=True)
class _Uses:
    """What a text reads where none will not do; `asked` are the paths that are looked after."""

    text: TypedText

    def of(self, tree: nodes.Node, asked: frozenset[_Path]) -> Iterator[_Use]:
        form, key = self.text.text.form, self.text.text.keys[-1]
        if form == "template" and key in _PRINTED:
            yield from _used("", tree, asked=asked)
        elif form == "expression" and key == "in":
            yield from _used("in", tree, asked=asked)
        yield from self._inside(tree, asked)

    def _inside(self, node: nodes.Node, asked: frozenset[_Path]) -> Iterator[_Use]:
        match node:
            case nodes.And(left=test, right=guarded) | nodes.Or(
                left=test, right=guarded
            ):
                yield from self._inside(test, asked)
                yield from self._inside(guarded, asked | _paths(test))
                return
            case nodes.CondExpr(test=test) | nodes.If(test=test):
                yield from self._inside(test, asked)
                inner = asked | _paths(test)
                for child in node.iter_child_nodes(exclude=("test",)):
                    yield from self._inside(child, inner)
                return
            case nodes.BinExpr(left=left, right=right) if type(node) in _SIGNS:
                yield from _used(_SIGNS[type(node)], left, right, asked=asked)
            case nodes.Neg(node=value) | nodes.Pos(node=value):
                yield from _used(_SIGNS[type(node)], value, asked=asked)
            case nodes.Compare(expr=left, ops=operands):
                for operand in operands:
                    sign = _ORDERS.get(operand.op)
                    if sign is not None:
                        yield from _used(sign, left, operand.expr, asked=asked)
                    left = operand.expr
            case nodes.For(iter=items):
                yield from _used("in", items, asked=asked)
            case nodes.Output(nodes=parts) | nodes.Concat(nodes=parts):
                yield from _used("", *parts, asked=asked)
            case _:
                pass
        for child in node.iter_child_nodes():
            yield from self._inside(child, asked)


def _used(sign: str, *values: Any, asked: frozenset[_Path]) -> Iterator[_Use]:
    for value in values:
        path = path_of(value)
        if path and path not in asked:
            yield _Use(value, sign)


def _paths(node: nodes.Node) -> frozenset[_Path]:
    """All paths that an expression reads, and those that they begin with."""
    kinds = nodes.Name, nodes.Getattr, nodes.Getitem
    own = [node] if isinstance(node, kinds) else []
    return frozenset(path_of(one) for one in (*own, *node.find_all(kinds)))
