"""Where the pools' items come from, and what counts them."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from typing import Any

from specs.texts import DATA, document_of

__all__ = ["FRAGILE", "Counter", "chunks", "counted", "read_documents"]


async def chunks(text: str, size: int = 400, pause: float = 0.0) -> AsyncIterator[str]:
    """Yield a text in chunks of up to `size` characters, cut at spaces.

    `pause` is the time in seconds that it takes to read one, as from a slow disk.
    """
    while text:
        await asyncio.sleep(pause)
        end = len(text) if len(text) <= size else text.rfind(" ", 0, size) + 1 or size
        yield text[:end].strip()
        text = text[end:]


async def read_documents(
    prefix: str = "", pause: float = 0.0
) -> AsyncIterator[dict[str, str]]:
    """Yield the documents whose names begin with `prefix`, in the order of their names.

    `pause` is the time in seconds that it takes to read one, as from a slow disk.
    """
    for path in sorted((DATA / "documents").glob(f"{prefix}*.md")):
        await asyncio.sleep(pause)
        yield document_of(path)


class Counter:
    """A count that is read, and written a moment later: two at once would lose one."""

    def __init__(self) -> None:
        self.count = 0

    async def increment(self) -> int:
        """Add one, with a pause between reading and writing."""
        seen = self.count
        await asyncio.sleep(0.001)
        self.count = seen + 1
        return self.count


COUNTER = Counter()


async def counted(data: str) -> int:
    """Count what has arrived."""
    return await COUNTER.increment() if data else COUNTER.count


async def killed(_: Any) -> None:
    """End the process as a power cut does, once what has happened is written."""
    await asyncio.sleep(0.05)
    os.kill(os.getpid(), signal.SIGKILL)


FRAGILE = {"editor": killed}
"""Connectors of `resumed_digest`, of which the last does not come back."""
