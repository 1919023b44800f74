"""Records that a run does not keep, so that a million rounds do not fill the memory."""

from __future__ import annotations

from .run import Run, Step

__all__ = ["drop_records"]

KEPT_STEPS = 2000
"""The steps of rounds that have ended well of which a run keeps the records."""


def drop_records(run: Run) -> None:
    """Drop the steps of rounds that ended well, but for the first of a run.

    What failed, what stands in no round and what is under way is kept.
    """
    kept: list[Step] = []
    well = 0
    for step in run.steps:
        is_over = step.ended is not None and step.status == "ok"
        if is_over and step.path.endswith(f"].{step.name}"):
            well += 1
            if well > KEPT_STEPS:
                run.dropped.add(step)
                continue
        kept.append(step)
    run.steps[:] = kept
    run.crowded = max(2 * len(kept), Run.crowded)
