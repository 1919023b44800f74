"""The rows of a batch on their way to the workers that run them."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import suppress
from typing import Protocol

from n3gen.project.row_reader import RawRow

__all__ = ["Feed", "FileFeed", "StreamFeed"]

_AHEAD = 1000
"""How many rows are read ahead from a stream."""


class Feed(Protocol):
    """Gives out rows in their order."""

    async def next(self) -> RawRow | None:
        """Return the next row, `None` after the last one."""


class FileFeed:
    """Rows of a file, read when they are asked for."""

    def __init__(self, rows: Iterator[RawRow]) -> None:
        self._rows = rows

    async def next(self) -> RawRow | None:
        """Return the next row, `None` after the last one."""
        return next(self._rows, None)


class StreamFeed:
    """Rows of a pipe, read by a thread, as one may have to wait for them.

    The thread is a daemon: it does not keep the program from ending.
    """

    def __init__(self, rows: Iterator[RawRow]) -> None:
        self._rows = rows
        self._loop = asyncio.get_running_loop()
        self._read: asyncio.Queue[RawRow | Exception | None] = asyncio.Queue()
        self._room = threading.Semaphore(_AHEAD)
        threading.Thread(target=self._work, daemon=True).start()

    async def next(self) -> RawRow | None:
        """Return the next row, `None` after the last one; raise what the reading raised."""
        found = await self._read.get()
        if isinstance(found, RawRow):
            self._room.release()
            return found
        self._read.put_nowait(found)  # for the other workers
        if found is not None:
            raise found
        return None

    def _work(self) -> None:
        end: Exception | None = None
        with suppress(RuntimeError):  # the loop is closed: nobody reads on
            try:
                for row in self._rows:
                    self._room.acquire()
                    self._give(row)
            except RuntimeError:
                raise
            except Exception as error:
                end = error
            self._give(end)

    def _give(self, item: RawRow | Exception | None) -> None:
        self._loop.call_soon_threadsafe(self._read.put_nowait, item)
