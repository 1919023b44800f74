"""The first line of a definition, a stage or a case: its parts and its colon."""

from __future__ import annotations

import re
from dataclasses import dataclass

from n3gen.names import is_name
from n3gen.syntax.arrows import order_drawn
from n3gen.syntax.brackets import CLOSING, Scan, scan
from n3gen.syntax.case_literals import odd_literal
from n3gen.syntax.colon_rules import named
from n3gen.syntax.flow import Flows
from n3gen.syntax.lexer import Broken, Lines
from n3gen.syntax.nodes import Scalar
from n3gen.syntax.rules import (
    BadHeader,
    ExpectedName,
    MissingColon,
    UnexpectedText,
    UnterminatedBracket,
    UnterminatedQuote,
)
from n3gen.syntax.stage_slips import stage_slip
from n3gen.syntax.tree import Part
from n3gen.syntax.words import WORDS

__all__ = ["Header", "Piece", "Signatures"]

_CURLY = re.compile("[\u201c\u201d\u201e\u2018\u2019].*[\u201c\u201d\u2018\u2019]")
_SIGNATURE = re.compile(r"(\w+)[ \t]*(?:\(|->)")
_COLON_BEFORE = "write `:` before it"
_COLON = re.compile(r":(?=[ \t]|\Z)")
_BEFORE_CHAIN = re.compile(r"[ \t]of(?![^ \t])")
_OF_CHAIN = re.compile(r"of(?![^ \t:#])")
_STAGE_NAME = re.compile(r"(?:[^(:#-]|-(?!>)|:(?![ \t]|\Z)|(?<![ \t])#)*+")
_NAME_AND_MORE = re.compile(r"(\w++)[ \t]++(\S.*+)")
_KEY_AND_VALUE = re.compile(r"(?!of )[a-z_]\w*+:[ \t]++[^{\s]")
_SURE_VALUE = re.compile(r"\d|one of\b|[^=]*+=")
_LITERAL = re.compile(r"[^,:#\"'\[\]{}]++")


