"""A virtual clock, on which a coroutine runs and waiting costs nothing.

The selector of a `VirtualClockLoop` moves `loop.time()` to the next timer whenever
the loop is idle, so that a deadline of 100 s is reached exactly and at once. Threads
and sockets are real, hence waited for in real time before the clock moves.
"""

from __future__ import annotations

import asyncio
import math
import selectors
import time
from collections.abc import Callable, Coroutine, Mapping
from concurrent.futures import Executor
from types import AsyncGeneratorType
from typing import Any, TypeVar, TypeVarTuple
from weakref import WeakSet

__all__ = ["Deadlock", "Leftovers", "VirtualClockLoop", "run"]

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

YEAR_2000 = 946_684_800.0

SOCKET_GRACE = 0.05
"""Real seconds that open sockets get to say something before the clock moves."""

MAX_IDLE_TURNS = 1_000_000
"""Turns of the loop without time passing, after which it is stuck in a circle."""


class Deadlock(RuntimeError):
    """Nothing is scheduled and nothing can happen, but the coroutine has not ended."""


class Leftovers(AssertionError):
    """The coroutine ended, and something that it began had not."""


class _Selector(selectors.DefaultSelector):
    """Asks the loop what idling means; real events pass through."""

    loop: VirtualClockLoop

    def select(
        self, timeout: float | None = None
    ) -> list[tuple[selectors.SelectorKey, int]]:
        if self.loop.is_alone:
            # No thread and no socket could say anything, so nobody is asked.
            if timeout == 0:
                self.loop.turned()
            else:
                self.loop.jump()
            return []
        events = super().select(0)
        if events or timeout == 0:
            self.loop.turned()
            return events
        patience = self.loop.patience_now(sockets=len(self.get_map()) > 1)
        if patience > 0:
            until = time.monotonic() + patience
            # epoll rounds up to milliseconds, other selectors may return early.
            while not events and (left := until - time.monotonic()) > 0:
                events = super().select(left)
        if not events:
            self.loop.jump()
        return events


