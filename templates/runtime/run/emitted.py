"""Events that a spec emits itself."""

from __future__ import annotations

from typing import Any

from .process import process_state
from .run import Step

__all__ = ["emit"]


async def emit(step: Step, data: Any) -> Any:
    """Emit progress of a step, and return its data."""
    run = step.run
    if run.events is not None:
        shown = process_state().get("shown_data", dict)({"data": data})
        await run.events.append(run.event("step_progress", step=step.path, **shown))
    return data