@dataclass(frozen=True, slots=True)
class Header:
    """The parts of a first line; `stop` is its colon, `after` the offset behind it.

    A line without a colon has both at its end.
    """

    parts: tuple[Part, ...]
    stop: int
    after: int


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a scanned line without blanks around it."""

    start: int
    end: int
    masked: str

    def cut(self, start: int, end: int) -> Piece:
        """A part of this piece, by offsets into `masked`, trimmed."""
        masked = self.masked[start:end]
        left = len(masked) - len(masked.lstrip(" \t"))
        masked = masked.strip(" \t")
        first = self.start + start + left
        return Piece(first, first + len(masked), masked)


class Signatures(Flows):
    """Read names, the arguments of stages and the literals of cases."""

    def __init__(self, lines: Lines) -> None:
        super().__init__(lines)
        self._word = self.label(0, 0)

    def path(self, word: str, at: int, end: int) -> Header:
        if at < end and self.text[at] in "\"'":
            path = self.quoted(at, end)
            return Header((Part("path", path),), path.span.end, path.span.end)
        end = self.trimmed(at, self.comment_start(at, end))
        if at >= end:
            missing = ExpectedName.missing(word, self._word, f"{word} other_file")
            self.problems.add(missing)
            raise Broken
        blank = next((i for i in range(at, end) if self.text[i] in " \t"), end)
        if self.text[blank - 1] == ":":
            label = self.label(blank - 1, end)
            self.problems.add(UnexpectedText.after("the path", label))
            raise Broken
        return Header((Part("path", self.piece(at, blank)),), blank, blank)

    def named(self, word: str, link: str, at: int, end: int) -> Header:
        """`NAME:`, and with a link `NAME of OTHER:`."""
        stop = self.trimmed(at, self.comment_start(at, end))
        if word == "step" and order_drawn(self.text[at:stop]):
            label = self.label(self._word.span.start, stop)
            self.problems.add(MissingColon.of_key(self.text[at:stop], label))
            raise Broken
        if found := _SIGNATURE.match(self.text, at, end):
            label = self.label(found.end(1), end)
            self.problems.add(ExpectedName.with_arguments(word, label))
            return Header((Part("name", self.piece(at, found.end(1))),), end, end)
        parts, after = self._name_part(word, "name", at, end, bool(link))
        of = self.blanks(after)
        if link and _OF_CHAIN.match(self.text, of, end):
            self._word = self.label(of, of + 2)
            first = min(self.blanks(of + 2), end)
            chain, after = self._name_part("of", link, first, end)
            parts += chain
        stop = self.blanks(after)
        if stop < end and self.text[stop] == ":":
            return Header(tuple(parts), stop, stop + 1)
        if stop < end and self.text[stop] != "#":
            label = self.label(stop, end)
            way_out = "write `:` in its place" if self.text[stop] == "{" else None
            self.braced = self.braced or way_out is not None
            self.problems.add(UnexpectedText.after("the name", label, way_out))
            raise Broken
        label = self.label(after, after)
        self.problems.add(MissingColon.of_block(word, label))
        return Header(tuple(parts), after, end)

    def _name_part(
        self, word: str, role: str, at: int, end: int, linked: bool = False
    ) -> tuple[list[Part], int]:
        """The name at `at` and the offset behind it."""
        if at < end and self.text[at] in "\"'":
            name = self.quoted(at, end)
            return [Part(role, name)], name.span.end
        comment = self.comment_start(at, end)
        colon = _COLON.search(self.text, at, comment)
        stop = self.trimmed(at, colon.start() if colon else comment)
        self.no_braces(at, comment)
        self._check_colon_before(word, at, stop, self.trimmed(at, comment))
        if linked:
            of = _BEFORE_CHAIN.search(self.text, at, stop)
            stop = of.start() if of else stop
        if colon is None and stop > at + 1 and self.text[stop - 1] == "{":
            stop = self.trimmed(at, stop - 1)  # a brace where a colon has to stand
        if at >= stop:
            self.problems.add(ExpectedName.missing(word, self._word))
            if colon is None:
                raise Broken
            return [], stop
        return [Part(role, self._name(at, stop))], stop

    def _check_colon_before(self, word: str, at: int, colon: int, end: int) -> None:
        """Report a value or a key at once behind a name, without a colon before it.

        `colon` is the offset of the first one on the line, or `end`.
        """
        form = WORDS.blocks().get(word)
        found = _NAME_AND_MORE.fullmatch(self.text, at, end)
        if form is None or found is None:
            return
        name, more = found[1], found[2]
        label = self.label(found.end(1), found.end(1))
        if (colon == end and form.takes_value) or more.startswith("= "):
            if form.value_and_body or _SURE_VALUE.match(more):
                self.problems.add(BadHeader.valued(word, name, more, label))
                raise Broken
        elif colon < end and form.takes_flow and _KEY_AND_VALUE.match(more):
            self.problems.add(MissingColon.before_keys(word, name, more, label))
            raise Broken

    def no_braces(self, at: int, end: int) -> None:
        """Report keys in braces behind a name, where a colon has to stand before them."""
        brace = self.text.find("{", at, end)
        stop = self.trimmed(at, end)
        if 0 <= brace < stop - 1 and is_name(self.text[at:brace].rstrip()):
            label = self.label(brace, stop)
            self.problems.add(UnexpectedText.after("the name", label, _COLON_BEFORE))
            raise Broken

    def _name(self, start: int, stop: int) -> Scalar:
        """The bare or quoted name at `start` to `stop`."""
        if start < stop and self.text[start] in "\"'":
            scalar = self.quoted(start, stop)
            if scalar.span.end < stop:
                label = self.label(scalar.span.end, stop)
                self.problems.add(UnexpectedText.after("the name", label))
            return scalar
        name = self.piece(start, stop)
        if not is_name(str(name.value)):
            text, label = self.text[start:stop], self.label(start, stop)
            unseen = next((one for one in text if not one.isprintable()), None)
            if _CURLY.fullmatch(text):
                self.problems.add(ExpectedName.curly(text, label))
            elif unseen is not None:
                self.problems.add(ExpectedName.unseen(text, named(unseen), label))
            else:
                self.problems.add(ExpectedName.of(text, label))
        return name

    def literals(self, word: str, at: int, end: int) -> Header:
        parts: list[Part] = []
        while True:
            at = self.blanks(at)
            self.count(at)
            scalar = self._literal(at, end)
            parts.append(Part("literal", scalar))
            at = min(self.blanks(scalar.span.end), end)
            if at < end and self.text[at] == ",":
                at += 1
                continue
            if at < end and self.text[at] == ":":
                return Header(tuple(parts), at, at + 1)
            break
        if at >= end or self.text[at] == "#":
            stop = scalar.span.end
            self.problems.add(MissingColon.of_block(word, self.label(stop, stop)))
            return Header(tuple(parts), stop, end)
        self.problems.add(UnexpectedText.between("`,` or `:`", self.label(at, end)))
        raise Broken

    def _literal(self, at: int, end: int) -> Scalar:
        if at < end and self.text[at] in "\"'":
            return self.quoted(at, end)
        match = _LITERAL.match(self.text, at, end)
        stop = self.trimmed(at, match.end()) if match else at
        if match is None or stop == at:
            label = self.label(at, min(at + 1, len(self.text)))
            message = "a `case` takes texts, numbers, `true`, `false` or `null`"
            way_out = "write a value, or `else:` for all others"
            self.problems.add(BadHeader.of(message, label, way_out))
            raise Broken
        odd = odd_literal(self.text[at:stop], self.label(at, stop))
        if odd is not None:
            self.problems.add(odd)
            if self.text.startswith(("'", '"'), self.blanks(stop)):
                raise Broken
        else:
            self.check_start(at, end)
        return self.bare(at, stop)

    def signature(self, word: str, at: int, end: int) -> Header:
        """`NAME:`, `NAME(a: type):` or `NAME(a: type) -> type:`."""
        if slip := stage_slip(self.file, word, at, end):
            self.problems.add(slip.diagnostic)
            return Header((Part("name", self._name(*slip.name)),), end, end)
        parts, at = self._stage_name(word, at, end)
        found = self._scanned(at, end)
        stop = found.colons[0] if found.colons else self.trimmed(at, found.end)
        if not found.colons:
            self.problems.add(MissingColon.of_block(word, self.label(stop, stop)))
        whole = Piece(at, stop, found.masked[: stop - at])
        arrow = whole.masked.find("->")
        before = whole.cut(0, len(whole.masked) if arrow < 0 else arrow)
        if self.text.startswith("(", before.start) and before.start < before.end:
            parts += self._arguments(before)
        elif before.start < before.end:
            label = self.label(before.start, before.end)
            self.problems.add(UnexpectedText.after("the name", label))
        if arrow >= 0:
            output = whole.cut(arrow + 2, len(whole.masked))
            if output.start == output.end:
                way_out = "write what the stage gives, as `-> str:`, or no `->`"
                self.bad("a type is missing after `->`", whole, way_out)
            else:
                parts.append(self._part("output", output))
        return Header(tuple(parts), stop, stop + bool(found.colons))

    def _stage_name(self, word: str, at: int, end: int) -> tuple[list[Part], int]:
        if at < end and self.text[at] in "\"'":
            name = self.quoted(at, end)
            return [Part("name", name)], name.span.end
        match = _STAGE_NAME.match(self.text, at, end)
        stop = self.trimmed(at, match.end() if match else at)
        if stop == at:
            self.problems.add(ExpectedName.missing(word, self._word))
            return [], at
        return [Part("name", self._name(at, stop))], stop

    def _arguments(self, piece: Piece) -> list[Part]:
        """The `name: type` pairs of a stage, between brackets."""
        parts: list[Part] = []
        for argument in self.items(piece):
            self.count(argument.start)
            colon = argument.masked.find(":")
            name = argument.cut(0, colon if colon >= 0 else len(argument.masked))
            parts.append(Part("argument", self._name(name.start, name.end)))
            kind = argument.cut(colon + 1, len(argument.masked))
            if colon < 0 or kind.start == kind.end:
                way_out = "write its type behind a colon, as `text: str`"
                self.bad("an argument reads `name: type`", argument, way_out)
            else:
                parts.append(self._part("type", kind))
        return parts

    def items(self, piece: Piece) -> list[Piece]:
        """What stands between the commas of a piece in brackets."""
        closed = scan(self.text, piece.start, piece.end, once=True).end
        if closed < piece.end:
            label = self.label(closed, piece.end)
            self.problems.add(UnexpectedText.after("the arguments", label))
        found = self._scanned(piece.start + 1, closed - 1)
        inner = Piece(found.start, found.end, found.masked)
        items: list[Piece] = []
        at = 0
        for masked in found.masked.split(","):
            item = inner.cut(at, at + len(masked))
            at += len(masked) + 1
            if item.start < item.end:
                items.append(item)
        return items

    def bad_word(self, message: str, way_out: str) -> None:
        """Report a fault under the block's word."""
        self.problems.add(BadHeader.of(message, self._word, way_out))

    def _scanned(self, at: int, end: int) -> Scan:
        found = scan(self.text, at, end)
        if found.unclosed is not None:
            char = self.text[found.unclosed]
            label = self.label(found.unclosed, found.unclosed + 1)
            if char == "{" and found.unclosed + 1 == self.trimmed(at, end):
                self.braced = True
                self.problems.add(BadHeader.brace(label))
            elif char in CLOSING:
                self.problems.add(UnterminatedBracket.of(char, label))
            else:
                self.problems.add(UnterminatedQuote.of(char, label))
            raise Broken
        return found

    def colons(self, start: int, end: int) -> list[int]:
        """The colons between `start` and `end` that end a key, outside of brackets.

        Quotes count only where all are closed: a bare text may have an apostrophe.
        """
        found = scan(self.text, start, end)
        if found.unclosed is None:
            return found.colons
        return [match.start() for match in _COLON.finditer(self.text, start, end)][:1]

    def _part(self, role: str, piece: Piece) -> Part:
        return Part(role, self.piece(piece.start, piece.end))

    def bad(self, message: str, piece: Piece, way_out: str | None = None) -> None:
        label = self.label(piece.start, piece.end)
        self.problems.add(BadHeader.of(message, label, way_out))
