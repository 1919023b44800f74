"""What the trace of a run needs of its events, noted as they come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from time import monotonic
from typing import Any

from ..run.records import RunResult

__all__ = ["TraceNotes"]

STARTS = ("step_start", "pipeline:stage_start")
"""The events by which a step, or a stage, starts."""


class TraceNotes:
    """The record of a run and its further tries, without payloads and results."""

    def __init__(self) -> None:
        self.retries: list[dict[str, Any]] = []
        self.ended: list[dict[str, Any]] = []
        self.begun: dict[str, int] = {}
        self.last: Mapping[str, Any] = {}
        self.seen = monotonic()

    def event(self, event: Mapping[str, Any]) -> None:
        """Note an event."""
        self.last, self.seen = event, monotonic()
        kind = event["event"]
        if kind == "step_retry":
            kept = ("step", "time_ms", "delay_ms", "error", "fallback")
            self.retries.append({key: event[key] for key in kept if key in event})
        elif kind in STARTS:
            self.begun[event.get("step", "")] = event["time_ms"]
        elif "record" in event:
            self.begun.pop(event["step"], None)
            self.ended.append(without_result(event["record"]))

    def record(self) -> dict[str, Any]:
        """Return the record of the run; of one that was cut off, as far as it came."""
        if "run" in self.last:
            return self.whole_record(self.last["run"])
        now = self.last["time_ms"] + round((monotonic() - self.seen) * 1000)
        cut = [cut_off(path, at, now) for path, at in self.begun.items()]
        names = {"chain": self.last["chain"], "run_id": self.last["run_id"]}
        record = record_so_far(names, [*self.ended, *cut], now)
        return {"status": "cancelled", "error": "the run was cut off", **record}

    def whole_record(self, run: RunResult) -> dict[str, Any]:
        """Return the record of a run with those of its steps that it has dropped."""
        steps = [without_result(step) for step in run["steps"]]
        metadata: dict[str, Any] = {**run["metadata"]}
        dropped: int = metadata.pop("dropped_steps", 0)
        if dropped:
            kept = {place_of(step) for step in steps}
            noted = [step for step in self.ended if place_of(step) not in kept]
            steps = sorted([*steps, *noted], key=started_ms)
            dropped -= len(noted)
        left = {"dropped_steps": dropped} if dropped > 0 else {}
        return {**run, "result": None, "steps": steps, "metadata": metadata | left}


def record_so_far(
    names: Mapping[str, str], steps: Sequence[dict[str, Any]], now: int
) -> dict[str, Any]:
    """Return what the record of a run would be now, but for its status and error."""
    work: int = sum(step["elapsed_ms"] for step in steps)
    queued: int = sum(step["queued_ms"] for step in steps)
    metadata = {
        **names,
        "elapsed_ms": now,
        "sequential_ms": work,
        "queued_ms": queued,
        "speedup": round(work / now, 2) if now else 1.0,
    }
    ordered = sorted(steps, key=started_ms)
    return {"result": None, "steps": ordered, "metadata": metadata}


def cut_off(path: str, started: int, now: int) -> dict[str, Any]:
    """Return the record of a step that was under way."""
    return {
        "name": path.rpartition(".")[2],
        "path": path,
        "status": "cancelled",
        "error": None,
        "attempts": 1,
        "queued_ms": 0,
        "started_ms": started,
        "elapsed_ms": now - started,
    }


def place_of(step: Mapping[str, Any]) -> tuple[str, int]:
    """Return what identifies the record of a step: its path, and when it started."""
    return step.get("path", step["name"]), step["started_ms"]


def started_ms(step: Mapping[str, Any]) -> int:
    """Return when a step started."""
    at: int = step["started_ms"]
    return at


def without_result(step: Mapping[str, Any]) -> dict[str, Any]:
    """Return the record of a step as a trace keeps it."""
    return {key: step[key] for key in step if key not in ("result", "version")}
