"""`kind: ask`: a method of an actor is called, and its answer awaited."""

from __future__ import annotations

from typing import ClassVar

from n3gen.spec.entries import RETRY
from n3gen.spec.keys import Key
from n3gen.spec.messages import MessageStep, message_keys

__all__ = ["AskStep"]


class AskStep(MessageStep):
    """A message to an actor, whose answer is the step's value."""

    kind = "ask"
    word = "ask"
    KEYS: ClassVar[tuple[Key, ...]] = (*message_keys("ask"), RETRY)
    signature = ("ask",)

    ask: str | None = None

    @property
    def named(self) -> str | None:
        return self.ask
