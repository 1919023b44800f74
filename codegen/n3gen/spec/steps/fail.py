"""`kind: fail`: an error of the spec's own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from n3gen.spec.entries import Step
from n3gen.spec.key_shapes import Template
from n3gen.spec.keys import Key
from n3gen.spec.texts import Text, data_texts

__all__ = ["FailStep"]


class FailStep(Step):
    """An error of kind `failed`, which is never tried again."""

    kind = "fail"
    KEYS: ClassVar[tuple[Key, ...]] = (
        Key(
            "fail",
            Template(),
            "the message of the error",
            needed=True,
            also=("raise", "throw", "error"),
        ),
    )
    signature = ("fail",)

    fail: str = ""

    @property
    def takes(self) -> float:
        return 0.0

    def own_texts(self) -> Iterator[Text]:
        return data_texts(self.fail, "fail")
