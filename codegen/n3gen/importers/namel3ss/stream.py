"""A position among the tokens of a file, and what is expected of the next ones."""

from __future__ import annotations

from collections.abc import Sequence

from n3gen.diagnostics import Label
from n3gen.importers.import_rules import FaultyFlow
from n3gen.importers.namel3ss.faults import Stop
from n3gen.importers.namel3ss.tokens import Token, tokens_of
from n3gen.source import SourceFile, Span

__all__ = ["Stream"]

_LAYOUT = ("line", "in", "out", "end")


class Stream:
    """The tokens of a file, read one after another; raises `Stop` at a fault."""

    def __init__(self, source: SourceFile) -> None:
        self.source = source
        self.tokens = tokens_of(source)
        self.position = 0

    @property
    def here(self) -> Token:
        return self.tokens[self.position]

    @property
    def last(self) -> Token:
        return self.tokens[self.position - 1]

    def peek(self, by: int = 1) -> Token:
        return self.tokens[min(self.position + by, len(self.tokens) - 1)]

    def rest(self) -> Sequence[Token]:
        """The tokens from here to the end of the line."""
        end = self.position
        while self.tokens[end].kind not in ("line", "end"):
            end += 1
        return self.tokens[self.position : end + 1]

    def advance(self) -> Token:
        token = self.here
        if token.kind != "end":
            self.position += 1
        return token

    def take(self, *words: str) -> bool:
        """Go past one of these words or signs, if it is the next token."""
        if self.here.says(*words):
            self.advance()
            return True
        return False

    def take_kind(self, kind: str) -> bool:
        if self.here.kind == kind:
            self.advance()
            return True
        return False

    def take_line(self) -> bool:
        return self.take_kind("line")

    def take_lines(self) -> None:
        while self.take_line():
            pass

    def expect(self, word: str) -> Token:
        if not self.here.says(word):
            raise self.fault(f"`{word}` is expected here")
        return self.advance()

    def expect_kind(self, kind: str, what: str) -> Token:
        if self.here.kind != kind:
            raise self.fault(f"{what} is expected here")
        return self.advance()

    def word(self, what: str) -> str:
        return str(self.expect_kind("word", what).value)

    def text(self, what: str) -> str:
        return str(self.expect_kind("text", what).value)

    def name(self, what: str) -> str:
        """A name, in quotes or of words with dots."""
        if self.here.kind == "text":
            return self.text(what)
        found = self.word(what)
        while self.take("."):
            found = f"{found}.{self.word(what)}"
        return found

    def phrase(self, end: str) -> str:
        """The words up to a word or sign, which is passed; without one, up to the line's end."""
        words: list[str] = []
        while not (end and self.here.says(end)):
            token = self.here
            if token.kind in _LAYOUT:
                break
            if token.says(":", ",", "(", ")", "[", "]"):
                raise self.fault("a name is expected here")
            glued = words and (token.says(".") or words[-1].endswith("."))
            text = str(token.value)
            words[-1:] = [words[-1] + text] if glued else [*words[-1:], text]
            self.advance()
        if not words:
            raise self.fault("a name is expected here")
        if end:
            self.expect(end)
        return " ".join(words)

    def skip_block(self) -> None:
        """Go past the rest of a line, and the block below it."""
        while self.here.kind not in ("line", "end"):
            self.advance()
        self.take_lines()
        if self.here.kind == "in":
            depth = 0
            while self.here.kind != "end":
                token = self.advance()
                depth += {"in": 1, "out": -1}.get(token.kind, 0)
                if depth == 0:
                    break

    def fault(self, what: str, at: Token | None = None) -> Stop:
        token = at or self.here
        span = Span(token.start, max(token.end, token.start + 1))
        return Stop(FaultyFlow.of(what, Label(self.source, span)))
