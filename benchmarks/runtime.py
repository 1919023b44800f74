"""The cost of a run: ours beside hand-written code and other libraries.

Run as `python -m benchmarks.runtime`; prints Markdown. All contestants of a table take
turns in one process, and every workload is first run once with a step that counts.
"""

from __future__ import annotations

import asyncio
import importlib
import importlib.metadata
import os
import pkgutil
import sys
from collections.abc import Awaitable, Callable
from types import ModuleType
from typing import Any

from benchmarks import hand, ours, peers
from benchmarks.measure import Times, in_turn, table
from benchmarks.workloads import (
    CAP,
    FAN_OUT,
    SEQUENCE,
    Counter,
    Run,
    StepFunction,
    never_yields,
    random_graph,
    yields_once,
)

__all__ = ["main"]

Prepare = Callable[[ModuleType, StepFunction], Awaitable[Run]]

ROUNDS = 15
BUDGET = 6.0

DEADLINE = "hand-written, one `wait_for` a run"
"""The reference inside one deadline for the whole run, as every chain has."""


def found_peers() -> tuple[list[ModuleType], list[str]]:
    """The peers that are installed, and the names of those that are not."""
    installed, missing = [], []
    for info in pkgutil.iter_modules(peers.__path__):
        try:
            installed.append(importlib.import_module(f"benchmarks.peers.{info.name}"))
        except ImportError:
            missing.append(info.name.strip("_").replace("_", "-"))
    return installed, missing


def version(module: ModuleType) -> str:
    """The name of a contestant with the version that is installed."""
    if module.DISTRIBUTION is None:
        return str(module.NAME)
    return f"{module.NAME} {importlib.metadata.version(module.DISTRIBUTION)}"


async def checked(
    contestants: list[ModuleType], prepare: Prepare, what: str, calls: int
) -> tuple[dict[str, ModuleType], dict[str, int]]:
    """Those that do all `calls` of a workload, and how many ran at once in each."""
    able: dict[str, ModuleType] = {}
    peaks: dict[str, int] = {}
    for module in contestants:
        if not hasattr(module, what):
            continue
        counter = Counter()
        await (await prepare(module, counter))()
        if counter.calls == calls:
            able[module.NAME] = module
            peaks[module.NAME] = counter.peak
        else:
            note = f"{module.NAME} made {counter.calls} of {calls} calls in {what}"
            print(note, file=sys.stderr)
    return able, peaks


def guarded(step: StepFunction, guard: str) -> StepFunction:
    """A step in a timeout of its own, as one would write it by hand."""

    async def with_timeout(given: Any) -> Any:
        async with asyncio.timeout(60):
            return await step(given)

    async def with_wait_for(given: Any) -> Any:
        return await asyncio.wait_for(step(given), 60)

    return with_timeout if guard == "timeout" else with_wait_for


def in_time(run: Run) -> Run:
    """A run in a deadline of its own, as every chain has one."""

    async def with_deadline() -> Any:
        return await asyncio.wait_for(run(), 300)

    return with_deadline


async def measured(
    able: dict[str, ModuleType], prepare: Prepare, *, inner: int
) -> dict[str, Times]:
    """The times of one workload, by contestant."""
    runs = {name: await prepare(module, yields_once) for name, module in able.items()}
    for guard in ("timeout", "wait_for"):
        step = guarded(yields_once, guard)
        runs[f"hand-written, `{guard}` a step"] = await prepare(hand, step)
    runs[DEADLINE] = in_time(runs[hand.NAME])
    return await in_turn(runs, hand.NAME, inner=inner, rounds=ROUNDS, budget=BUDGET)


def rows(times: dict[str, Times], steps: int) -> list[list[str]]:
    """Name, ratio, microseconds a step with quartiles, and rounds; the quickest first."""
    found = []
    for name, taken in sorted(times.items(), key=lambda item: item[1].ratio):
        per_step = [seconds * 1e6 / steps for seconds in (taken.median, *taken.spread)]
        found.append(
            [
                f"**{name}**" if name == ours.NAME else name,
                f"{taken.ratio:.2f}",
                f"{taken.ratio_to(times[DEADLINE].seconds):.2f}",
                f"{per_step[0]:.1f}",
                f"{per_step[1]:.1f} to {per_step[2]:.1f}",
                str(len(taken.seconds)),
            ]
        )
    return found


HEAD = ["", "ratio", "with a deadline", "us a step", "quartiles", "rounds"]


