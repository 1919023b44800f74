"""Where in an address the values of a template stand."""

from __future__ import annotations

import re
from typing import Final

from jinja2 import nodes

from n3gen.expressions.writer import Piece, Writer

__all__ = ["Address"]

_ENCODERS: Final = {
    "host": "host_part",
    "path": "path_part",
    "access": "query_part",
    "query": "query_part",
}
"""The functions of the run-time support that encode a value, by its place."""

_ENCODED: Final = "urlencode"
"""The filter that encodes by itself; elsewhere than in a query it does nothing more."""


_SCHEME: Final = re.compile(r"\s*[^/?#:]*://")
_STRICTEST: Final = ("host", "path", "access", "query")
"""The places, the strictest first; `access` is a password, or a port."""


class Address:
    """An address as far as it has been written, in each way that branches leave open.

    A value that begins an address is the first part of one, as it stands. Any other is
    encoded for its place, so that it ends neither the host nor a part of the path; for
    the strictest of its places where it may have several.
    """

    def __init__(self) -> None:
        self._ways = frozenset([""])
        self._branches: list[tuple[frozenset[str], frozenset[str]]] = []

    def inner(self) -> Address:
        """Return the address of a text that is made within and printed later."""
        return Address()

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
        self.add("x")
        if isinstance(node, nodes.Filter) and node.name == _ENCODED and node.node:
            if place == "query":
                return writer.write(node)
            node = node.node
        piece = writer.write(node)
        if place is None:
            return piece
        text = piece.printed or piece.text
        return Piece(writer.call(_ENCODERS[place], text), kind="str")

    def _place(self) -> str | None:
        """The strictest place; `None` where the address can only begin here."""
        places = {_place_behind(way) for way in self._ways}
        return next((place for place in _STRICTEST if place in places), None)


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
        return "x/" if may_go_on is None else f"x{may_go_on[1] or ''}"
    return {None: "", "host": "x://", "access": "x://:", "path": "x:///", "query": "?"}[
        place
    ]
