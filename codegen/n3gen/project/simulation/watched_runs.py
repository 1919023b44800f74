"""What happens in simulated runs: how long steps work and wait, and what runs wait for.

Of runs that have ended figures over all of them are kept, and the record of the slowest.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Final

from n3gen.project.mocks import STEP
from n3gen.project.simulation.samples import Sample

__all__ = [
    "RUN",
    "STEP",
    "Part",
    "RunFigures",
    "StepFigures",
    "WatchedRun",
    "plain_path",
]

Part = tuple[str, str]
"""A part of a run's critical path, by its kind and its name.

It is the `work` of a step, the `wait` for a limit, that for `items`, or a `gap`.
"""

_ROUND: Final = re.compile(r"[^.\[\]]+\[[^\]]*\]\.")
_SETTLED: Final = 10_000
"""Runs of a step after which its figures are taken in."""

_GRAIN: Final = 1e-9
"""Seconds that are no gap, but what sums of times lose."""

_ERRORS: Final = 100
"""How many different errors are counted by their words."""


class WatchedRun:
    """A run under way: what was the last to end in it, and the path that led there.

    `path` has the seconds and the number of the parts of the path. `items` are the
    waits for items since then: what sends them, from when and until when.
    """

    __slots__ = (
        "ended",
        "failed_calls",
        "items",
        "number",
        "path",
        "started",
        "timeouts",
    )

    def __init__(self, number: int, started: float) -> None:
        self.number = number
        self.started = self.ended = started
        self.path: dict[Part, tuple[float, int]] = {}
        self.items: list[tuple[str, float, float]] = []
        self.failed_calls = 0
        self.timeouts = 0

    def await_item(self, source: str, since: float, now: float) -> None:
        """Note the wait for an item, which has come now."""
        self.items = [wait for wait in self.items if wait[2] > self.ended]
        self.items.append((source, since, now))

    def awaited(self) -> dict[str, float]:
        """Return the seconds that were waited for items since the last step ended."""
        found: dict[str, float] = {}
        counted = self.ended
        for source, since, until in self.items:
            if until > counted:
                took = until - max(since, counted)
                found[source] = found.get(source, 0.0) + took
                counted = until
        return found


RUN: ContextVar[WatchedRun] = ContextVar("run")
"""The simulated run of this context."""


def plain_path(path: str) -> str:
    """Return the path of a step without the rounds of loops that it is in."""
    return _ROUND.sub("", path) if "[" in path else path


@dataclass
class StepFigures:
    """A step over all runs: how often it ran, for how long, and what it waited for."""

    runs: int = 0
    attempts: int = 0
    failed: int = 0
    work: Sample = field(default_factory=Sample)
    queued: Sample = field(default_factory=Sample)
    waits: Counter[str] = field(default_factory=Counter)

    def settle(self) -> None:
        """Keep the memory that figures take bounded."""
        if self.runs % _SETTLED == 0:
            self.work.settle()
            self.queued.settle()


@dataclass
class RunFigures:
    """All runs of a configuration.

    `work` is what all steps took by themselves; `paths` are the parts of critical
    paths; `unforeseen` are the runs that failed without a failure or a timeout;
    `slowest` is the run that took longest, the first of them: its seconds and its record.
    """

    times: Sample = field(default_factory=Sample)
    statuses: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    unforeseen: Counter[str] = field(default_factory=Counter)
    steps: dict[str, StepFigures] = field(default_factory=dict)
    waits: dict[str, Sample] = field(default_factory=dict)
    paths: dict[Part, tuple[float, int]] = field(default_factory=dict)
    work: float = 0.0
    slowest: tuple[float, Mapping[str, Any]] | None = None

    def sort_steps(self, paths: Iterable[str]) -> None:
        """Bring the steps into the order of paths; others come last."""
        first = {path: self.steps[path] for path in paths if path in self.steps}
        self.steps = {**first, **self.steps}

    def begin_step(self, step: Any) -> None:
        """Note that a step of a run starts, and what ended before it."""
        run = RUN.get()
        step.outer = STEP.get()
        STEP.set(step)
        step.plain_path = plain_path(step.path)
        step.watched = run, run.path, run.ended, run.awaited()
        step.waited = ()

    def wait(self, step: Any, limit: str, seconds: float) -> None:
        """Add the time that a step has waited for a limit."""
        if seconds <= 0:
            return
        step.waited = (*step.waited, (limit, seconds))
        sample = self.waits.get(limit)
        if sample is None:
            sample = self.waits[limit] = Sample()
        sample.add(seconds)
        sample.settle()

    def end_step(self, step: Any) -> None:
        """Add a step that has ended."""
        # Else the context of the run's task keeps the step, and that keeps the run.
        STEP.set(step.outer)
        if step.inner is not None or step.status == "skipped":
            return
        run, before, since, awaited = step.watched
        name = step.plain_path
        figures = self.steps.get(name)
        if figures is None:
            figures = self.steps[name] = StepFigures()
        work = step.ended - step.started
        self.work += work
        figures.runs += 1
        figures.attempts += step.attempts
        figures.work.add(work)
        figures.queued.add(step.queued)
        path = dict(before)
        for limit, seconds in step.waited:
            figures.waits[limit] += seconds
            _add(path, ("wait", limit), seconds)
        if step.status in ("error", "timeout"):
            figures.failed += 1
        _add_gap(path, step.started - step.queued - since, awaited)
        if work > 0:
            _add(path, ("work", name), work)
        figures.settle()
        # What was cut off took its time too, but a race is won by its winner.
        if step.status != "cancelled" or step.ended > run.ended:
            run.path, run.ended = path, step.ended

    def end_run(self, run: WatchedRun, now: float, record: Mapping[str, Any]) -> None:
        """Add a run that has ended."""
        took = now - run.started
        self.times.add(took)
        self.times.settle()
        if self.slowest is None or took > self.slowest[0]:
            self.slowest = took, record
        status = record["status"]
        self.statuses[status] += 1
        if status != "ok":
            self._fail(run, status, record["error"])
        path = dict(run.path)
        _add_gap(path, now - run.ended, run.awaited())
        for part, (seconds, number) in path.items():
            _add(self.paths, part, seconds, number)

    def _fail(self, run: WatchedRun, status: str, error: str) -> None:
        if error in self.errors or len(self.errors) < _ERRORS:
            self.errors[error] += 1
        if status == "error" and not run.failed_calls and not run.timeouts:
            self.unforeseen[error if len(self.unforeseen) < _ERRORS else "others"] += 1


def _add_gap(
    path: dict[Part, tuple[float, int]], gap: float, awaited: Mapping[str, float]
) -> None:
    """Add the time in which no step was under way, of which some was for items."""
    for source, seconds in awaited.items():
        _add(path, ("items", source), seconds)
        gap -= seconds
    if gap > _GRAIN:
        _add(path, ("gap", ""), gap)


def _add(
    path: dict[Part, tuple[float, int]], part: Part, seconds: float, number: int = 1
) -> None:
    known, count = path.get(part, (0.0, 0))
    path[part] = known + seconds, count + number
