"""The database of runs: an SQLite file for one machine, PostgreSQL for several."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import sqlalchemy
from sqlalchemy import event as sqlalchemy_event

from ..run.databases import BUSY_SECONDS
from ..run.settings import variable

__all__ = ["RunDatabase", "not_opened"]


class RunDatabase:
    """Where runs are stored: what `N3GEN_RUNS` says, or else the module's configuration."""

    def __init__(self, configured: str) -> None:
        self.place = variable("N3GEN_RUNS") or configured
        self.is_file = "://" not in self.place
        if self.is_file:
            self.place = os.path.abspath(self.place)

    def is_there(self) -> bool:
        """Say whether there is a file, as there may be for a server."""
        return not self.is_file or os.path.exists(self.place)

    @property
    def url(self) -> str:
        """Return the address as SQLAlchemy spells it."""
        return f"sqlite:///{self.place}" if self.is_file else self.place

    def connections(self) -> sqlalchemy.Engine:
        """Return connections for statements beside those of DBOS; none is open yet."""
        if self.is_file:
            return self.sqlite_connections()
        driver = "postgresql+psycopg"
        return sqlalchemy.create_engine(
            sqlalchemy.make_url(self.place).set(drivername=driver)
        )

    def sqlite_connections(self) -> sqlalchemy.Engine:
        """Return connections to the file whose transactions come one after another.

        A transaction that reads first and writes later, as one that counts the runs under
        a limit does, is alone from its beginning: those of SQLite's own driver begin with
        their first write, when what they have read may no longer be true.
        """
        path = Path(self.place)
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            path.touch(0o600)
        made = sqlalchemy.create_engine(self.url)
        sqlalchemy_event.listen(made, "connect", prepare_connection)
        sqlalchemy_event.listen(made, "begin", begin_immediate)
        return made


def not_opened(error: Exception) -> str:
    """Say in a line why the database of runs cannot be opened."""
    words = str(getattr(error, "orig", None) or error).strip() or type(error).__name__
    return f"cannot open the database of runs: {words.splitlines()[0].rstrip(':')}"


def prepare_connection(connection: Any, _: object) -> None:
    """Let readers and a writer use the file at once, and wait for one another."""
    connection.isolation_level = None
    connection.execute(f"PRAGMA busy_timeout = {round(BUSY_SECONDS * 1000)}")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")


def begin_immediate(connection: sqlalchemy.Connection) -> None:
    """Begin a transaction with the right to write."""
    connection.exec_driver_sql("BEGIN IMMEDIATE")
