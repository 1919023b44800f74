"""The workloads as LangGraph state graphs."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Annotated, Any, TypedDict

from langgraph.graph import END, START, StateGraph

if TYPE_CHECKING:
    from benchmarks.workloads import Graph, Run, StepFunction

__all__ = ["CAP", "DISTRIBUTION", "NAME", "dag", "fan_out", "sequence", "small"]

NAME = "langgraph"
DISTRIBUTION = "langgraph"
CAP = "own"


class State(TypedDict):
    values: Annotated[list[Any], operator.add]


def _node(step: StepFunction, given: Any) -> Any:
    async def node(state: State) -> dict[str, Any]:
        return {"values": [await step(given)]}

    return node


def _run(builder: StateGraph[Any], steps: int, cap: int | None = None) -> Run:
    graph = builder.compile()
    config: dict[str, Any] = {"recursion_limit": steps + 10}
    if cap is not None:
        config["max_concurrency"] = cap

    async def run() -> Any:
        return await graph.ainvoke({"values": []}, config)

    return run


async def sequence(step: StepFunction, count: int, cap: int) -> Run:
    builder = StateGraph(State)
    before = START
    for index in range(count):
        builder.add_node(f"s{index}", _node(step, index))
        builder.add_edge(before, f"s{index}")
        before = f"s{index}"
    builder.add_edge(before, END)
    return _run(builder, count)


async def fan_out(step: StepFunction, count: int, cap: int) -> Run:
    builder = StateGraph(State)
    names = [f"s{index}" for index in range(count)]
    for index, name in enumerate(names):
        builder.add_node(name, _node(step, index))
        builder.add_edge(START, name)
    builder.add_node("join", _node(step, None))
    builder.add_edge(names, "join")
    builder.add_edge("join", END)
    return _run(builder, count, cap)


async def small(step: StepFunction, cap: int) -> Run:
    return await fan_out(step, 3, cap)


async def dag(step: StepFunction, graph: Graph) -> Run:
    builder = StateGraph(State)
    for number, seconds in enumerate(graph.seconds):
        builder.add_node(f"s{number}", _node(step, seconds))
    for number, needed in enumerate(graph.needs):
        builder.add_edge(START if needed is None else f"s{needed}", f"s{number}")
        if not graph.followers[number]:
            builder.add_edge(f"s{number}", END)
    return _run(builder, len(graph.seconds))
