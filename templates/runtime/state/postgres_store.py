"""Stored states in a PostgreSQL database, for this machine and others."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from hashlib import sha256
from importlib import import_module
from typing import Any, TypeVar

from .cells import StateError
from .stores import (
    LOCK_SECONDS,
    Keys,
    Rewrite,
    StateBusy,
    StateUnavailable,
    ThreadedStore,
)

__all__ = ["PostgresStore"]

T = TypeVar("T")

CONNECT_SECONDS = 30
"""How long a connection may take."""

CREATE_STATE_ROWS = """
    CREATE TABLE IF NOT EXISTS n3gen_state (
        cell TEXT PRIMARY KEY, value TEXT,
        changed TIMESTAMPTZ NOT NULL DEFAULT now()
    )
"""

STATE_TABLE_LOCK = 7305812
"""The advisory lock of those that make the table, which PostgreSQL cannot do together."""

LONGEST_CELL = 600
"""Characters of a cell's key up to which the table's index takes it."""


class PostgresStore(ThreadedStore):
    """The database at the address `place`, by psycopg."""

    connection: Any = None

    def read_now(self, keys: Keys) -> str | None:
        return self.used(partial(stored_row, keys=row_keys(keys)))

    def change_once(self, keys: Keys, rewrite: Rewrite) -> None:
        self.used(partial(change_row, keys=row_keys(keys), rewrite=rewrite))

    def used(self, work: Callable[[Any], T]) -> T:
        """Do work on the connection, once more on a new one where it was lost.

        Nothing has been changed then: work whose end is uncertain raises an error
        of its own.
        """
        psycopg = imported_psycopg()
        try:
            try:
                return work(self.connected(psycopg))
            except psycopg.OperationalError:
                if self.connection is None or not self.connection.closed:
                    raise
            return work(self.connected(psycopg))
        except psycopg.errors.LockNotAvailable as error:
            raise StateBusy(unusable(error)) from error
        except psycopg.Error as error:
            raise StateUnavailable(unusable(error)) from error

    def connected(self, psycopg: Any) -> Any:
        """Return the connection, a new one if there is none that works."""
        if self.connection is None or self.connection.closed:
            self.connection = None
            self.connection = open_state_database(psycopg.connect, self.place)
        return self.connection

    def disconnect(self) -> None:
        if self.connection is not None:
            self.connection.close()
            self.connection = None


def row_keys(keys: Keys) -> list[str]:
    """Return the keys under which a cell is in the table, whose index allows no long ones."""
    return [
        (
            key
            if len(key) <= LONGEST_CELL
            else f"{key[:LONGEST_CELL]}... sha256:{sha256(key.encode()).hexdigest()}"
        )
        for key in keys
    ]


def stored_row(connection: Any, keys: list[str]) -> str | None:
    """Return the text of a cell, that under the first of its keys which has one."""
    query = (
        "SELECT value FROM n3gen_state WHERE cell = ANY(%s) AND value IS NOT NULL "
        "ORDER BY array_position(%s, cell) LIMIT 1"
    )
    found = connection.execute(query, (keys, keys)).fetchone()
    return None if found is None else found[0]


def change_row(connection: Any, keys: list[str], rewrite: Rewrite) -> None:
    """Change a cell in one transaction."""
    cell, *older = keys
    connection.execute("BEGIN")
    try:
        known = locked_row(connection, cell)
        text = rewrite(known or stored_row(connection, older))
        if text is None or known is None:
            delete = "DELETE FROM n3gen_state WHERE cell = ANY(%s)"
            connection.execute(delete, (older if text is not None else keys,))
        if text is not None:
            update = (
                "UPDATE n3gen_state SET value = %s, changed = now() WHERE cell = %s"
            )
            connection.execute(update, (text, cell))
    except BaseException:
        if not connection.closed:
            connection.execute("ROLLBACK")
        raise
    commit(connection)


def locked_row(connection: Any, cell: str) -> str | None:
    """Return the text of a cell, which is locked until the transaction ends."""
    insert = "INSERT INTO n3gen_state (cell) VALUES (%s) ON CONFLICT DO NOTHING"
    query = "SELECT value FROM n3gen_state WHERE cell = %s FOR UPDATE"
    while True:  # until no one deletes the row in between
        found = connection.execute(query, (cell,)).fetchone()
        if found is not None:
            text: str | None = found[0]
            return text
        connection.execute(insert, (cell,))


def commit(connection: Any) -> None:
    """Store a change; raise an error of its own where its outcome cannot be known."""
    psycopg = imported_psycopg()
    try:
        connection.execute("COMMIT")
    except psycopg.OperationalError as error:
        if not connection.closed:
            raise
        message = (
            "the connection broke while a change was stored, which may be done or not"
        )
        raise StateUnavailable(f"{unusable(error)}; {message}") from error


def unusable(error: Exception) -> str:
    """Return the message of a database that cannot be used now."""
    words = " ".join(str(error).split())
    return f"the state database cannot be used: {words}"


def imported_psycopg() -> Any:
    """Return psycopg, which a module needs only for an address of PostgreSQL."""
    try:
        return import_module("psycopg")
    except ImportError as error:
        message = "`N3GEN_STATE` is a PostgreSQL address, which needs psycopg 3"
        raise StateError(f"{message}: pip install 'psycopg[binary]'") from error


def open_state_database(connect: Callable[..., Any], address: str) -> Any:
    """Return a connection to a database that has the table."""
    connection = connect(address, autocommit=True, connect_timeout=CONNECT_SECONDS)
    try:
        connection.execute(f"SET lock_timeout = '{LOCK_SECONDS}s'")
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
