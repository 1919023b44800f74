"""Stored states in a PostgreSQL database, for this machine and others."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from .cells import StateError
from .stores import Rewrite, StateUnavailable, ThreadedStore

__all__ = ["PostgresStore"]

DATABASE_SECONDS = 30
"""How long others may have a cell to themselves, and a connection may take."""

CREATE_STATE_ROWS = """
    CREATE TABLE IF NOT EXISTS n3gen_state (
        cell TEXT PRIMARY KEY, value TEXT,
        changed TIMESTAMPTZ NOT NULL DEFAULT now()
    )
"""

STATE_TABLE_LOCK = 7305812
"""The advisory lock of those that make the table, which PostgreSQL cannot do together."""


class PostgresStore(ThreadedStore):
    """The database at the address `place`, by psycopg."""

    connection: Any = None

    def read_now(self, cell: str) -> str | None:
        with self.used() as connection:
            query = "SELECT value FROM n3gen_state WHERE cell = %s"
            found = connection.execute(query, (cell,)).fetchone()
            return None if found is None else found[0]

    def change_now(self, cell: str, rewrite: Rewrite) -> None:
        with self.used() as connection, connection.transaction():
            text = rewrite(self.locked(connection, cell))
            if text is None:
                connection.execute("DELETE FROM n3gen_state WHERE cell = %s", (cell,))
            else:
                update = (
                    "UPDATE n3gen_state SET value = %s, changed = now() WHERE cell = %s"
                )
                connection.execute(update, (text, cell))

    def locked(self, connection: Any, cell: str) -> str | None:
        """Return the text of a cell, which is locked until the transaction ends."""
        insert = "INSERT INTO n3gen_state (cell) VALUES (%s) ON CONFLICT DO NOTHING"
        query = "SELECT value FROM n3gen_state WHERE cell = %s FOR UPDATE"
        while True:  # until no one deletes the row in between
            connection.execute(insert, (cell,))
            found = connection.execute(query, (cell,)).fetchone()
            if found is not None:
                text: str | None = found[0]
                return text

    @contextmanager
    def used(self) -> Generator[Any, None, None]:
        """Yield the connection; a broken one is replaced the next time."""
        psycopg = imported_psycopg()
        try:
            if self.connection is None:
                self.connection = open_state_database(psycopg.connect, self.place)
            yield self.connection
        except psycopg.Error as error:
            if self.connection is not None and self.connection.closed:
                self.connection = None
            words = " ".join(str(error).split())
            message = f"the state database cannot be used: {words}"
            raise StateUnavailable(message) from error

    def disconnect(self) -> None:
        if self.connection is not None:
            self.connection.close()
            self.connection = None


def imported_psycopg() -> Any:
    """Return psycopg, which a module needs only for an address of PostgreSQL."""
    try:
        return import_module("psycopg")
    except ImportError as error:
        message = "`N3GEN_STATE` is a PostgreSQL address, which needs psycopg 3"
        raise StateError(f"{message}: pip install 'psycopg[binary]'") from error


def open_state_database(connect: Callable[..., Any], address: str) -> Any:
    """Return a connection to a database that has the table."""
    connection = connect(address, autocommit=True, connect_timeout=DATABASE_SECONDS)
    try:
        connection.execute(f"SET lock_timeout = '{DATABASE_SECONDS}s'")
        if (
            connection.execute("SELECT to_regclass('n3gen_state')").fetchone()[0]
            is None
        ):
            with connection.transaction():
                connection.execute(
                    "SELECT pg_advisory_xact_lock(%s)", (STATE_TABLE_LOCK,)
                )
                connection.execute(CREATE_STATE_ROWS)
    except BaseException:
        connection.close()
        raise
    return connection
