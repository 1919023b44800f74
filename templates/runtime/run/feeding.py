"""Channels of a run that lines of text feed."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing, suppress
from typing import Any, Protocol

from .tasks import Tasks
from .threads import in_thread

__all__ = ["Feedable", "LineSource", "Lines", "LongLine", "fed_by_lines", "item_of"]


class LineSource(Protocol):
    """Reads the next line with each call, and returns an empty text at the end."""

    def __call__(self) -> str: ...
    def close(self) -> None: ...


Lines = Mapping[str, LineSource]
"""The lines for channels, by their names."""


class LongLine(OSError):
    """A line of more characters than are read."""


class Feedable(Protocol):
    """What is needed of a handle."""

    async def send(self, name: str, data: Any, *, key: object = None) -> None: ...
    def close(self, channel: str) -> None: ...
    async def cancel(self) -> Any: ...


async def fed_by_lines(
    handle: Feedable, events: AsyncGenerator[dict[str, Any], None], lines: Lines
) -> AsyncGenerator[dict[str, Any], None]:
    """Yield the `events` of a run, and feed its channels with `lines`, each as it is read.

    A line is read once the channel has taken the one before. Where there is no more, the
    channel is closed. The run is cancelled where the generator is closed, and where a line
    cannot be read, which raises `ValueError`.
    """
    faults: list[ValueError] = []
    async with Tasks() as tasks:
        feeding = [
            tasks.create_task(feed(handle, name, read, faults))
            for name, read in lines.items()
        ]
        try:
            async with aclosing(events):
                async for event in events:
                    yield event
        finally:
            for task in feeding:
                task.cancel()
            for source in lines.values():
                source.close()
            await handle.cancel()
    if faults:
        raise faults.pop()  # else it and this frame keep each other


async def feed(
    handle: Feedable,
    channel: str,
    read_line: LineSource,
    faults: list[ValueError],
) -> None:
    """Send lines to a channel until there are no more, or nothing takes them.

    A line that cannot be read is one of the `faults`, and ends the run.
    """
    number = 1
    try:
        with suppress(RuntimeError):  # the run has ended, or its loops over the channel
            while line := await in_thread(read_line):
                if line.strip():
                    await handle.send(channel, item_of(line, is_first=number == 1))
                number += 1
            handle.close(channel)
    except (OSError, UnicodeError) as error:
        what = "is not UTF-8" if isinstance(error, UnicodeError) else "cannot be read"
        if isinstance(error, LongLine):
            what = "never ends, or is too long"
        faults.append(ValueError(f"line {number} for channel `{channel}` {what}"))
        await handle.cancel()


def item_of(line: str, *, is_first: bool = False) -> Any:
    """Return what a line holds: JSON, or else the text as it stands.

    The mark that some programs write before the first line is no part of it.
    """
    if is_first:
        line = line.removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}")
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return line.rstrip("\r\n")
