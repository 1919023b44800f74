"""The first line of a block behind its word: its parts and its colon."""

from __future__ import annotations

import re

from n3gen.diagnostics import Edit, Fix
from n3gen.names import is_name
from n3gen.source import Span
from n3gen.syntax.foreign_heads import guessed_head
from n3gen.syntax.heads import Control
from n3gen.syntax.lexer import Broken
from n3gen.syntax.place_rules import ELSE_IN_MATCH
from n3gen.syntax.rules import BadHeader, MissingColon
from n3gen.syntax.signatures import Header, Piece, Signatures
from n3gen.syntax.tree import Part
from n3gen.syntax.words import WORDS, Context

__all__ = ["Header", "Headers"]

_WRITTEN = re.compile(r"write `([^`]+:)`")
"""A way out that is a first line, and no more."""


class Headers(Signatures):
    """Read the first lines of blocks as they are declared."""

    def header(self, word: str, at: int, end: int, context: Context) -> Header:
        """The header whose word ends at `at`, on a line of `context` that ends at `end`."""
        self._word, self._context = self.label(at - len(word), at), context
        at = min(self.blanks(at), end)
        return WORDS.blocks()[word].head.read(self, word, at, end)

    def control(self, head: Control, word: str, at: int, end: int) -> Header:
        """The parts of a control block, with the name before them."""
        found = self._scanned(at, end)
        whole = Piece(at, found.end, found.masked)
        if not found.colons:
            self.no_braces(at, found.end)
        behind, stop = self._ends(head, whole, found.colons)
        after = stop + 1
        if stop not in found.colons:
            after = stop
        name: list[Part] = []
        first = at
        if behind is not None:
            named = whole.cut(0, behind - at)
            name = [Part("name", self.piece(named.start, named.end))]
            first = min(behind + 1, stop)
        piece = whole.cut(first - at, stop - at)
        if guessed := guessed_head(word, self.text[piece.start : piece.end]):
            way_out = guessed.way_out
            if behind is not None and not guessed.names:
                own = self.text[at:behind].strip()
                way_out = way_out.replace(f"`{word} ", f"`{word} {own}: ", 1)
            self._tell(
                guessed.message, piece, way_out, self._whole_line(way_out, after)
            )
            if self.blanks(after) < found.end:
                raise Broken  # what stands behind it belongs to what was meant
            return Header(tuple(name), stop, after)
        if stop not in found.colons:
            label = self.label(stop, stop)
            self.problems.add(MissingColon.of_block(word, label))
        return Header((*name, *head.parts(self, word, piece)), stop, after)

    def _tell(self, message: str, piece: Piece, way_out: str, fix: Fix | None) -> None:
        label = self.label(piece.start, piece.end)
        self.problems.add(BadHeader.of(message, label, way_out, fix))

    def _whole_line(self, way_out: str, end: int) -> Fix | None:
        """The fix that writes a first line up to `end` anew, where a way out is just that."""
        word, written = self._word, _WRITTEN.fullmatch(way_out)
        if written is None:
            return None
        edit = Edit(self.file, Span(word.span.start, end), written[1])
        return Fix(way_out, (edit,))

    def _ends(
        self, head: Control, whole: Piece, colons: list[int]
    ) -> tuple[int | None, int]:
        """Where the name of a block ends, if it has one, and where its first line does.

        Each is the offset of a colon, or of where it is missing.
        """
        whole = whole.cut(0, len(whole.masked))
        stop = colons[0] if colons else whole.end
        named = whole.cut(0, stop - whole.start)
        if not (head.named and is_name(self.text[named.start : named.end])):
            return None, stop
        if len(colons) > 1:
            return stop, colons[1]
        behind = whole.cut(stop + 1 - whole.start, len(whole.masked))
        if self._reads_on(head, behind.masked):
            return stop, behind.end
        return (stop if head.bare else None), stop

    def _reads_on(self, head: Control, behind: str) -> bool:
        """Whether a text behind a name and its colon is the rest of a first line."""
        line = self.lines.line
        deeper = line is not None and self.lines.next_indent() > line.indent
        return bool(behind) and deeper and any(one.reads(behind) for one in head.slots)

    def before(self, piece: Piece) -> str:
        """The text between the word of the block and a part of its first line."""
        return self.text[self._word.span.end : piece.start].strip()

    def nothing_after(self, word: str, piece: Piece) -> None:
        """Report a text where none can stand."""
        text = self.text[piece.start : piece.end]
        head = WORDS.blocks()[word].head
        way_out, fix = f"write `{word}:`", None
        if isinstance(head, Control) and head.named:
            way_out += f", or a name behind it, as `{word} some_name:`"
        if word == "else" and self._context is Context.CASES:
            way_out = ELSE_IN_MATCH
        elif word == "else" and text.startswith("if "):
            way_out = f"write `elif {text[3:].strip()}:`"
            begin = Span(self._word.span.start, piece.start + len("if"))
            fix = Fix("write `elif`", (Edit(self.file, begin, "elif"),))
        if word == "parallel" and text.split()[-1].isdecimal():
            way_out = (
                "all its steps run at once: the chain's key `max_parallel` bounds them, "
                f"and a `for ... parallel {text.split()[-1]}:` its rounds"
            )
        message = f"nothing can stand between `{word}` and its `:`"
        self._tell(message, piece, way_out, fix)