async def never_yielding(prepare: Prepare, steps: int, inner: int) -> str:
    """Ours beside hand-written with calls that never give way, in a sentence."""
    runs = {
        hand.NAME: await prepare(hand, never_yields),
        ours.NAME: await prepare(ours, never_yields),
    }
    times = await in_turn(runs, hand.NAME, inner=inner, rounds=ROUNDS, budget=BUDGET)
    per_step = [times[name].median * 1e6 / steps for name in (ours.NAME, hand.NAME)]
    return (
        f"With calls that never give way: {per_step[0]:.1f} us a step, hand-written "
        f"{per_step[1]:.1f}, ratio {times[ours.NAME].ratio:.2f}.\n"
    )


async def workload(
    contestants: list[ModuleType],
    prepare: Prepare,
    *,
    title: str,
    what: str,
    calls: int,
    inner: int,
) -> str:
    """The section of one workload."""
    able, peaks = await checked(contestants, prepare, what, calls)
    times = await measured(able, prepare, inner=inner)
    parts = [f"### {title}\n", table(HEAD, rows(times, calls))]
    if what == "fan_out":
        caps = [f"{name} {peaks[name]} ({module.CAP})" for name, module in able.items()]
        parts.append(f"Most steps at once, and whose cap it is: {', '.join(caps)}.\n")
    parts.append(await never_yielding(prepare, calls, inner))
    return "\n".join(parts)


async def makespans(contestants: list[ModuleType]) -> str:
    """The section of the random graph, in real time."""
    graph = random_graph()

    async def prepare(module: ModuleType, step: StepFunction) -> Run:
        run: Run = await module.dag(step, graph)
        return run

    able, _ = await checked(contestants, prepare, "dag", len(graph.seconds))
    runs = {name: await prepare(m, asyncio.sleep) for name, m in able.items()}
    times = await in_turn(runs, hand.NAME, inner=1, rounds=7, budget=BUDGET)
    ordered = sorted(times.items(), key=lambda item: item[1].median)
    found = [
        [
            f"**{name}**" if name == ours.NAME else name,
            f"{taken.median / graph.critical_path:.3f}",
            f"{taken.median * 1000:.0f}",
            f"{taken.spread[0] * 1000:.0f} to {taken.spread[1] * 1000:.0f}",
        ]
        for name, taken in ordered
    ]
    return "\n".join(
        [
            "### W3b: makespan of a random graph\n",
            f"10 layers of 20 steps of 5 to 50 ms, each needing one of the layer "
            f"before; the critical path is {graph.critical_path * 1000:.0f} ms.\n",
            table(["", "makespan / critical path", "ms", "quartiles"], found),
        ]
    )


async def sections() -> str:
    """All tables of this file."""
    installed, missing = found_peers()
    contestants = [hand, ours, *installed]
    told = ", ".join(version(module) for module in contestants)
    parts = [f"Contestants: {told}.\n"]
    if missing:
        parts.append(f"Not installed, hence left out: {', '.join(missing)}.\n")

    async def in_sequence(module: ModuleType, step: StepFunction) -> Run:
        run: Run = await module.sequence(step, SEQUENCE, CAP)
        return run

    async def fanned_out(module: ModuleType, step: StepFunction) -> Run:
        run: Run = await module.fan_out(step, FAN_OUT, CAP)
        return run

    async def three_and_one(module: ModuleType, step: StepFunction) -> Run:
        run: Run = await module.small(step, CAP)
        return run

    parts.append(
        await workload(
            contestants,
            in_sequence,
            title=f"W1: {SEQUENCE:,} steps in sequence",
            what="sequence",
            calls=SEQUENCE,
            inner=5,
        )
    )
    parts.append(
        await workload(
            contestants,
            fanned_out,
            title=f"W2: a fan-out of {FAN_OUT:,} under a cap of {CAP}, then a join",
            what="fan_out",
            calls=FAN_OUT + 1,
            inner=3,
        )
    )
    parts.append(
        await workload(
            contestants,
            three_and_one,
            title="W5: three steps at once and a join",
            what="small",
            calls=4,
            inner=400,
        )
    )
    parts.append(await makespans(contestants))
    return "\n".join(parts)


def main() -> None:
    """Prints the sections as Markdown."""
    os.environ["ENABLE_PARALLEL_STEPS"] = "true"
    os.environ["MAX_CONCURRENT_LLM_CALLS"] = str(CAP)
    os.environ["OPENTELEMETRY_ENABLED"] = "false"
    print(asyncio.run(sections()))


if __name__ == "__main__":
    main()
