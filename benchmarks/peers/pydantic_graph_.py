"""The workloads as pydantic-graphs built by its builder."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from pydantic_graph import GraphBuilder, StepContext, reduce_list_append

if TYPE_CHECKING:
    from benchmarks.workloads import Graph, Run, StepFunction

__all__ = ["CAP", "DISTRIBUTION", "NAME", "dag", "fan_out", "sequence", "small"]

NAME = "pydantic-graph"
DISTRIBUTION = "pydantic-graph"
CAP = "none, a semaphore by hand"


def _builder() -> GraphBuilder[Any, Any, Any, Any]:
    return GraphBuilder(input_type=type(None), output_type=list)


def _step(
    builder: GraphBuilder[Any, Any, Any, Any], name: str, step: StepFunction, given: Any
) -> Any:
    async def work(context: StepContext[Any, Any, Any]) -> Any:
        return await step(given)

    return builder.step(work, node_id=name)


def _run(builder: GraphBuilder[Any, Any, Any, Any]) -> Run:
    graph = builder.build()

    async def run() -> Any:
        return await graph.run(inputs=None)

    return run


async def sequence(step: StepFunction, count: int, cap: int) -> Run:
    builder = _builder()
    before: Any = builder.start_node
    for index in range(count):
        node = _step(builder, f"s{index}", step, index)
        builder.add(builder.edge_from(before).to(node))
        before = node
    builder.add(builder.edge_from(before).to(builder.end_node))
    return _run(builder)


async def fan_out(step: StepFunction, count: int, cap: int) -> Run:
    semaphore = asyncio.Semaphore(cap)

    async def capped(given: Any) -> Any:
        async with semaphore:
            return await step(given)

    builder = _builder()
    nodes = [_step(builder, f"s{index}", capped, index) for index in range(count)]
    join = builder.join(reduce_list_append, initial_factory=list)
    last = _step(builder, "last", capped, None)
    builder.add(
        builder.edge_from(builder.start_node).to(*nodes),
        builder.edge_from(*nodes).to(join),
        builder.edge_from(join).to(last),
        builder.edge_from(last).to(builder.end_node),
    )
    return _run(builder)


async def small(step: StepFunction, cap: int) -> Run:
    return await fan_out(step, 3, cap)


async def dag(step: StepFunction, graph: Graph) -> Run:
    builder = _builder()
    nodes = [
        _step(builder, f"s{number}", step, seconds)
        for number, seconds in enumerate(graph.seconds)
    ]
    join = builder.join(reduce_list_append, initial_factory=list)
    first = [nodes[n] for n, needed in enumerate(graph.needs) if needed is None]
    builder.add(builder.edge_from(builder.start_node).to(*first))
    for node, followers in zip(nodes, graph.followers, strict=True):
        targets = [nodes[number] for number in followers] or [join]
        builder.add(builder.edge_from(node).to(*targets))
    builder.add(builder.edge_from(join).to(builder.end_node))
    return _run(builder)
