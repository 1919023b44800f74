"""The workloads as Burr actions; it has no graph of parallel steps."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from burr.core import ApplicationBuilder, State, action
from burr.core.application import ApplicationContext
from burr.core.graph import Graph as BurrGraph
from burr.core.graph import GraphBuilder
from burr.core.parallelism import MapStates

if TYPE_CHECKING:
    from benchmarks.workloads import Run, StepFunction

__all__ = ["CAP", "DISTRIBUTION", "NAME", "fan_out", "sequence", "small"]

NAME = "burr"
DISTRIBUTION = "apache-burr"
CAP = "none, a semaphore by hand"


def _action(step: StepFunction, given: Any) -> Any:
    @action(reads=[], writes=["value"])
    async def work(state: State) -> State:
        return state.update(value=await step(given))

    return work


def _run(graph: BurrGraph, first: str, last: str) -> Run:
    async def run() -> Any:
        builder = ApplicationBuilder().with_graph(graph).with_entrypoint(first)
        return await builder.build().arun(halt_after=[last])

    return run


async def sequence(step: StepFunction, count: int, cap: int) -> Run:
    actions = {f"s{index}": _action(step, index) for index in range(count)}
    names = list(actions)
    builder = GraphBuilder().with_actions(**actions)
    graph = builder.with_transitions(*pairwise(names)).build()
    return _run(graph, names[0], names[-1])


async def fan_out(step: StepFunction, count: int, cap: int) -> Run:
    semaphore = asyncio.Semaphore(cap)

    async def capped(given: Any) -> Any:
        async with semaphore:
            return await step(given)

    class All(MapStates):
        def action(self, state: State, inputs: dict[str, Any]) -> Any:
            return _action(capped, 0)

        async def states(
            self, state: State, context: ApplicationContext, inputs: dict[str, Any]
        ) -> AsyncGenerator[State, None]:
            for index in range(count):
                yield state.update(index=index)

        async def reduce(
            self, state: State, states: AsyncGenerator[State, None]
        ) -> State:
            return state.update(values=[found["value"] async for found in states])

        @property
        def reads(self) -> list[str]:
            return []

        @property
        def writes(self) -> list[str]:
            return ["values"]

        def is_async(self) -> bool:
            return True

    join = _action(capped, None)
    builder = GraphBuilder().with_actions(all=All(), join=join)
    return _run(builder.with_transitions(("all", "join")).build(), "all", "join")


async def small(step: StepFunction, cap: int) -> Run:
    return await fan_out(step, 3, cap)
