"""Records that a run does not keep, so that a million rounds do not fill the memory."""

from __future__ import annotations

from .run import Run, Step

__all__ = ["KEPT_STEPS", "drop_records"]

KEPT_STEPS = 2000
"""The steps of rounds that have ended well of which a run keeps the records."""


def drop_records(run: Run) -> int:
    """Drop the steps of rounds that ended well, but for the first of a run.

    What failed, what is in no round and what is under way is kept. Returns how
    many steps there have to be before it is worth while again.
    """
    settled: int = run.shared.get("settled_steps", 0)  # so many are kept for good
    well = KEPT_STEPS if settled else 0
    steps = run.steps[settled:]
    del run.steps[settled:]
    for step in steps:
        if (
            step.status == "ok"
            and step.ended is not None
            and step.path.endswith(f"].{step.name}")
        ):
            if well == KEPT_STEPS:
                count_dropped(run, step, step.ended)
                continue
            well += 1
            if well == KEPT_STEPS:
                run.shared["settled_steps"] = len(run.steps) + 1
        run.steps.append(step)
    return max(len(run.steps), KEPT_STEPS) * 9 // 8


def count_dropped(run: Run, step: Step, ended: float) -> None:
    """Count a step whose record is not kept."""
    run.dropped[0] += 1
    run.dropped[1] += 0.0 if step.inner else ended - step.started
    run.dropped[2] += step.queued
