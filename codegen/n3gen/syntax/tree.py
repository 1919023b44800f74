"""The statements of an `.ai` text, as they nest, with their comments."""

from __future__ import annotations

from dataclasses import dataclass

from n3gen.source import Span
from n3gen.syntax.block_texts import BlockStyle
from n3gen.syntax.nodes import Scalar

__all__ = [
    "Block",
    "Body",
    "Flow",
    "FlowItem",
    "Item",
    "LongText",
    "Pair",
    "Part",
    "Statement",
    "Value",
]


@dataclass(frozen=True, slots=True)
class LongText:
    """A block text after a colon; `lines` are its own, without their indentation."""

    scalar: Scalar
    style: BlockStyle
    lines: tuple[str, ...]

    @property
    def span(self) -> Span:
        return self.scalar.span


@dataclass(frozen=True, slots=True)
class FlowItem:
    """One item of a list or, with a key, one entry of a mapping in brackets.

    `above` are the comments on lines of their own before it, `beside` the one
    behind it, each with its `#`.
    """

    key: Scalar | None
    value: Value
    above: tuple[str, ...] = ()
    beside: str = ""


@dataclass(frozen=True, slots=True)
class Flow:
    """A list `[...]` or a mapping `{...}`; `below` are comments before its end."""

    opening: str
    span: Span
    items: tuple[FlowItem, ...]
    below: tuple[str, ...] = ()


Value = Scalar | LongText | Flow


@dataclass(frozen=True, slots=True)
class Body:
    """Lines that stand deeper than the one they belong to; `below` are last comments.

    An empty text among comments stands for a blank line.
    """

    span: Span
    statements: tuple[Statement, ...]
    below: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Pair:
    """`key: value`, or `key:` with a body, or with neither."""

    span: Span
    key: Scalar
    value: Value | None
    body: Body | None
    above: tuple[str, ...] = ()
    beside: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """`- value`, or `-` with a body that begins on the same line or the next."""

    span: Span
    value: Value | None
    body: Body | None
    above: tuple[str, ...] = ()
    beside: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a block's first line and what it is there.

    The roles are those that `blocks/` declares; several parts may have one role.
    """

    role: str
    scalar: Scalar


@dataclass(frozen=True, slots=True)
class Block:
    """A block; `span` is its first line to before the colon.

    A `lost` one is misplaced, which has been reported.
    """

    word: str
    span: Span
    parts: tuple[Part, ...]
    value: Value | None
    body: Body | None
    above: tuple[str, ...] = ()
    beside: str = ""
    lost: bool = False

    @property
    def word_span(self) -> Span:
        return Span(self.span.start, self.span.start + len(self.word))

    def part(self, role: str) -> Scalar | None:
        """The first part of a role."""
        for part in self.parts:
            if part.role == role:
                return part.scalar
        return None


Statement = Pair | Item | Block
