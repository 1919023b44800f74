"""Tests (`x is even`) as Python expressions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from jinja2 import nodes

from n3gen.diagnostics import nearest
from n3gen.expressions.arguments import Bound, Given, bind, given
from n3gen.expressions.call_rules import UnknownTest
from n3gen.expressions.literals import literal
from n3gen.expressions.operators import compare, identical, negate
from n3gen.expressions.writer import Form, Level, Piece, Writer
from n3gen.names import outside

__all__ = ["FORMS", "TESTS", "apply_test"]


_PRESENCE: Final = ("defined", "undefined")
_MEANT: Final = {**dict.fromkeys(("null", "nil", "nothing"), "none"), "bool": "boolean"}
"""What other languages call some of the tests."""


_SAME: Final = ("sameas", "same_as", "equals", "equal", "identical")
"""What other templates call the test that `==` is."""


class Test(NamedTuple):
    """A test: its parameters, all of them needed, and how it is written."""

    parameters: tuple[str, ...]
    write: Callable[[Writer, Piece, Bound], Piece]


def test(writer: Writer, node: nodes.Test) -> Piece:
    is_negated = writer.token(node, 1).value == "not"
    token = writer.token(node, 2 if is_negated else 1)
    call = given(writer, node, f"test `{node.name}`", token)
    if node.name in ("defined", "undefined"):
        found = _is_defined(writer, node.node)
        return found if node.name == "defined" else negate(found)
    subject = writer.write(node.node)
    read = _path(node.node)
    return apply_test(writer, node.name, subject, call, read) if call else subject


def apply_test(
    writer: Writer, name: str, subject: Piece, call: Given, read: str = ""
) -> Piece:
    """What a test says of a value, which may be `read` under a name."""
    if name in ("defined", "undefined"):
        found = _presence(writer, subject)
        return found if name == "defined" else negate(found)
    known = TESTS.get(name)
    if known is None:
        meant = _MEANT.get(name.lower()) or nearest(name, [*TESTS, *_PRESENCE])
        place = (call.token.start, call.token.end)
        way = _way_to_compare(name, call, read)
        return writer.fault(UnknownTest.of(name, *place, meant, way))
    bound = bind(writer, call, known.parameters, len(known.parameters))
    if bound is None:
        return subject
    return known.write(writer, subject, bound)


def _way_to_compare(name: str, call: Given, read: str) -> str:
    """What to write for an unknown test; empty where it has no argument."""
    if not call.args and not call.kwargs:
        return ""
    if name.lower() not in _SAME or len(call.args) != 1:
        return (
            "to compare values write `==`, and call methods as `text.startswith('a')`"
        )
    other = call.args[0]
    written = repr(other.value) if isinstance(other, nodes.Const) else _path(other)
    if not read or not written:
        return "to compare values, write `==`"
    return f"to compare values, write `{read} == {written}`"


def _path(node: nodes.Expr) -> str:
    """A name with its fields, as it is written; empty for anything else."""
    if isinstance(node, nodes.Name):
        return node.name
    if isinstance(node, nodes.Getattr) and isinstance(node.node, nodes.Expr):
        owner = _path(node.node)
        return f"{owner}.{node.attr}" if owner else ""
    return ""


def _is_defined(writer: Writer, node: nodes.Expr) -> Piece:
    before = writer.fallible
    subject = writer.optional(node)
    writer.fallible = before if subject.is_safe else writer.fallible
    return _presence(writer, subject)


def _presence(writer: Writer, subject: Piece) -> Piece:
    """Whether a value is there, for what may be missing."""
    if subject.may_be_none:
        value = subject
        if subject.is_get:
            way = (subject.base, literal(subject.way), "None")
            value = Piece(writer.call("get_or", *way, fallible=False))
        return negate(identical(writer, value, "None"))
    if subject.may_miss:
        read = f"lambda: {subject.text}"
        text = writer.call("is_defined", read, fallible=False)
    elif subject.is_get:
        text = writer.call("has", subject.base, literal(subject.way), fallible=False)
    elif not subject.is_there:
        return negate(identical(writer, subject, "None"))
    else:
        false = Piece("False", Level.NAME, "bool")
        return Piece("True", Level.NAME, "bool", opposite=false)
    return Piece(text, kind="bool")


def _compared(sign: str) -> Test:
    def write(writer: Writer, subject: Piece, bound: Bound) -> Piece:
        return compare(writer, subject, sign, writer.write(bound["other"]))

    return Test(("other",), write)


def _same(singleton: str) -> Test:
    def write(writer: Writer, subject: Piece, bound: Bound) -> Piece:
        return identical(writer, subject, singleton)

    return Test((), write)


def _instance(types: str) -> Test:
    def write(writer: Writer, subject: Piece, bound: Bound) -> Piece:
        text = f"{outside('isinstance')}({writer.loose(subject).text}, {types})"
        return Piece(text, kind="bool")

    return Test((), write)


def _asked(function: str) -> Test:
    def write(writer: Writer, subject: Piece, bound: Bound) -> Piece:
        value = writer.loose(subject).text
        return Piece(writer.call(function, value, fallible=False), kind="bool")

    return Test((), write)


def _of_text(method: str) -> Test:
    def write(writer: Writer, subject: Piece, bound: Bound) -> Piece:
        return Piece(
            f"{outside('str')}({writer.loose(subject).text}).{method}()", kind="bool"
        )

    return Test((), write)


def _remainder(of: str, divisor: str | None) -> Test:
    def write(writer: Writer, subject: Piece, bound: Bound) -> Piece:
        value = writer.loose(subject).at(Level.PRODUCT)
        by = divisor or writer.loose(writer.write(bound["num"])).at(Level.SIGN)
        rest = Piece(f"{value} % {by}", Level.PRODUCT)
        writer.fallible = True
        return compare(writer, rest, "==", Piece(of, kind=""))

    return Test(() if divisor else ("num",), write)


def _is_integer(writer: Writer, subject: Piece, bound: Bound) -> Piece:
    text = writer.call("is_integer", writer.loose(subject).text, fallible=False)
    return Piece(text, kind="bool")


TESTS: Final[Mapping[str, Test]] = {
    "none": _same("None"),
    "true": _same("True"),
    "false": _same("False"),
    "boolean": _instance(outside("bool")),
    "integer": Test((), _is_integer),
    "float": _instance(outside("float")),
    "number": _instance(f"{outside('int')} | {outside('float')}"),
    "string": _instance(outside("str")),
    "mapping": _asked("is_mapping"),
    "sequence": _asked("is_sequence"),
    "iterable": _asked("is_iterable"),
    "lower": _of_text("islower"),
    "upper": _of_text("isupper"),
    "even": _remainder("0", "2"),
    "odd": _remainder("1", "2"),
    "divisibleby": _remainder("0", None),
    "in": _compared("in"),
    **dict.fromkeys(["==", "eq", "equalto"], _compared("==")),
    **dict.fromkeys(["!=", "ne"], _compared("!=")),
    **dict.fromkeys(["<", "lt", "lessthan"], _compared("<")),
    **dict.fromkeys(["<=", "le"], _compared("<=")),
    **dict.fromkeys([">", "gt", "greaterthan"], _compared(">")),
    **dict.fromkeys([">=", "ge"], _compared(">=")),
}
"""The tests by name, but for `defined` and `undefined`, which read no value."""

FORMS: Final[Mapping[type[nodes.Node], Form]] = {nodes.Test: test}
"""How tests are written."""
