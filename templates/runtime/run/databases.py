"""Databases that are used in threads of their own, so that the event loop goes on."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Protocol

__all__ = ["BUSY_SECONDS", "close_databases", "open_sqlite"]

BUSY_SECONDS = 30.0
"""How long another process may have an SQLite file to itself."""


class Database(Protocol):
    """A connection that one thread alone uses."""

    thread: ThreadPoolExecutor

    def disconnect(self) -> None: ...


def open_sqlite(place: str, create: str) -> sqlite3.Connection:
    """Return a connection to a file that has the tables which `create` makes.

    The file and its folder are made if need be. What is in it is for the owner of the
    file alone.
    """
    path = Path(place)
    path.parent.mkdir(parents=True, exist_ok=True)
    if place != ":memory:" and not path.exists():
        path.touch(0o600)
    connection = sqlite3.connect(place, timeout=BUSY_SECONDS, isolation_level=None)
    try:
        # SQLite itself does not wait for a file whose first two users do this together.
        deadline = time.monotonic() + BUSY_SECONDS
        while not has_tables(connection, create, deadline):
            time.sleep(0.02)
    except BaseException:
        connection.close()
        raise
    return connection


def has_tables(connection: sqlite3.Connection, create: str, deadline: float) -> bool:
    """Make the tables, and let readers and a writer use the file at the same time.

    Say no where another process is doing so right now.
    """
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.executescript(create)
    except sqlite3.OperationalError as error:
        is_busy = error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
        if not is_busy or time.monotonic() > deadline:
            raise
        return False
    return True


async def close_databases(databases: Collection[Database]) -> None:
    """Close the connections in their threads, even if this is cancelled."""
    loop = asyncio.get_running_loop()
    closing = [loop.run_in_executor(one.thread, one.disconnect) for one in databases]
    for one in databases:
        one.thread.shutdown(wait=False)
    if closing:
        await asyncio.wait(closing)
