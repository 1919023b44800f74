"""Where in an address the values of a template stand."""

from __future__ import annotations

import re
from typing import Final

from jinja2 import nodes

from n3gen.expressions.texts import Part, text_piece
from n3gen.expressions.writer import Level, Piece, Writer

__all__ = ["Address", "PlaceOfFile"]

_ENCODERS: Final = {
    "host": "host_part",
    "path": "path_part",
    "access": "query_part",
    "query": "query_part",
}
"""The functions of the run-time support that encode a value, by its place."""

_ENCODED: Final = "urlencode"
"""The filter that encodes by itself; elsewhere than in a query it does nothing more."""

_LATER: Final = ("part_behind", "placed_part")
"""Those that leave it to a function of the whole address."""

_VALUE: Final = "x"
"""Stands for a value; alone, for one that has begun an address."""

_SCHEME: Final = re.compile(r"\s*[^/?#:]*://")
_STRICTEST: Final = ("host", "path", "access", "query")
"""The places, the strictest first; `access` is a password, or a port."""


class Address:
    """An address as far as it has been written, in each way that branches leave open.

    A value that begins an address is the first part of one, as it stands. Any other is
    encoded for its place, so that it ends neither the host nor a part of the path; for
    the strictest of its places where it may have several. The place of one right behind
    the first part depends on that, and is found when the module runs.
    """

    ENDING = "whole_address"
    """The function of the run-time support that finds these places."""

    def __init__(self) -> None:
        self._ways = frozenset([""])
        self._branches: list[tuple[frozenset[str], frozenset[str]]] = []
        self._is_open = False

    def inner(self) -> Address:
        """Return the address of a text that is made within and printed later."""
        return type(self)()

    def whole(self, writer: Writer, text: Piece) -> Piece:
        """Write the text with all its values encoded."""
        if not self._is_open:
            return text
        inside = f"\n{text.inner}\n" if text.inner else text.text
        return Piece(writer.call(self.ENDING, inside), kind="str")

    def add(self, text: str) -> None:
        """Add constant text."""
        self._ways = frozenset(_shortened(way + text) for way in self._ways)

    def begin_branches(self) -> None:
        """Begin texts of which one will be printed."""
        self._branches.append((self._ways, frozenset()))

    def next_branch(self) -> None:
        """End one of the texts, and begin another."""
        before, ended = self._branches.pop()
        self._branches.append((before, ended | self._ways))
        self._ways = before

    def end_branches(self) -> None:
        """Go on behind the texts, whichever was printed."""
        self._ways = self._branches.pop()[1]

    def value(self, writer: Writer, node: nodes.Expr) -> Piece:
        """Write a value, encoded for its place."""
        place = self._place()
        if place is None:
            return self._beginning(writer, node)
        encoder = self._encoder(place)
        self.add(_VALUE)
        if isinstance(node, nodes.Filter) and node.name == _ENCODED and node.node:
            encoder = "query_text" if place == "query" else encoder
            node = node.node
        self._is_open |= encoder in _LATER
        piece = writer.write(node)
        return Piece(writer.call(encoder, piece.printed or piece.text), kind="str")

    def _encoder(self, place: str) -> str:
        """The function that encodes a value at a place."""
        return "part_behind" if _VALUE in self._ways else _ENCODERS[place]

    def _beginning(self, writer: Writer, node: nodes.Expr) -> Piece:
        """Write a value that begins an address; what is joined to it there goes on with it."""
        if isinstance(node, nodes.Concat):
            parts = [self._joined(writer, part) for part in node.nodes]
            return text_piece(parts, one_line=True)
        if isinstance(node, nodes.Add):
            sides = [self._joined(writer, side) for side in (node.left, node.right)]
            return text_piece(sides, one_line=True)
        if isinstance(node, nodes.CondExpr) and _joins(node):
            return self._choice(writer, node)
        self.add(_VALUE)
        return writer.write(node)

    def _joined(self, writer: Writer, node: nodes.Expr) -> Part:
        if isinstance(node, nodes.Const) and isinstance(node.value, str):
            self.add(node.value)
            return node.value
        return self.value(writer, node)

    def _choice(self, writer: Writer, node: nodes.CondExpr) -> Piece:
        test = writer.write(node.test).at(Level.OR)
        self.begin_branches()
        value = self._branch(writer, node.expr1).at(Level.OR)
        other = self._branch(writer, node.expr2 or nodes.Const("")).at(Level.CHOICE)
        self.end_branches()
        return Piece(f"{value} if {test} else {other}", Level.CHOICE, "str")

    def _branch(self, writer: Writer, node: nodes.Expr) -> Piece:
        text = text_piece([self._joined(writer, node)], one_line=True)
        self.next_branch()
        return text

    def _place(self) -> str | None:
        """The strictest place; `None` where the address can only begin here."""
        places = {_place_behind(way) for way in self._ways}
        return next((place for place in _STRICTEST if place in places), None)


class PlaceOfFile(Address):
    """The address or the path of a picture or a file.

    Which it is may be known by its beginning alone, and so when the module runs.
    """

    ENDING = "whole_place"

    def _encoder(self, place: str) -> str:
        return "part_behind" if _VALUE in self._ways else "placed_part"


def _joins(node: nodes.Node) -> bool:
    return bool(node.find(nodes.Add) or node.find(nodes.Concat))


def _place_behind(written: str) -> str | None:
    if not written.strip():
        return None
    scheme = _SCHEME.match(written)
    rest = written[scheme.end() :] if scheme else written
    if "?" in rest or "#" in rest:
        return "query"
    if "/" in rest or not scheme:
        return "path"
    return "access" if re.match(r"[^\[]*:", rest.rpartition("@")[2]) else "host"


def _shortened(written: str) -> str:
    """The shortest text behind which all that follows has the same places."""
    place = _place_behind(written)
    if place == "path" and not _SCHEME.match(written):
        may_go_on = re.fullmatch(r"[^/?#:]*(:/?)?", written)
        if written == _VALUE or may_go_on is None:
            return "x/" if may_go_on is None else written
        return f"xx{may_go_on[1] or ''}"
    return {None: "", "host": "x://", "access": "x://:", "path": "x:///", "query": "?"}[
        place
    ]
