"""The step of a stage that has a body."""

from __future__ import annotations

from typing import ClassVar

from n3gen.spec.entries import TRIES, Entries, Step
from n3gen.spec.keys import Key

__all__ = ["StageStep"]


class StageStep(Step):
    """The step of a stage that has a body: its value is the body's.

    No step can say that it is of this kind.
    """

    kind = "stage"
    in_stages = True
    KEYS: ClassVar[tuple[Key, ...]] = TRIES

    steps: Entries = ()

    @property
    def bodies(self) -> tuple[Entries, ...]:
        return (self.steps,)

    @property
    def takes_slot(self) -> bool:
        return False

    @property
    def labels(self) -> tuple[str, ...]:
        return ("in order",)

    @property
    def about(self) -> str:
        return "steps"
