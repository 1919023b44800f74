"""`kind: llm`: an inline call to a model."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from n3gen.spec.entries import TRIES, Step
from n3gen.spec.keys import Key
from n3gen.spec.model_call_keys import ModelCall
from n3gen.spec.texts import Text

__all__ = ["LlmStep"]


class LlmStep(Step, ModelCall):
    """A call to a model, with the keys that a connector has for it."""

    kind = "llm"
    also = ("model", "chat", "ai", "agent")
    KEYS: ClassVar[tuple[Key, ...]] = (*ModelCall.CALL_KEYS, *TRIES)
    signature = ("prompt", "messages", "embed")

    connection: str | None = None

    def own_texts(self) -> Iterator[Text]:
        return self.call_texts()
