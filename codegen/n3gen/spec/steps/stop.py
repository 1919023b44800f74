"""`kind: stop`: the end of the chain, with a value."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from n3gen.spec.entries import Step
from n3gen.spec.key_shapes import Data as AnyData
from n3gen.spec.keys import Key
from n3gen.spec.nodes import Data
from n3gen.spec.texts import Text, data_texts

__all__ = ["StopStep"]


class StopStep(Step):
    """The end of the chain as `ok`, whatever runs beside it."""

    kind = "stop"
    KEYS: ClassVar[tuple[Key, ...]] = (
        Key(
            "stop",
            AnyData(),
            "the chain's result; what runs beside the step is cancelled",
            needed=True,
            also=("return", "exit"),
        ),
    )
    signature = ("stop",)

    stop: Data = None

    @property
    def takes(self) -> float:
        return 0.0

    def own_texts(self) -> Iterator[Text]:
        return data_texts(self.stop, "stop")
