"""The chains of a file that is being edited, kept for its next text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from n3gen.source import Loc
from n3gen.spec.chain_nodes import Chain
from n3gen.spec.reader import Reader
from n3gen.syntax.document import Document
from n3gen.syntax.regions import Regions, data_text

__all__ = ["KeptChains"]

_Place = tuple[str, Loc]


@dataclass
class KeptChains:
    """The nodes of chains that had no fault, by their places, and what they were read from.

    A node says nothing of lines and columns, so that it is the same wherever its text
    stands in the file.
    """

    before: Mapping[_Place, tuple[object, Chain]] = field(
        default_factory=dict[_Place, tuple[object, Chain]]
    )
    now: dict[_Place, tuple[object, Chain]] = field(
        default_factory=dict[_Place, tuple[object, Chain]]
    )
    regions: dict[str, Regions] = field(default_factory=dict[str, Regions])

    def begin(self) -> None:
        """Begin with another text."""
        self.before, self.now, self.regions = self.now, {}, {}

    def find(self, reader: Reader, loc: Loc, data: Any) -> Chain | None:
        """The node of a chain that is written as it was."""
        place = (reader.document.source.path, loc)
        kept = self.before.get(place)
        if kept is None or kept[0] != self._read(reader, loc, data):
            return None
        self.now[place] = kept
        return kept[1]

    def keep(self, reader: Reader, loc: Loc, data: Any, chain: Chain) -> None:
        """Keep the node of a chain in which nothing is wrong."""
        place = (reader.document.source.path, loc)
        self.now[place] = self._read(reader, loc, data), chain

    def _read(self, reader: Reader, loc: Loc, data: Any) -> object:
        """What a chain is read from: its text, its data, and the connection that is meant."""
        document = reader.document
        text = self._of(document).text(loc)
        if text is None:
            return object()
        return text, data, data_text(document, data), reader.connection

    def _of(self, document: Document) -> Regions:
        path = document.source.path
        if path not in self.regions:
            self.regions[path] = Regions.of(document)
        return self.regions[path]
