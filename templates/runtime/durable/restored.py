"""The records of steps that a life of a run does not go through, as they ended before it."""

from __future__ import annotations

import copy
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Coroutine, Iterable
from itertools import accumulate
from typing import Any, TypeVar

from ..run.run import Run, Step
from .journal import JOURNAL, Journal
from .places import callers_in

__all__ = ["count_before", "count_places", "with_all_steps"]

T = TypeVar("T")


class RestoredStep(Step):
    """A step that ended in an earlier life or in another process, as it was stored."""

    def __init__(self, run: Run, place: str, outcome: dict[str, Any]) -> None:
        path, _, line = place.rpartition(":")
        name = path.rpartition("].")[2].rpartition(".")[2]
        super().__init__(run, name, line=int(line.partition("#")[0]))
        self.path = path
        self.status, self.result = outcome["status"], outcome["result"]
        self.error = outcome.get("error")
        self.attempts, self.queued = outcome["attempts"], outcome["queued"]
        self.started = run.started + outcome["started"]
        self.ended = self.started + outcome["elapsed"]
        extras: Any = outcome.get("extras", {})
        if "version" in outcome:
            extras = {"version": outcome["version"], **extras}
        self.extras = extras


def count_places(run: Run, journal: Journal, places: Iterable[str]) -> None:
    """Count what steps have used of models and of budgets, each once, by their places."""
    for place in places:
        outcome: dict[str, Any] = journal.outcomes[place] or {}
        used: dict[str, Any] = outcome.get("extras") or {}
        if not used:
            continue
        if journal.is_uncounted(0, place):
            usage: Any = run.usage
            for key in ("requests", "input_tokens", "output_tokens", "tokens", "cost"):
                if key in used:
                    known = usage.get(key, 0)
                    is_unknown = known is None or used[key] is None
                    usage[key] = None if is_unknown else known + used[key]
        spent = (
            used.get("requests", 0),
            used.get("tokens", 0),
            used.get("cost") or 0.0,
        )
        budget = run.budget if any(spent) else None
        while budget is not None:
            if journal.is_uncounted(id(budget), place):
                for what, much in zip(budget.spent, spent, strict=True):
                    budget.spent[what] += much
            budget = budget.within


def count_before(run: Run, end: str) -> None:
    """Count what a chain had used when something was decided: the losers of a race too."""
    journal = JOURNAL.get()
    if run.budget is not None:
        count_places(run, journal, journal.before(run.prefix, end))


def with_all_steps(
    journal: Journal, flow: Callable[[Run, Any], Coroutine[Any, Any, T]]
) -> Callable[[Run, Any], Coroutine[Any, Any, T]]:
    """Return a chain's flow after which the run has all steps that ever ended in it."""

    async def flow_and_rest(run: Run, payload: Any) -> T:
        try:
            return await flow(run, payload)
        finally:
            for child in [*journal.unread] if journal.lost is None else ():
                await journal.read_child(child)
            restore(run, journal)

    return flow_and_rest


def restore(run: Run, journal: Journal) -> None:
    """Put the steps that this life has not gone through among those of the run."""
    places = journal.unmet()
    if not places:
        return
    count_places(run, journal, places)
    # Those of called chains are not steps of this one, whatever they are called.
    own, inner = copy.copy(run), copy.copy(run)
    own.versions = inner.versions = {}
    inner.callers = (*run.callers, run.chain)
    found = [RestoredStep(own, place, journal.outcomes[place]) for place in places]
    by_path = {step.path: step for step in (*run.steps, *found)}
    for step in found:
        callers = [by_path[one] for one in callers_in(step.path) if one in by_path]
        if callers:
            step.run = inner
        for caller in callers:
            caller.inner = caller.inner or inner
    run.steps[:] = with_restored(run.steps, found)


def with_restored(steps: list[Step], found: list[RestoredStep]) -> list[Step]:
    """Return steps with others among them, each behind all that had begun before it."""
    # The earliest start from each step on.
    starts = [*accumulate((step.started for step in reversed(steps)), min)][::-1]
    at = [(bisect_right(starts, step.started), step) for step in found]
    at.sort(key=lambda one: (one[1].started, one[1].path.count(".")))
    behind: defaultdict[int, list[Step]] = defaultdict(list)
    for place, step in at:
        behind[place].append(step)
    return [
        step
        for index in range(len(steps) + 1)
        for step in (*behind[index], *steps[index : index + 1])
    ]
