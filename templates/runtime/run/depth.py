"""Chains that run themselves, within a bound."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from typing import Any, TypeVar

from .records import StepFailed
from .run import Run, Step, call_chain

__all__ = ["call_in_depth"]

PayloadType = TypeVar("PayloadType")
T = TypeVar("T")


async def call_in_depth(
    most: int,
    step: Step,
    flow: Callable[[Run, PayloadType], Coroutine[Any, Any, T]],
    facts: Mapping[str, Any],
    source: str,
    payload: PayloadType,
) -> T:
    """Run another chain inside `step`, unless `most` runs of it are nested in each other."""
    run = step.run
    if (*run.callers, run.chain).count(facts["name"]) >= most:
        words = f"more than {most} runs of chain '{facts['name']}' inside each other"
        raise StepFailed(words)
    return await call_chain(step, flow, facts, source, payload)
