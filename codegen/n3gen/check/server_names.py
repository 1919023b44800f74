"""Addresses whose server a value may change."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from jinja2 import nodes

from n3gen.check.finders import finder
from n3gen.check.plain_texts import written_parts
from n3gen.check.rules.address_rules import ValueBehindServer
from n3gen.diagnostics import Diagnostic
from n3gen.semantics.known import Semantics
from n3gen.semantics.reads import parsed
from n3gen.spec.model import HttpStep, Place
from n3gen.spec.texts import Text
from n3gen.spec.values import shown

__all__ = ["check_server_names"]

_VALUE: Final = "\0"
"""Stands for a value in the text of an address."""

_MOST_WAYS: Final = 16
"""Texts of a template with branches that are looked at."""

_ADDRESS: Final = re.compile(r"\s*https?://(?:[^/?#]*@)?([^/?#]*)", re.IGNORECASE)

_OPEN: Final = re.compile(
    r"(?P<name>.*[\w\]])\0+(?::.*)?|(?P<port>[^:]*:\d+)\0+", re.DOTALL
)
"""A server whose name, or else whose port, ends with a value and does not begin with it."""


@finder
def check_server_names(known: Semantics) -> Iterator[Diagnostic]:
    """Find values that go on with the name of a server that is written out."""
    for part in written_parts(known.spec):
        for text in part.texts():
            if "://" in text.text and "{{" in text.text and _is_address(part, text):
                ways = _ways(parsed(text).tree)
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


def _ways(node: Any) -> list[str]:
    """The texts that a template may give, with a mark for each of its values."""
    match node:
        case nodes.TemplateData(data=data):
            return [data]
        case nodes.Const(value=str() as data):
            return [data]
        case nodes.Template(body=parts) | nodes.Output(nodes=parts):
            return _joined(parts)
        case nodes.Concat(nodes=parts):
            return _joined(parts)
        case nodes.Add(left=left, right=right):
            return _joined([left, right])
        case nodes.If(body=body, elif_=others, else_=last):
            bodies = [body, *(other.body for other in others), last]
            return [way for parts in bodies for way in _joined(parts)][:_MOST_WAYS]
        case nodes.CondExpr(expr1=one, expr2=other):
            return [*_ways(one), *(_ways(other) if other else [""])][:_MOST_WAYS]
        case nodes.Expr():
            return [_VALUE]
    return [""]


def _joined(parts: list[Any]) -> list[str]:
    ways = [""]
    for part in parts:
        ends = _ways(part)
        ways = [way + end for way in ways for end in ends][:_MOST_WAYS]
    return ways
