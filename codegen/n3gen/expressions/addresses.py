"""Where in an address the values of a template stand."""

from __future__ import annotations

from typing import Final

from jinja2 import nodes

from n3gen.expressions.writer import Piece, Writer

__all__ = ["Address"]

_ENCODERS: Final = {"host": "host_part", "path": "path_part", "query": "query_part"}
"""The functions of the run-time support that encode a value, by its place."""

_ENCODED: Final = "urlencode"
"""The filter that encodes by itself; elsewhere than in a query it does nothing more."""


class Address:
    """An address as far as it has been written.

    A value that begins an address is the first part of one, as it stands. Any other is
    encoded for its place, so that it ends neither the host nor a part of the path.
    """

    def __init__(self) -> None:
        self._written = ""

    def add(self, text: str) -> None:
        """Add constant text."""
        self._written += text

    def value(self, writer: Writer, node: nodes.Expr) -> Piece:
        """Write a value, encoded for its place."""
        place = self._place()
        self._written += "x"
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
        if not self._written.strip():
            return None
        _, scheme, rest = self._written.rpartition("://")
        if "?" in rest or "#" in rest:
            return "query"
        return "path" if "/" in rest or not scheme else "host"
