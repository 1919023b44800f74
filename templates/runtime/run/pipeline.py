"""Pipelines: chains of stages, which have events of their own."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any, TypeVar, TypeVarTuple, cast
from weakref import WeakKeyDictionary

from .chain import Chain
from .process import process_state
from .records import ChainStopped, RunResult, describe_error
from .run import ROUND, Run, Step, sub_run

__all__ = [
    "Pipeline",
    "Stage",
    "call_pipeline",
    "call_stage",
    "with_argument",
]

PayloadType = TypeVar("PayloadType")
T = TypeVar("T")
Ts = TypeVarTuple("Ts")

CUT_STAGES: WeakKeyDictionary[Run, str] = WeakKeyDictionary()
"""The stages in which runs of pipelines have failed or were cut off."""


class Pipeline(Chain):
    """A chain of stages."""

    def event(self, run: Run, what: str, /, **data: Any) -> dict[str, Any]:
        """Return the event of the start of a run, or of its end by its status."""
        if what == "start":
            return pipeline_event(run, "start", input=data["payload"])
        record: RunResult = data["run"]
        took = record["metadata"]["elapsed_ms"]
        if what == "ok":
            return pipeline_event(run, "complete", duration_ms=took, run=record)
        failed = {"stage": CUT_STAGES.get(run), "error": record["error"]}
        return pipeline_event(run, "error", **failed, duration_ms=took, run=record)


class Stage:
    """A stage of a pipeline under way: it emits its start and its end."""

    def __init__(self, run: Run, name: str) -> None:
        self.run = run
        self.name = name
        self.started = 0.0

    async def __aenter__(self) -> None:
        self.started = self.run.time()
        await self.emit("stage_start")

    async def __aexit__(
        self, kind: object, error: BaseException | None, trace: object
    ) -> None:
        if error is not None and not isinstance(error, ChainStopped):
            # The first is the reason: others are cancelled for it.
            CUT_STAGES.setdefault(self.run, self.name)
            return
        took = round((self.run.time() - self.started) * 1000)
        await self.emit("stage_complete", duration_ms=took)

    async def emit(self, what: str, **data: Any) -> None:
        """Emit an event of the stage."""
        run = self.run
        if run.events is not None:
            await run.events.append(pipeline_event(run, what, stage=self.name, **data))


def pipeline_event(run: Run, what: str, /, **data: Any) -> dict[str, Any]:
    """Return an event of a pipeline; of one that a step runs, with the step's path."""
    inside = {"step": run.prefix.removesuffix(".")} if run.prefix else {}
    return run.event(f"pipeline:{what}", name=run.chain, **inside, **data)


async def call_pipeline(
    step: Step,
    flow: Callable[[Run, PayloadType], Coroutine[Any, Any, T]],
    facts: Mapping[str, Any],
    source: str,
    payload: PayloadType,
) -> T:
    """Run a pipeline inside `step`."""
    run = sub_run(step, facts, source, payload)
    started, events = run.time(), run.events

    def event(what: str, **data: Any) -> dict[str, Any]:
        took = round((run.time() - started) * 1000)
        return pipeline_event(run, what, **data, duration_ms=took)

    if events is not None:
        shown = process_state().get("shown_data", dict)({"input": payload})
        await events.append(pipeline_event(run, "start", **shown))
    try:
        result = await flow(run, payload)
    except (Exception, asyncio.CancelledError) as error:
        if events is not None:
            # Nobody who is being cancelled waits for room.
            is_cut = isinstance(error, asyncio.CancelledError)
            words = "cancelled" if is_cut else describe_error(error)
            events.append(event("error", stage=CUT_STAGES.get(run), error=words))
        raise
    if events is not None:
        await events.append(event("complete"))
    return result


def with_argument(run: Run, name: str, value: Any) -> Run:
    """Return the run as what a stage calls knows it: its payload has the argument."""
    staged, payload = copy.copy(run), run.payload
    staged.payload = {name: value}
    if isinstance(payload, Mapping):
        staged.payload = {**cast("Mapping[str, Any]", payload), name: value}
    return staged


async def call_stage(
    step: Step, flow: Callable[[Run, *Ts], Awaitable[T]], *args: *Ts
) -> T:
    """Run the body of a stage inside `step`, whose path its steps are in."""
    run = step.inner = copy.copy(step.run)
    run.prefix = f"{step.path}."
    # Its steps have the results of the item, which other items do not see.
    token = ROUND.set((run.steps, run.prefix, run.prefix, step.results))
    try:
        return await flow(run, *args)
    finally:
        ROUND.reset(token)
