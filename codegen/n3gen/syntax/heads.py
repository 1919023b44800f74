"""The first lines of blocks, as declarations of their parts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from n3gen.names import is_name
from n3gen.syntax.slots import About, Slot, Variable
from n3gen.syntax.tree import Part
from n3gen.syntax.writer import quoted

if TYPE_CHECKING:
    from n3gen.syntax.headers import Header, Headers
    from n3gen.syntax.signatures import Piece

__all__ = ["Control", "Head", "Literals", "Name", "Path", "Signature", "shown_name"]

Texts = Sequence[tuple[str, str]]
"""Roles of a first line's parts with their texts."""


def _first(texts: Texts, role: str) -> str:
    return next((text for one, text in texts if one == role), "")


class Head:
    """What stands between the word of a block and its last colon."""

    needs_name: ClassVar[bool] = False

    @property
    def bare(self) -> bool:
        """Whether the colon can follow the word at once."""
        return False

    def read(self, reader: Headers, word: str, at: int, end: int) -> Header:
        """Read the parts from `at` to the colon."""
        raise NotImplementedError

    def written(self, texts: Texts) -> str:
        """The text behind the word, of parts whose texts are given."""
        raise NotImplementedError


@dataclass(frozen=True)
class Path(Head):
    """`other_file`, without a colon."""

    def read(self, reader: Headers, word: str, at: int, end: int) -> Header:
        return reader.path(word, at, end)

    def written(self, texts: Texts) -> str:
        return f" {_first(texts, 'path')}"


@dataclass(frozen=True)
class Name(Head):
    """`NAME:`, or with a link `NAME of OTHER:`, whose key is `link`."""

    link: str = ""
    needs_name: ClassVar[bool] = True

    def read(self, reader: Headers, word: str, at: int, end: int) -> Header:
        return reader.named(word, self.link, at, end)

    def written(self, texts: Texts) -> str:
        other = _first(texts, self.link)
        text = f" {_first(texts, 'name')}"
        return f"{text} of {other}:" if other else f"{text}:"


@dataclass(frozen=True)
class Signature(Head):
    """`NAME(argument: type) -> type:`."""

    needs_name: ClassVar[bool] = True

    def read(self, reader: Headers, word: str, at: int, end: int) -> Header:
        return reader.signature(word, at, end)

    def written(self, texts: Texts) -> str:
        names = [text for role, text in texts if role == "argument"]
        types = [text for role, text in texts if role == "type"]
        pairs = ", ".join(f"{a}: {b}" for a, b in zip(names, types, strict=True))
        text = f" {_first(texts, 'name')}" + (f"({pairs})" if pairs else "")
        output = _first(texts, "output")
        return f"{text} -> {output}:" if output else f"{text}:"


@dataclass(frozen=True)
class Literals(Head):
    """`LITERAL, LITERAL:`."""

    def read(self, reader: Headers, word: str, at: int, end: int) -> Header:
        return reader.literals(word, at, end)

    def written(self, texts: Texts) -> str:
        return f" {', '.join(text for _, text in texts)}:"


@dataclass(frozen=True)
class Control(Head):
    """`[NAME:] SLOTS:`; without a slot that must be there the colon can stand at once."""

    slots: tuple[Slot, ...] = ()
    named: bool = True

    @property
    def bare(self) -> bool:
        return not any(isinstance(one, About | Variable) for one in self.slots)

    def read(self, reader: Headers, word: str, at: int, end: int) -> Header:
        return reader.control(self, word, at, end)

    def parts(self, reader: Headers, word: str, piece: Piece) -> list[Part]:
        """The parts of the slots, in the order in which they are written."""
        found: dict[str, list[Part]] = {}
        rights = [one for one in reversed(self.slots) if one.from_right]
        lefts = [one for one in self.slots if not one.from_right]
        if piece.start == piece.end:
            rights = []
        for slot in (*rights, *lefts):
            found[slot.role], rest = slot.take(reader, word, piece)
            if rest is None:
                break
            piece = rest
        else:
            if piece.start < piece.end:
                reader.nothing_after(word, piece)
        return [part for slot in self.slots for part in found.get(slot.role, ())]

    def written(self, texts: Texts) -> str:
        shown = []
        for slot in self.slots:
            own = [text for role, text in texts if role == slot.role]
            if own:
                shown.append(slot.written(own))
        return self._joined(_first(texts, "name"), " ".join(shown))

    def said(
        self, entry: Mapping[str, Any], name: str
    ) -> tuple[str, dict[str, Any]] | None:
        """The text that says an entry's keys, and those of them that it says."""
        shown: list[str] = []
        used: dict[str, Any] = {}
        for number, slot in enumerate(self.slots):
            text = slot.said(entry.get(slot.key)) if slot.key in entry else None
            if text is None:
                if number == 0 or not slot.from_right:
                    return None
                continue
            used[slot.key] = entry[slot.key]
            shown += [text] if text else []
        return self._joined(name, " ".join(shown)), used

    def _joined(self, name: str, about: str) -> str:
        if name:
            return f" {name}: {about}:" if about else f" {name}:"
        return f" {about}:" if about else ":"


def shown_name(name: str) -> str:
    """A name, in quotes where it is no identifier."""
    return name if is_name(name) else quoted(name)
