"""The steps of a run as plain lines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TextIO

from ..run.records import printable

__all__ = ["StepLines", "summary"]

ENDS = ("step_complete", "step_error", "step_cancelled")
"""The events by which a step ends."""


class StepLines:
    """A line per step that starts or ends; the log has the retries."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream

    def event(self, event: Mapping[str, Any]) -> None:
        """Show an event."""
        kind, time = event["event"], event.get("time_ms", 0) / 1000
        step = printable(event.get("step", ""))
        if kind == "step_start":
            self.say(f"{time:8.2f} s  {step} started")
        elif kind in ENDS:
            self.say(f"{time:8.2f} s  {step} {ending(event['record'])}")
        elif "run" in event:
            self.say(summary(event["run"]))

    def say(self, line: str) -> None:
        """Print a line."""
        print(line, file=self.stream, flush=True)


def ending(record: Mapping[str, Any]) -> str:
    """Return how a step ended, and after how long."""
    parts = [f"{record['status']} in {record['elapsed_ms'] / 1000:.2f} s"]
    if record["queued_ms"]:
        parts.append(f"queued {record['queued_ms'] / 1000:.2f} s")
    if record["attempts"] > 1:
        parts.append(f"{record['attempts']} tries")
    if record.get("tokens"):
        parts.append(f"{record['tokens']:,} tokens")
    words, error = ", ".join(parts), record["error"]
    return f"{words}: {error}" if error and error != record["status"] else words


def summary(run: Mapping[str, Any]) -> str:
    """Return a run in one line: how it ended, how long it took, and what it saved."""
    data = run["metadata"]
    skipped = sum(step["status"] == "skipped" for step in run["steps"])
    steps = len(run["steps"]) - skipped
    line = f"chain '{data['chain']}' {run['status']} in"
    line += f" {data['elapsed_ms'] / 1000:.2f} s: {steps:,} step{'s' * (steps != 1)}"
    line += f", {skipped:,} skipped" if skipped else ""
    if data["speedup"] >= 1.05:
        line += f", {data['sequential_ms'] / 1000:.2f} s in sequence"
        line += f", {data['speedup']:.1f} times as fast"
    return line
