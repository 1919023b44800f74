"""Limits that hold over all processes whose runs are stored on one server."""

from __future__ import annotations

import asyncio
import random
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import Any, NamedTuple, cast

from ..limits.named import NamedLimit, Permits
from ..run.process import Limiter, process_state

__all__ = ["SharedLimiter", "SharedPermits", "Sharing"]

FIRST_PAUSE = 0.02
LONGEST_PAUSE = 0.5
"""Seconds between two looks for permits that other processes hold."""


class Wanted(NamedTuple):
    """How many permits are wanted of a limit that has so many over all processes."""

    limit: str
    permits: int
    number: int


Slot = tuple[str, int]
"""A limit, and which of its permits."""


class Sharing:
    """The permits that this process holds on the server.

    Each is an advisory lock of one session, so that those of a process which is killed
    are free at once. All that is wanted is taken or nothing is.
    """

    def __init__(self, address: str, version: str = "") -> None:
        self.address = address
        self.version = version
        # The only user of the session.
        self.thread = ThreadPoolExecutor(1, "n3gen-permits")
        self.session: Any = None
        self.held: defaultdict[str, set[int]] = defaultdict(set)
        # Whether the table of rates is there.
        self.has_rates = False

    async def processes(self, source: str) -> int:
        """Count the processes that execute runs of a module of the same code."""
        counting = self.thread.submit(self.count_processes, source)
        return await asyncio.wrap_future(counting)

    def count_processes(self, source: str) -> int:
        """Count the sessions that share the lock which stands for a module's code."""
        found = self.run(
            "SELECT count(*) FROM pg_locks JOIN pg_database d ON d.oid = database"
            " WHERE d.datname = current_database() AND locktype = 'advisory' AND granted"
            " AND objsubid = 2 AND objid = 0"
            " AND classid::bigint = (hashtext(%s)::bigint & 4294967295)",
            (f"n3gen code {self.version} {source}",),
        )
        return int(found[0])

    async def hold(self, wanted: Sequence[Wanted]) -> list[Slot]:
        """Take permits, waiting until there are enough of all."""
        pause = FIRST_PAUSE
        while (slots := await self.try_hold(wanted)) is None:
            await asyncio.sleep(random.uniform(pause / 2, pause))
            pause = min(2 * pause, LONGEST_PAUSE)
        return slots

    async def try_hold(self, wanted: Sequence[Wanted]) -> list[Slot] | None:
        """Take permits if there are enough of all now."""
        taking = self.thread.submit(self.take, wanted)
        try:
            return await asyncio.wrap_future(taking)
        except asyncio.CancelledError:
            taking.add_done_callback(self.give_up)
            raise

    def give_up(self, taking: Future[list[Slot] | None]) -> None:
        """Give back what nobody waits for any more."""
        if not taking.cancelled() and taking.exception() is None and taking.result():
            self.let_go(taking.result() or [])

    def let_go(self, slots: Sequence[Slot]) -> None:
        """Give permits back, without waiting for the server."""
        with suppress(RuntimeError):  # The process ends, and so does the session.
            self.thread.submit(self.give, slots)

    def take(self, wanted: Sequence[Wanted]) -> list[Slot] | None:
        """Take all that is wanted, or nothing."""
        slots: list[Slot] = []
        for limit, permits, number in wanted:
            for _ in range(min(number, permits)):
                # Those of this session are left out here: the server would lock them
                # once more, in whatever order it looks at two conditions.
                free = [n for n in range(1, permits + 1) if n not in self.held[limit]]
                found = self.run(
                    "SELECT n FROM unnest(%s::int[]) n"
                    " WHERE pg_try_advisory_lock(hashtext(%s), n) LIMIT 1",
                    (free, f"n3gen limit {limit}"),
                )
                if found is None:
                    self.give(slots)
                    return None
                self.held[limit].add(found[0])
                slots.append((limit, found[0]))
        return slots

    def give(self, slots: Sequence[Slot]) -> None:
        """Give permits back."""
        for limit, n in slots:
            self.held[limit].discard(n)
            unlock = "SELECT pg_advisory_unlock(hashtext(%s), %s)"
            self.run(unlock, (f"n3gen limit {limit}", n))

    def run(self, query: str, values: Any = ()) -> Any:
        """Return the first row of a query."""
        return self.do(query, values).fetchone()

    def do(self, query: str, values: Any = ()) -> Any:
        """Carry out a statement; connect where there is no session."""
        import psycopg

        if self.session is None or self.session.closed:
            self.session = psycopg.connect(self.address, autocommit=True)
            self.held.clear()
        return self.session.execute(query, values)

    def close(self) -> None:
        """Give everything back."""
        self.thread.shutdown(wait=True)
        if self.session is not None:
            self.session.close()


def sharing() -> Sharing | None:
    """Return what this process shares with others; nothing where runs are in a file."""
    found: Sharing | None = process_state().get("durable_sharing")
    return found


class SharedLimiter(Limiter):
    """The limit on model calls, of this process and of all others too."""

    def __init__(self, local: Limiter) -> None:
        super().__init__(local.permits)
        self.local = local
        self.slots: list[list[Slot]] = []

    def try_acquire(self) -> bool:
        """Acquire a permit if no other process has to be asked, and one is free."""
        return sharing() is None and self.local.try_acquire()

    async def acquire(self) -> None:
        """Acquire a permit of this process, then one of all."""
        await self.local.acquire()
        shared = sharing()
        if shared is None:
            return
        try:
            wanted = Wanted("llm", self.local.permits, 1)
            self.slots.append(await shared.hold([wanted]))
        except BaseException:
            self.local.release()
            raise

    def release(self) -> None:
        """Give a permit back."""
        shared = sharing()
        if shared is not None and self.slots:
            shared.let_go(self.slots.pop())
        self.local.release()


class SharedPermits(Permits):
    """All that a step needs of several limits, in this process and over all."""

    def __init__(
        self,
        *limits: Limiter | NamedLimit | tuple[NamedLimit, int] | None,
        priority: float = 0.0,
    ) -> None:
        local = [one.local if isinstance(one, SharedLimiter) else one for one in limits]
        super().__init__(*local, priority=priority)
        self.wanted = sorted(wanted_of(limits))
        self.slots: list[list[Slot]] = []

    def try_acquire(self) -> bool:
        """Acquire the permits if no other process has to be asked, and all are free."""
        return sharing() is None and super().try_acquire()

    async def acquire(self) -> None:
        """Acquire the permits of this process, then those of all."""
        await super().acquire()
        shared = sharing()
        if shared is None:
            return
        try:
            self.slots.append(await shared.hold(self.wanted))
        except BaseException:
            super().release()
            raise

    def release(self) -> None:
        """Give the permits back."""
        shared = sharing()
        if shared is not None and self.slots:
            shared.let_go(self.slots.pop())
        super().release()


def wanted_of(limits: Sequence[Any]) -> list[Wanted]:
    """Return what limits of a spec mean over all processes, those around them too."""
    numbers: dict[str, Wanted] = {}
    for one in limits:
        counted, number = one, 1
        if isinstance(one, tuple):
            counted, number = cast(tuple[Any, int], one)
        if isinstance(counted, SharedLimiter):
            numbers["llm"] = Wanted("llm", counted.permits, 1)
        elif isinstance(counted, SharedPermits):
            numbers.update({wanted.limit: wanted for wanted in counted.wanted})
        while isinstance(counted, NamedLimit):
            before = numbers[counted.name].number if counted.name in numbers else 0
            numbers[counted.name] = Wanted(
                counted.name, counted.permits, before + number
            )
            counted = counted.within
    return [*numbers.values()]
