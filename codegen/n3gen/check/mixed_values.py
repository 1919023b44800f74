"""Calculations with values of several types, of which only some can be calculated with."""

from __future__ import annotations

from collections.abc import Iterator

from jinja2 import nodes

from n3gen.check.finders import chain_finder
from n3gen.check.operations import FITTING, kind_of, literal_kind
from n3gen.check.rules.mixed_rules import MayNotFit
from n3gen.check.subjects import OF_TEXTS
from n3gen.diagnostics import Diagnostic
from n3gen.semantics.guards import Paths, guarded_nodes, own_path
from n3gen.semantics.known import Semantics
from n3gen.semantics.node_types import ORDER_SIGNS, SIGNS, Typed
from n3gen.semantics.typed_texts import TypedText, path_of
from n3gen.spec.types import spelled
from n3gen.spec.values import shown

__all__ = ["check_mixed_values"]

_Pair = tuple[str, nodes.Node, nodes.Node]
"""A sign, and what stands left and right of it."""


@chain_finder
def check_mixed_values(known: Semantics) -> Iterator[Diagnostic]:
    """Find operations that fail for some of the types of what they are given."""
    for chain in known.checked:
        if chain.name in known.spec.rejected:
            continue
        for _, text, asked in known.texts[chain.name].guarded:
            for node, there in guarded_nodes(text.tree, asked):
                for sign, left, right in _pairs(node):
                    paths = {own_path(one) for one in (left, right) if path_of(one)}
                    if not paths & there:
                        yield from _faults(text, sign, left, right)
                yield from _called(text, node, there)


def _pairs(node: nodes.Node) -> Iterator[_Pair]:
    match node:
        case nodes.BinExpr(left=left, right=right) if type(node) in SIGNS:
            yield SIGNS[type(node)], left, right
        case nodes.Compare(expr=left, ops=operands):
            for operand in operands:
                if operand.op in ORDER_SIGNS:
                    yield ORDER_SIGNS[operand.op], left, operand.expr
                left = operand.expr
        case _:
            pass


def _faults(
    text: TypedText, sign: str, left: nodes.Node, right: nodes.Node
) -> Iterator[Diagnostic]:
    one, two = _kinds(text, left), _kinds(text, right)
    if len(one) > 1 and two:
        node, kinds, others = left, one, two
        wrong = [k for k in one if not any(_fit(sign, k, other) for other in two)]
    elif len(two) > 1 and one:
        node, kinds, others = right, two, one
        wrong = [k for k in two if not any(_fit(sign, other, k) for other in one)]
    else:
        return
    found = _typed(text, node)
    if wrong and len(wrong) < len(kinds) and found is not None:
        path, type_ = shown(found[0]), shown(spelled(found[1]))
        label = text.label(node)
        yield MayNotFit.of(path, type_, wrong[0], sign, others[0], label)


def _called(text: TypedText, node: nodes.Node, asked: Paths) -> Iterator[Diagnostic]:
    """Find a method that texts have, and not all that its owner may be."""
    match node:
        case nodes.Call(node=nodes.Getattr(node=owner, attr=name)):
            found = _typed(text, owner)
        case _:
            return
    is_asked = path_of(owner) and own_path(owner) in asked
    if found is None or is_asked or name not in OF_TEXTS:
        return
    kinds = _kinds(text, owner)
    wrong = [kind for kind in kinds if kind not in ("a text", "a list")]
    if "a text" in kinds and wrong:
        path, type_ = shown(found[0]), shown(spelled(found[1]))
        label = text.label(owner)
        yield MayNotFit.method(path, type_, wrong[0], name, label)


def _fit(sign: str, left: str, right: str) -> bool:
    return (left, right) in FITTING[sign] if sign in FITTING else left == right


def _kinds(text: TypedText, node: nodes.Node) -> list[str]:
    """What a value may be in calculations; nothing where that is not sure."""
    if isinstance(node, nodes.Const | nodes.List | nodes.Dict):
        found = [literal_kind(node)]
    elif (typed := _typed(text, node)) is not None:
        type_ = typed[1]
        members = type_.args if type_.name == "union" else (type_,)
        present = (one for one in members if one.name != "none")
        found = [*dict.fromkeys(kind_of(one) for one in present)]
    else:
        return []
    return [] if "" in found else found


def _typed(text: TypedText, node: nodes.Node) -> Typed | None:
    """What a node reads, and its type, be it of several branches."""
    found = text.typed(node)
    path = own_path(node) if path_of(node) else ()
    if found is not None or len(path) != 1 or path[0] in text.bound:
        return found
    type_ = text.types.branched.get(path[0])
    return None if type_ is None else (path[0], type_)
