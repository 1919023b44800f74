"""The processes that execute runs: which they are, and whether they still are."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

from .run_database import RunDatabase

__all__ = ["ExecutorClaim", "claimed_executor", "is_gone", "slot_of"]

MOST_EXECUTORS = 10_000
"""Numbers of executors that are tried."""


class ExecutorClaim(Protocol):
    """The name of a process, which no other has while it lives."""

    name: str

    def announce(self, code: str) -> None:
        """Let others count this process as one that executes runs of some code."""

    def release(self) -> None:
        """Give the name back; the end of the process does so too, however it ends."""


def claimed_executor(database: RunDatabase, name: str | None = None) -> ExecutorClaim:
    """Claim the name of an executor for this process: `name`, or the first free number.

    A process that takes the number of one which was killed goes on with its runs. Raises
    `RuntimeError` where another process has the name, or it is none.
    """
    if name is not None and ({*"/#\0"} & {*name} or name in ("", ".", "..")):
        raise RuntimeError(
            f"a process cannot be called {name!r}: use letters and digits"
        )
    names = (name,) if name else (f"executor-{n}" for n in range(MOST_EXECUTORS))
    for one in names:
        claimed = claim(database, one)
        if claimed is not None:
            return claimed
    raise RuntimeError(f"another process executes runs as '{name}'")


def slot_of(executor: str) -> str:
    """Return the name of a process, which the next one may have, by the id of one life of it."""
    return executor.partition("#")[0]


def is_gone(database: RunDatabase, name: str) -> bool:
    """Say whether no process lives that has the name."""
    claimed = claim(database, name)
    if claimed is not None:
        claimed.release()
    return claimed is not None


def claim(database: RunDatabase, name: str) -> ExecutorClaim | None:
    """Return the executor of that name, `None` where another process is it."""
    if database.is_file:
        return LockedFile.claim(database, name)
    return LockedSession.claim(database, name)


class LockedFile:
    """A name that is claimed by the lock on a file, which ends with its process."""

    def __init__(self, name: str, path: Path, descriptor: int) -> None:
        self.name = name
        self.path = path
        self.descriptor = descriptor

    @classmethod
    def claim(cls, database: RunDatabase, name: str) -> LockedFile | None:
        """Lock the file of a name, unless it is locked."""
        import fcntl

        folder = Path(f"{database.place}-executors")
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / name
        descriptor = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return None
        return cls(name, path, descriptor)

    def announce(self, code: str) -> None:
        """Say nothing: processes that share a file do not share rounds of loops."""

    def release(self) -> None:
        """Give the name back."""
        os.close(self.descriptor)


class LockedSession:
    """A name that is claimed by an advisory lock of PostgreSQL, which ends with the session."""

    def __init__(self, name: str, session: Any) -> None:
        self.name = name
        self.session = session

    @classmethod
    def claim(cls, database: RunDatabase, name: str) -> LockedSession | None:
        """Take the lock of a name, unless it is held."""
        import psycopg

        session = psycopg.connect(database.place, autocommit=True)
        try:
            found = session.execute(
                "SELECT pg_try_advisory_lock(hashtextextended(%s, 0))",
                (f"n3gen executor {name}",),
            ).fetchone()
            if found is not None and found[0]:
                return cls(name, session)
        except BaseException:
            session.close()
            raise
        session.close()
        return None

    def announce(self, code: str) -> None:
        """Share the lock that stands for the code, which others count."""
        lock = "SELECT pg_advisory_lock_shared(hashtext(%s), 0)"
        self.session.execute(lock, (f"n3gen code {code}",))

    def release(self) -> None:
        """Give the name back."""
        with suppress(Exception):
            self.session.close()
