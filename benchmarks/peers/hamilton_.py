"""The workloads as Hamilton functions under its async driver."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from hamilton import ad_hoc_utils, async_driver, base

if TYPE_CHECKING:
    from benchmarks.workloads import Graph, Run, StepFunction

__all__ = ["CAP", "DISTRIBUTION", "NAME", "dag", "fan_out", "sequence", "small"]

NAME = "sf-hamilton"
DISTRIBUTION = "sf-hamilton"
CAP = "none, a semaphore by hand"


async def sequence(step: StepFunction, count: int, cap: int) -> Run:
    needs = [[]] + [[f"s{index}"] for index in range(count - 1)]
    return await _driver([step] * count, needs, f"s{count - 1}")


async def fan_out(step: StepFunction, count: int, cap: int) -> Run:
    semaphore = asyncio.Semaphore(cap)

    async def capped(given: Any) -> Any:
        async with semaphore:
            return await step(given)

    needs = [[] for _ in range(count)] + [[f"s{index}" for index in range(count)]]
    return await _driver([capped] * (count + 1), needs, f"s{count}")


async def small(step: StepFunction, cap: int) -> Run:
    return await fan_out(step, 3, cap)


async def dag(step: StepFunction, graph: Graph) -> Run:
    def timed(seconds: float) -> StepFunction:
        return lambda _: step(seconds)

    async def nothing(_: Any) -> None: ...

    steps = [timed(seconds) for seconds in graph.seconds]
    needs = [[] if needed is None else [f"s{needed}"] for needed in graph.needs]
    needs.append([f"s{number}" for number in range(len(steps))])
    return await _driver([*steps, nothing], needs, f"s{len(steps)}")


async def _driver(steps: list[StepFunction], needs: list[list[str]], last: str) -> Run:
    functions = []
    for number, (step, names) in enumerate(zip(steps, needs, strict=True)):
        parameters = ", ".join(f"{name}: object" for name in names)
        given = f"[{', '.join(names)}]"
        source = (
            f"async def s{number}({parameters}) -> object: return await step({given})"
        )
        scope: dict[str, Any] = {"step": step}
        exec(source, scope)
        functions.append(scope[f"s{number}"])
    module = ad_hoc_utils.create_temporary_module(*functions)
    builder = async_driver.Builder().with_modules(module)
    driver = await builder.with_adapters(base.DictResult()).build()

    async def run() -> Any:
        return await driver.execute([last])

    return run
