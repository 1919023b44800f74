"""The records of a batch on a stream, in the order of their rows or as they end."""

from __future__ import annotations

import asyncio
from typing import BinaryIO

__all__ = ["StreamedResults"]


class StreamedResults:
    """Records that are written to a stream, in the order of their rows or as they end.

    In order, a record waits for those of the rows before it. A row begins only when it
    is fewer than `window` rows ahead of the first whose record is outstanding, so that
    no more than that wait.
    """

    def __init__(self, stream: BinaryIO, window: int, *, in_order: bool) -> None:
        self._stream = stream
        self._window = window
        self._in_order = in_order
        self._next = 1
        self._waiting: dict[int, bytes] = {}
        self._moved = asyncio.Event()

    def status(self, row: int) -> None:
        """Return `None`: what was written is not known any more."""

    async def room(self, row: int) -> None:
        """Wait until the window has moved so far that the row may begin."""
        while self._in_order and row >= self._next + self._window:
            self._moved.clear()
            await self._moved.wait()

    def append(self, row: int, line: str, digest: str, *, is_ok: bool) -> None:
        """Write a record, or keep it until those before it are written."""
        data = line.encode() + b"\n"
        if not self._in_order:
            self._write([data])
            return
        self._waiting[row] = data
        ready: list[bytes] = []
        while self._next in self._waiting:
            ready.append(self._waiting.pop(self._next))
            self._next += 1
        self._write(ready)
        self._moved.set()

    def finish(self, *, in_order: bool) -> None:
        """Write what still waits for rows that were cut off."""
        self._write([line for _, line in sorted(self._waiting.items())])
        self._waiting.clear()

    def _write(self, lines: list[bytes]) -> None:
        self._stream.writelines(lines)
        self._stream.flush()
