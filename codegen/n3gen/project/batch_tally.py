"""What a batch has come to so far."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

__all__ = ["BatchProgress", "Tally"]

_LISTED = 5
"""How many errors a tally keeps."""


@dataclass(slots=True)
class Tally:
    """Counts of rows, and what their model calls came to.

    `statuses` are those of the rows that this run has ended, `kept` those of rows
    whose records stood in the file before. `total` is `None` where the rows come
    from a stream. `elapsed` is in seconds. `errors` are those of the first rows that
    failed: their numbers, where they stand, and the words.
    """

    statuses: Counter[str] = field(default_factory=Counter[str])
    kept: Counter[str] = field(default_factory=Counter[str])
    total: int | None = None
    elapsed: float = 0.0
    requests: int = 0
    tokens: int = 0
    cost: float = 0.0
    unpriced: int = 0
    errors: list[tuple[int, str, str]] = field(
        default_factory=list[tuple[int, str, str]]
    )
    is_stopped: bool = False
    interrupt: KeyboardInterrupt | None = None

    @property
    def is_interrupted(self) -> bool:
        """Whether an interrupt has cut it off."""
        return self.interrupt is not None

    @property
    def ended(self) -> int:
        """How many rows this run has ended."""
        return self.statuses.total()

    @property
    def failed(self) -> int:
        """How many of these are not `ok`."""
        return self.ended - self.statuses["ok"]

    @property
    def done(self) -> int:
        """How many rows have a record."""
        return self.ended + self.kept.total()

    @property
    def rate(self) -> float:
        """Rows a second."""
        return self.ended / self.elapsed if self.elapsed > 0 else 0.0

    @property
    def seconds_left(self) -> float | None:
        """What the rest takes at this rate, where that can be said."""
        if self.total is None or not self.rate:
            return None
        return (self.total - self.done) / self.rate

    @property
    def is_clean(self) -> bool:
        """Whether every row has a record, and every record is `ok`."""
        was_cut_off = self.is_stopped or self.is_interrupted
        return not (was_cut_off or self.failed or self.kept["failed"])

    def count(self, row: int, place: str, record: Mapping[str, Any]) -> None:
        """Count a row that has ended."""
        self.statuses[record["status"]] += 1
        if record["status"] != "ok":
            self.errors.append((row, place, record["error"]))
            self.errors = sorted(self.errors)[:_LISTED]
        if usage := record["metadata"].get("usage"):
            self.requests += usage["requests"]
            self.tokens += usage["tokens"]
            self.cost += usage["cost"] or 0.0
            self.unpriced += usage["cost"] is None


class BatchProgress(Protocol):
    """Shows a batch."""

    def update(self, tally: Tally) -> None:
        """Show how far it is, after a row that has ended."""

    def waiting(self, rows: int) -> None:
        """Show that it is interrupted, and waits for rows that end slowly."""
