"""`race NAME` and `race NAME: 2 of`: contenders of which the first to succeed count."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Final, Self

from n3gen.names import fact_of
from n3gen.source import Loc
from n3gen.spec.bodies import read_body, read_common
from n3gen.spec.entries import Block, Entries, split_body
from n3gen.spec.fact_kinds import FactKind
from n3gen.spec.key_shapes import Duration, Steps, Whole
from n3gen.spec.keys import Key
from n3gen.spec.reader import Reader
from n3gen.spec.rules import WrongType
from n3gen.spec.values import is_int, number_or_kind

__all__ = ["Race"]

_COUNT: Final = "a whole number from 1, how many contenders must succeed"
_CONTENDERS: Final = "write `race: 1`, and the contenders under `steps:`"


class Race(Block):
    """Contenders that run together until `count` of them have succeeded.

    The others are then cancelled and awaited. With `stagger` a contender starts so many
    seconds after the one before, or as soon as one has failed. The value is that of the
    winner or, of several, a mapping by name.
    """

    word = "race"
    is_collection = True  # one that is skipped does not win
    runs_together = True
    is_race = True

    KEYS: ClassVar[tuple[Key, ...]] = (
        Key("race", Whole(1), "how many must succeed", needed=True),
        Key(
            "steps",
            Steps(),
            "the contenders: steps and blocks",
            needed=True,
            also=("do", "then", "body"),
        ),
        Key(
            "stagger",
            Duration(),
            "starts each contender this long after the one before, or once one has failed",
        ),
        *(key for key in Block.COMMON if key.name != "result"),
    )

    count: int
    stagger: float | None = None
    steps: Entries

    @property
    def bodies(self) -> tuple[Entries, ...]:
        return (self.steps,)

    @property
    def contenders(self) -> Entries:
        """The steps and blocks that compete."""
        return split_body(self.steps)[0]

    @property
    def facts(self) -> Mapping[str, FactKind]:
        if self.name is None or self.count > 1:
            return {}
        return {fact_of(self.name, "winner"): "str"}

    @property
    def about(self) -> str:
        return "race" if self.count == 1 else f"race {self.count} of"

    @property
    def labels(self) -> tuple[str, ...]:
        return ("contenders",)

    @classmethod
    def read(cls, reader: Reader, loc: Loc, data: dict[str, Any]) -> Self | None:
        data = reader.known(loc, data, cls.KEYS, "a `race` block")
        if isinstance(data.get("race"), list) and data.get("steps") is None:
            label = reader.document.key_label((*loc, "race"))
            reader.report(WrongType.of("`race`", _COUNT, "a list", label, _CONTENDERS))
            reader.rejected = True
            return None
        values = read_common(reader, loc, data)
        values["count"] = _count(reader, loc, data.get("race"))
        values["stagger"] = data.get("stagger")
        reader.duration(loc, values, "stagger")
        values["steps"] = read_body(reader, loc, "steps", data, "this `race`")
        return reader.build(cls, loc, values, "a `race` block")


def _count(reader: Reader, loc: Loc, value: Any) -> int:
    if is_int(value) and value >= 1:
        return int(value)
    if (loc, "race") in reader.slips:
        return 1
    label = reader.document.label((*loc, "race"))
    reader.report(WrongType.of("`race`", _COUNT, number_or_kind(value), label))
    return 1
