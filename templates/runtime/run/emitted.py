"""Events that a spec emits itself."""

from __future__ import annotations

from typing import TypeVar

from .run import Step

__all__ = ["emit"]

T = TypeVar("T")


async def emit(step: Step, data: T) -> T:
    """Emit progress of a step, and return its data."""
    run = step.run
    if run.events is not None:
        await run.events.append(run.event("step_progress", step=step.path, data=data))
    return data
