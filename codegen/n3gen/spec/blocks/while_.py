"""`while CONDITION max N`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Final, Self

from n3gen.names import fact_of
from n3gen.source import Loc
from n3gen.spec.bodies import read_body, read_common
from n3gen.spec.entries import Block, Entries
from n3gen.spec.fact_kinds import COUNTS, FactKind
from n3gen.spec.key_shapes import Expression, Steps, Whole
from n3gen.spec.keys import Key
from n3gen.spec.reader import Reader
from n3gen.spec.rules import WhileWithoutBound, WrongType
from n3gen.spec.texts import Text, expression
from n3gen.spec.values import data_fault, is_int, number_or_kind, shown

__all__ = ["While"]


_BOUND: Final = re.compile(r"\b(?:max(?:_\w+)?|up\s+to|at\s+most)\s*[=:]?\s*\d")
"""A bound written in the wrong way, which the expression before it reports."""


class While(Block):
    """Rounds of the body while the condition holds, at most `max`.

    Where the condition reads a step of its own body, the first round runs before the
    condition is asked.
    """

    word = "while"
    counts = COUNTS
    is_round = True

    KEYS: ClassVar[tuple[Key, ...]] = (
        Key("while", Expression(), "the condition of a round", needed=True),
        Key(
            "max",
            Whole(),
            "how many rounds there are at most",
            needed=True,
            also=("up_to", "at_most", "limit", "times", "rounds", "iterations"),
        ),
        Key(
            "steps",
            Steps(),
            "the steps of a round",
            needed=True,
            also=("do", "then", "body"),
        ),
        *Block.COMMON,
    )

    condition: str
    max: int
    steps: Entries

    @property
    def bodies(self) -> tuple[Entries, ...]:
        return (self.steps,)

    @property
    def facts(self) -> Mapping[str, FactKind]:
        return {} if self.name is None else {fact_of(self.name, "exhausted"): "bool"}

    @property
    def about(self) -> str:
        return f"while {shown(self.condition)}, at most {self.max} rounds"

    @property
    def labels(self) -> tuple[str, ...]:
        return ("each round",)

    def inner_texts(self) -> Iterator[Text]:
        yield expression(self.condition, "while")
        yield from super().inner_texts()

    @classmethod
    def read(cls, reader: Reader, loc: Loc, data: dict[str, Any]) -> Self | None:
        data = reader.known(loc, data, cls.KEYS, "a `while` block")
        values = read_common(reader, loc, data)
        values["condition"] = reader.condition(loc, data, "while", "this `while`")
        values["steps"] = read_body(reader, loc, "steps", data, "this `while`")
        values["max"] = data.get("max")
        if values["max"] is None:
            label = reader.document.key_label((*loc, "while"))
            is_reported = (loc, "max") in reader.slips or loc in reader.misread
            if not is_reported and not _BOUND.search(values["condition"]):
                reader.report(WhileWithoutBound.of(label))
            values["max"] = 1
        elif not is_int(values["max"]) or data_fault(values["max"]):
            label = reader.document.label((*loc, "max"))
            given = number_or_kind(values["max"])
            reader.report(WrongType.of("`max`", "a whole number", given, label))
            values["max"] = 1
        return reader.build(cls, loc, values, "a `while` block")
