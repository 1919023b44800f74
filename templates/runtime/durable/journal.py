"""What a run has done in all its lives: the outcomes of its steps, stored by DBOS."""

from __future__ import annotations

import asyncio
import math
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from typing import Any, Final, NoReturn

from dbos import DBOS
from dbos import error as dbos_error

from ..run.settling import all_settled
from .places import callers_in, storable, times_of
from .turns import Turns, is_failure

__all__ = [
    "JOURNAL",
    "Journal",
    "children_in",
    "outcomes_in",
    "steps_of",
]

TOGETHER: Final = "n3gen.outcomes"
"""The name of what holds several outcomes, by their places."""

MOST_AT_ONCE: Final = 200
"""Outcomes that are written together."""


class Journal:
    """The outcomes of one run's steps and of what it decided, by their places.

    DBOS numbers what it keeps in the order in which it began, and that order is another
    one in each life of a run whose steps run together. So an outcome is found by its
    place in the spec: the path of its step with the rounds of loops, its line, and, where
    a chain is tried again, which time it is. New outcomes are numbered after all that
    are there.
    """

    def __init__(
        self,
        run_id: str,
        outcomes: dict[str, Any],
        received: Sequence[dict[str, Any]] = (),
        children: Sequence[str] = (),
    ) -> None:
        self.run_id = run_id
        # The file of the chain that the run is one of.
        self.source = ""
        self.outcomes: dict[str, Any] = {}
        # In which order they were stored, and those inside of the steps that call chains.
        self.ranks: dict[str, int] = {}
        self.inside: defaultdict[str, list[str]] = defaultdict(list)
        self.add(outcomes)
        self.turns = Turns(outcomes)
        # Messages that earlier lives have received, in their order.
        self.received = received
        # The ids of what takes rounds of its loops in other processes, and what starts it.
        self.children = children
        self.taker: Any = None
        # An `Order`, where this process only takes rounds of a loop.
        self.order: Any = None
        self.begun = Counter[str]()
        # Places that this life does not go through, as what is around them has ended; what
        # has been counted of what is stored, for the run and for each of its budgets.
        self.passed: list[str] = []
        self.counted: set[tuple[int, str]] = set()
        self.unread = {*children}
        # Outcomes that are written together next, and what writes them.
        self.waiting: list[tuple[str, Any, asyncio.Future[BaseException | None]]] = []
        self.writing: asyncio.Task[None] | None = None
        # Outcomes that are written with the next ones.
        self.notes: dict[str, Any] = {}
        # Why this life is over before the run is, and what ends it then.
        self.lost: BaseException | None = None
        self.lose: Callable[[BaseException], None] | None = None

    @classmethod
    async def read(cls, run_id: str) -> Journal:
        """Read what earlier lives of the run that is executed here have stored."""
        found = await steps_of(run_id)
        last = max((kept["function_id"] for kept in found), default=0)
        while last > 0 and DBOS.reserve_step().step_id < last:
            pass
        received = [
            kept["output"]
            for kept in found
            if kept["function_name"] == "DBOS.recv" and kept["output"] is not None
        ]
        return cls(run_id, outcomes_in(found), received, children_in(found))

    def outcome(self, place: str) -> dict[str, Any] | None:
        """Return the outcome of a step, unless that only says that it was skipped.

        Such a step asks its condition again.
        """
        found: dict[str, Any] | None = self.outcomes.get(place)
        is_asked = found is not None and found["status"] == "skipped"
        return None if is_asked and "error" not in (found or {}) else found

    @property
    def is_cancelled(self) -> bool:
        """Whether the run as such has been cancelled: nothing more is stored of it."""
        return isinstance(self.lost, dbos_error.DBOSWorkflowCancelledError)

    def may_begin(self, place: str, *, is_last: bool) -> bool:
        """Say whether a step without an outcome may begin here.

        Of a cancelled run only those of a `finally` may, which are not stored.
        """
        return self.lost is None or (is_last and self.is_cancelled)

    async def refuse(self) -> None:
        """Cut off a step that may not begin here; another process has it, or a later one."""
        raise asyncio.CancelledError

    async def leave(self) -> None:
        """Leave what cannot be done here to other processes: nothing, in a run's own."""

    def place(self, path: str, line: int) -> str:
        """Return the place of what begins now on a line of the spec."""
        place = f"{storable(path)}:{line}"
        self.begun[place] += 1
        times = self.begun[place]
        return place if times == 1 else f"{place}#{times}"

    def add(self, outcomes: Mapping[str, Any]) -> None:
        """Take outcomes, in the order in which they were stored."""
        for place in outcomes:
            if place not in self.ranks and not place.endswith(" began"):
                self.ranks[place] = len(self.ranks)
                for caller in callers_in(place):
                    self.inside[caller].append(place)
        self.outcomes.update(outcomes)

    def is_met(self, place: str) -> bool:
        """Say whether this life has come to a place, or has passed it over."""
        name, times = times_of(place)
        return self.begun[name] >= times

    def begun_inside(self, path: str) -> float:
        """Return when the first step began of what is stored inside of a step."""
        for place in self.inside.get(path, ()):
            found: dict[str, Any] = self.outcomes[place] or {}
            if "started" in found and not self.is_met(place):
                return float(found["started"])
        return math.inf

    def pass_over(self, path: str, end: str) -> list[str]:
        """Leave out what is stored inside of a step that has ended as `end` says.

        Returns the places, so that nothing is lost of what they have used. What the next
        try of the step has stored comes behind.
        """
        found = [
            place
            for place in self.inside.get(path, ())
            if self.ranks[place] < self.ranks[end] and not self.is_met(place)
        ]
        for place in found:
            name, times = times_of(place)
            self.begun[name] = max(self.begun[name], times)
        self.passed += found
        return found

    def before(self, prefix: str, end: str) -> Iterator[str]:
        """Yield the places with a prefix that have ended before something was decided."""
        for place, rank in self.ranks.items():
            if rank < self.ranks[end] and place.startswith(prefix):
                yield place

    def unmet(self) -> list[str]:
        """Return the places with outcomes of steps that this life has not gone through."""
        left = [place for place in self.ranks if not self.is_met(place)]
        return [
            place
            for place in (*self.passed, *left)
            if "attempts" in (self.outcomes[place] or {})
        ]

    def is_uncounted(self, by: int, place: str) -> bool:
        """Say whether a place is not counted yet, and note that it is now."""
        known = len(self.counted)
        self.counted.add((by, place))
        return len(self.counted) > known

    async def read_child(self, child: str) -> None:
        """Read what the rounds of a loop have come to that another process has taken."""
        self.unread.discard(child)
        self.add(outcomes_in(await steps_of(child)))

    def note(self, place: str, outcome: Any) -> None:
        """Store an outcome with the next one, without waiting for it."""
        self.notes[place] = outcome

    async def keep_notes(self) -> None:
        """Store what is noted, for a reader of what the run has stored."""
        if self.notes:
            await self.keep(*self.notes.popitem())

    async def begin(self, place: str, **facts: Any) -> dict[str, Any]:
        """Return when something began that takes a time of its own, stored by its first life."""
        key = f"{place} began"
        found = self.outcomes.get(key)
        if found is None:
            found = await self.keep(key, {"begun": time.time(), **facts})
        began: dict[str, Any] = found
        return began

    def untaken(self) -> list[dict[str, Any]]:
        """Return the messages that no step with a stored outcome has taken."""
        taken: set[str] = set()
        for outcome in self.outcomes.values():
            found: dict[str, Any] = outcome or {}
            taken.update(found.get("taken", ()))
        return [message for message in self.received if message["id"] not in taken]

    def stood_still(self, now: float) -> float:
        """Return how long the run has waited for answers so far, in seconds."""
        spans = sorted(spans_of_waits(self.outcomes, now))
        total, until = 0.0, 0.0
        for start, end in spans:
            total += max(0.0, end - max(start, until))
            until = max(until, end)
        return total

    async def keep(self, place: str, outcome: Any) -> Any:
        """Keep the outcome of a place for later lives; it is safe when this returns.

        Those that come while others are written are written together. Raises
        `asyncio.CancelledError` where the run is no longer this process's. Nothing is
        kept of a run that has been cancelled.
        """
        if self.is_cancelled:
            return outcome
        written = asyncio.get_running_loop().create_future()
        self.waiting.append((place, outcome, written))
        if self.writing is None:
            self.writing = asyncio.create_task(self.write())
        reason = await written
        if reason is not None and self.lose is not None:
            self.lose(reason)
        if reason is not None and not self.is_cancelled:
            raise asyncio.CancelledError from reason
        return outcome

    async def write(self) -> None:
        """Write outcomes as long as some wait for it, each time all that there are."""
        while self.waiting:
            batch, self.waiting = (
                self.waiting[:MOST_AT_ONCE],
                self.waiting[MOST_AT_ONCE:],
            )
            notes, self.notes = self.notes, {}
            outcomes = notes | {place: outcome for place, outcome, _ in batch}
            reason = await written_at_once(outcomes)
            for _, outcome, written in batch:
                if not written.done():
                    written.set_result(reason)
                    if is_failure(outcome):
                        await all_settled()
        self.writing = None

    async def close(self) -> None:
        """Wait until all writes that have begun are done."""
        await self.turns.close()
        if self.writing is not None:
            await asyncio.wait([self.writing])

    def give_up(self, reason: BaseException) -> NoReturn:
        """End this life of the run: it is no longer this process's."""
        if self.lose is not None:
            self.lose(reason)
        raise asyncio.CancelledError from reason


