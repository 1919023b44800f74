"""Results of steps in an SQLite file, for this process and others."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar
from weakref import WeakKeyDictionary

from ..run.databases import close_databases, open_sqlite
from .caching import AnswerCache, CacheError

__all__ = ["SqliteCache", "close_caches"]

P = ParamSpec("P")
T = TypeVar("T")

ANSWER_FILES: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, AnswerFile]] = (
    WeakKeyDictionary()
)
"""The cache files that this module has open, by event loop and path."""

CREATE_ANSWERS = """
    CREATE TABLE IF NOT EXISTS answers (
        key TEXT PRIMARY KEY, cache TEXT NOT NULL, made REAL NOT NULL, value TEXT NOT NULL
    );
    CREATE INDEX IF NOT EXISTS answers_by_age ON answers (cache, made);
"""


class SqliteCache(AnswerCache):
    """A cache in the file `path`, which is relative to the working directory."""

    def __init__(self, name: str, path: str, *, ttl: float | None = None) -> None:
        super().__init__(name, ttl)
        self.path = path
        self.place = path

    def file(self) -> AnswerFile:
        """Return the file, open on this event loop."""
        loop = asyncio.get_running_loop()
        files = ANSWER_FILES.setdefault(loop, {})
        if self.path not in files:
            files[self.path] = AnswerFile(self.path)
        return files[self.path]

    async def read(self, key: str) -> str | None:
        file = self.file()
        return await file.run(file.read, key, self.ttl)

    async def write(self, key: str, text: str) -> None:
        file = self.file()
        await file.run(file.write, key, self.name, text, self.ttl)


class AnswerFile:
    """A cache file, used in a thread of its own alone.

    Its clock is the wall's, as results outlive the process.
    """

    connection: sqlite3.Connection | None = None

    def __init__(self, path: str) -> None:
        self.path = path
        self.thread = ThreadPoolExecutor(1, "n3gen-cache")

    async def run(
        self, work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run work in the file's thread; raise `CacheError`."""
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(
                self.thread, lambda: work(*args, **kwargs)
            )
        except (sqlite3.Error, OSError) as error:
            message = f"the cache file `{self.path}` cannot be used: {error}"
            raise CacheError(message) from error

    def read(self, key: str, ttl: float | None) -> str | None:
        """Return the text under a key, if it is no older than `ttl` seconds."""
        query = "SELECT value, made FROM answers WHERE key = ?"
        found = self.connected().execute(query, (key,)).fetchone()
        if found is None:
            return None
        # What was made in the future was so by a clock that has been set since.
        if ttl is not None and not (
            isinstance(found[1], float) and abs(time.time() - found[1]) < ttl
        ):
            return None
        try:
            text: str = found[0].decode()
        except (AttributeError, UnicodeDecodeError):
            return None
        return text

    def write(self, key: str, cache: str, text: str, ttl: float | None) -> None:
        """Keep a text, and delete those of the same cache that are too old."""
        connection, now = self.connected(), time.time()
        if ttl is not None:
            expired = "DELETE FROM answers WHERE cache = ? AND made <= ?"
            connection.execute(expired, (cache, now - ttl))
        insert = "INSERT OR REPLACE INTO answers (key, cache, made, value) VALUES (?, ?, ?, ?)"
        connection.execute(insert, (key, cache, now, text))

    def connected(self) -> sqlite3.Connection:
        """Return the connection to the file, making it and its folder if need be."""
        if self.connection is None:
            self.connection = open_sqlite(self.path, CREATE_ANSWERS)
            # What is damaged may be no text.
            self.connection.text_factory = bytes
        return self.connection

    def disconnect(self) -> None:
        """Close the connection."""
        if self.connection is not None:
            self.connection.close()
            self.connection = None


async def close_caches() -> None:
    """Close the cache files of this event loop, even if this is cancelled."""
    files = ANSWER_FILES.pop(asyncio.get_running_loop(), {})
    await close_databases(files.values())
