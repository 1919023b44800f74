"""Calculations and loops that the types of values rule out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from jinja2 import nodes

from n3gen.check.finders import chain_finder
from n3gen.check.reading_words import of_type
from n3gen.check.rules.operation_rules import ImpossibleOperation, NoItems
from n3gen.diagnostics import Diagnostic, Label
from n3gen.semantics.known import Semantics
from n3gen.semantics.node_types import SIGNS as OPERATORS
from n3gen.semantics.typed_texts import TypedText
from n3gen.semantics.value_types import ValueTypes
from n3gen.spec.model import TypeRef
from n3gen.spec.values import described, shown

__all__ = [
    "FITTING",
    "SIGNS",
    "check_operations",
    "has_items",
    "kind_of",
    "literal_kind",
]

SIGNS: Final[Mapping[type[nodes.Node], str]] = {
    **OPERATORS,
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
    "date": "a date",
    "datetime": "a datetime",
    "duration": "a duration",
}
"""What the values of types are, in calculations."""

_NUMBERS: Final = ("a number", "a number")
_DURATIONS: Final = ("a duration", "a duration")
_LATER: Final = (("a date", "a duration"), ("a datetime", "a duration"), _DURATIONS)
_DIVIDED: Final = frozenset((_NUMBERS, ("a duration", "a number"), _DURATIONS))

FITTING: Final[Mapping[str, frozenset[tuple[str, str]]]] = {
    "+": frozenset(
        (
            *((one, one) for one in ("a number", "a text", "a list")),
            *_LATER,
            *((later, time) for time, later in _LATER),
        )
    ),
    "-": frozenset(
        (_NUMBERS, ("a date", "a date"), ("a datetime", "a datetime"), *_LATER)
    ),
    "*": frozenset(
        (one, two)
        for one in ("a number", "a text", "a list", "a duration")
        for two in ("a number", "a text", "a list", "a duration")
        if "a number" in (one, two)
    ),
    "/": _DIVIDED,
    "//": _DIVIDED,
    "%": frozenset(
        (_NUMBERS, _DURATIONS, *(("a text", kind) for kind in _KINDS.values()))
    ),
    "**": frozenset((_NUMBERS,)),
}
"""What operators take, left and right."""

_ITEMLESS: Final = (
    *("str", "file", "int", "float", "bool", "one of", "none"),
    *("date", "datetime", "duration", "uuid"),
)

_HAS_SIGN: Final = re.compile(r"[-+*/%]")


@chain_finder
def check_operations(known: Semantics) -> Iterator[Diagnostic]:
    """Find calculations that fail whatever the values are, and loops over no list."""
    for chain in known.checked:
        for text in known.texts[chain.name]:
            if _HAS_SIGN.search(text.text.text):
                for node in text.all_of(nodes.BinExpr, nodes.Neg, nodes.Pos):
                    yield from _impossible(text, node)
            if text.text.form == "expression" and text.text.keys[-1] == "in":
                label = text.places.value(text.place)
                yield from _itemless(text, text.tree, label)
            elif "for" in text.text.text:
                for node in text.all_of(nodes.For):
                    yield from _itemless_tag(text, node)


def _impossible(text: TypedText, node: nodes.Node) -> Iterator[Diagnostic]:
    sign = SIGNS.get(type(node))
    if isinstance(node, nodes.BinExpr) and sign is not None:
        left, right = _kind(text, node.left), _kind(text, node.right)
        if left and right and (left, right) not in FITTING[sign]:
            sides = text.label(node.left, left), text.label(node.right, right)
            yield ImpossibleOperation.of(sign, *sides)
    elif isinstance(node, nodes.Neg | nodes.Pos) and sign is not None:
        kind = _kind(text, node.node)
        if kind not in ("", "a number", "a duration"):
            yield ImpossibleOperation.sign(sign, kind, text.label(node.node))


def _kind(text: TypedText, node: nodes.Node) -> str:
    """What a value is in calculations; empty where that is not sure."""
    if isinstance(node, nodes.Const | nodes.List | nodes.Dict):
        return literal_kind(node)
    found = text.typed(node)
    return kind_of(found[1]) if found is not None else ""


def literal_kind(node: nodes.Const | nodes.List | nodes.Dict) -> str:
    """What a literal is in calculations; empty for none."""
    if isinstance(node, nodes.Const):
        return _KINDS.get(type(node.value).__name__, "")
    return "a list" if isinstance(node, nodes.List) else "a mapping"


def kind_of(type_: TypeRef) -> str:
    """What the values of a type are in calculations; empty where that is not sure."""
    kinds = {_KINDS.get(type_.name, "")}
    if type_.name == "union":
        kinds = {kind_of(one) for one in type_.args if one.name != "none"}
    elif type_.name == "one of":
        kinds = {_KINDS.get(type(value).__name__, "") for value in type_.values}
    return kinds.pop() if len(kinds) == 1 else ""


def _itemless_tag(text: TypedText, node: nodes.Node) -> Iterator[Diagnostic]:
    """Find a `{% for %}` over no list: not one over a text, which has letters there."""
    if isinstance(node, nodes.For):
        found = text.typed(node.iter)
        members = () if found is None else (found[1], *found[1].args)
        kinds = {
            "record" if m.name in text.types.records else kind_of(m) for m in members
        }
        if not kinds & {"a text", "record"}:
            yield from _itemless(text, node.iter, text.label(node.iter))


def _itemless(text: TypedText, tree: nodes.Node, label: Label) -> Iterator[Diagnostic]:
    types = text.types
    if isinstance(tree, nodes.Const) and not isinstance(tree.value, str):
        yield NoItems.literal(described(tree.value), label)
    found = text.typed(tree)
    if found is None:
        return
    path, type_ = shown(found[0]), found[1]
    if not has_items(type_, types):
        way_out = {
            "str": f"write `{path} | list` for its letters",
            "int": f"write `range({path})` for so many rounds",
        }.get(type_.name, "go through a list, or the keys of a mapping")
        yield NoItems.of(path, of_type(type_), label, way_out)


def has_items(type_: TypeRef, types: ValueTypes) -> bool:
    """Whether a value of a type may be a list or a mapping."""
    members = type_.args if type_.name == "union" else (type_,)
    wrong = (*_ITEMLESS, *types.records)
    return any(member.name not in wrong for member in members)
