"""What a run decides by the clock, stored so that its next life decides the same."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Any, TypeVar

from ..limits.durations import in_seconds
from ..run.race import Race
from ..run.records import StepTimeout
from ..run.run import Run, round_of
from ..run.time_limit import TimeLimit, TimeOrElse
from ..run.waits import Waits
from .journal import JOURNAL
from .restored import count_before

__all__ = ["DurableRace", "DurableTimeout", "DurableWithin"]

T = TypeVar("T")


class DurableRace(Race[T]):
    """A race whose winners stay the winners: no other contender runs in a later life."""

    async def first_of(self, count: int) -> dict[str, T]:
        """Return the values of the first `count` that succeed, in the order of the spec."""
        journal = JOURNAL.get()
        place = journal.place(round_of(self.run, "race")[0], self.line)
        decided = journal.outcomes.get(place)
        if decided is not None:
            winners: list[str] = decided["winners"]
            values = {name: await self.starts[name]() for name in winners}
            await journal.turns.take(place)
            count_before(self.run, place)
            return values
        values = await super().first_of(count)
        await journal.keep(place, {"winners": [*values]})
        return values


class DurableTimeout:
    """A time for a block that goes on while no process lives; then it is a `TimeoutError`.

    A block that has been in time is not asked again, and one that has been late does not
    begin again.
    """

    limited_by: type[TimeLimit] = TimeOrElse

    def __init__(self, run: Run, seconds: float, *, line: int) -> None:
        self.run = run
        self.seconds = seconds
        self.line = line
        self.place = ""
        self.decided: dict[str, Any] | None = None
        self.waits = Waits()

    async def __aenter__(self) -> None:
        journal = JOURNAL.get()
        self.place = journal.place(round_of(self.run, "within")[0], self.line)
        self.decided = journal.outcomes.get(self.place)
        left: float | None = None
        if self.decided is None:
            began = await journal.begin(self.place, until=time.time() + self.seconds)
            left = began["until"] - time.time()
        elif self.decided["late"]:
            await journal.turns.take(self.place)
            count_before(self.run, self.place)
            raise TimeoutError
        self.time_limit = self.limited_by(left)
        self.waits.begin()  # behind all that may fail or be cancelled here
        await self.time_limit.__aenter__()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.waits.end()
        try:
            await self.time_limit.__aexit__(kind, error, trace)
        except TimeoutError:
            await JOURNAL.get().keep(self.place, {"late": True})
            raise
        if self.decided is None and (error is None or isinstance(error, Exception)):
            await JOURNAL.get().keep(self.place, {"late": False})


class DurableWithin(DurableTimeout):
    """A block with a time of its own: past it, it is cut off, which is an error."""

    limited_by = TimeLimit

    async def __aenter__(self) -> None:
        try:
            await super().__aenter__()
        except TimeoutError:
            raise self.failure("") from None

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            await super().__aexit__(kind, error, trace)
        except TimeoutError:
            waits = self.waits.words(self.time_limit.timeout.when() or 0.0)
            raise self.failure(waits) from None

    def failure(self, waits: str) -> Exception:
        """Return the error of a block that was late."""
        late = StepTimeout(f"timed out after {in_seconds(self.seconds)}{waits}")
        failure = self.run.failure(late, self.line, "within")
        failure.__cause__ = late
        return failure
