"""Channels of a run that lines of text feed."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing, suppress
from typing import Any, Protocol

from .tasks import Tasks
from .threads import in_thread

__all__ = ["Feedable", "fed_by_lines", "item_of"]


class Feedable(Protocol):
    """What is needed of a handle."""

    async def send(self, name: str, data: Any, *, key: object = None) -> None: ...
    def close(self, channel: str) -> None: ...
    async def cancel(self) -> Any: ...


async def fed_by_lines(
    handle: Feedable,
    events: AsyncGenerator[dict[str, Any], None],
    lines: Mapping[str, Callable[[], str]],
) -> AsyncGenerator[dict[str, Any], None]:
    """Yield the `events` of a run, and feed its channels with `lines`, each as it is read.

    A line is read once the channel has taken the one before. Where there is no more, the
    channel is closed. The run is cancelled where the generator is closed.
    """
    async with Tasks() as tasks:
        feeding = [
            tasks.create_task(feed(handle, name, read)) for name, read in lines.items()
        ]
        try:
            async with aclosing(events):
                async for event in events:
                    yield event
        finally:
            for task in feeding:
                task.cancel()
            await handle.cancel()


async def feed(handle: Feedable, channel: str, read_line: Callable[[], str]) -> None:
    """Send lines to a channel until there are no more, or nothing takes them."""
    with suppress(RuntimeError):  # the run has ended, or its loops over the channel
        while line := await in_thread(read_line):
            if line.strip():
                await handle.send(channel, item_of(line))
        handle.close(channel)


def item_of(line: str) -> Any:
    """Return what a line holds: JSON, or else the text as it stands."""
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return line.rstrip("\r\n")
