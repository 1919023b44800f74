"""What the holder of a handle sends into a run."""

from __future__ import annotations

import asyncio
from typing import Any

from .receiver import Receiver

__all__ = ["Inlet"]


class Inlet(Receiver):
    """The caller's end of a channel, which opens when the run has begun.

    One that the caller alone feeds `is_fed`, and waits for `close`.
    """

    def __init__(self, name: str, *, is_fed: bool = False) -> None:
        self.name = name
        self.is_fed = is_fed
        self.is_closed = False
        # A `RunChannel`.
        self.channel: Any = None
        self.opened = asyncio.Event()

    def open(self, channel: Any) -> None:
        """Connect it with the channel of the run."""
        self.channel = channel
        self.opened.set()
        if self.is_closed and self.is_fed:
            channel.sender_ended()

    async def put(self, item: Any, key: str | None) -> None:
        """Send an item once there is room."""
        if key is not None:
            raise ValueError(f"'{self.name}' is a channel, whose items have no key")
        await self.opened.wait()
        if self.is_closed or self.channel.senders == 0:
            raise RuntimeError(f"channel '{self.name}' is closed")
        await self.channel.put(item, "the caller")

    def close(self) -> None:
        """Say that no more items come; steps that send keep the channel open."""
        was_closed, self.is_closed = self.is_closed, True
        if self.channel is not None and self.is_fed and not was_closed:
            self.channel.sender_ended()
