"""Takes the ends of runs; hands on the numbers to watch in production."""

from __future__ import annotations

from typing import Any


class Metrics:
    """Counts over all runs of one module since it was imported; times in seconds."""

    def __init__(self) -> None:
        self.runs = {"ok": 0, "error": 0, "timeout": 0, "cancelled": 0}
        self.parallel = 0
        self.queued = 0.0
        self.sequential = 0.0
        self.elapsed = 0.0

    def snapshot(self) -> dict[str, Any]:
        """The counts as plain data; rates are from 0 to 1."""
        total = sum(self.runs.values())
        return {
            "runs": dict(self.runs),
            "parallel_execution_rate": self.parallel / total if total else 0.0,
            "queue_wait_ms": {
                "total": round(self.queued * 1000),
                "mean": round(self.queued * 1000 / total) if total else 0,
            },
            "timeout_frequency": self.runs["timeout"] / total if total else 0.0,
            "speedup": self.sequential / self.elapsed if self.elapsed else 1.0,
        }
