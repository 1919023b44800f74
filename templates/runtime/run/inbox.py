"""What the holder of a handle sends into a run."""

from __future__ import annotations

import asyncio
from typing import Any

__all__ = ["Inlet"]


class Inlet:
    """The caller's end of a channel, which opens when the run has begun."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.is_fed = False
        self.is_closed = False
        # A `RunChannel`.
        self.channel: Any = None
        self.opened = asyncio.Event()

    def open(self, channel: Any, *, is_fed: bool) -> None:
        """Connect it with the channel of the run, which waits for `close` if it `is_fed`."""
        self.channel, self.is_fed = channel, is_fed
        self.opened.set()
        if self.is_closed and is_fed:
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
        if self.is_fed and not was_closed:
            self.channel.sender_ended()
