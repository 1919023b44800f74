"""Takes the first line of a block behind its word; hands on its parts and its colon."""

from __future__ import annotations

import re

from n3gen.names import is_name
from n3gen.syntax.rules import (
    BadHeader,
    MissingColon,
)
from n3gen.syntax.signatures import Header, Piece, Signatures
from n3gen.syntax.tree import Part
from n3gen.syntax.words import NAMED_WORDS

__all__ = ["Header", "Headers"]

_COLON = re.compile(r":(?=[ \t]|\Z)")
_MAX = re.compile(r"(?<!\S)max[ \t]++(\S++)\Z")
_PARALLEL = re.compile(r"(?<!\S)parallel[ \t]++(\S++)\Z")
_FOR = re.compile(r"(\S++)[ \t]++in(?:[ \t]++|\Z)")
_OF = re.compile(r"(\S++)[ \t]++of\Z")
_BEFORE_CHAIN = re.compile(r"[ \t]of(?![^ \t])")
_OF_CHAIN = re.compile(r"of(?![^ \t:#])")
_LITERAL = re.compile(r"[^,:#\"'\[\]{}]++")
_WANTS = {
    "if": "a condition",
    "elif": "a condition",
    "while": "a condition",
    "match": "an expression",
    "within": "a time, such as `5s`",
}


class Headers(Signatures):
    """Reads the first lines of blocks."""

    def header(self, word: str, at: int, end: int) -> Header:
        """The header whose word ends at `at`, on a line that ends at `end`."""
        self._word = self.label(at - len(word), at)
        at = min(self.blanks(at), end)
        if word == "use":
            return self._use(at, end)
        if word == "stage":
            return self._stage(at, end)
        if word in NAMED_WORDS:
            return self._named(word, at, end)
        if word == "case":
            return self._case(at, end)
        return self._control(word, at, end)

    def _control(self, word: str, at: int, end: int) -> Header:
        found = self._scanned(at, end)
        whole = Piece(at, found.end, found.masked)
        if not found.colons:
            piece = whole.cut(0, len(found.masked))
            label = self.label(piece.end, piece.end)
            self.problems.add(MissingColon.of_block(word, label))
            return Header(tuple(self._parts(word, piece)), piece.end, found.end)
        stop = found.colons[0]
        piece = whole.cut(0, stop - at)
        name: list[Part] = []
        if len(found.colons) > 1 and is_name(self.text[piece.start : piece.end]):
            name = [Part("name", self.piece(piece.start, piece.end))]
            first, stop = stop + 1, found.colons[1]
            piece = whole.cut(first - at, stop - at)
        return Header((*name, *self._parts(word, piece)), stop, stop + 1)

    def _parts(self, word: str, piece: Piece) -> list[Part]:
        if piece.start == piece.end:
            if word in _WANTS:
                message = f"`{word}` needs {_WANTS[word]}"
                self.problems.add(BadHeader.of(message, self._word))
                return []
            if word != "for":
                return []
        match word:
            case "if" | "elif":
                return [self._part("condition", piece)]
            case "match":
                return [self._part("subject", piece)]
            case "while":
                return self._counted("condition", "max", _MAX, piece)
            case "for":
                return self._for(piece)
            case "within":
                return [Part("time", self.bare(piece.start, piece.end))]
            case "race":
                return self._race(piece)
        self._nothing_after(word, piece)
        return []

    def _counted(
        self, role: str, counter: str, pattern: re.Pattern[str], piece: Piece
    ) -> list[Part]:
        """An expression and, where `pattern` finds one, the number behind it."""
        match = pattern.search(piece.masked)
        if match is None:
            return [self._part(role, piece)]
        number = piece.cut(match.start(1), match.end(1))
        rest = piece.cut(0, match.start())
        count = self.bare(number.start, number.end)
        if rest.start == rest.end:
            self._bad(f"`{counter}` has nothing before it", piece)
            return []
        if type(count.value) is not int:
            self._bad(f"`{counter}` takes a number", number)
            return [self._part(role, rest)]
        return [self._part(role, rest), Part(counter, count)]

    def _for(self, piece: Piece) -> list[Part]:
        match = _FOR.match(piece.masked)
        if match is None or match.end() == len(piece.masked):
            self._bad("a `for` reads `for x in EXPRESSION:`", piece)
            return []
        name = piece.cut(match.start(1), match.end(1))
        if not is_name(self.text[name.start : name.end]):
            text = self.text[name.start : name.end]
            self._bad(f"`{text}` cannot be the name of a variable", name)
        items = piece.cut(match.end(), len(piece.masked))
        rest = self._counted("items", "parallel", _PARALLEL, items)
        return [self._part("variable", name), *rest]

    def _race(self, piece: Piece) -> list[Part]:
        match = _OF.fullmatch(piece.masked)
        count = self.bare(piece.start, piece.start + match.end(1)) if match else None
        if count is None or type(count.value) is not int:
            self._bad("a `race` reads `race:` or `race 2 of:`", piece)
            return []
        return [Part("count", count)]

    def _nothing_after(self, word: str, piece: Piece) -> None:
        text = self.text[piece.start : piece.end]
        way_out = None
        if word == "else" and text.startswith("if "):
            way_out = f"write `elif {text[3:].strip()}:`"
        self._bad(f"nothing can stand between `{word}` and its `:`", piece, way_out)
