"""Runs of chains that are spans."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, TypeVar

from ..run.chain import Chain
from ..run.depth import call_in_depth
from ..run.pipeline import Pipeline, call_pipeline
from ..run.records import RunCancelled
from ..run.run import Run, Step, call_chain
from .spans import Traced

__all__ = [
    "TracedChain",
    "TracedPipeline",
    "call_chain_traced",
    "call_in_depth_traced",
    "call_pipeline_traced",
]

PayloadType = TypeVar("PayloadType")
T = TypeVar("T")


class TracedChain(Chain):
    """A chain of which each run is a span."""

    async def outcome(self, run: Run) -> Any:
        """Return the result of a run, which is a span until it has ended."""
        with workflow_span(self.name, run) as traced:
            status = "error"
            try:
                result = await super().outcome(run)
                status = "ok"
            except TimeoutError:
                status = "timeout"
                raise
            except (RunCancelled, asyncio.CancelledError):
                status = "cancelled"
                raise
            finally:
                traced.set(n3gen__run__status=status)
        return result


class TracedPipeline(TracedChain, Pipeline):
    """A pipeline of which each run is a span."""


def workflow_span(chain: str, run: Run) -> Traced:
    """Return the span of one run of a chain."""
    attributes = {
        "gen_ai.operation.name": "invoke_workflow",
        "gen_ai.workflow.name": chain,
        "gen_ai.agent.name": chain,
        "n3gen.run.id": run.id,
        "code.file.path": run.source,
    }
    return Traced(f"invoke_workflow {chain}", attributes)


async def call_chain_traced(
    step: Step,
    flow: Callable[[Run, PayloadType], Coroutine[Any, Any, T]],
    facts: Mapping[str, Any],
    source: str,
    payload: PayloadType,
) -> T:
    """Run another chain inside `step`, as a span of its own."""
    with workflow_span(facts["name"], step.run):
        return await call_chain(step, flow, facts, source, payload)


async def call_pipeline_traced(
    step: Step,
    flow: Callable[[Run, PayloadType], Coroutine[Any, Any, T]],
    facts: Mapping[str, Any],
    source: str,
    payload: PayloadType,
) -> T:
    """Run a pipeline inside `step`, as a span of its own."""
    with workflow_span(facts["name"], step.run):
        return await call_pipeline(step, flow, facts, source, payload)


async def call_in_depth_traced(
    most: int,
    step: Step,
    flow: Callable[[Run, PayloadType], Coroutine[Any, Any, T]],
    facts: Mapping[str, Any],
    source: str,
    payload: PayloadType,
) -> T:
    """Run another chain inside `step`, as a span, unless `most` are nested in each other."""
    with workflow_span(facts["name"], step.run):
        return await call_in_depth(most, step, flow, facts, source, payload)
