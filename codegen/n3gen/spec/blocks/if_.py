"""`if` / `elif` / `else`."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any, ClassVar, Final, Self

from n3gen.source import Loc
from n3gen.spec.bodies import read_body, read_common, read_else
from n3gen.spec.entries import Block, Entries, common_names
from n3gen.spec.key_shapes import Expression, ListOf, Steps
from n3gen.spec.keys import Key, Record
from n3gen.spec.nodes import Node
from n3gen.spec.reader import Reader
from n3gen.spec.rules import TooDeep, WrongType
from n3gen.spec.texts import Text, expression
from n3gen.spec.values import described, shown

__all__ = ["Branch", "If"]

MOST: Final = 1000
"""How many times `elif` an `if` may have: more make a module that Python cannot read."""


class Branch(Node):
    """`if` or `elif` with its condition."""

    KEYS: ClassVar[tuple[Key, ...]] = (
        Key("if", Expression(), "the condition of the branch", needed=True),
        Key(
            "then",
            Steps(),
            "the steps where it holds",
            needed=True,
            also=("steps", "do"),
        ),
    )

    condition: str
    steps: Entries


class If(Block):
    """The first branch whose condition holds, else `otherwise`."""

    word = "if"

    KEYS: ClassVar[tuple[Key, ...]] = (
        *Branch.KEYS,
        Key(
            "elif",
            ListOf(Record("elif", Branch.KEYS)),
            "further branches",
            also=("else if", "else_if", "elseif", "elsif"),
        ),
        Key("else", Steps(), "the steps where no condition holds"),
        *Block.COMMON,
    )

    branches: tuple[Branch, ...]
    otherwise: Entries | None = None

    @property
    def bodies(self) -> tuple[Entries, ...]:
        inner = tuple(branch.steps for branch in self.branches)
        return inner if self.otherwise is None else (*inner, self.otherwise)

    @property
    def may_be_skipped(self) -> bool:
        return self.otherwise is None

    @cached_property
    def gives(self) -> tuple[str, ...]:
        return () if self.otherwise is None else common_names(self.bodies)

    @property
    def labels(self) -> tuple[str, ...]:
        first, *others = (shown(branch.condition) for branch in self.branches)
        more = ("else",) if self.otherwise is not None else ()
        return (f"if {first}", *(f"elif {other}" for other in others), *more)

    def outer_texts(self) -> Iterator[Text]:
        above = len(self.place.loc)
        for branch in self.branches:
            yield expression(branch.condition, *branch.place.loc[above:], "if")

    @classmethod
    def read(cls, reader: Reader, loc: Loc, data: dict[str, Any]) -> Self | None:
        data = reader.known(loc, data, cls.KEYS, "an `if` block")
        values = read_common(reader, loc, data)
        branches = [_branch(reader, loc, data)]
        others = data.get("elif")
        if others is not None and not isinstance(others, list):
            label = reader.document.label((*loc, "elif"))
            reader.report(WrongType.of("`elif`", "a list", described(others), label))
            others = None
        elif others is not None and len(others) > MOST:
            label = reader.document.key_label((*loc, "if"))
            reader.report(TooDeep.branches(MOST, label))
        for index, item in enumerate(others or []):
            at = (*loc, "elif", index)
            items = reader.mapping(at, item, "an `elif`")
            known = reader.known(at, items, Branch.KEYS, "an `elif`")
            branches.append(_branch(reader, at, known))
        values["branches"] = tuple(branch for branch in branches if branch)
        values |= read_else(reader, loc, data)
        return reader.build(cls, loc, values, "an `if` block")


def _branch(reader: Reader, loc: Loc, data: dict[str, Any]) -> Branch | None:
    condition = reader.condition(loc, data, "if", "this branch")
    steps = read_body(reader, loc, "then", data, "this branch")
    values = {"condition": condition, "steps": steps}
    return reader.build(Branch, loc, values, "a branch")
