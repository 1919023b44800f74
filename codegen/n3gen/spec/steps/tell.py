"""`kind: tell`: a message is left in the mailbox of an actor."""

from __future__ import annotations

from typing import ClassVar

from n3gen.spec.keys import Key
from n3gen.spec.messages import MessageStep, message_keys

__all__ = ["TellStep"]


class TellStep(MessageStep):
    """A message to an actor, for which nothing waits once there is room; its value is none."""

    kind = "tell"
    also = ("cast", "notify")
    word = "tell"
    KEYS: ClassVar[tuple[Key, ...]] = message_keys("tell")
    signature = ("tell",)

    tell: str | None = None

    @property
    def named(self) -> str | None:
        return self.tell

    @property
    def takes(self) -> float:
        return 0.0
