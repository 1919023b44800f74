"""Channels: bounded queues between the steps of a run."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Generator
from contextlib import contextmanager
from typing import Any

from .records import Foreseen
from .run import Run, Step
from .settling import all_settled
from .streams import END
from .waits import waiting_for

__all__ = ["RunChannel", "channel_ends", "send_item"]


class ChannelError(Foreseen, RuntimeError):
    """A channel that nobody feeds or reads."""


class RunChannel:
    """A queue of one run that holds up to `size` items.

    It closes when its `senders` have ended: that many entries of the chain and, if it
    `is_fed`, the caller. When its `readers` have ended, it takes no item any more.
    """

    def __init__(
        self,
        run: Run,
        name: str,
        size: int,
        *,
        senders: int = 0,
        readers: int,
        is_fed: bool = False,
    ) -> None:
        self.run = run
        self.name = name
        self.size = size
        self.senders = senders + is_fed
        self.readers = readers
        self.room = asyncio.Semaphore(size)
        self.items: asyncio.Queue[Any] = asyncio.Queue()
        inlet = None if run.inbox is None or run.callers else run.inbox.get(name)
        if inlet is not None:
            inlet.open(self)
        elif is_fed:
            raise ChannelError(
                f"no step sends to the channel '{name}': start the chain with "
                "`start_chain`, and feed it with `send` and `close` of the handle"
            )

    async def put(self, item: Any, who: str, path: str = "") -> None:
        """Add an item once there is room, first come, first served.

        `path` is that of the step that sends, if it is one.
        """
        room = f"{who} for room in channel '{self.name}'"
        with waiting_for(self.run, path, room):
            await self.room.acquire()
        if self.readers == 0:
            self.room.release()  # to the next one that waits
            # What has ended the loops may cancel who sends.
            await all_settled()
            ended = "no loop over it runs any more"
            raise ChannelError(f"channel '{self.name}' takes no item: {ended}")
        self.items.put_nowait(item)

    async def received(self, loop: str) -> AsyncGenerator[Any, None]:
        """Yield the items until the channel has closed."""
        while True:
            with waiting_for(
                self.run,
                f"{self.run.prefix}{loop}",
                f"{loop} for an item of channel '{self.name}'",
            ):
                item = await self.items.get()
            if item is END:
                break
            self.room.release()
            yield item
        self.items.put_nowait(END)  # for the other loops

    def sender_ended(self) -> None:
        """Close the channel if this was the last that sends."""
        self.senders -= 1
        if self.senders == 0:
            self.items.put_nowait(END)

    def reader_ended(self) -> None:
        """Turn those away that send, if this was the last that receives."""
        self.readers -= 1
        if self.readers == 0:
            self.room.release()


@contextmanager
def channel_ends(
    run: Run, *, sends: tuple[str, ...] = (), reads: tuple[str, ...] = ()
) -> Generator[None, None, None]:
    """Have an entry send to channels and receive from them, until the block ends."""
    try:
        yield
    finally:
        for name in sends:
            run.channels[name].sender_ended()
        for name in reads:
            run.channels[name].reader_ended()


async def send_item(step: Step, channel: str, item: Any) -> Any:
    """Put an item into a channel once there is room, and return it."""
    await step.run.channels[channel].put(item, f"step '{step.path}'", step.path)
    return item
