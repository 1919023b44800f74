"""Calls of Python's own functions and of plain methods."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple

from jinja2 import nodes

from n3gen.diagnostics import nearest
from n3gen.expressions.arguments import Given, bind, given
from n3gen.expressions.call_rules import UnknownFunction, WrongArguments
from n3gen.expressions.filters import ELSEWHERE, FILTERS
from n3gen.expressions.foreign_calls import (
    MODULES,
    way_of_function,
    way_of_method,
    way_of_module,
)
from n3gen.expressions.literals import literal
from n3gen.expressions.methods import METHODS
from n3gen.expressions.model import Token
from n3gen.expressions.writer import NUMBERS, Form, Level, Piece, Writer
from n3gen.names import outside

__all__ = ["FORMS", "FUNCTIONS", "METHODS"]


class Function(NamedTuple):
    """A function: how many arguments it takes by place, which by name, what it gives.

    `about` is what the page of the language says of it. One that is not written as a
    call of its name says itself how.
    """

    least: int
    most: int
    about: str
    keywords: tuple[str, ...] = ()
    kind: str = ""
    write: Callable[[Writer, Sequence[str], Token], str] | None = None


_MANY: Final = 100


def _zipped(writer: Writer, texts: Sequence[str], token: Token) -> str:
    pairs = f"{outside('zip')}({', '.join(texts)}, strict=False)"
    return f"{outside('list')}({pairs})"


def _enumerated(writer: Writer, texts: Sequence[str], token: Token) -> str:
    return writer.call("enumerated", *texts)


def _now(writer: Writer, texts: Sequence[str], token: Token) -> str:
    writer.refer("now", "run", token)
    run = writer.root("run")
    return writer.call("now", run.source if run else "run", fallible=False)


FUNCTIONS: Final[Mapping[str, Function]] = {
    "abs": Function(1, 1, "the number without its sign"),
    "dict": Function(0, 1, "a mapping: of pairs, or of arguments with names"),
    "enumerate": Function(
        1, 2, "the items with their numbers", ("start",), "list", _enumerated
    ),
    "float": Function(1, 1, "a number with a fraction", kind="float"),
    "int": Function(1, 2, "a whole number", ("base",), "int"),
    "len": Function(1, 1, "how many items or characters there are", kind="int"),
    "max": Function(1, _MANY, "the greatest of values or items", ("default",)),
    "min": Function(1, _MANY, "the least of values or items", ("default",)),
    "now": Function(0, 0, "when the run began, in UTC", write=_now),
    "range": Function(1, 3, "whole numbers up to one that is not among them"),
    "round": Function(1, 2, "the number rounded", ("ndigits",)),
    "sorted": Function(1, 1, "the items in order", ("reverse",), "list"),
    "str": Function(1, 1, "the value as a text", kind="str"),
    "sum": Function(1, 2, "the sum of the items", ("start",)),
    "zip": Function(
        1, _MANY, "the items of several lists side by side", (), "list", _zipped
    ),
}
"""The functions that expressions can call: those of Python by these names."""

_GIVEN: Final = frozenset(
    ["count", "find", "index", "startswith", "endswith", "removeprefix", "removesuffix"]
)
"""Methods that ask for what they are given."""

_RENAMED: Final = {"length": "len"}
_INSTEAD: Final = {
    "join": "a filter does it: write `x | join(', ')`",
    "bool": "write `not not x`",
}


def call(writer: Writer, node: nodes.Call) -> Piece:
    target = node.node
    if isinstance(target, nodes.Getattr):
        return _method(writer, node, target)
    token = writer.token(target)
    if not isinstance(target, nodes.Name) or writer.local(target):
        return writer.fault(UnknownFunction.value(token.start, token.end))
    if target.name == "stream":
        place = (token.start, token.end)
        return writer.fault(UnknownFunction.stream(*place))
    known = FUNCTIONS.get(target.name)
    if known is None:
        meant = _RENAMED.get(target.name)
        way = _INSTEAD.get(target.name) or way_of_function(node, target.name)
        if way is not None and meant is None:
            place = (token.start, token.end)
            return writer.fault(UnknownFunction.elsewhere(target.name, *place, way))
        meant = meant or nearest(target.name, FUNCTIONS)
        return writer.fault(
            UnknownFunction.of(target.name, token.start, token.end, meant)
        )
    found = given(writer, node, f"function `{target.name}`", token)
    return _function(writer, target.name, known, found) if found else Piece("None")


def _function(writer: Writer, name: str, known: Function, call: Given) -> Piece:
    if name == "dict" and call.kwargs and not call.args:
        pairs = [f"{literal(p.key)}: {writer.write(p.value).text}" for p in call.kwargs]
        return Piece(f"{{{', '.join(pairs)}}}", kind="dict")
    if not known.least <= len(call.args) <= known.most:
        return _miscounted(writer, known, call)
    rest = Given(call.what, call.token, (), call.kwargs)
    named = bind(writer, rest, known.keywords)
    if named is None:
        return Piece("None")
    values = [_argument(writer, node) for node in (*call.args, *named.values())]
    words = ("",) * len(call.args) + tuple(f"{key}=" for key in named)
    texts = [word + value.text for word, value in zip(words, values, strict=True)]
    is_constant = all(value.is_constant for value in values)
    if known.write is not None:
        writer.fallible = writer.fallible or bool(texts)
        text = known.write(writer, texts, call.token)
        return Piece(text, kind=known.kind, base=text, way=name)
    writer.fallible = True
    if name == "sum" and len(values) > 1 and values[1].kind not in NUMBERS:
        return Piece(writer.call("sum_from", *texts))
    text = f"{outside(name)}({', '.join(texts)})"
    inner = texts[0] if name == "str" else ""
    return Piece(text, kind=known.kind, printed=inner, is_constant=is_constant)


def _argument(writer: Writer, node: nodes.Expr) -> Piece:
    value = writer.write(node)
    return value if value.kind in NUMBERS else writer.loose(value)


def _miscounted(writer: Writer, known: Function, call: Given) -> Piece:
    count = f"{known.least}" if known.least == known.most else f"{known.least} or more"
    if known.least < known.most < _MANY:
        count = f"{known.least} to {known.most}"
    one = "" if count == "1" else "s"
    message = f"{call.what} takes {count} argument{one}, not {len(call.args)}"
    way_out = "give it more" if len(call.args) < known.least else "leave some out"
    at = call.token
    return writer.fault(WrongArguments.of(message, at.start, at.end, way_out))


def _method(writer: Writer, node: nodes.Call, target: nodes.Getattr) -> Piece:
    token = writer.token(target, 1)
    if (fault := _of_module(writer, node, target, token)) is not None:
        return fault
    found = given(writer, node, f"`.{target.attr}()`", token)
    value = writer.write(target.node)
    if found is None or target.attr not in METHODS:
        return _no_method(writer, node, target, token)
    if not node.args and target.attr in _GIVEN:
        message = f"{found.what} takes what it looks for"
        way = "how many there are is `| length`" if target.attr == "count" else None
        return writer.fault(WrongArguments.of(message, token.start, token.end, way))
    if node.kwargs:
        message = f"{found.what} takes its arguments by place"
        return writer.fault(WrongArguments.of(message, token.start, token.end))
    arguments = [_argument(writer, argument) for argument in node.args]
    texts = ", ".join(argument.text for argument in arguments)
    is_constant = all(part.is_constant for part in (value, *arguments))
    writer.fallible = True
    is_text = value.kind == "str"
    subject = (value if is_text else writer.loose(value)).at(Level.ATOM)
    if value.kind in NUMBERS:
        subject = f"({subject})"
    kind = METHODS[target.attr] if is_text else ""
    text = f"{subject}.{target.attr}({texts})"
    return Piece(text, kind=kind, is_constant=is_constant)


def _of_module(
    writer: Writer, node: nodes.Call, target: nodes.Getattr, token: Token
) -> Piece | None:
    """A function of a module or class of other languages; `None` for anything else."""
    owner, name = target.node, target.attr
    if not isinstance(owner, nodes.Name) or writer.local(owner):
        return None
    if owner.name not in MODULES or name in METHODS:
        return None
    way = way_of_module(node, owner.name, name)
    if way is None:
        return None
    start = writer.token(owner).start
    whole = f"{owner.name}.{name}"
    return writer.fault(UnknownFunction.elsewhere(whole, start, token.end, way))


def _no_method(
    writer: Writer, node: nodes.Call, target: nodes.Getattr, token: Token
) -> Piece:
    name = target.attr
    if (known := way_of_method(node, target.node, name)) is not None:
        fault = UnknownFunction.method(name, token.start, token.end, known)
        return writer.fault(fault)
    filter_ = ELSEWHERE.get(name, name)
    if filter_ in FILTERS:
        way = f"a filter does it: write `| {filter_}`"
        return writer.fault(UnknownFunction.method(name, token.start, token.end, way))
    meant = nearest(name, METHODS)
    return writer.fault(
        UnknownFunction.method(name, token.start, token.end, meant=meant)
    )


FORMS: Final[Mapping[type[nodes.Node], Form]] = {nodes.Call: call}
"""How calls are written."""
