"""The parts of a control block's first line: how each is read and written."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final

from n3gen.diagnostics import nearest
from n3gen.names import is_name
from n3gen.source import Span
from n3gen.syntax.nodes import Scalar
from n3gen.syntax.tree import Part
from n3gen.syntax.writer import scalar

if TYPE_CHECKING:
    from n3gen.syntax.headers import Headers
    from n3gen.syntax.signatures import Piece

__all__ = ["About", "As", "Kinds", "Number", "Quorum", "Slot", "Time", "Variable"]


@dataclass(frozen=True)
class Slot:
    """One part of a control block's first line, and its key in the Document.

    `default` is the key's value where the part is not written; without one the key
    is left out. Slots with `from_right` are read from the end of the line.
    """

    role: str
    key: str
    default: Any = None
    from_right: ClassVar[bool] = False
    condition: ClassVar[bool] = False
    several: ClassVar[bool] = False

    def take(
        self, reader: Headers, word: str, piece: Piece
    ) -> tuple[list[Part], Piece | None]:
        """The parts found and what is left of `piece`; `None` after a reported fault."""
        raise NotImplementedError

    def reads(self, masked: str) -> bool:
        """Whether a text without a colon behind it can begin with this part."""
        return False

    def written(self, texts: list[str]) -> str:
        return texts[0]

    def said(self, value: Any) -> str | None:
        """The text that says a value of the Document, where there is one."""
        return value if isinstance(value, str) else None


@dataclass(frozen=True)
class About(Slot):
    """An expression up to the end; `wants` names it in a message."""

    wants: str = "an expression"
    condition: ClassVar[bool] = True

    def take(
        self, reader: Headers, word: str, piece: Piece
    ) -> tuple[list[Part], Piece | None]:
        if piece.start == piece.end:
            way_out = f"write it behind the word, as `{word} payload.text:`"
            reader.bad_word(f"`{word}` needs {self.wants}", way_out)
            return [], None
        part = Part(self.role, reader.piece(piece.start, piece.end))
        return [part], piece.cut(len(piece.masked), len(piece.masked))

    def reads(self, masked: str) -> bool:
        return masked[0] not in "|>"


@dataclass(frozen=True)
class Time(About):
    """A time, which is read as a plain value."""

    condition: ClassVar[bool] = False

    def take(
        self, reader: Headers, word: str, piece: Piece
    ) -> tuple[list[Part], Piece | None]:
        parts, rest = super().take(reader, word, piece)
        if parts:
            parts = [Part(self.role, reader.bare(piece.start, piece.end))]
        return parts, rest

    def said(self, value: Any) -> str | None:
        return None if isinstance(value, dict | list) else scalar(value)


@dataclass(frozen=True)
class Variable(Slot):
    """`NAME in`, before an expression."""

    _FORM: ClassVar[re.Pattern[str]] = re.compile(r"(\S++)[ \t]++in(?:[ \t]++|\Z)")
    _MEANT: ClassVar[re.Pattern[str]] = re.compile(
        r"(?:(?P<name>\w++)[ \t]++)?\(?(?:const |let |var )?(?P<item>\w++)[ \t]++"
        r"(?:in|of)[ \t]++(?P<items>[^\s()][^()]*+)\)?"
    )
    """What other languages write, or what lacks the colon behind a name."""

    def take(
        self, reader: Headers, word: str, piece: Piece
    ) -> tuple[list[Part], Piece | None]:
        match = self._FORM.match(piece.masked)
        if match is None or match.end() == len(piece.masked):
            message = f"a `{word}` reads `{word} x in EXPRESSION:`"
            way_out = f"write a name and the items, as `{word} doc in payload.docs:`"
            if meant := self._MEANT.fullmatch(reader.text, piece.start, piece.end):
                name = reader.before(piece) or meant["name"]
                name = "" if name == "each" else name
                name = f"{name.rstrip(':')}: " if name else ""
                way_out = f"write `{word} {name}{meant['item']} in {meant['items']}:`"
            reader.bad(message, piece, way_out)
            return [], None
        name = piece.cut(match.start(1), match.end(1))
        text = reader.text[name.start : name.end]
        if not is_name(text):
            reader.bad(f"`{text}` cannot be the name of a variable", name)
        part = Part(self.role, reader.piece(name.start, name.end))
        return [part], piece.cut(match.end(), len(piece.masked))

    def reads(self, masked: str) -> bool:
        return self._FORM.match(masked) is not None

    def written(self, texts: list[str]) -> str:
        return f"{texts[0]} in"

    def said(self, value: Any) -> str | None:
        return f"{value} in" if isinstance(value, str) else None


ALONE = "max"
"""The value of a number that is left out."""


@dataclass(frozen=True)
class Number(Slot):
    """`max 5` at the end of the line; the word is the role.

    Where it can stand `alone`, the word without a number is `max`.
    """

    alone: bool = False
    from_right: ClassVar[bool] = True

    def take(
        self, reader: Headers, word: str, piece: Piece
    ) -> tuple[list[Part], Piece | None]:
        form = rf"(?<!\S){self.role}[ \t]++(\S++)\Z"
        match = re.search(form, piece.masked)
        if match is None:
            return self._alone(reader, piece)
        number = piece.cut(match.start(1), match.end(1))
        rest = piece.cut(0, match.start())
        count = reader.bare(number.start, number.end)
        if rest.start == rest.end:
            reader.bad(f"`{self.role}` has nothing before it", piece)
            return [], None
        if type(count.value) is not int:
            way_out = (
                f"write one, such as `{self.role} 4`; it is not worked out in a run"
            )
            if self.alone and count.value == "max":
                way_out = f"write `{self.role}` alone for as many as there are"
            reader.bad(f"`{self.role}` takes a number", number, way_out)
            return [], rest
        return [Part(self.role, count)], rest

    def _alone(self, reader: Headers, piece: Piece) -> tuple[list[Part], Piece]:
        start = len(piece.masked) - len(self.role)
        before = piece.masked[:start]
        is_alone = self.alone and piece.masked.endswith(self.role)
        if not is_alone or before.strip() == before:
            return [], piece
        word = piece.cut(start, len(piece.masked))
        flag = Scalar(ALONE, Span(word.start, word.end))
        return [Part(self.role, flag)], piece.cut(0, start)

    def written(self, texts: list[str]) -> str:
        return self.role if texts[0] == self.role else f"{self.role} {texts[0]}"

    def said(self, value: Any) -> str | None:
        if self.alone and value == ALONE:
            return self.role
        return f"{self.role} {value}" if type(value) is int else None


@dataclass(frozen=True)
class Quorum(Slot):
    """`2 of`, or nothing."""

    _FORM: ClassVar[re.Pattern[str]] = re.compile(r"(\S++)[ \t]++of\Z")

    def take(
        self, reader: Headers, word: str, piece: Piece
    ) -> tuple[list[Part], Piece | None]:
        if piece.start == piece.end:
            return [], piece
        match = self._FORM.fullmatch(piece.masked)
        count = reader.bare(piece.start, piece.start + match.end(1)) if match else None
        if count is None or type(count.value) is not int:
            message = f"a `{word}` reads `{word}:` or `{word} 2 of:`"
            reader.bad(
                message, piece, "write how many must succeed, or nothing for one"
            )
            return [], None
        end = len(piece.masked)
        return [Part(self.role, count)], piece.cut(end, end)

    def reads(self, masked: str) -> bool:
        return self._FORM.fullmatch(masked) is not None

    def written(self, texts: list[str]) -> str:
        return f"{texts[0]} of"

    def said(self, value: Any) -> str | None:
        if type(value) is not int:
            return None
        return "" if value == self.default else f"{value} of"


_KIND_LETTERS: Final = frozenset("abcdefghijklmnopqrstuvwxyz0123456789_, ")
_KINDS: Final = (
    *("timeout", "connection", "invalid_output", "context_length", "error", "4xx"),
    *("5xx", "failed", "refusal", "budget", "any"),
)
"""The words for kinds of errors, which are no names for one."""

_UNNAMED: Final = re.compile(r"(\[.*\])\s+as")
_NAMED_ALONE: Final = re.compile(r"(\[.*\])\s+(?!as\b)([^\W\d]\w*)")
_BOUND: Final = re.compile(r"[ \t]+as[ \t]+(\w+)")


@dataclass(frozen=True)
class Kinds(Slot):
    """`[404, timeout]`, or nothing."""

    several: ClassVar[bool] = True

    def take(
        self, reader: Headers, word: str, piece: Piece
    ) -> tuple[list[Part], Piece | None]:
        if piece.start == piece.end:
            return [], piece
        if reader.text[piece.start] != "[" or reader.text[piece.end - 1] != "]":
            self._refuse(reader, word, piece)
            return [], None
        parts = [
            Part(self.role, self._kind(reader, one)) for one in reader.items(piece)
        ]
        end = len(piece.masked)
        return parts, piece.cut(end, end)

    def _refuse(self, reader: Headers, word: str, piece: Piece) -> None:
        """Tell of kinds that are in no brackets, or of an `as` behind them without a name."""
        text = reader.text[piece.start : piece.end]
        if unnamed := _UNNAMED.fullmatch(text):
            way_out = f"write `{word} {unnamed[1]} as error:`"
            reader.bad("a name is missing behind `as`", piece, way_out)
            return
        if named := _NAMED_ALONE.fullmatch(text):
            way_out = f"write `{word} {named[1]} as {named[2]}:`"
            reader.bad("a name for the error stands behind `as`", piece, way_out)
            return
        kinds = ", ".join(kind.strip(",") for kind in text.strip("()").split())
        wanted = "timeout, 404" if set(kinds) - _KIND_LETTERS else kinds
        bound = _BOUND.match(reader.text, piece.end)
        if is_name(text) and not (bound or nearest(text, _KINDS)):
            message = f"`{text}` is no kind of error, and a name stands behind `as`"
            reader.bad(message, piece, f"write `{word} as {text}:`")
            return
        wanted = f"[{wanted}] as {bound[1]}" if bound else f"[{wanted}]"
        message = f"`{word}` takes kinds of errors in brackets"
        reader.bad(message, piece, f"write `{word} {wanted}:`")

    def _kind(self, reader: Headers, one: Piece) -> Scalar:
        if reader.text[one.start] in "\"'":
            return reader.quoted(one.start, one.end)
        return reader.bare(one.start, one.end)

    def written(self, texts: list[str]) -> str:
        return f"[{', '.join(texts)}]"

    def said(self, value: Any) -> str | None:
        if value == list(self.default):
            return ""
        if not isinstance(value, list) or not value:
            return None
        if any(isinstance(one, dict | list) for one in value):
            return None
        return self.written([scalar(one, in_flow=True) for one in value])


@dataclass(frozen=True)
class As(Slot):
    """`as NAME` at the end of the line."""

    from_right: ClassVar[bool] = True
    _FORM: ClassVar[re.Pattern[str]] = re.compile(r"(?<!\S)as[ \t]++(\S++)\Z")

    def take(
        self, reader: Headers, word: str, piece: Piece
    ) -> tuple[list[Part], Piece | None]:
        match = self._FORM.search(piece.masked)
        if match is None:
            return [], piece
        name = piece.cut(match.start(1), match.end(1))
        text = reader.text[name.start : name.end]
        if not is_name(text):
            reader.bad(f"`{text}` cannot be the name of a variable", name)
        part = Part(self.role, reader.piece(name.start, name.end))
        return [part], piece.cut(0, match.start())

    def written(self, texts: list[str]) -> str:
        return f"as {texts[0]}"

    def said(self, value: Any) -> str | None:
        return f"as {value}" if isinstance(value, str) else None
