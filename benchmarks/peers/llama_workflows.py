"""The workloads as LlamaIndex workflows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workflows import Context, Workflow, step
from workflows.events import Event, StartEvent, StopEvent

if TYPE_CHECKING:
    from benchmarks.workloads import Graph, Run, StepFunction

__all__ = ["CAP", "DISTRIBUTION", "NAME", "dag", "fan_out", "sequence", "small"]

NAME = "llama-index-workflows"
DISTRIBUTION = "llama-index-workflows"
CAP = "own"


class Turn(Event):
    index: int


class Work(Event):
    number: int


class Done(Event):
    number: int


async def sequence(do: StepFunction, count: int, cap: int) -> Run:
    class Sequence(Workflow):
        @step
        async def turn(self, event: StartEvent | Turn) -> Turn | StopEvent:
            index = event.index if isinstance(event, Turn) else 0
            await do(index)
            return Turn(index=index + 1) if index + 1 < count else StopEvent(result=1)

    return _run(Sequence)


async def fan_out(do: StepFunction, count: int, cap: int) -> Run:
    class FanOut(Workflow):
        @step
        async def start(self, event: StartEvent) -> list[Work]:
            return [Work(number=index) for index in range(count)]

        @step(num_workers=cap)
        async def work(self, event: Work) -> Done:
            await do(event.number)
            return Done(number=event.number)

        @step
        async def join(self, events: list[Done]) -> StopEvent:
            return StopEvent(result=await do(None))

    return _run(FanOut)


async def small(do: StepFunction, cap: int) -> Run:
    return await fan_out(do, 3, cap)


async def dag(do: StepFunction, graph: Graph) -> Run:
    first = [number for number, needed in enumerate(graph.needs) if needed is None]

    class Dag(Workflow):
        @step
        async def start(self, context: Context, event: StartEvent) -> Work | None:
            for number in first:
                context.send_event(Work(number=number))
            return None

        @step(num_workers=len(graph.seconds))
        async def work(self, context: Context, event: Work) -> Work | Done:
            await do(graph.seconds[event.number])
            for number in graph.followers[event.number]:
                context.send_event(Work(number=number))
            return Done(number=event.number)

        @step
        async def join(self, context: Context, event: Done) -> StopEvent | None:
            expected = [Done] * len(graph.seconds)
            if context.collect_events(event, expected) is None:
                return None
            return StopEvent(result=1)

    return _run(Dag)


def _run(workflow: type[Workflow]) -> Run:
    made = workflow(timeout=600)

    async def run() -> Any:
        return await made.run()

    return run
