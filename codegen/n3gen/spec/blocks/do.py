"""`do NAME`: steps in order, as one."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from n3gen.source import Loc
from n3gen.spec.bodies import read_body, read_common
from n3gen.spec.entries import Block, Entries
from n3gen.spec.key_shapes import Steps
from n3gen.spec.keys import Key
from n3gen.spec.reader import Reader

__all__ = ["Do"]


class Do(Block):
    """A body of steps in order; its value is the last one's."""

    word = "do"

    KEYS: ClassVar[tuple[Key, ...]] = (
        Key("do", Steps(), "the steps, in order", needed=True),
        *Block.COMMON,
    )

    steps: Entries

    @property
    def bodies(self) -> tuple[Entries, ...]:
        return (self.steps,)

    @property
    def labels(self) -> tuple[str, ...]:
        return ("in order",)

    @classmethod
    def read(cls, reader: Reader, loc: Loc, data: dict[str, Any]) -> Self | None:
        data = reader.known(loc, data, cls.KEYS, "a `do` block")
        values = read_common(reader, loc, data)
        values["steps"] = read_body(reader, loc, "do", data, "this `do`")
        return reader.build(cls, loc, values, "a `do` block")
