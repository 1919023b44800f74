"""Steps that are skipped as all that they need was."""

from __future__ import annotations

from collections.abc import Iterator

from .records import Status
from .run import Step

__all__ = ["all_skipped"]


def all_skipped(step: Step, *needs: str | tuple[str, ...]) -> bool:
    """Say whether all that a step needs was skipped: steps, or the steps of blocks."""
    for need in needs:
        names = (need,) if isinstance(need, str) else need
        found = set(statuses_of(step, names))
        if found != {"skipped"}:
            return False
    return True


def statuses_of(step: Step, names: tuple[str, ...]) -> Iterator[Status]:
    """Yield how the steps of some names have ended, in the bodies that `step` is in."""
    own = step.path.removesuffix(step.name)
    for other in step.run.steps:
        if other.name in names and other is not step:
            there = other.path.removesuffix(other.name)
            if own.startswith(there) or there.startswith(own):
                yield other.status
