"""The two benchmark tables that n3gen began with, as it does them.

Run as `python -m benchmarks.seed_tables`, with `--real` to wait in real time as well
(about 200 s, the configurations beside each other); prints Markdown. Steps take 2 s
each. On the virtual clock a run takes what its schedule takes and nothing else; in
real time it also takes what the machine takes.
"""

from __future__ import annotations

import asyncio
import json
import logging
import math
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from benchmarks import ours
from benchmarks.measure import table
from benchmarks.workloads import Counter
from tests import clock

__all__ = ["main"]

SECONDS = 2.0

Case = tuple[int, int | None, bool]
"""Steps, the cap (none: without the semaphore), whether they run in parallel."""

FIRST: dict[str, tuple[Case, float]] = {
    "sequential": ((5, 50, False), 10.0),
    "parallel, 2 at once": ((5, 2, True), 6.0),
    "parallel, 5 at once": ((5, 5, True), 2.5),
    "parallel, 10 at once": ((5, 10, True), 2.5),
}
"""Five independent steps; what the original table says in seconds."""

SECOND: dict[str, tuple[Case, float]] = {
    "10": ((1000, 10, True), 205),
    "50": ((1000, 50, True), 45),
    "100": ((1000, 100, True), 25),
    "no limit": ((1000, None, True), 23),
}
"""A thousand steps, by MAX_CONCURRENT; what the original table says in seconds."""


def ideal(case: Case) -> float:
    """The seconds that a case takes on a machine that costs nothing."""
    steps, cap, parallel = case
    at_once = min(steps, cap or steps) if parallel else 1
    return math.ceil(steps / at_once) * SECONDS


def text_of(case: Case) -> str:
    """The chain of a case: its steps, and no join."""
    steps, cap, _ = case
    lines = "        limit: none\n" if cap is None else ""
    return "chain steps:\n    timeout: 1h\n" + "".join(
        f"    step s{number}:\n        target: work\n        parallel: true\n{lines}"
        for number in range(steps)
    )


async def run_case(run_chain: Any, case: Case) -> dict[str, Any]:
    """One run: seconds on the loop's clock, processor seconds, the most steps at once."""
    steps, _, _ = case
    counter = Counter(SECONDS)
    loop = asyncio.get_running_loop()
    processor = time.process_time()
    started = loop.time()
    record = await run_chain("steps", None, connectors={"work": counter})
    seconds = loop.time() - started
    processor = time.process_time() - processor
    if record["status"] != "ok" or counter.calls != steps:
        raise RuntimeError(f"{counter.calls} of {steps} calls: {record['error']}")
    return {"seconds": seconds, "processor": processor, "peak": counter.peak}


def set_environment(case: Case) -> None:
    """The settings of a case, as an operator would set them."""
    _, cap, parallel = case
    os.environ["ENABLE_PARALLEL_STEPS"] = "true" if parallel else "false"
    os.environ["MAX_CONCURRENT_LLM_CALLS"] = str(cap or 50)


def virtual(case: Case, repeats: int = 5) -> dict[str, Any]:
    """A case on the virtual clock; of the processor's time the least of some repeats."""
    set_environment(case)
    run_chain = ours.built(text_of(case)).run_chain
    runs = [clock.run(run_case(run_chain, case)) for _ in range(repeats)]
    return {**runs[0], "processor": min(run["processor"] for run in runs)}


def real(case: Case) -> dict[str, Any]:
    """A case in real time, in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.seed_tables", json.dumps(case)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def all_real() -> dict[Case, dict[str, Any]]:
    """All cases in real time, beside each other: they do little but wait."""
    cases = [case for case, _ in (FIRST | SECOND).values()]
    with ThreadPoolExecutor(len(cases)) as pool:
        return dict(zip(cases, pool.map(real, cases), strict=True))


def first_table(waited: dict[Case, dict[str, Any]]) -> str:
    """Five steps of 2 s."""
    rows = []
    for name, (case, original) in FIRST.items():
        found = virtual(case)
        in_real = f"{waited[case]['seconds']:.3f}" if case in waited else "-"
        speedup = ideal(FIRST["sequential"][0]) / found["seconds"]
        rows.append(
            [
                name,
                f"{original:.1f}",
                f"{found['seconds']:.3f}",
                in_real,
                f"{speedup:.2f}x",
                str(found["peak"]),
            ]
        )
    head = ["", "original, s", "virtual clock, s", "real time, s", "speed-up", "peak"]
    return f"### Five independent steps of 2 s\n\n{table(head, rows)}"


def second_table(waited: dict[Case, dict[str, Any]]) -> str:
    """A thousand steps of 2 s under several caps."""
    found = {name: virtual(case) for name, (case, _) in SECOND.items()}
    without = found["no limit"]["processor"]
    rows = []
    for name, (case, original) in SECOND.items():
        least = ideal(case)
        real_ = waited.get(case)
        own = (found[name]["processor"] - without) / 1000
        rows.append(
            [
                name,
                f"{original:.0f}",
                f"{least:.0f}",
                f"{found[name]['seconds']:.3f}",
                f"{real_['seconds']:.3f}" if real_ else "-",
                f"{(real_['seconds'] / least - 1) * 100:.2f} %" if real_ else "-",
                f"{own * 1e6:+.1f} ({own / SECONDS * 100:.4f} %)",
                str(found[name]["peak"]),
            ]
        )
    head = ["MAX_CONCURRENT", "original, s", "ideal, s", "virtual clock, s"]
    head += ["real time, s", "real over ideal", "us a step for the semaphore", "peak"]
    return f"### A thousand steps of 2 s\n\n{table(head, rows)}"


def main() -> None:
    """Prints the tables, or runs the one case that is given as JSON."""
    logging.getLogger("n3gen").setLevel(logging.ERROR)
    given = sys.argv[1:]
    if given and given[0].startswith("["):
        steps, cap, parallel = json.loads(given[0])
        case = (steps, cap, parallel)
        set_environment(case)
        run_chain = ours.built(text_of(case)).run_chain
        print(json.dumps(asyncio.run(run_case(run_chain, case))))
        return
    waited = all_real() if "--real" in given else {}
    print(f"{first_table(waited)}\n{second_table(waited)}")


if __name__ == "__main__":
    main()
