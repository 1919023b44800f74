"""The first line of a block behind its word: its parts and its colon."""

from __future__ import annotations

from n3gen.names import is_name
from n3gen.syntax.heads import Control
from n3gen.syntax.rules import MissingColon
from n3gen.syntax.signatures import Header, Piece, Signatures
from n3gen.syntax.tree import Part
from n3gen.syntax.words import WORDS

__all__ = ["Header", "Headers"]


class Headers(Signatures):
    """Read the first lines of blocks as they are declared."""

    def header(self, word: str, at: int, end: int) -> Header:
        """The header whose word ends at `at`, on a line that ends at `end`."""
        self._word = self.label(at - len(word), at)
        at = min(self.blanks(at), end)
        return WORDS.blocks()[word].head.read(self, word, at, end)

    def control(self, head: Control, word: str, at: int, end: int) -> Header:
        """The parts of a control block, with the name before them."""
        found = self._scanned(at, end)
        whole = Piece(at, found.end, found.masked)
        if not found.colons:
            self.no_braces(at, found.end)
            piece = whole.cut(0, len(found.masked))
            label = self.label(piece.end, piece.end)
            self.problems.add(MissingColon.of_block(word, label))
            return Header(tuple(head.parts(self, word, piece)), piece.end, found.end)
        stop = found.colons[0]
        piece = whole.cut(0, stop - at)
        name: list[Part] = []
        is_named = is_name(self.text[piece.start : piece.end])
        if is_named and (len(found.colons) > 1 or (head.bare and head.named)):
            name = [Part("name", self.piece(piece.start, piece.end))]
            first = stop
            if len(found.colons) > 1:
                first, stop = stop + 1, found.colons[1]
            piece = whole.cut(first - at, stop - at)
        return Header((*name, *head.parts(self, word, piece)), stop, stop + 1)

    def nothing_after(self, word: str, piece: Piece) -> None:
        """Report a text where none can stand."""
        text = self.text[piece.start : piece.end]
        way_out = None
        if word == "else" and text.startswith("if "):
            way_out = f"write `elif {text[3:].strip()}:`"
        message = f"nothing can stand between `{word}` and its `:`"
        self.bad(message, piece, way_out)
