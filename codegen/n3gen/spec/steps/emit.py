"""`kind: emit`: one `step_progress` event."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from n3gen.spec.entries import Step
from n3gen.spec.key_shapes import Data as AnyData
from n3gen.spec.keys import Key
from n3gen.spec.nodes import Data
from n3gen.spec.texts import Text, data_texts

__all__ = ["EmitStep"]


class EmitStep(Step):
    """An event with data, which is the step's value too."""

    kind = "emit"
    KEYS: ClassVar[tuple[Key, ...]] = (
        Key(
            "emit",
            AnyData(),
            "the data of the event, and the step's value",
            needed=True,
            also=("event", "log", "print"),
        ),
    )
    signature = ("emit",)

    emit: Data = None

    @property
    def takes(self) -> float:
        return 0.0

    def own_texts(self) -> Iterator[Text]:
        return data_texts(self.emit, "emit")
