"""Times of several contestants that run alternately, with their ratios."""

from __future__ import annotations

import gc
import statistics
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from benchmarks.workloads import Run

__all__ = ["Times", "in_turn", "processes_in_turn", "table"]


@dataclass(frozen=True)
class Times:
    """The seconds of a contestant's runs, by round; `base` are those it is measured by."""

    seconds: tuple[float, ...]
    base: tuple[float, ...]

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)

    @property
    def spread(self) -> tuple[float, float]:
        """The lower and upper quartile, in seconds."""
        if len(self.seconds) < 3:
            return min(self.seconds), max(self.seconds)
        low, _, high = statistics.quantiles(self.seconds, n=4, method="inclusive")
        return low, high

    @property
    def ratio(self) -> float:
        """The median over rounds of this time to the base's time of the same round."""
        return self.ratio_to(self.base)

    def ratio_to(self, others: Sequence[float]) -> float:
        """The same to other times, also by round."""
        pairs = zip(self.seconds, others, strict=False)
        return statistics.median(own / other for own, other in pairs)


async def in_turn(
    runs: Mapping[str, Run], base: str, *, inner: int, rounds: int, budget: float
) -> dict[str, Times]:
    """Each contestant's time for one run, over `rounds` rounds in which all take turns.

    A round takes `inner` runs of each. A contestant that has used up `budget`
    seconds takes no part in further rounds; the first round is always taken. One
    round before the first warms up and is not counted.
    """
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    spent = dict.fromkeys(runs, 0.0)
    gc.collect()
    # What was imported and built so far is nobody's garbage while it is measured.
    gc.freeze()
    for round_ in range(rounds + 1):
        for name, run in runs.items():
            if round_ > 1 and spent[name] > budget:
                continue
            gc.collect()
            started = time.perf_counter()
            for _ in range(inner):
                await run()
            took = time.perf_counter() - started
            spent[name] += took
            if round_:
                seconds[name].append(took / inner)
    gc.unfreeze()
    ground = tuple(seconds[base])
    return {name: Times(tuple(found), ground) for name, found in seconds.items()}


def processes_in_turn(
    commands: Mapping[str, Sequence[str]], base: str, *, rounds: int
) -> dict[str, Times]:
    """Each command's time as a whole process, over rounds in which all take turns."""
    seconds: dict[str, list[float]] = {name: [] for name in commands}
    for round_ in range(rounds + 1):
        for name, command in commands.items():
            started = time.perf_counter()
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            if round_:
                seconds[name].append(time.perf_counter() - started)
    ground = tuple(seconds[base])
    return {name: Times(tuple(found), ground) for name, found in seconds.items()}


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table; all columns but the first are aligned to the right."""
    marks = ["---", *["---:"] * (len(head) - 1)]
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, marks, *rows)) + "\n"
