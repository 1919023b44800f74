"""`within TIME` and `else`: a deadline for a block."""

from __future__ import annotations

from functools import cached_property
from typing import Any, ClassVar, Self

from n3gen.source import Loc
from n3gen.spec.bodies import read_body, read_common, read_else
from n3gen.spec.entries import Block, Entries, common_names
from n3gen.spec.key_shapes import Duration, Steps
from n3gen.spec.keys import Key
from n3gen.spec.reader import Reader

__all__ = ["Within"]


class Within(Block):
    """A body that is cut off after `seconds`; then `otherwise` runs, or it is an error."""

    word = "within"

    KEYS: ClassVar[tuple[Key, ...]] = (
        Key(
            "within",
            Duration(),
            "its deadline, waits for permits included",
            needed=True,
        ),
        Key(
            "steps",
            Steps(),
            "the steps, in order",
            needed=True,
            also=("do", "then", "body"),
        ),
        Key("else", Steps(), "the steps where the deadline has passed"),
        *Block.COMMON,
    )

    seconds: float
    steps: Entries
    otherwise: Entries | None = None

    @property
    def bodies(self) -> tuple[Entries, ...]:
        return (self.steps,) if self.otherwise is None else (self.steps, self.otherwise)

    @cached_property
    def gives(self) -> tuple[str, ...]:
        return () if self.otherwise is None else common_names(self.bodies)

    @property
    def about(self) -> str:
        return f"within {self.seconds:g}s"

    @property
    def labels(self) -> tuple[str, ...]:
        return ("in time",) if self.otherwise is None else ("in time", "else")

    @classmethod
    def read(cls, reader: Reader, loc: Loc, data: dict[str, Any]) -> Self | None:
        data = reader.known(loc, data, cls.KEYS, "a `within` block")
        values = read_common(reader, loc, data)
        found = {"within": data.get("within")}
        reader.duration(loc, found, "within")
        if data.get("within") is None:
            reader.missing(loc, "within", "this `within`")
        values["seconds"] = found.get("within", 1.0)
        values["steps"] = read_body(reader, loc, "steps", data, "this `within`")
        values |= read_else(reader, loc, data)
        return reader.build(cls, loc, values, "a `within` block")