async def written_at_once(outcomes: dict[str, Any]) -> BaseException | None:
    """Write outcomes as one step of the workflow; return why that could not be done."""
    (place, outcome), *others = outcomes.items()
    name, data = (TOGETHER, outcomes) if others else (place, outcome)
    is_mine = False

    async def kept() -> Any:
        nonlocal is_mine
        is_mine = True
        return data

    try:
        await DBOS.run_step_async({"name": name}, kept)
    except (Exception, dbos_error.DBOSBaseException) as reason:
        return reason
    if not is_mine:
        # Another process has stored what comes next, and DBOS has returned that.
        return dbos_error.DBOSWorkflowConflictIDError(str(DBOS.workflow_id))
    return None


async def steps_of(workflow_id: str) -> list[Any]:
    """Read what a workflow has stored.

    In a thread without the context of the run, else the answer would be stored too.
    """
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(None, DBOS.list_workflow_steps, workflow_id)


def outcomes_in(steps: Iterable[Any]) -> dict[str, Any]:
    """Return the outcomes that are stored, by their places."""
    found: dict[str, Any] = {}
    for kept in steps:
        name, output = kept["function_name"], kept["output"]
        if name == TOGETHER:
            found.update(output)
        elif is_place(name) and kept["child_workflow_id"] is None:
            found[name] = output
    return found


def is_place(name: str) -> bool:
    """Say whether n3gen has stored it: a step may be called `DBOS`, but has a line."""
    return ":" in name or not name.startswith("DBOS.")


def children_in(steps: Iterable[Any]) -> list[str]:
    """Return the ids of the workflows that a run has queued."""
    ids = (kept["child_workflow_id"] for kept in steps)
    return [child for child in ids if child is not None]


def spans_of_waits(
    outcomes: Mapping[str, Any], now: float
) -> Iterator[tuple[float, float]]:
    """Yield from when to when steps have waited for answers; those that still do, until now."""
    for place, outcome in outcomes.items():
        if not place.endswith(" began"):
            if outcome.get("waited"):
                yield tuple(outcome["waited"])
        elif "asked" in outcome and place.removesuffix(" began") not in outcomes:
            yield outcome["begun"], now


JOURNAL: ContextVar[Journal] = ContextVar("journal")
"""The journal of the run that this context is in."""
