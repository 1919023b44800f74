"""The ids of a batch's rows, and which of them are there twice."""

from __future__ import annotations

import json
import sqlite3
from hashlib import sha256
from typing import Any, Final

__all__ = ["RowIds"]

_KIBIBYTES: Final = 4096
"""How much of the ids is held in memory; the rest is in a file that has no name."""


class RowIds:
    """The rows by their ids, on disk, so that memory is the same for any number of rows.

    SQLite removes the file by itself.
    """

    def __init__(self) -> None:
        self.repeated = 0
        self._rows = sqlite3.connect("", isolation_level=None)
        for statement in (
            "PRAGMA journal_mode = OFF",
            "PRAGMA synchronous = OFF",
            f"PRAGMA cache_size = -{_KIBIBYTES}",
            "CREATE TABLE ids (id BLOB PRIMARY KEY, number INTEGER) WITHOUT ROWID",
            "BEGIN",
        ):
            self._rows.execute(statement)

    def first(self, identity: Any, number: int) -> int | None:
        """Return the row that had this id before row `number`; `None` for a new one."""
        text = json.dumps(identity, sort_keys=True).encode(errors="surrogatepass")
        key = sha256(text).digest()[:16]
        added = self._rows.execute(
            "INSERT OR IGNORE INTO ids VALUES (?, ?)", (key, number)
        )
        if added.rowcount:
            return None
        self.repeated += 1
        found = self._rows.execute("SELECT number FROM ids WHERE id = ?", (key,))
        return int(found.fetchone()[0])

    def close(self) -> None:
        """Remove the ids."""
        self._rows.close()
