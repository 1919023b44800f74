"""Contenders of which the first to succeed count; the others are cancelled."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from typing import Any, Generic, Never, TypeVar, TypeVarTuple, cast

from .earlier import RENEWED, apart
from .records import Foreseen, cancel_task
from .run import Run, round_of

__all__ = ["SKIPPED", "Race"]

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

SKIPPED: Never = cast("Never", object())
"""What a contender returns that is skipped, which is no success; of any type."""


class Lost(Foreseen):
    """Fewer contenders of a race have succeeded than it needs, and none has failed."""


class AllLost(ExceptionGroup[Exception], Foreseen):
    """The errors of contenders, each of which has been logged."""


class Race(Generic[T]):
    """Contenders that run together until enough of them have succeeded.

    Those that still run then are cancelled and awaited, and so are all of them on a
    cancellation from outside. With `stagger` a contender starts that many seconds after
    the one before, or at once when one has failed or none runs. Where too few can
    succeed, one error holds those of all that failed. `T` is the type of their values.
    """

    def __init__(self, run: Run, *, line: int, stagger: float = 0.0) -> None:
        self.run = run
        self.line = line
        self.stagger = stagger
        self.starts: dict[str, Callable[[], Coroutine[Any, Any, T]]] = {}
        self.tasks: dict[asyncio.Task[T], str] = {}
        self.values: dict[str, T] = {}
        self.errors: list[Exception] = []
        self.winner = ""

    def add(
        self, name: str, work: Callable[[*Ts], Coroutine[Any, Any, T]], *args: *Ts
    ) -> None:
        """Add a contender, which is `work(*args)`."""
        self.starts[name] = lambda: work(*args)

    async def first(self) -> T:
        """Return the value of the first contender that succeeds, the `winner`."""
        ((self.winner, value),) = (await self.first_of(1)).items()
        return value

    async def first_of(self, count: int) -> dict[str, T]:
        """Return the values of the first `count` that succeed, in the order of the spec."""
        self.run.used_parallel |= len(self.starts) > 1
        try:
            if self.run.earlier is None:
                await self.compete(count)
            else:
                await self.resume(count)
        finally:
            await end_tasks(self.tasks)
        return {name: self.values[name] for name in self.starts if name in self.values}

    async def resume(self, count: int) -> None:
        """Let those win that have won before, then run the others.

        Those that are cut off renew nothing.
        """
        run, outer, prefix = self.run, RENEWED.get(), round_of(self.run)[0]
        cells = {name: [*outer] for name in self.starts}
        for name, start in self.starts.items():
            self.starts[name] = apart(start, cells[name])
        for name in self.starts:
            key = prefix + name, f"{run.version}{run.versions.get(name)}"
            found = run.earlier.left.get(key, {"status": ""})
            has_won = found["status"] == "ok" and not outer[0]
            if has_won and len(self.values) < count:
                self.values[name] = await self.starts[name]()
        try:
            await self.compete(count)
        finally:
            ended = self.values or cells
            outer[0] |= any(cells[name][0] for name in ended)

    async def compete(self, count: int) -> None:
        """Run the contenders until `count` have succeeded, or can no longer."""
        loop = asyncio.get_running_loop()
        waiting = [name for name in self.starts if name not in self.values]
        running: set[asyncio.Task[T]] = set()
        due = loop.time()
        while len(self.values) < count:
            if len(self.values) + len(running) + len(waiting) < count:
                raise self.failure(count)
            while waiting and (not running or loop.time() >= due):
                name = waiting.pop(0)
                task = loop.create_task(self.starts[name]())
                self.tasks[task] = name
                running.add(task)
                due = loop.time() + self.stagger
            pause = due - loop.time() if waiting else None
            done, running = await asyncio.wait(
                running, timeout=pause, return_when=asyncio.FIRST_COMPLETED
            )
            # Those that end together count in the order in which they started.
            for task in sorted(done, key=[*self.tasks].index):
                if len(self.values) < count and not self.has_succeeded(task):
                    due = loop.time()

    def has_succeeded(self, task: asyncio.Task[T]) -> bool:
        """Keep the value or the error of a contender that has ended."""
        if task.cancelled():
            self.errors.append(Lost(f"'{self.tasks[task]}' was cancelled"))
            return False
        error = task.exception()
        if error is None:
            value = task.result()
            if value is not SKIPPED:
                self.values[self.tasks[task]] = value
            return value is not SKIPPED
        if not isinstance(error, Exception):
            raise error
        self.errors.append(error)
        return False

    def failure(self, count: int) -> Exception:
        """Return the error of a race that too few have won."""
        words = f"{len(self.values)} of {len(self.starts)} contenders succeeded"
        if count > 1:
            words += f", {count} are needed"
        lost: Exception = Lost(words)
        if self.errors:
            lost = AllLost(words, self.errors)
        error = self.run.failure(lost, self.line, "race")
        error.__cause__ = lost
        return error


async def end_tasks(tasks: Iterable[asyncio.Task[Any]]) -> None:
    """Cancel tasks and await them; a cancellation meanwhile reaches them again.

    So a deadline that passes cuts short how they clean up, as it does that of any step.
    """
    tasks = list(tasks)
    running: set[asyncio.Task[Any]] = {task for task in tasks if cancel_task(task)}
    cancelled: asyncio.CancelledError | None = None
    while running:
        try:
            _, running = await asyncio.wait(running)
        except asyncio.CancelledError as error:
            cancelled = error
            running = {task for task in running if cancel_task(task)}
    for task in tasks:
        if not task.cancelled():
            task.exception()  # else asyncio reports it as never retrieved
    if cancelled is not None:
        raise cancelled
