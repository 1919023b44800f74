"""Work that runs beside the rest of a body of steps, and ends with it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Generator
from typing import Any, Generic, Self, TypeVar, TypeVarTuple, cast

from .earlier import RENEWED, apart
from .group import warn_of_sequence
from .race import SKIPPED
from .records import cancel_task, count_cancelled
from .run import Run, round_of
from .tasks import Tasks

__all__ = ["Background", "BackgroundTask", "Join", "Uncounted", "end_of", "unbegun"]

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


class Uncounted(dict[str, Any]):
    """The record of an error as the value of work, which is no success to joins."""


class Join:
    """A step that starts once `count` of its members, most of them tasks, have succeeded.

    Others may fail as long as that can still be reached. Once it cannot, one error
    holds theirs; where nothing has failed, and too much was skipped, the step starts.
    """

    def __init__(self, run: Run, step: str, count: int, *, of: int, line: int) -> None:
        self.run = run
        self.step = round_of(run, step)[0]
        self.count = count
        self.line = line
        self.members = self.open = of
        self.succeeded = 0
        self.errors: list[Exception] = []
        self.is_decided = asyncio.Event()

    def add_end(self, *, succeeded: bool, error: Exception | None = None) -> None:
        """Count a task that has ended; raise `StepError` where too few can succeed."""
        self.open -= 1
        self.succeeded += succeeded
        if error is not None:
            self.errors.append(error)
        if self.is_decided.is_set():
            return
        if self.succeeded >= self.count or not (self.open or self.errors):
            self.is_decided.set()
        elif self.errors and self.succeeded + self.open < self.count:
            words = f"{self.succeeded} of {self.members} steps succeeded, "
            words += f"{self.count} {'is' if self.count == 1 else 'are'} needed"
            lost = ExceptionGroup(words, self.errors)
            raise self.run.failure(lost, self.line, "depends_on", self.step) from lost

    async def reached(self, *ended: str) -> None:
        """Wait until the step may start; members of these names are no tasks, and have ended."""
        for name in ended:
            path = round_of(self.run, name)[0]
            found = (s.status for s in reversed(self.run.steps) if s.path == path)
            self.add_end(succeeded=next(found, "ok") == "ok")  # a block has no record
        await self.is_decided.wait()


class BackgroundTask(Generic[T]):
    """Work that has begun; to await it gives its value.

    That is `None` where it was skipped or cancelled, or failed and its `joins` dealt
    with that. `value` is what there is of it so far.
    """

    def __init__(self, joins: tuple[Join, ...]) -> None:
        self.joins = joins
        self.task: asyncio.Task[None] | None = None
        self.value: T | None = None
        self.has_begun = False
        self.is_cancelled = False
        self.has_ended = asyncio.Event()
        # Whether a step of it has run again, in a run that goes on from another.
        self.renewed = [*RENEWED.get([False])]

    def __await__(self) -> Generator[Any, Any, T]:
        return self.wait().__await__()

    async def wait(self) -> T:
        """Return the value once there is one; a failure cancels all that waits for it."""
        await self.has_ended.wait()
        RENEWED.get([False])[0] |= self.has_renewed
        return cast(T, self.value)

    @property
    def has_renewed(self) -> bool:
        """Whether a step has run again of what it gives; cancelled work gives nothing."""
        return self.renewed[0] and not self.is_cancelled

    def part(self, index: int) -> Any:
        """Return one of several values, `None` where they are not there."""
        values: Any = self.value
        return None if values is None else values[index]

    def end(self, value: Any = SKIPPED, error: Exception | None = None) -> None:
        """Keep the value, and let those go on that wait for it."""
        succeeded = value is not SKIPPED
        if isinstance(value, Uncounted):
            value, succeeded = dict(value), False
        if value is not SKIPPED:
            self.value = cast(T, value)
        for join in self.joins:
            join.add_end(succeeded=succeeded, error=error)
        self.has_ended.set()

    async def cancel(self) -> None:
        """Cancel the work and await its end, unless it has ended."""
        assert self.task is not None
        if not self.has_begun:
            await asyncio.sleep(0)  # else its steps would have no records
        if not self.task.done():
            self.is_cancelled = True
            cancel_task(self.task)
            await asyncio.wait([self.task])


async def end_of(started: BackgroundTask[T] | None) -> T | None:
    """Return the value of work that has ended, `None` where it failed or never began."""
    if started is None or started.task is None:
        return None
    await asyncio.wait([started.task])
    return started.value


def unbegun() -> BackgroundTask[Any]:
    """Return a task that has not begun; its value is `None`."""
    return BackgroundTask(())


class Background(Tasks):
    """A body of steps with work that runs beside it, in tasks.

    The body ends when all of that has ended. The first failure, be it of the body or of
    something beside it, cancels the rest, which is awaited before the failure is raised.
    """

    def __init__(self, run: Run) -> None:
        super().__init__()
        self.run = run
        self.is_ending = self.has_cancelled_body = self.has_renewed = False

    async def __aenter__(self) -> Self:
        self.task = cast("asyncio.Task[Any]", asyncio.current_task())
        self.cancellations = self.task.cancelling()
        return await super().__aenter__()

    def cancel(self) -> None:
        """Cancel all tasks that run, and the body where it has not ended."""
        super().cancel()
        if not self.is_ending:
            self.is_ending = self.has_cancelled_body = True
            cancel_task(self.task)

    async def __aexit__(
        self, kind: object, error: BaseException | None, trace: object
    ) -> None:
        self.is_ending = True
        if self.has_cancelled_body:
            self.task.uncancel()
            count_cancelled(self.task, -1)
        is_cancelled = self.task.cancelling() > self.cancellations
        if self.failure is not None and not is_cancelled:
            error = None  # it came first
        try:
            await super().__aexit__(kind, error, trace)
        finally:
            RENEWED.get([False])[0] |= self.has_renewed

    async def start(
        self,
        work: Callable[[*Ts], Coroutine[Any, Any, T]],
        *args: *Ts,
        joins: tuple[Join, ...] = (),
    ) -> BackgroundTask[T]:
        """Start work that runs beside the rest of the body."""
        return await self.begin(work, *args, joins=joins, in_background=True)

    def launch(
        self,
        started: BackgroundTask[T],
        work: Callable[[*Ts], Coroutine[Any, Any, T]],
        args: tuple[*Ts],
    ) -> None:
        """Start the task of some work."""
        if self.run.earlier is not None:
            work = apart(work, started.renewed)
        started.task = self.create_task(self.carry_out(started, work, args))

    async def begin(
        self,
        work: Callable[[*Ts], Coroutine[Any, Any, T]],
        *args: *Ts,
        joins: tuple[Join, ...] = (),
        in_background: bool = False,
    ) -> BackgroundTask[T]:
        """Start a member of a group; where a run has no parallel steps, await its end.

        What is `in_background` always runs beside the rest.
        """
        started: BackgroundTask[T] = BackgroundTask(joins)
        await self.begin_task(started, work, args, in_background=in_background)
        return started

    async def begin_task(
        self,
        started: BackgroundTask[T],
        work: Callable[[*Ts], Coroutine[Any, Any, T]],
        args: tuple[*Ts],
        *,
        in_background: bool,
    ) -> None:
        """Let the task of a member begin."""
        self.launch(started, work, args)
        if in_background or self.run.parallel:
            self.run.used_parallel = True
            await asyncio.sleep(0)  # it asks for a permit before what comes after it
        else:
            warn_of_sequence(self.run)
            await started.has_ended.wait()

    async def carry_out(
        self,
        started: BackgroundTask[Any],
        work: Callable[..., Coroutine[Any, Any, Any]],
        args: tuple[Any, ...],
    ) -> None:
        """Run the work of a task, and let what joins it deal with its failure."""
        started.has_begun = True
        try:
            value = await work(*args)
        except asyncio.CancelledError:
            if started.is_cancelled:
                started.end()
            raise
        except Exception as error:
            if not started.joins:
                raise
            started.end(error=error)
        else:
            started.end(value)
        finally:
            self.has_renewed |= started.has_renewed
