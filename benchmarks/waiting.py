"""The memory of runs that wait for people, beside that of bare asyncio tasks.

Run as `python -m benchmarks.waiting [RUNS]`; prints Markdown. All contestants take
turns in one process: each begins as many as are asked for, waits until all wait, and is
then answered. Memory is what Python has allocated, by `tracemalloc`, from before the
first begins to when the last waits.
"""

from __future__ import annotations

import asyncio
import gc
import sys
import time
import tracemalloc
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

from benchmarks import ours
from benchmarks.measure import table

__all__ = ["main"]

RUNS = 10_000

SPEC = """
chain approval:
    input: {amount: int}
    step approve:
        wait: decision
        ask: "Pay {{ payload.amount }}?"
    result: "{{ approve }}"
chain call:
    step one: {target: work}
"""


class Waited(NamedTuple):
    """Bytes while all wait, and the seconds that beginning and answering them took."""

    memory: int
    begun: float
    answered: float


Begin = Callable[[int], Any]
Answer = Callable[[Any], Awaitable[object]]


async def waited(runs: int, begin: Begin, answer: Answer) -> Waited:
    """Begin so many, let them wait, and answer each."""
    gc.collect()
    before, _ = tracemalloc.get_traced_memory()
    started = time.perf_counter()
    under_way = [begin(number) for number in range(runs)]
    for _ in range(10):
        await asyncio.sleep(0)
    begun = time.perf_counter() - started
    gc.collect()
    memory = tracemalloc.get_traced_memory()[0] - before
    started = time.perf_counter()
    for one in under_way:
        await answer(one)
    return Waited(memory, begun, time.perf_counter() - started)


def bare_task(number: int) -> tuple[asyncio.Future[bool], asyncio.Task[bool]]:
    """A task that waits on a future."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[bool] = loop.create_future()

    async def wait() -> bool:
        return await future

    return future, loop.create_task(wait())


async def answer_task(one: tuple[asyncio.Future[bool], asyncio.Task[bool]]) -> None:
    future, task = one
    future.set_result(True)
    await task


async def measured(runs: int) -> dict[str, Waited]:
    """What each contestant takes, after a small round that warms up."""
    module = ours.built(SPEC)

    def begin(number: int) -> Any:
        return module.start_chain("approval", {"amount": number})

    async def answer(handle: Any) -> None:
        await handle.send("decision", data=True)
        record = await handle.result()
        if record["result"] is not True:
            raise RuntimeError(record["error"])

    async def work(_: Any) -> int:
        return len(module.MODULE.running)

    for count in (10, runs):
        found = {
            "a task that waits on a future": await waited(
                count, bare_task, answer_task
            ),
            "a run that waits for a person": await waited(count, begin, answer),
        }
    # All permits are free while the runs wait.
    handles = [begin(number) for number in range(100)]
    record = await module.run_chain(
        "call", connectors={"work": work}, max_concurrent_llm_calls=1, timeout=10
    )
    if record["result"] != len(handles) + 1:
        raise RuntimeError(f"the call did not run beside those that wait: {record}")
    for handle in handles:
        await answer(handle)
    return found


def section(runs: int) -> str:
    """The table."""
    tracemalloc.start()
    found = asyncio.run(measured(runs))
    tracemalloc.stop()
    rows = [
        [
            name,
            f"{one.memory / runs:,.0f}",
            f"{one.memory / 1e6:,.1f}",
            f"{one.begun / runs * 1e6:,.0f}",
            f"{one.answered / runs * 1e6:,.0f}",
        ]
        for name, one in found.items()
    ]
    head = [
        f"{runs:,} at once",
        "bytes each",
        "MB of all",
        "µs to begin one",
        "µs to answer one",
    ]
    return table(head, rows)


def main() -> None:
    print(section(int(sys.argv[1]) if len(sys.argv) > 1 else RUNS))


if __name__ == "__main__":
    main()