class VirtualClockLoop(asyncio.SelectorEventLoop):
    """A selector event loop whose clock starts at 0.0 and moves only by jumping.

    `patience` is in real seconds: how long threads at work are waited for. When it
    has passed, the clock moves to the next timer, as a thread that blocks may well
    be what a timeout is to cut off; without a timer that is a `Deadlock`.
    """

    # Private to asyncio, and the same from 3.4 to 3.14.
    _scheduled: list[asyncio.TimerHandle]
    _asyncgens: WeakSet[AsyncGeneratorType[Any, Any]]
    _clock_resolution: float

    def __init__(self, patience: float = 5.0) -> None:
        self.now = 0.0
        self.patience = patience
        self.overdue: list[str] = []
        self.dropped: list[str] = []
        self.unhandled: list[str] = []
        self._outside = 0
        self._stuck = 0
        self._turns = 0
        self._events = selector = _Selector()
        selector.loop = self
        super().__init__(selector)
        self.set_exception_handler(self._note_unhandled)

    def time(self) -> float:
        """Virtual seconds since the loop was made."""
        return self.now

    def wall_time(self) -> float:
        """Seconds since 1970: the clock starts at the beginning of the year 2000."""
        return YEAR_2000 + self.now

    def run_in_executor(
        self, executor: Executor | None, func: Callable[[*Ts], T], *args: *Ts
    ) -> asyncio.Future[T]:
        """As asyncio's; until it is done or cancelled, the clock waits for it."""
        future = super().run_in_executor(executor, func, *args)
        self._outside += 1
        future.add_done_callback(self._back_inside)
        return future

    @property
    def is_alone(self) -> bool:
        """Whether nothing outside of the loop is at work: no thread and no socket."""
        # The one that is always open is the loop's own, to be woken by threads.
        return not self._outside and len(self._events.get_map()) <= 1

    def _back_inside(self, _: asyncio.Future[Any]) -> None:
        self._outside -= 1
        self._stuck = min(self._stuck, self._outside)

    def turned(self) -> None:
        """Count a turn in which no time passed.

        Raises:
            Deadlock: when a task goes round without ever waiting.
        """
        self._turns += 1
        if self._turns > MAX_IDLE_TURNS:
            self._turns = 0
            raise Deadlock(
                f"{MAX_IDLE_TURNS:,} turns without time passing, at {self.now} s: "
                + self._waiting()
            )

    def patience_now(self, *, sockets: bool) -> float:
        """Real seconds to wait for events before the clock moves."""
        last_resort = not self._scheduled and (self._outside or sockets)
        if self._outside > self._stuck or last_resort:
            return self.patience
        return SOCKET_GRACE if sockets else 0.0

    def jump(self) -> None:
        """Moves the clock to the next timer.

        Raises:
            Deadlock: where there is no timer.
        """
        if not self._scheduled:
            why = (
                f"threads at work said nothing for {self.patience} real seconds"
                if self._outside
                else "no timer is scheduled and no thread is at work"
            )
            raise Deadlock(f"{why}, at {self.now} s: {self._waiting()}")
        self._stuck = self._outside  # those were waited for in vain, once is enough
        # The timer's own time, not now + timeout: a sum would round.
        self.now = max(self.now, self._scheduled[0].when())
        # asyncio runs timers before `time() + resolution`, which must differ from
        # `time()` however late it is.
        self._clock_resolution = max(1e-9, math.ulp(self.now))
        self._turns = 0

    def _asyncgen_finalizer_hook(self, agen: AsyncGeneratorType[Any, Any]) -> None:
        self.dropped.append(agen.__qualname__)
        super()._asyncgen_finalizer_hook(agen)  # type: ignore[misc]  # private there

    def _note_unhandled(
        self, _: asyncio.AbstractEventLoop, context: Mapping[str, Any]
    ) -> None:
        error = context.get("exception")
        reason = f" ({type(error).__name__}: {error})" if error else ""
        self.unhandled.append(f"{context['message']}{reason}")

    async def watch(self, main: Coroutine[Any, Any, T]) -> T:
        """The result of `main`; notes the tasks that are not done at its very end."""
        try:
            return await main
        finally:
            current = asyncio.current_task()
            tasks = [task for task in self._tasks() if task is not current]
            self.overdue = [f"task {_where(task)}" for task in tasks]

    def leftovers(self) -> list[str]:
        """What began on this loop and had not ended with `main`, a line each."""
        left = list(self.overdue)
        for agen in self._asyncgens:
            if agen.ag_frame is not None:
                left.append(f"async generator {agen.__qualname__}, not closed")
        left += [f"async generator {name}, dropped unclosed" for name in self.dropped]
        return left + self.unhandled

    def _tasks(self) -> list[asyncio.Task[Any]]:
        return sorted(asyncio.all_tasks(self), key=asyncio.Task.get_name)

    def _waiting(self) -> str:
        tasks = self._tasks()
        return "waiting are " + ", ".join(map(_where, tasks)) if tasks else "no tasks"

    def clear(self) -> None:
        """Cancels the tasks left and closes the generators left."""
        for task in self._tasks():
            task.cancel()
        self.run_until_complete(self._clear())

    async def _clear(self) -> None:
        others = asyncio.all_tasks(self) - {asyncio.current_task(self)}
        await asyncio.gather(*others, return_exceptions=True)
        await self.shutdown_asyncgens()


def _where(task: asyncio.Task[Any]) -> str:
    frames = task.get_stack()
    if not frames:
        return task.get_name()
    code = frames[-1].f_code
    file = code.co_filename.rpartition("/")[2]
    return f"{task.get_name()} in {code.co_qualname} ({file}:{frames[-1].f_lineno})"


def run(main: Coroutine[Any, Any, T], *, patience: float = 5.0) -> T:
    """The result of `main`, run on a fresh virtual clock.

    `patience` is in real seconds, as `VirtualClockLoop` has it.

    Raises:
        Deadlock: `main` waits for what can never happen.
        Leftovers: `main` returned, and tasks, async generators or errors that
            nobody took were left; where `main` raised, its error has them in a note.
    """
    loop = VirtualClockLoop(patience)
    try:
        try:
            result = loop.run_until_complete(loop.watch(main))
        except BaseException as error:
            for line in loop.leftovers():
                error.add_note(f"left behind: {line}")
            raise
        if left := loop.leftovers():
            raise Leftovers("left behind: " + "; ".join(left))
        return result
    finally:
        _close(loop)


def _close(loop: VirtualClockLoop) -> None:
    try:
        loop.clear()
    except Deadlock:
        # Reported already: what is stuck here was stuck before, or was left behind.
        pass
    finally:
        # Without waiting for threads: one that blocks would be waited for in vain,
        # and idle ones end by themselves.
        loop.close()
