"""The numbers to watch in production."""

from __future__ import annotations

from typing import Any

from .records import RunResult


class Metrics:
    """Counts over all runs of one module since it was imported; times in milliseconds."""

    def __init__(self) -> None:
        self.runs = {"ok": 0, "error": 0, "timeout": 0, "cancelled": 0}
        self.parallel = self.queued = self.sequential = self.elapsed = 0

    def count(self, chain: str, record: RunResult | None, *, parallel: bool) -> None:
        """Add a run that has ended; one that its caller has cancelled has no record."""
        self.runs[record["status"] if record else "cancelled"] += 1
        if record is None or record["status"] == "cancelled":
            return
        self.parallel += parallel
        self.queued += record["metadata"]["queued_ms"]
        self.sequential += record["metadata"]["sequential_ms"]
        self.elapsed += record["metadata"]["elapsed_ms"]

    def snapshot(self) -> dict[str, Any]:
        """Return the counts as plain data; rates are from 0 to 1, of runs not cancelled."""
        total = sum(self.runs.values()) - self.runs["cancelled"] or 1
        return {
            "runs": dict(self.runs),
            "parallel_execution_rate": self.parallel / total,
            "queue_wait_ms": {"total": self.queued, "mean": round(self.queued / total)},
            "timeout_frequency": self.runs["timeout"] / total,
            "speedup": self.sequential / self.elapsed if self.elapsed else 1.0,
        }
