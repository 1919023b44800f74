"""Literals beside `and` and `or` in conditions, as in `x == 'a' or 'b'`."""

from __future__ import annotations

from collections.abc import Iterator

from jinja2 import nodes

from n3gen.check.finders import chain_finder
from n3gen.check.rules.condition_rules import ConstantText
from n3gen.check.truths import asked_nodes
from n3gen.diagnostics import Diagnostic
from n3gen.semantics.known import Semantics
from n3gen.semantics.typed_texts import TypedText, path_of
from n3gen.spec.values import shown

__all__ = ["check_constant_operands"]

_Pair = nodes.And | nodes.Or


@chain_finder
def check_constant_operands(known: Semantics) -> Iterator[Diagnostic]:
    """Find operands of `and` and `or` in conditions that are always the same."""
    for chain in known.checked:
        for text in known.texts[chain.name]:
            if " or " in text.text.text or " and " in text.text.text:
                yield from _faults(text)


def _faults(text: TypedText) -> Iterator[Diagnostic]:
    asked = {id(node) for node in asked_nodes(text)}
    compared = {
        id(side)
        for node in text.all_of(nodes.Compare)
        if isinstance(node, nodes.Compare)
        for side in (node.expr, *(operand.expr for operand in node.ops))
    }
    reported: set[int] = set()
    for pair in text.all_of(nodes.And, nodes.Or):
        assert isinstance(pair, _Pair)
        if id(pair) in reported:
            continue
        parts = _operands(pair, reported)
        for part in parts:
            if not _is_literal(part):
                continue
            is_compared = id(pair) in compared and part is not parts[-1]
            if id(part) in asked or is_compared:
                yield _fault(text, pair, part, parts)
                break


def _operands(pair: _Pair, reported: set[int]) -> list[nodes.Expr]:
    """The operands of a row of the same sign, from left to right."""
    reported.add(id(pair))
    found: list[nodes.Expr] = []
    for side in (pair.left, pair.right):
        if type(side) is type(pair) and isinstance(side, _Pair):
            found += _operands(side, reported)
        else:
            found.append(side)
    return found


def _is_literal(node: nodes.Expr) -> bool:
    """Whether a node is a text or a number; `true` and `false` are put there on purpose."""
    value = node.value if isinstance(node, nodes.Const) else None
    return isinstance(value, str | int | float) and not isinstance(value, bool)


def _fault(
    text: TypedText, pair: _Pair, part: nodes.Expr, parts: list[nodes.Expr]
) -> Diagnostic:
    assert isinstance(part, nodes.Const)
    sign = "or" if isinstance(pair, nodes.Or) else "and"
    value, label = shown(repr(part.value)), text.label(part)
    way_out = _way_out(text, parts) or "compare it with what is meant, or remove it"
    return ConstantText.operand(sign, value, bool(part.value), label, way_out)


def _way_out(text: TypedText, parts: list[nodes.Expr]) -> str:
    """What `x == 'a' or 'b'` is meant to be, where its operands are nothing else."""
    subject, operator = "", ""
    values: list[str] = []
    for part in parts:
        match part:
            case nodes.Const():
                values.append(repr(part.value))
            case nodes.Compare(
                expr=left, ops=[nodes.Operand(op=op, expr=nodes.Const() as right)]
            ) if op in ("eq", "ne") and operator in ("", op):
                path = ".".join(path_of(left))
                if not path or subject not in ("", path):
                    return ""
                subject, operator = path, op
                values.append(repr(right.value))
            case _:
                return ""
    if not subject:
        return ""
    word = "in" if operator == "eq" else "not in"
    return f"write `{shown(subject)} {word} [{', '.join(map(shown, values))}]`"
