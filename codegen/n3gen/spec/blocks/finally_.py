"""`finally`: steps that run behind a body, whatever became of it."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from n3gen.source import Loc
from n3gen.spec.bodies import read_body
from n3gen.spec.entries import Block, Entries
from n3gen.spec.key_shapes import Steps
from n3gen.spec.keys import Key
from n3gen.spec.reader import Reader

__all__ = ["Finally"]


class Finally(Block):
    """What runs last in a body: after success, failure, timeout and cancellation."""

    word = "finally"
    is_ending = True
    has_value = False

    KEYS: ClassVar[tuple[Key, ...]] = (
        Key("finally", Steps(), "the steps that run last", needed=True),
    )

    steps: Entries

    @property
    def bodies(self) -> tuple[Entries, ...]:
        return (self.steps,)

    @property
    def labels(self) -> tuple[str, ...]:
        return ("finally",)

    @classmethod
    def read(cls, reader: Reader, loc: Loc, data: dict[str, Any]) -> Self | None:
        data = reader.known(loc, data, cls.KEYS, "a `finally` block")
        steps = read_body(reader, loc, "finally", data, "this `finally`")
        return reader.build(cls, loc, {"steps": steps}, "a `finally` block")
