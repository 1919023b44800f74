"""Binding of arguments to the parameters of a filter, a test or a function."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from jinja2 import nodes

from n3gen.diagnostics import nearest
from n3gen.expressions.model import Token
from n3gen.expressions.paths import is_private
from n3gen.expressions.rules import PrivateAttribute, WrongArguments
from n3gen.expressions.writer import Piece, Writer

__all__ = [
    "Bound",
    "Given",
    "attribute_of",
    "bind",
    "call_text",
    "constant_of",
    "given",
]

Bound = Mapping[str, nodes.Expr]
"""The nodes of the arguments that are given, by parameter."""


@dataclass(frozen=True, slots=True)
class Given:
    """The arguments of a call as they are written; `what` names what is called."""

    what: str
    token: Token
    args: Sequence[nodes.Expr]
    kwargs: Sequence[nodes.Keyword]


def given(
    writer: Writer,
    node: nodes.Filter | nodes.Test | nodes.Call,
    what: str,
    token: Token,
) -> Given | None:
    """The arguments of a node; a fault, and `None`, where `*` or `**` spreads them."""
    spread = node.dyn_args or node.dyn_kwargs
    if spread is not None:
        at = writer.token(spread)
        message = "arguments cannot be spread with `*`"
        writer.fault(WrongArguments.of(message, at.start, at.end))
        return None
    kwargs = [pair for pair in node.kwargs if isinstance(pair, nodes.Keyword)]
    return Given(what, token, node.args, kwargs)


def bind(
    writer: Writer, call: Given, parameters: Sequence[str], required: int = 0
) -> Bound | None:
    """The arguments by parameter; a fault, and `None`, where they do not fit."""
    if len(call.args) > len(parameters):
        most = len(parameters)
        takes = (
            "no arguments" if not most else f"at most {most} argument{'s'[:most > 1]}"
        )
        at = writer.token(call.args[most])
        message = f"{call.what} takes {takes}"
        way_out = _listed(parameters) or "leave it out"
        writer.fault(WrongArguments.of(message, at.start, at.end, way_out))
        return None
    found = dict(zip(parameters, call.args, strict=False))
    for pair in call.kwargs:
        if pair.key not in parameters or pair.key in found:
            _unknown(writer, call, pair, parameters)
            return None
        found[pair.key] = pair.value
    missing = [name for name in parameters[:required] if name not in found]
    if missing:
        message = f"{call.what} needs `{missing[0]}`"
        place, way_out = (call.token.start, call.token.end), _listed(parameters)
        writer.fault(WrongArguments.of(message, *place, way_out))
        return None
    return found


def _listed(parameters: Sequence[str]) -> str:
    """What a call takes, as a hint where it got something else."""
    words = ", ".join(f"`{name}`" for name in parameters)
    return f"it takes {words}" if words else ""


def _unknown(
    writer: Writer, call: Given, pair: nodes.Keyword, parameters: Sequence[str]
) -> None:
    place = _key_place(writer, pair)
    if pair.key in parameters:
        message = f"{call.what} is given `{pair.key}` twice"
        writer.fault(WrongArguments.of(message, *place))
        return
    meant = nearest(pair.key, parameters)
    known = _listed(parameters)
    writer.fault(WrongArguments.unknown(call.what, pair.key, place, meant, known))


def _key_place(writer: Writer, pair: nodes.Keyword) -> tuple[int, int]:
    """Where the name of a keyword argument stands: before the `=` before its value."""
    for index in range(min(pair.lineno, len(writer.tokens) - 1), 0, -1):
        name, sign = writer.tokens[index - 1], writer.tokens[index]
        if sign.type == "assign" and name.value == pair.key:
            return name.start, name.end
    token = writer.token(pair)
    return token.start, token.end


def constant_of(writer: Writer, call: Given, node: nodes.Expr, name: str) -> object:
    """The value of an argument that must be written out; a fault where it is not."""
    if isinstance(node, nodes.Const):
        return node.value
    token = writer.token(node)
    message = f"`{name}` of {call.what} must be written out"
    writer.fault(WrongArguments.of(message, token.start, token.end))
    return None


def attribute_of(writer: Writer, call: Given, node: nodes.Expr) -> str:
    """The path of fields that an argument names; a fault where it cannot be one."""
    path = str(constant_of(writer, call, node, "attribute"))
    if any(is_private(part) for part in path.split(",")):
        token = writer.token(node)
        writer.fault(PrivateAttribute.of(path, token.start, token.end))
    return path


def call_text(
    writer: Writer,
    function: str,
    subject: Piece,
    parameters: Sequence[str],
    bound: Bound,
) -> str:
    """A call of the run-time support: its value first, then the arguments given."""
    texts = [writer.loose(subject).text]
    in_order = True
    for name in parameters:
        if name not in bound:
            in_order = False
            continue
        text = writer.write(bound[name]).text
        keyword = "fallback" if name == "default" else name
        texts.append(text if in_order else f"{keyword}={text}")
    return writer.call(function, *texts)
