"""The cost of blocks and limits beside the same written by hand, and the makespan of blocks.

Run as `python -m benchmarks.blocks`; prints Markdown.
"""

from __future__ import annotations

import asyncio
import logging
import os
import tracemalloc
from collections.abc import Awaitable, Callable
from random import Random
from types import ModuleType

from benchmarks import hand, ours
from benchmarks.measure import in_turn, table
from benchmarks.workloads import CAP, FAN_OUT, Run, StepFunction, yields_once
from tests.building import module_from
from tests.reference.random_chains import Traits, random_chains
from tests.soak import fuzz_runs, seen_runs

__all__ = ["main"]

ITEMS = 100_000
RACES = 200
CHAINS = 25
"""How many random chains there are to find the makespan of."""

Prepare = Callable[[ModuleType, StepFunction], Awaitable[Run]]


async def row(what: str, prepare: Prepare, *, inner: int, of: int = 1) -> list[str]:
    """Ours beside hand-written: the ratio, and microseconds of each of `of` parts."""
    runs = {module.NAME: await prepare(module, yields_once) for module in (hand, ours)}
    times = await in_turn(runs, hand.NAME, inner=inner, rounds=9, budget=12)
    own, by_hand = (times[module.NAME].median * 1e6 / of for module in (ours, hand))
    return [what, f"{times[ours.NAME].ratio:.2f}", f"{own:.1f}", f"{by_hand:.1f}"]


async def most_memory(run: Run) -> int:
    """The most bytes of Python's objects that a run has at once."""
    tracemalloc.start()
    try:
        await run()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


async def times() -> str:
    """The table of times, and the memory of a pool."""

    async def pool(module: ModuleType, step: StepFunction) -> Run:
        run: Run = await module.pool(step, ITEMS, CAP)
        return run

    async def race(module: ModuleType, step: StepFunction) -> Run:
        run: Run = await module.race(step, RACES, 3)
        return run

    def permits(*, parallel: bool) -> Prepare:
        async def prepare(module: ModuleType, step: StepFunction) -> Run:
            run: Run = await module.permits(step, FAN_OUT, parallel=parallel)
            return run

        return prepare

    rows = [
        await row(f"a pool of {CAP}, {ITEMS:,} items", pool, inner=1, of=ITEMS),
        await row("a race of three", race, inner=3, of=RACES),
        await row("three limits, free", permits(parallel=False), inner=3, of=FAN_OUT),
        await row("three limits, short", permits(parallel=True), inner=3, of=FAN_OUT),
    ]
    own, by_hand = [
        await most_memory(await pool(module, yields_once)) for module in (ours, hand)
    ]
    return "\n".join(
        [
            table(["", "ratio", "us each", "us by hand"], rows),
            f"The pool takes {own / 2**20:.1f} MiB at most, by hand "
            f"{by_hand / 2**20:.1f}, ratio {own / by_hand:.2f}.\n",
        ]
    )


def makespans() -> str:
    """How long random chains with blocks take, beside the tests' interpreter of them."""
    ratios: list[float] = []
    for seed in range(CHAINS):
        data = random_chains(seed, Traits(failing=False, timed=False))
        source = fuzz_runs.spelled(data, is_ai=True)
        module = module_from(ours.module_text(source.text))
        given = seen_runs.Given(
            {"n": Random(seed).randrange(6), "k": 0.5}, True, CAP, 10_000
        )
        taken = seen_runs.seen_of(module, given).elapsed
        least = seen_runs.expected_of(data, given).elapsed
        if least:
            ratios.append(taken / least)
    return (
        f"{len(ratios)} random chains with blocks, on the virtual clock: makespan over "
        f"critical path {max(ratios):.3f} at most.\n"
    )


def main() -> None:
    """Print the sections as Markdown."""
    os.environ["ENABLE_PARALLEL_STEPS"] = "true"
    os.environ["MAX_CONCURRENT_LLM_CALLS"] = str(CAP)
    logging.disable(logging.WARNING)
    print(f"### Blocks and limits\n\n{asyncio.run(times())}\n{makespans()}")


if __name__ == "__main__":
    main()
