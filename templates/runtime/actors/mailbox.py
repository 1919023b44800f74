"""Room in the mailboxes of actors."""

from __future__ import annotations

import asyncio
import threading
from collections import OrderedDict

__all__ = ["Room"]


class Room:
    """A counting semaphore for tasks of any event loop: first come, first served.

    It is released from any thread.
    """

    def __init__(self, size: int) -> None:
        self.free = size
        self.lock = threading.Lock()
        self.waiters: OrderedDict[asyncio.Future[None], None] = OrderedDict()

    async def acquire(self) -> None:
        """Take a place, waiting until there is one."""
        with self.lock:
            if self.free and not self.waiters:
                self.free -= 1
                return
            waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self.waiters[waiter] = None
        try:
            await waiter
        except asyncio.CancelledError:
            with self.lock:
                self.waiters.pop(waiter, None)
            if waiter.done() and not waiter.cancelled():
                self.release()  # it was granted in the moment of the cancellation
            raise

    def release(self) -> None:
        """Give a place back, or to the one that has waited longest."""
        with self.lock:
            while self.waiters:
                waiter, _ = self.waiters.popitem(last=False)
                try:
                    waiter.get_loop().call_soon_threadsafe(self.grant, waiter)
                except RuntimeError:
                    continue  # its event loop is closed
                return
            self.free += 1

    def grant(self, waiter: asyncio.Future[None]) -> None:
        """Let a waiter go on, or the next one where it has given up."""
        if waiter.done():
            self.release()
        else:
            waiter.set_result(None)
