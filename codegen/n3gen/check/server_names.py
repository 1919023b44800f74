"""Addresses whose server a value may change."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from jinja2 import nodes

from n3gen.check.finders import finder
from n3gen.check.rules.address_rules import ValueBehindServer
from n3gen.diagnostics import Diagnostic
from n3gen.semantics.known import Semantics
from n3gen.semantics.node_types import NodeTypes
from n3gen.semantics.reads import Written, parsed
from n3gen.semantics.walk import every_part
from n3gen.spec.model import HttpStep, Place, TypeRef
from n3gen.spec.texts import Text
from n3gen.spec.values import shown

__all__ = ["check_server_names"]

_VALUE: Final = "\0"
"""Stands for a value in the text of an address."""

_MOST_WAYS: Final = 16
"""Texts of a template with branches that are looked at."""

_ADDRESS: Final = re.compile(r"\s*https?://(?:[^/?#]*@)?([^/?#]*)", re.IGNORECASE)

_DIGIT: Final = "0"
"""Stands for a value that is a whole number, which names no other domain."""

_OPEN: Final = re.compile(
    r"(?P<name>.*[\w\]-])\0+(?::.*)?|(?P<port>[^:]*:\d+)\0+", re.DOTALL
)
"""A server whose name, or else whose port, ends with a value and does not begin with it."""


@finder
def check_server_names(known: Semantics) -> Iterator[Diagnostic]:
    """Find values that go on with the name of a server that is written out."""
    for connector in known.spec.connectors:
        yield from _open_servers(connector, NodeTypes(lambda _: None, {}), known)
    for chain in known.spec.chains:
        if chain.name not in known.spec.rejected:
            own = known.types[chain.name]
            types = NodeTypes(own.of_path, own.records)
            for part in every_part(chain):
                yield from _open_servers(part, types, known)


def _open_servers(
    part: Written, types: NodeTypes, known: Semantics
) -> Iterator[Diagnostic]:
    for text in part.texts():
        if "://" in text.text and "{{" in text.text and _is_address(part, text):
            ways = _Ways(types).of(parsed(text).tree)
            found = next(filter(None, map(_open_server, ways)), None)
            if found is not None:
                place = Place(part.place.path, (*part.place.loc, *text.keys))
                yield ValueBehindServer.of(shown(found), known.places.value(place))


def _is_address(part: Any, text: Text) -> bool:
    """Whether a text is the address of a request, a picture or a file."""
    if isinstance(part, HttpStep):
        return text.keys[0] == "url"
    return text.form == "template" and not {"images", "files"}.isdisjoint(text.keys)


def _open_server(way: str) -> str | None:
    """The server that is written before a value which goes on with its name."""
    address = _ADDRESS.match(way)
    found = _OPEN.fullmatch(address[1]) if address else None
    return found and (found["name"] or found["port"]).replace(_VALUE, "...")


class _Ways:
    """The texts that a template may give, with a mark for each of its values."""

    def __init__(self, types: NodeTypes) -> None:
        self.types = types
        self.bound: dict[str, list[str]] = {}

    def of(self, node: Any) -> list[str]:
        """Return the texts of a template or a part of one, at most so many."""
        match node:
            case nodes.TemplateData(data=data):
                return [data]
            case nodes.Const(value=str() as data):
                return [data]
            case nodes.Template(body=parts) | nodes.Output(nodes=parts):
                return self._joined(parts)
            case nodes.Concat(nodes=parts):
                return self._joined(parts)
            case nodes.Add(left=left, right=right):
                return self._joined([left, right])
            case nodes.If(body=body, elif_=others, else_=last):
                return self._one_of(body, *(other.body for other in others), last)
            case nodes.CondExpr(expr1=one, expr2=other):
                return self._one_of([one], [other] if other else [])
            case nodes.Assign(target=nodes.Name(name=name), node=value):
                self.bound[name] = self.of(value)
            case nodes.Name(name=name) if name in self.bound:
                return self.bound[name]
            case nodes.Expr():
                return [_DIGIT if _is_whole(self.types.type_of(node)) else _VALUE]
        return [""]

    def _one_of(self, *branches: list[Any]) -> list[str]:
        around, ways = self.bound, list[str]()
        for parts in branches:
            self.bound = {**around}  # what a branch sets is unknown behind it
            ways += self._joined(parts)
        self.bound = around
        return ways[:_MOST_WAYS]

    def _joined(self, parts: list[Any]) -> list[str]:
        ways = [""]
        for part in parts:
            ends = self.of(part)
            ways = [way + end for way in ways for end in ends][:_MOST_WAYS]
        return ways


def _is_whole(type_: TypeRef | None) -> bool:
    return type_ is not None and type_.name == "int"
