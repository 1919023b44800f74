"""`kind: send`: one item for a channel."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from n3gen.spec.entries import Step
from n3gen.spec.key_shapes import Data as AnyData
from n3gen.spec.key_shapes import Name
from n3gen.spec.keys import Key
from n3gen.spec.nodes import Data, Place
from n3gen.spec.texts import Text, data_texts

__all__ = ["SendStep"]


class SendStep(Step):
    """An item put into a channel, once there is room; it is the step's value too."""

    kind = "send"
    also = ("put", "publish", "push")
    KEYS: ClassVar[tuple[Key, ...]] = (
        Key("send", Name("channels"), "the channel; needed"),
        Key("target", Name("channels"), "the same, behind `kind: send`"),
        Key(
            "value",
            AnyData(),
            "the item, and the step's value",
            needed=True,
            also=("item", "data"),
        ),
    )
    signature = ("send",)

    send: str | None = None
    target: str | None = None
    value: Data = None

    @property
    def takes(self) -> float:
        return 0.0

    @property
    def channel(self) -> str | None:
        """The channel that it sends to."""
        return self.send or self.target

    @property
    def channel_at(self) -> Place:
        """The place of the name of the channel."""
        return self.place / ("target" if self.send is None else "send")

    def own_texts(self) -> Iterator[Text]:
        return data_texts(self.value, "value")
