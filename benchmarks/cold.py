"""Cold starts: the first run of three steps and a join, from nothing.

Run as `python -m benchmarks.cold`; prints Markdown. Every figure is a whole process: the
interpreter's start, imports, building what has to be built, one run, the end.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks import ours
from benchmarks.measure import Times, processes_in_turn, table
from benchmarks.runtime import found_peers

__all__ = ["main"]

ROUNDS = 21

BARE = "bare `import asyncio`"

STEP = "async def step(_):\n    await asyncio.sleep(0)\n    return 1\n"

HAND = f"""
import asyncio
{STEP}
async def main():
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(step(n)) for n in range(3)]
    return await step([task.result() for task in tasks])

print(asyncio.run(main()))
"""

OURS = f"""
import asyncio
from chain import run_chain
{STEP}
print(asyncio.run(run_chain("fan_out", connectors={{"work": step}})))
"""

PEER = f"""
import asyncio
from benchmarks.peers.{{module}} import small
{STEP}
async def main():
    return await (await small(step, 50))()

print(asyncio.run(main()))
"""


def commands(folder: str) -> dict[str, list[str]]:
    """What is run, by name; the chain's module is written into `folder`."""
    text = ours.module_text(ours.fan_out_text(3))
    Path(folder, "chain.py").write_text(text, encoding="utf-8")
    programs = {
        BARE: "import asyncio",
        "hand-written asyncio, one run": HAND,
        "n3gen, importing the module": "import asyncio, chain",
        "n3gen, one run": OURS,
    }
    for peer in found_peers()[0]:
        module = peer.__name__.rpartition(".")[2]
        programs[f"{peer.NAME}, one run"] = PEER.format(module=module)
    return {name: [sys.executable, "-c", text] for name, text in programs.items()}


def over(taken: Times) -> float:
    """The median over rounds of what a process takes more than the base's, in seconds."""
    pairs = zip(taken.seconds, taken.base, strict=True)
    return median(own - base for own, base in pairs)


def section() -> str:
    """The table, with what each takes over a bare `import asyncio`."""
    root = str(Path(__file__).parent.parent)
    os.environ["ENABLE_PARALLEL_STEPS"] = "true"
    with TemporaryDirectory(prefix="n3gen-benchmark-") as folder:
        os.environ["PYTHONPATH"] = os.pathsep.join([folder, root])
        times = processes_in_turn(commands(folder), BARE, rounds=ROUNDS)
    rows = [
        [
            f"**{name}**" if name.startswith("n3gen") else name,
            f"{over(taken) * 1000:+.0f}",
            f"{taken.median * 1000:.0f}",
            f"{taken.spread[0] * 1000:.0f} to {taken.spread[1] * 1000:.0f}",
        ]
        for name, taken in times.items()
    ]
    head = ["", "ms over `import asyncio`", "ms in all", "quartiles"]
    return f"### Cold start, {ROUNDS} processes each\n\n{table(head, rows)}"


def main() -> None:
    """Prints the section as Markdown."""
    print(section())


if __name__ == "__main__":
    main()
