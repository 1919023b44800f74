"""`while CONDITION max N`."""

from __future__ import annotations

from collections.abc import Iterator

from n3gen.spec.entries import Block, Entries
from n3gen.spec.texts import Text, expression
from n3gen.spec.values import shown

__all__ = ["While"]


class While(Block):
    """Rounds of the body while the condition holds, at most `max`.

    Where the condition reads a step of its own body, the first round runs before the
    condition is asked.
    """

    word = "while"

    condition: str
    max: int
    steps: Entries

    @property
    def bodies(self) -> tuple[Entries, ...]:
        return (self.steps,)

    @property
    def about(self) -> str:
        return f"while {shown(self.condition)}, at most {self.max} rounds"

    @property
    def labels(self) -> tuple[str, ...]:
        return ("each round",)

    def texts(self) -> Iterator[Text]:
        yield expression(self.condition, "while")
