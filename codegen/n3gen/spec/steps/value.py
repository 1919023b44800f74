"""`kind: value`: a computed expression."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from n3gen.spec.entries import Step
from n3gen.spec.key_shapes import Data as AnyData
from n3gen.spec.keys import Key
from n3gen.spec.nodes import Data
from n3gen.spec.texts import Text, data_texts

__all__ = ["ValueStep"]


class ValueStep(Step):
    """A value: data whose texts are templates."""

    kind = "value"
    also = ("expression", "set", "transform")
    KEYS: ClassVar[tuple[Key, ...]] = (
        Key(
            "value",
            AnyData(),
            "what is computed",
            needed=True,
            also=("expression", "expr", "compute"),
        ),
    )
    signature = ("value",)

    value: Data = None

    @property
    def takes(self) -> float:
        return 0.0

    def own_texts(self) -> Iterator[Text]:
        return data_texts(self.value, "value")
