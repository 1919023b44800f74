"""Values that may be none where only a value will do, and nothing asks for them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from jinja2 import nodes

from n3gen.check.finders import finder
from n3gen.check.guards import Paths, guarded_nodes, guarded_texts, own_path
from n3gen.check.operations import SIGNS, has_items, kind_of
from n3gen.check.rules.operation_rules import MayBeNone
from n3gen.check.rules.skip_rules import PrintsNone
from n3gen.check.typed_texts import TypedText, path_of
from n3gen.diagnostics import Diagnostic
from n3gen.semantics.known import Semantics
from n3gen.semantics.value_types import ValueTypes
from n3gen.spec.types import spelled
from n3gen.spec.values import shown

__all__ = ["check_optional_values"]

_ORDERS: Final[Mapping[str, str]] = {"lt": "<", "lteq": "<=", "gt": ">", "gteq": ">="}
_FALLBACKS: Final[Mapping[str, str]] = {
    "a number": "0",
    "a text": "''",
    "a list": "[]",
    "a mapping": "{}",
}
_PRINTED: Final = ("prompt", "system", "url", "model", "content")
"""The keys whose values are texts, also where their template is one expression alone."""


@finder
def check_optional_values(known: Semantics) -> Iterator[Diagnostic]:
    """Find what may be none where only a value will do, and nothing asks for it."""
    for chain in known.spec.chains:
        types = ValueTypes.of(chain, known.spec)
        for text, asked in guarded_texts(chain, types, known.places):
            for use in _uses(text, asked):
                yield from _none_in(text, use)


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
    label, kind = text.label(use.node), kind_of(type_)
    if not use.sign:
        yield PrintsNone.optional(path, shown(spelled(type_)), label)
    elif use.sign != "in":
        fallback = _FALLBACKS.get(kind)
        yield MayBeNone.operand(path, use.sign, fallback, label)
    elif has_items(type_, text.types):
        yield MayBeNone.items(path, label)


def _uses(text: TypedText, asked: Paths) -> Iterator[_Use]:
    """What a text reads where none will not do."""
    form, key = text.text.form, text.text.keys[-1]
    if form == "template" and key in _PRINTED:
        yield from _used("", text.tree, asked=asked)
    elif form == "expression" and key == "in":
        yield from _used("in", text.tree, asked=asked)
    for node, there in guarded_nodes(text.tree, asked):
        yield from _inside(node, there)


def _inside(node: nodes.Node, asked: Paths) -> Iterator[_Use]:
    match node:
        case nodes.BinExpr(left=left, right=right) if type(node) in SIGNS:
            yield from _used(SIGNS[type(node)], left, right, asked=asked)
        case nodes.Neg(node=value) | nodes.Pos(node=value):
            yield from _used(SIGNS[type(node)], value, asked=asked)
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


def _used(sign: str, *values: Any, asked: Paths) -> Iterator[_Use]:
    for value in values:
        path = own_path(value)
        if path_of(value) and path not in asked:
            yield _Use(value, sign)
