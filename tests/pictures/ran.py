"""Records of runs to draw."""

from __future__ import annotations

import random
from typing import Any

__all__ = ["RETRIES", "cut_short", "digest", "large", "record", "step"]


def step(name: str, started: int, elapsed: int, **more: Any) -> dict[str, Any]:
    """The record of a step."""
    return {
        "name": name,
        "status": "ok",
        "result": "what nobody may see",
        "error": None,
        "attempts": 1,
        "queued_ms": 0,
        "started_ms": started,
        "elapsed_ms": elapsed,
        **more,
    }


def record(
    chain: str, *steps: dict[str, Any], elapsed: int | None = None, **more: Any
) -> dict[str, Any]:
    """The record of a run."""
    ended = [one["started_ms"] + one["elapsed_ms"] for one in steps]
    whole = max(ended, default=0) if elapsed is None else elapsed
    work = sum(one["elapsed_ms"] for one in steps)
    return {
        "status": "ok",
        "result": "what nobody may see",
        "steps": list(steps),
        "error": None,
        "metadata": {
            "run_id": "5e1f",
            "chain": chain,
            "elapsed_ms": whole,
            "sequential_ms": work,
            "queued_ms": sum(one["queued_ms"] for one in steps),
            "speedup": round(work / whole, 2) if whole else 1.0,
        },
        **more,
    }


def digest(faster: float = 1.0) -> dict[str, Any]:
    """A run with a queue, a second try and a failure."""
    found = record(
        "digest",
        step("fetch", 0, 400),
        step(
            "classify",
            400,
            900,
            path="docs[0].classify",
            tokens=300,
            cost=0.01,
            requests=1,
        ),
        step(
            "classify",
            600,
            1500,
            queued_ms=200,
            attempts=2,
            path="docs[1].classify",
            tokens=700,
            cost=0.02,
            requests=2,
        ),
        step(
            "classify",
            1300,
            400,
            queued_ms=900,
            status="error",
            error="503 <b>Service</b> Unavailable",
            path="docs[2].classify",
        ),
        step("summary", 2100, int(800 / faster), tokens=1200, cost=0.05, requests=1),
    )
    found["metadata"]["usage"] = {"requests": 4, "tokens": 2200, "cost": 0.08}
    return found


RETRIES = [
    {"step": "docs[1].classify", "time_ms": 1200, "delay_ms": 300, "error": "429"}
]
"""The further tries of `digest`."""


def large(count: int) -> dict[str, Any]:
    """A loop of many rounds, 50 at once."""
    drawn = random.Random(3)
    free = [0] * 50
    steps: list[dict[str, Any]] = []
    for number in range(count):
        worker = min(range(50), key=free.__getitem__)
        took = drawn.randint(20, 900)
        steps.append(
            step("classify", free[worker], took, path=f"docs[{number}].classify")
        )
        free[worker] += took
    return record("large", *steps)


def cut_short(run: dict[str, Any], kept: int) -> dict[str, Any]:
    """A run that has dropped the records of its steps behind the first ones."""
    metadata = {**run["metadata"], "dropped_steps": len(run["steps"]) - kept}
    return {**run, "steps": run["steps"][:kept], "metadata": metadata}
