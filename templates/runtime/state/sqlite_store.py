"""Stored states in an SQLite file, for this process and others."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Generator
from contextlib import contextmanager

from ..run.databases import open_sqlite
from .stores import (
    LOCK_SECONDS,
    Keys,
    Rewrite,
    StateBusy,
    StateUnavailable,
    ThreadedStore,
)

__all__ = ["SqliteStore"]

CREATE_STATE_TABLE = """
    CREATE TABLE IF NOT EXISTS n3gen_state (
        cell TEXT PRIMARY KEY, value TEXT NOT NULL, changed REAL NOT NULL
    )
"""


class SqliteStore(ThreadedStore):
    """The file `place`, which is relative to the working directory."""

    connection: sqlite3.Connection | None = None

    def read_now(self, keys: Keys) -> str | None:
        with self.used() as connection:
            return stored_text(connection, keys)[1]

    def change_once(self, keys: Keys, rewrite: Rewrite) -> None:
        with self.used() as connection:
            # Nobody else writes from here on, so that what is read is what is replaced.
            connection.execute("BEGIN IMMEDIATE")
            try:
                found, old = stored_text(connection, keys)
                text = rewrite(old)
                if text is None or found != keys[0]:
                    delete = "DELETE FROM n3gen_state WHERE cell = ?"
                    connection.executemany(delete, [(key,) for key in keys])
                if text is not None:
                    replace = "INSERT OR REPLACE INTO n3gen_state VALUES (?, ?, ?)"
                    connection.execute(replace, (keys[0], text, time.time()))
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    @contextmanager
    def used(self) -> Generator[sqlite3.Connection, None, None]:
        """Yield the connection, making the file and its folder if need be."""
        try:
            yield self.connected()
        except sqlite3.Error as error:
            raise self.unusable(error) from error

    def connected(self) -> sqlite3.Connection:
        """Return the connection, made if there is none yet."""
        if self.connection is None:
            try:
                self.connection = open_sqlite(self.place, CREATE_STATE_TABLE)
                wait = f"PRAGMA busy_timeout = {LOCK_SECONDS * 1000}"
                self.connection.execute(wait)
            except OSError as error:
                raise self.unusable(error) from error
        return self.connection

    def unusable(self, error: Exception) -> StateUnavailable:
        """Return the error of a file that cannot be used now."""
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        kind = StateBusy if code == sqlite3.SQLITE_BUSY else StateUnavailable
        return kind(f"the state file `{self.place}` cannot be used: {error}")

    def disconnect(self) -> None:
        if self.connection is not None:
            self.connection.close()
            self.connection = None


def stored_text(
    connection: sqlite3.Connection, keys: Keys
) -> tuple[str | None, str | None]:
    """Return the key under which a cell is, and its text; neither where it has none."""
    query = "SELECT value FROM n3gen_state WHERE cell = ?"
    for key in keys:
        found = connection.execute(query, (key,)).fetchone()
        if found is not None:
            return key, str(found[0])
    return None, None
