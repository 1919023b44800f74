"""Operators and literals, as Python of the same meaning."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from jinja2 import nodes

from n3gen.expressions.displays import beside, held_by, of_any, written_out
from n3gen.expressions.inside import without_template
from n3gen.expressions.literals import literal
from n3gen.expressions.rules import IfWithoutElse, TemplateInside
from n3gen.expressions.texts import text_piece
from n3gen.expressions.writer import Form, Level, Piece, Writer
from n3gen.names import outside

__all__ = ["FORMS", "compare", "identical", "negate", "opposite"]

_ARITHMETIC: Mapping[type[nodes.Node], tuple[str, int]] = {
    nodes.Add: ("+", Level.SUM),
    nodes.Sub: ("-", Level.SUM),
    nodes.Mul: ("*", Level.PRODUCT),
    nodes.Div: ("/", Level.PRODUCT),
    nodes.FloorDiv: ("//", Level.PRODUCT),
    nodes.Mod: ("%", Level.PRODUCT),
}
_COMPARISONS = {
    "eq": "==",
    "ne": "!=",
    "lt": "<",
    "lteq": "<=",
    "gt": ">",
    "gteq": ">=",
    "in": "in",
    "notin": "not in",
}
_OPPOSITES = {"==": "!=", "in": "not in", "is": "is not"}
_OPPOSITES |= {no: yes for yes, no in _OPPOSITES.items()}
_MIRRORED = {"==": "==", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}


def constant(writer: Writer, node: nodes.Const) -> Piece:
    value: Any = node.value
    if writer.is_inner and (meant := without_template(value)):
        token = writer.token(node)
        return writer.fault(TemplateInside.of(meant, token.start, token.end))
    kind = "" if value is None else type(value).__name__
    is_negative = isinstance(value, float) and value < 0
    is_plain = value is None or isinstance(value, int)
    is_plain = is_plain or (isinstance(value, float) and math.isfinite(value))
    level = Level.NAME if is_plain else Level.ATOM
    level = Level.SIGN if is_negative else level
    return Piece(literal(value), level, kind, is_constant=True)


def arithmetic(writer: Writer, node: nodes.BinExpr) -> Piece:
    sign, level = _ARITHMETIC[type(node)]
    sides = [writer.write(node.left), writer.write(node.right)]
    if sign == "%" and sides[0].kind == "str":
        values = [writer.loose(side).text for side in sides]
        return Piece(writer.call("format_text", *values), kind="str")
    if sign == "+" or not any(side.kind == "str" for side in sides):
        left, right = writer.matched(*sides)
    else:
        left, right = (writer.loose(side) for side in sides)
    kind = "str" if left.kind == right.kind == "str" else ""
    writer.fallible = True
    text = f"{left.at(level)} {sign} {right.at(level + 1)}"
    return Piece(text, level, kind, is_constant=_are_constant(left, right))


def _are_constant(*values: Piece) -> bool:
    return all(value.is_constant for value in values)


def power(writer: Writer, node: nodes.Pow) -> Piece:
    left, right = (writer.loose(writer.write(side)) for side in (node.left, node.right))
    is_simple = left.level == right.level == Level.NAME
    sign = "**" if is_simple else " ** "
    writer.fallible = True
    text = f"{left.at(Level.ATOM)}{sign}{right.at(Level.SIGN)}"
    return Piece(text, Level.POWER, is_constant=_are_constant(left, right))


def signed(writer: Writer, node: nodes.Neg | nodes.Pos) -> Piece:
    value = writer.loose(writer.write(node.node))
    writer.fallible = True
    sign = "-" if isinstance(node, nodes.Neg) else "+"
    kind = value.kind if value.kind in ("int", "float") else ""
    text = f"{sign}{value.at(Level.SIGN)}"
    return Piece(text, Level.SIGN, kind, is_constant=value.is_constant)


def both_or_either(writer: Writer, node: nodes.And | nodes.Or) -> Piece:
    word, level = (
        ("and", Level.AND) if isinstance(node, nodes.And) else ("or", Level.OR)
    )
    if isinstance(node.left, nodes.List | nodes.Dict):
        is_left = bool(node.left.items) == isinstance(node, nodes.Or)
        return writer.write(node.left if is_left else node.right)
    left, right = writer.write(node.left), writer.write(node.right)
    right = beside(left, right)
    kind = left.kind if left.kind == right.kind else ""

    def joined_by(one: Piece, other: Piece) -> Piece:
        text = f"{one.at(level)} {word} {other.at(level + 1)}"
        return Piece(text, level, kind, is_constant=_are_constant(one, other))

    return _one_of(left, right, joined_by)


def _one_of(
    one: Piece, other: Piece, written: Callable[[Piece, Piece], Piece]
) -> Piece:
    """Write what is one of two values, with what it may hold."""
    found, held = written(one, other), held_by(one, other)
    if not held:
        return found
    return replace(found, held=held, of_any=written(of_any(one), of_any(other)))


def negation(writer: Writer, node: nodes.Not) -> Piece:
    return negate(writer.write(node.node))


def negate(value: Piece) -> Piece:
    """Write the opposite of a truth as a linter would have it."""
    found = opposite(value)
    if found.kind == "bool":
        return found
    return Piece(f"{outside('bool')}({found.text})", kind="bool", opposite=value)


def opposite(value: Piece) -> Piece:
    """Return what counts as true where a value does not."""
    if value.opposite is not None:
        return value.opposite
    text = f"not {value.at(Level.ATOM)}"
    return Piece(text, Level.NOT, "bool", opposite=value, is_constant=value.is_constant)


def comparison(writer: Writer, node: nodes.Compare) -> Piece:
    values = [writer.write(node.expr), *(writer.write(op.expr) for op in node.ops)]
    signs = [_COMPARISONS[op.op] for op in node.ops]
    if len(signs) == 1:
        is_mirrored = isinstance(node.expr, nodes.Const) and signs[0] in _MIRRORED
        if is_mirrored and not isinstance(node.ops[0].expr, nodes.Const):
            return compare(writer, values[1], _MIRRORED[signs[0]], values[0])
        return compare(writer, values[0], signs[0], values[1])
    known = [writer.loose(value) for value in values]
    text = known[0].at(Level.SUM)
    for sign, value in zip(signs, known[1:], strict=True):
        text += f" {sign} {value.at(Level.SUM)}"
    writer.fallible = True
    return Piece(text, Level.COMPARE, "bool")


def compare(writer: Writer, left: Piece, sign: str, right: Piece) -> Piece:
    """Write one comparison, with `None` and `True` in the way that PEP 8 asks for."""
    if "in" in sign:
        left, right = writer.loose(left), writer.loose(right)
    else:
        left, right = writer.matched(left, right)
    if sign in ("==", "!=") and right.text == "None":
        found = identical(writer, left, "None")
        return found if sign == "==" else negate(found)
    if sign in ("==", "!=") and right.text in ("True", "False"):
        text = writer.call("is_equal", left.text, right.text, fallible=False)
        equal = Piece(text, kind="bool")
        return equal if sign == "==" else negate(equal)
    writer.fallible = writer.fallible or sign not in ("==", "!=", "is", "is not")
    texts = (left.at(Level.SUM), right.at(Level.SUM))
    found = Piece(f" {sign} ".join(texts), Level.COMPARE, "bool")
    if sign not in _OPPOSITES:
        return found
    return _either(found, f" {_OPPOSITES[sign]} ".join(texts))


def _either(found: Piece, opposite: str) -> Piece:
    """Give a comparison the text of its opposite."""
    return replace(found, opposite=replace(found, text=opposite, opposite=found))


def identical(writer: Writer, value: Piece, singleton: str) -> Piece:
    """Write whether a value is `None`, `True` or `False` itself."""
    known = writer.loose(value)
    if not _may_be(known, singleton):
        # Python and type checkers warn of `1 is None`: they know the answer.
        text = writer.call("is_same", known.text, singleton, fallible=False)
        return Piece(text, kind="bool")
    text = known.at(Level.SUM)
    found = Piece(f"{text} is {singleton}", Level.COMPARE, "bool")
    return _either(found, f"{text} is not {singleton}")


def _may_be(value: Piece, singleton: str) -> bool:
    """Whether a type checker takes it that a value may be the singleton."""
    kinds = ("",) if singleton == "None" else ("", "bool")
    return value.kind in kinds and not value.is_constant


def choice(writer: Writer, node: nodes.CondExpr) -> Piece:
    value = writer.write(node.expr1)
    test = writer.write(node.test)
    if node.expr2 is None:
        token = writer.token(node)
        return writer.fault(IfWithoutElse.of(token.start, token.end))
    other = writer.write(node.expr2)
    if (value.text, other.text) == ("True", "False"):
        return Piece(f"{outside('bool')}({test.text})", kind="bool")
    if (value.text, other.text) == ("False", "True"):
        return negate(test)
    kind = value.kind if value.kind == other.kind else ""
    may_miss = any(side.may_miss or side.is_get for side in (value, other))
    is_constant = _are_constant(value, test, other)

    def chosen(one: Piece, two: Piece) -> Piece:
        text = f"{one.at(Level.OR)} if {test.at(Level.OR)} else {two.at(Level.CHOICE)}"
        return Piece(
            text, Level.CHOICE, kind, may_miss=may_miss, is_constant=is_constant
        )

    return _one_of(value, other, chosen)


def joined(writer: Writer, node: nodes.Concat) -> Piece:
    values = [writer.write(part) for part in node.nodes]
    constants = [
        part.value if isinstance(part, nodes.Const) else None for part in node.nodes
    ]
    parts = [
        text if isinstance(text, str) else value
        for text, value in zip(constants, values, strict=True)
    ]
    return text_piece(parts, one_line=True)


def sequence(writer: Writer, node: nodes.List | nodes.Tuple) -> Piece:
    values = [writer.write(item) for item in node.items]
    items, is_constant = [value.text for value in values], _are_constant(*values)
    if isinstance(node, nodes.List):
        found = Piece(f"[{', '.join(items)}]", kind="list", is_constant=is_constant)
        return written_out(found, values)
    comma = "," if len(items) == 1 else ""
    text = f"({', '.join(items)}{comma})"
    return Piece(text, kind="tuple", is_constant=is_constant)


def mapping(writer: Writer, node: nodes.Dict) -> Piece:
    pairs, values, is_constant = list[str](), list[Piece](), True
    for pair in node.items:
        key, value = writer.write(pair.key), writer.write(pair.value)
        is_constant = is_constant and _are_constant(key, value)
        pairs.append(f"{key.text}: {value.text}")
        values.append(value)
        is_plain = isinstance(pair.key, nodes.Const)
        writer.fallible = writer.fallible or not is_plain
    text = f"{{{', '.join(pairs)}}}"
    keys = [pair.key for pair in node.items]
    is_named = all(isinstance(k, nodes.Const) and type(k.value) is str for k in keys)
    found = Piece(text, kind="dict", is_constant=is_constant)
    return written_out(found, values, "str" if is_named else "Any")


FORMS: Final[Mapping[type[nodes.Node], Form]] = {
    nodes.Const: constant,
    **dict.fromkeys(_ARITHMETIC, arithmetic),
    nodes.Pow: power,
    nodes.Neg: signed,
    nodes.Pos: signed,
    nodes.And: both_or_either,
    nodes.Or: both_or_either,
    nodes.Not: negation,
    nodes.Compare: comparison,
    nodes.CondExpr: choice,
    nodes.Concat: joined,
    nodes.List: sequence,
    nodes.Tuple: sequence,
    nodes.Dict: mapping,
}
"""How operators and literals are written."""
