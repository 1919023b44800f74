"""Strain the limit on model calls with storms of runs that are cancelled at random.

The runs are of several modules, which share one limit. However they end, no more calls
are under way than there are permits, calls begin in the order of their runs, a cancelled
run does not return, and all permits are there again afterwards. The same holds on other
threads, each with an event loop of its own, and on one loop after another.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Coroutine
from itertools import pairwise
from random import Random
from types import ModuleType
from typing import Any

from tests.building import build
from tests.clock import run
from tests.soak.findings import Findings, arguments, report

__all__ = ["strain_limits"]

SPEC = """
chain c:
    timeout: 100000
    step a:
        target: f
        options: {number: "{{ payload }}"}
"""


def strain_limits(count: int, seed: int) -> Findings:
    """Run storms of up to `count` runs each."""
    logging.disable(logging.CRITICAL)
    findings = Findings()
    modules = [build(SPEC), build(SPEC)]
    random = Random(seed)
    try:
        run(_Storm(modules, random, findings, 50).of(count, cancels=False))
        for permits in (1, 7, 20):
            run(_Storm(modules, random, findings, permits).of(count, cancels=True))
        for _ in range(20):
            storm = _Storm(modules, random, findings, random.randrange(1, 9))
            asyncio.run(storm.of(random.randrange(2, 50), cancels=True))
        _on_threads(
            [
                _Storm(modules, Random(seed + n), findings, 5).of(count // 20, True)
                for n in range(6)
            ]
        )
    finally:
        logging.disable(logging.NOTSET)
    return findings


def _on_threads(storms: list[Coroutine[Any, Any, None]]) -> None:
    threads = [threading.Thread(target=asyncio.run, args=[storm]) for storm in storms]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


class _Storm:
    """Runs of several modules under one limit, on one event loop."""

    def __init__(
        self,
        modules: list[ModuleType],
        random: Random,
        findings: Findings,
        permits: int,
    ) -> None:
        self.modules, self.random, self.findings = modules, random, findings
        self.permits = permits
        self.active = self.most = 0
        self.begun: list[int] = []

    async def of(self, count: int, cancels: bool) -> None:
        self.findings.count += count
        tasks = [asyncio.create_task(self._run(number)) for number in range(count)]
        cancelled = await self._cancel_some(tasks) if cancels else []
        done = await asyncio.gather(*tasks, return_exceptions=True)
        failed = [r for r in done if isinstance(r, dict) and r["status"] != "ok"]
        disordered = [(a, b) for a, b in pairwise(self.begun) if a > b]
        require = self.findings.require
        require(not failed, "a run failed", repr(failed[:1]))
        require(not disordered, "calls began out of order", repr(disordered[:5]))
        require(self.most <= self.permits, f"{self.most} calls of {self.permits}")
        returned = [task for task in cancelled if not task.cancelled()]
        require(not returned, "a cancelled run returned", f"{len(returned)} of them")
        await self._all_permits_are_free()

    async def _cancel_some(self, tasks: list[asyncio.Task[Any]]) -> list[Any]:
        rest, cancelled = list(tasks), list[asyncio.Task[Any]]()
        self.random.shuffle(rest)
        while rest:
            await asyncio.sleep(0)
            cancelled += [t for t in rest[: self.random.randrange(60)] if t.cancel()]
            rest = [t for t in rest if not t.done() and not t.cancelling()]
        return cancelled

    async def _run(self, number: int) -> Any:
        return await self.random.choice(self.modules).run_chain(
            "c",
            number,
            connectors={"f": self._call},
            max_concurrent_llm_calls=self.permits,
        )

    async def _call(self, ctx: Any) -> None:
        self.begun.append(ctx.options["number"])
        self.active += 1
        self.most = max(self.most, self.active)
        try:
            for _ in range(self.random.choice([0, 1, 1, 5])):
                await asyncio.sleep(0)
        finally:
            self.active -= 1

    async def _all_permits_are_free(self) -> None:
        """Find permits that were lost: as many calls as there are permits must meet."""
        barrier = asyncio.Barrier(self.permits)

        async def meet(ctx: Any) -> None:
            await barrier.wait()

        runs = [
            self.modules[n % len(self.modules)].run_chain(
                "c",
                n,
                connectors={"f": meet},
                max_concurrent_llm_calls=self.permits,
                timeout=30,
            )
            for n in range(self.permits)
        ]
        records = await asyncio.gather(*runs)
        met = [record["status"] for record in records]
        self.findings.require(set(met) == {"ok"}, "permits were lost", repr(met))


def main() -> None:
    given = arguments("Strain the limit on model calls.", 10_000)
    report("strain_limits", given.seed, strain_limits(given.count, given.seed))


if __name__ == "__main__":
    main()
