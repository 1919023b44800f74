"""The workloads written by hand, with asyncio alone.

This is the measure of all ratios: the same semaphore and task group that a generated
module has, no timeout, no records, no events.
"""

from __future__ import annotations

import asyncio

from benchmarks.workloads import Graph, Run, StepFunction

__all__ = [
    "CAP",
    "DISTRIBUTION",
    "NAME",
    "dag",
    "fan_out",
    "permits",
    "pool",
    "race",
    "sequence",
    "small",
]

NAME = "hand-written asyncio"
DISTRIBUTION = None
CAP = "own"
CAP_OF_EACH = 50
"""The permits of each of three semaphores."""


async def sequence(step: StepFunction, count: int, cap: int) -> Run:
    """`count` steps one after another, each under the semaphore."""
    semaphore = asyncio.Semaphore(cap)

    async def run() -> list[object]:
        results = []
        for index in range(count):
            async with semaphore:
                results.append(await step(index))
        return results

    return run


async def fan_out(step: StepFunction, count: int, cap: int) -> Run:
    """`count` steps at once under a semaphore of `cap`, then one that takes all."""
    semaphore = asyncio.Semaphore(cap)

    async def one(given: object) -> object:
        async with semaphore:
            return await step(given)

    async def run() -> object:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(index)) for index in range(count)]
        return await one([task.result() for task in tasks])

    return run


async def small(step: StepFunction, cap: int) -> Run:
    """Three steps at once, then one that takes their results."""
    return await fan_out(step, 3, cap)


async def pool(step: StepFunction, count: int, workers: int) -> Run:
    """`count` calls by `workers` that take one item after another."""

    async def run() -> int:
        results: list[object] = [None] * count
        items = iter(range(count))

        async def work() -> None:
            for index in items:
                results[index] = await step(index)

        async with asyncio.TaskGroup() as group:
            for _ in range(workers):
                group.create_task(work())
        return len(results)

    return run


async def race(step: StepFunction, races: int, of: int) -> Run:
    """Races one after another: the losers are cancelled and awaited."""

    async def run_one() -> object:
        works = [step(0), *(asyncio.sleep(60) for _ in range(of - 1))]
        tasks = [asyncio.ensure_future(work) for work in works]
        done, pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in pending:
            task.cancel()
        await asyncio.wait(pending)
        return done.pop().result()

    async def run() -> None:
        for _ in range(races):
            await run_one()

    return run


async def permits(step: StepFunction, count: int, *, parallel: bool) -> Run:
    """Steps that each take three semaphores, one after another."""
    one, two, three = (asyncio.Semaphore(CAP_OF_EACH) for _ in range(3))

    async def call(given: object) -> object:
        async with one, two, three:
            return await step(given)

    async def run() -> list[object]:
        if not parallel:
            return [await call(index) for index in range(count)]
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(call(index)) for index in range(count)]
        return [task.result() for task in tasks]

    return run


async def dag(step: StepFunction, graph: Graph) -> Run:
    """Every step as soon as the one that it needs is done, in a task of its own."""

    async def run() -> list[object]:
        tasks: list[asyncio.Task[object]] = []

        async def one(number: int) -> object:
            needed = graph.needs[number]
            if needed is not None:
                await asyncio.wait([tasks[needed]])
            return await step(graph.seconds[number])

        async with asyncio.TaskGroup() as group:
            for number in range(len(graph.seconds)):
                tasks.append(group.create_task(one(number)))
        return [task.result() for task in tasks]

    return run
