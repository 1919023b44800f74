"""What takes the data that the holder of a handle sends into a run."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from typing import Any

__all__ = ["Receiver"]


class Receiver(ABC):
    """What the caller of a run may send to, by its `name`."""

    name: str

    @abstractmethod
    async def put(self, data: Any, key: str | None, /) -> None:
        """Take data, once there is room for it."""

    async def receive(self, data: Any, key: str | None, run: asyncio.Task[Any]) -> None:
        """Take what is sent, or raise `RuntimeError` where the run ends before."""
        taking = asyncio.ensure_future(self.put(data, key))
        try:
            await asyncio.wait((taking, run), return_when=asyncio.FIRST_COMPLETED)
            if not taking.done():
                message = f"the run has ended, and has not taken '{self.name}'"
                raise RuntimeError(message)
            taking.result()
        finally:
            if not taking.done():
                taking.cancel()
                await asyncio.wait((taking,))
