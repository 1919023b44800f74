"""Steps that are skipped as all that they need was."""

from __future__ import annotations

from collections.abc import Iterator

from .records import Status
from .run import Step

__all__ = ["all_skipped"]


def all_skipped(step: Step, *needs: str | tuple[str, ...]) -> bool:
    """Say whether all that a step needs was skipped: steps, or the steps of blocks.

    Steps are known by their names and lines, `NAME:LINE`, and those of bodies that did
    not run by their names.
    """
    for need in needs:
        steps = (need,) if isinstance(need, str) else need
        found = set(statuses_of(step, steps))
        if found != {"skipped"}:
            return False
    return True


def statuses_of(step: Step, steps: tuple[str, ...]) -> Iterator[Status]:
    """Yield how some steps have ended, in the bodies that `step` is in.

    Each run of a chain has results of its own, also where another calls it once more.
    """
    own = step.path.removesuffix(step.name)
    known = {*steps, *(f"{place.rpartition(':')[0]}:0" for place in steps)}
    for other in step.run.steps:
        if other.run.results is not step.run.results:
            continue
        if f"{other.name}:{other.line}" in known and other is not step:
            there = other.path.removesuffix(other.name)
            if own.startswith(there) or there.startswith(own):
                yield other.status
