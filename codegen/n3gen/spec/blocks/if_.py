"""`if` / `elif` / `else`."""

from __future__ import annotations

from collections.abc import Iterator

from n3gen.spec.entries import Block, Entries
from n3gen.spec.nodes import Node
from n3gen.spec.texts import Text, expression
from n3gen.spec.values import shown

__all__ = ["Branch", "If"]


class Branch(Node):
    """`if` or `elif` with its condition."""

    condition: str
    steps: Entries


class If(Block):
    """The first branch whose condition holds, else `otherwise`."""

    word = "if"

    branches: tuple[Branch, ...]
    otherwise: Entries | None = None

    @property
    def bodies(self) -> tuple[Entries, ...]:
        inner = tuple(branch.steps for branch in self.branches)
        return inner if self.otherwise is None else (*inner, self.otherwise)

    @property
    def labels(self) -> tuple[str, ...]:
        first, *others = (shown(branch.condition) for branch in self.branches)
        more = ("else",) if self.otherwise is not None else ()
        return (f"if {first}", *(f"elif {other}" for other in others), *more)

    def texts(self) -> Iterator[Text]:
        above = len(self.place.loc)
        for branch in self.branches:
            yield expression(branch.condition, *branch.place.loc[above:], "if")
