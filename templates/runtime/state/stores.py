"""Where stored states are: texts by cell."""

from __future__ import annotations

import asyncio
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from .cells import StateError

__all__ = [
    "LOCK_SECONDS",
    "Keys",
    "MemoryStore",
    "Rewrite",
    "StateBusy",
    "StateUnavailable",
    "Store",
    "ThreadedStore",
]

Keys = tuple[str, ...]
"""The key of a cell, and then those under which older modules have stored it."""

Rewrite = Callable[[str | None], str | None]
"""Makes the new text of a cell of the old one; `None` is the text of none."""

LOCK_SECONDS = 1
"""How long a change waits for a lock before it looks whether it is still wanted."""

LONGEST_WAIT = 30.0
"""Seconds for which others may keep a change waiting."""


class StateUnavailable(StateError, ConnectionError):
    """A store that cannot be used now."""


class StateBusy(StateUnavailable):
    """A store, or a cell of it, that others have locked for `LOCK_SECONDS`."""


class GivenUp(StateError):
    """A change that its step was cut off from before it was stored."""


class Store(ABC):
    """Texts by cell, which are found under any of its keys and stored under the first."""

    @abstractmethod
    async def read(self, keys: Keys) -> str | None:
        """Return the text of a cell, `None` where it has none."""

    @abstractmethod
    async def change(self, keys: Keys, rewrite: Rewrite) -> None:
        """Give a cell the text that `rewrite` makes of its old one."""


class MemoryStore(Store):
    """Texts in a mapping, which a test has to itself."""

    def __init__(self, texts: dict[str, str]) -> None:
        self.texts = texts

    async def read(self, keys: Keys) -> str | None:
        return self.texts.get(keys[0])

    async def change(self, keys: Keys, rewrite: Rewrite) -> None:
        cell = keys[0]
        text = rewrite(self.texts.get(cell))
        if text is None:
            self.texts.pop(cell, None)
        else:
            self.texts[cell] = text


class ThreadedStore(Store):
    """A store with one connection, which is used in a thread of its own alone."""

    def __init__(self, place: str) -> None:
        self.place = place
        self.thread = ThreadPoolExecutor(1, "n3gen-state")

    async def read(self, keys: Keys) -> str | None:
        work = partial(self.read_now, keys)
        return await asyncio.get_running_loop().run_in_executor(self.thread, work)

    async def change(self, keys: Keys, rewrite: Rewrite) -> None:
        """Change a cell, unless this is cancelled before the change is being stored.

        From there on it waits for the outcome, which it returns or raises: the step
        that is cut off then has made its change.
        """
        given_up, is_decided = threading.Event(), threading.Event()

        def unless_given_up(text: str | None) -> str | None:
            changed = rewrite(text)
            # Each side says its own before it asks for the other's, so that one knows.
            is_decided.set()
            if given_up.is_set():
                raise GivenUp("nobody waits for this change any more")
            return changed

        work = partial(self.change_now, keys, unless_given_up, given_up)
        called = asyncio.get_running_loop().run_in_executor(self.thread, work)
        cut_off: asyncio.CancelledError | None = None
        while not called.done():
            try:
                await asyncio.wait([called])
            except asyncio.CancelledError as error:
                given_up.set()
                if not is_decided.is_set():
                    called.cancel()
                    raise
                cut_off = error
        try:
            called.result()
        except (GivenUp, StateBusy):
            if cut_off is not None:
                raise cut_off from None
            raise

    @abstractmethod
    def read_now(self, keys: Keys) -> str | None:
        """Return the text of a cell."""

    def change_now(
        self, keys: Keys, rewrite: Rewrite, given_up: threading.Event
    ) -> None:
        """Change a cell, once others let it; a change that is given up does not wait."""
        latest = time.monotonic() + LONGEST_WAIT
        while True:
            try:
                return self.change_once(keys, rewrite)
            except StateBusy:
                if given_up.is_set() or time.monotonic() > latest:
                    raise

    @abstractmethod
    def change_once(self, keys: Keys, rewrite: Rewrite) -> None:
        """Change a cell in one transaction; raise `StateBusy` where it is locked."""

    @abstractmethod
    def disconnect(self) -> None:
        """Close the connection."""
