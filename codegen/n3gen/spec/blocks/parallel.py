"""`parallel NAME`: members that run together."""

from __future__ import annotations

from typing import Any, ClassVar, Literal, Self

from n3gen.source import Loc
from n3gen.spec.bodies import read_body, read_common
from n3gen.spec.entries import Block, Entries
from n3gen.spec.failures import reject_kinds
from n3gen.spec.key_shapes import Choice, Steps
from n3gen.spec.keys import Key
from n3gen.spec.reader import Reader

__all__ = ["Parallel"]


class Parallel(Block):
    """A scope of members that all run together; its value is a mapping by name.

    One failure cancels the others, unless `on_error` is `continue`: then all are
    awaited, and a failed one has its error record as value.
    """

    word = "parallel"
    is_collection = True
    runs_together = True

    KEYS: ClassVar[tuple[Key, ...]] = (
        Key("parallel", Steps(), "the members", needed=True),
        Key(
            "on_error",
            Choice("stop", "continue"),
            "whether a failure cancels the rest, or leaves its error record in place",
            "stop",
        ),
        *Block.NAMED,
    )

    on_error: Literal["stop", "continue"] = "stop"
    steps: Entries

    @property
    def keeps_errors(self) -> bool:
        """Whether a failed member leaves its error record in place."""
        return self.on_error == "continue"

    @property
    def bodies(self) -> tuple[Entries, ...]:
        return (self.steps,)

    @property
    def labels(self) -> tuple[str, ...]:
        return ("together",)

    @classmethod
    def read(cls, reader: Reader, loc: Loc, data: dict[str, Any]) -> Self | None:
        data = reader.known(loc, data, cls.KEYS, "a `parallel` block")
        values = read_common(reader, loc, {**data, "parallel": None})
        if data.get("on_error") is not None:
            values["on_error"] = data["on_error"]
        reject_kinds(reader, loc, values, "parallel")
        values["steps"] = read_body(reader, loc, "parallel", data, "this `parallel`")
        return reader.build(cls, loc, values, "a `parallel` block")
