"""The workloads as Haystack pipelines run asynchronously."""

from typing import TYPE_CHECKING, Any

from haystack import Pipeline, component
from haystack.core.component.types import Variadic

if TYPE_CHECKING:
    from benchmarks.workloads import Graph, Run, StepFunction

__all__ = ["CAP", "DISTRIBUTION", "NAME", "dag", "fan_out", "sequence", "small"]

NAME = "haystack-ai"
DISTRIBUTION = "haystack-ai"
CAP = "own"


@component
class Work:
    def __init__(self, step: "StepFunction", given: Any) -> None:
        self.step = step
        self.given = given

    @component.output_types(value=int)
    def run(self, value: int) -> dict[str, Any]:
        raise NotImplementedError

    @component.output_types(value=int)
    async def run_async(self, value: int) -> dict[str, Any]:
        return {"value": await self.step(self.given)}


@component
class Join:
    def __init__(self, step: "StepFunction") -> None:
        self.step = step

    @component.output_types(value=int)
    def run(self, values: Variadic[int]) -> dict[str, Any]:
        raise NotImplementedError

    @component.output_types(value=int)
    async def run_async(self, values: Variadic[int]) -> dict[str, Any]:
        return {"value": await self.step(list(values))}


def _run(pipeline: Pipeline, first: list[str], cap: int) -> "Run":
    data = {name: {"value": 0} for name in first}

    async def run() -> Any:
        return await pipeline.run_async(data, concurrency_limit=cap)

    return run


async def sequence(step: "StepFunction", count: int, cap: int) -> "Run":
    pipeline = Pipeline(max_runs_per_component=count + 10)
    for index in range(count):
        pipeline.add_component(f"s{index}", Work(step, index))
        if index:
            pipeline.connect(f"s{index - 1}.value", f"s{index}.value")
    return _run(pipeline, ["s0"], cap)


async def fan_out(step: "StepFunction", count: int, cap: int) -> "Run":
    pipeline = Pipeline()
    pipeline.add_component("join", Join(step))
    names = [f"s{index}" for index in range(count)]
    for index, name in enumerate(names):
        pipeline.add_component(name, Work(step, index))
        pipeline.connect(f"{name}.value", "join.values")
    return _run(pipeline, names, cap)


async def small(step: "StepFunction", cap: int) -> "Run":
    return await fan_out(step, 3, cap)


async def dag(step: "StepFunction", graph: "Graph") -> "Run":
    pipeline = Pipeline()
    first = []
    for number, (seconds, needed) in enumerate(
        zip(graph.seconds, graph.needs, strict=True)
    ):
        pipeline.add_component(f"s{number}", Work(step, seconds))
        if needed is None:
            first.append(f"s{number}")
        else:
            pipeline.connect(f"s{needed}.value", f"s{number}.value")
    return _run(pipeline, first, len(graph.seconds))
