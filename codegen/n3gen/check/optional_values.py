"""Values that may be none where only a value will do, and nothing asks for them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from jinja2 import nodes

from n3gen.check.argument_types import parameters_given
from n3gen.check.error_reads import unasked_error
from n3gen.check.filled_states import FilledStates, given_states
from n3gen.check.finders import chain_finder
from n3gen.check.operations import SIGNS, has_items, kind_of
from n3gen.check.printed_names import TEXTS
from n3gen.check.printed_parts import printed_parts
from n3gen.check.reading_words import key_of_text
from n3gen.check.rules.operation_rules import MayBeNone
from n3gen.check.rules.skip_rules import PrintsNone
from n3gen.check.subjects import subjects_of
from n3gen.diagnostics import Diagnostic
from n3gen.semantics.field_types import has_field
from n3gen.semantics.guards import Guarded, Paths, nodes_asked, own_path
from n3gen.semantics.known import Semantics
from n3gen.semantics.node_types import ORDER_SIGNS
from n3gen.semantics.typed_texts import TypedText, path_of
from n3gen.spec.types import spelled
from n3gen.spec.values import shown

__all__ = [
    "ASKED",
    "Use",
    "argument_uses",
    "check_optional_values",
    "is_field",
    "used_in",
    "uses_of",
    "whole_uses",
]

_FALLBACKS: Final[Mapping[str, str]] = {
    "a number": "0",
    "a text": "''",
    "a list": "[]",
    "a mapping": "{}",
}
_PRINTED: Final = ("prompt", "system", "url", "model", "content")
"""The keys whose values are texts, also where their template is one expression alone."""

ASKED: Final = ("embed", "files", "images")
"""The keys of model calls whose values are texts, or lists of them; no files are none."""

_FAILING: Final = ("attr", "groupby", "rejectattr", "selectattr")
"""Filters that fail for none, beside those that say what they take."""

_CONVERTED: Final = ("float", "int")
_COMPARED: Final = ("max", "min")


@chain_finder
def check_optional_values(known: Semantics) -> Iterator[Diagnostic]:
    """Find what may be none where only a value will do, and nothing asks for it."""
    given = given_states(known)
    for chain in known.checked:
        filled = FilledStates(chain, given)
        for guarded in known.texts[chain.name].guarded:
            text = guarded.text
            uses = (
                *uses_of(text, guarded.asked),
                *argument_uses(guarded, known),
                *_parts_printed(text, guarded.asked),
            )
            for use in uses:
                path = own_path(use.node)
                if not filled.has(path, guarded.part, is_printed=not use.sign):
                    yield from _none_in(text, use)


@dataclass(frozen=True, slots=True)
class Use:
    """A path that is read where none will not do.

    The sign is that of an operator, a filter or a function, `for` for items, `.name` for
    a field, or `name: int` for a parameter; it is empty where the value is printed into a
    text. `local` are the paths
    that the text itself asks for before it.
    """

    node: nodes.Node
    sign: str
    local: Paths


def _parts_printed(text: TypedText, asked: Paths) -> Iterator[Use]:
    """What a text prints of choices and lists."""
    whole = [node for sign, node in whole_uses(text) if not sign]

    def printed(node: nodes.Node) -> Iterator[nodes.Node]:
        if node is text.tree:
            yield from whole
        yield from (value for sign, value in used_in(node) if not sign)

    for node, local in printed_parts(text, asked, printed):
        yield Use(node, "", local)


def _none_in(text: TypedText, use: Use) -> Iterator[Diagnostic]:
    if isinstance(use.node, nodes.Const):
        yield PrintsNone.literal(text.token_label(use.node.lineno))
        return
    found = text.typed(use.node)
    if found is None or found[1].name != "union":
        return
    path, type_ = shown(found[0]), found[1]
    if all(one.name != "none" for one in type_.args):
        return
    if is_field(use.sign) and not has_field(type_, use.sign[1:], text.types.records):
        return  # reported elsewhere, whether or not it is none
    label, kind = text.label(use.node), kind_of(type_)
    if not use.sign:
        yield PrintsNone.optional(path, shown(spelled(type_)), label)
    elif use.sign in ASKED:
        yield MayBeNone.given(path, use.sign, label, is_list=kind == "a list")
    elif use.sign != "for":
        yield MayBeNone.operand(path, use.sign, _FALLBACKS.get(kind), label)
    elif has_items(type_, text.types):
        yield MayBeNone.items(path, label)


def is_field(sign: str) -> bool:
    """Whether a sign is that of a field, not of a method."""
    return sign.startswith(".") and not sign.endswith("()")


def uses_of(text: TypedText, asked: Paths) -> Iterator[Use]:
    """What a text reads where none will not do, and nothing has looked after it."""
    for sign, node in whole_uses(text):
        if path_of(node) and own_path(node) not in asked:
            yield Use(node, sign, frozenset())
    called = {id(n.node) for n in text.all_of(nodes.Call) if isinstance(n, nodes.Call)}
    passed = called | {id(one) for one in _compared(text)}
    for node, there, local in nodes_asked(text, asked):
        if id(node) in passed or text.reads_fact(node):
            continue
        for sign, value in used_in(node):
            path = own_path(_owner(value))
            is_open = path and path not in there
            if is_open and not unasked_error(value, there, text.types):
                yield Use(value, sign, local)


def argument_uses(guarded: Guarded, known: Semantics) -> Iterator[Use]:
    """What a part gives to a parameter that does not take none, and nothing asks for."""
    for parameter, name, node in parameters_given(guarded, known):
        is_open = path_of(node) and own_path(node) not in guarded.asked
        if is_open and "none" not in parameter.kinds:
            yield Use(node, f"{shown(name)}: {parameter.text}", frozenset())


def _owner(node: nodes.Node) -> nodes.Node:
    """What is to be asked for before a value is used: of `m.get(...)` that is the mapping."""
    match node:
        case nodes.Call(node=nodes.Getattr(node=owner, attr="get"), args=[_]):
            return owner
        case _:
            return node


def _compared(text: TypedText) -> Iterator[nodes.Node]:
    """The texts of values that are compared, where that of none is as good as any."""
    for node in text.all_of(nodes.Compare):
        if isinstance(node, nodes.Compare):
            for side in (node.expr, *(operand.expr for operand in node.ops)):
                if isinstance(side, nodes.Filter) and side.name == "string":
                    yield side


def whole_uses(text: TypedText) -> Iterator[tuple[str, nodes.Node]]:
    """What becomes of all of an expression by where it stands: printed, or gone through."""
    form, key = text.text.form, text.text.keys[-1]
    if form == "template" and key in _PRINTED:
        yield "", text.tree
    elif form == "template" and text.read.is_single:
        word = key_of_text(text.text)
        if word == "embed" or (word in ASKED and word != key):
            yield word, text.tree
    elif form == "expression" and key == "in":
        yield "for", text.tree


def used_in(node: nodes.Node) -> Iterator[tuple[str, nodes.Node]]:
    """The values that a node makes something of, each with its sign."""
    match node:
        case nodes.BinExpr(left=left, right=right) if type(node) in SIGNS:
            yield from ((SIGNS[type(node)], side) for side in (left, right))
        case nodes.Neg(node=value) | nodes.Pos(node=value):
            yield SIGNS[type(node)], value
        case nodes.Compare(expr=left, ops=operands):
            for operand in operands:
                sign = ORDER_SIGNS.get(operand.op)
                if sign is not None:
                    yield from ((sign, side) for side in (left, operand.expr))
                left = operand.expr
        case nodes.For(iter=items):
            yield "for", items
        case nodes.Output(nodes=parts) | nodes.Concat(nodes=parts):
            yield from (("", part) for part in parts)
        case nodes.Call(node=nodes.Getattr(node=owner, attr=name)):
            yield f".{name}()", owner
        case nodes.Getattr(node=owner, attr=name):
            yield f".{name}", owner
        case nodes.Getitem(node=owner, arg=nodes.Const(value=str() as name)):
            yield f".{name}", owner
        case nodes.Filter(name=name, node=nodes.Node() as value) if name in _FAILING:
            yield name, value
        case nodes.Filter(name=name, node=nodes.Node() as value) if name in TEXTS:
            yield "", value
        case nodes.Filter(name="join", node=nodes.List(items=parts)):
            yield from (("", part) for part in parts)
        case nodes.Call(node=nodes.Name(name=name), args=[first, *others]):
            if name in _CONVERTED:
                yield name, first
            elif name in _COMPARED and others:
                yield from ((name, value) for value in (first, *others))
        case _:
            pass
    for name, subject, _ in subjects_of(node):
        yield name, subject
