"""`for VARIABLE in ITEMS`."""

from __future__ import annotations

from collections.abc import Iterator

from n3gen.spec.entries import Block, Entries
from n3gen.spec.texts import Text, expression
from n3gen.spec.values import shown

__all__ = ["For"]


class For(Block):
    """The body once for each item, one round after another."""

    word = "for"

    variable: str
    items: str
    steps: Entries

    @property
    def bodies(self) -> tuple[Entries, ...]:
        return (self.steps,)

    @property
    def binds(self) -> tuple[str, ...]:
        return (self.variable,)

    @property
    def about(self) -> str:
        return f"for {self.variable} in {shown(self.items)}"

    @property
    def labels(self) -> tuple[str, ...]:
        return ("each round",)

    def texts(self) -> Iterator[Text]:
        yield expression(self.items, "in")
