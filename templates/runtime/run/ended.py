"""Steps that run after others, whatever becomes of these."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from contextlib import suppress
from contextvars import ContextVar
from functools import partial
from typing import Any, TypeVar, TypeVarTuple

from .background import Background, BackgroundTask, unbegun
from .group import Group, Member
from .records import ChainStopped
from .run import Run

__all__ = [
    "EndedBackground",
    "EndedGroup",
    "EndedInBackground",
    "note_begin",
    "part_of",
]

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

NOTE_BEGIN: ContextVar[Callable[[], None]] = ContextVar("n3gen_note_begin")
"""Notes that the member which runs has begun."""


def note_begin() -> None:
    """Note that a member of such a group begins, as what it has waited for is there."""
    NOTE_BEGIN.get()()


class EndedGroup(Group):
    """A group with members that run after others have ended, failed ones too.

    The first failure cancels the others, as in any group. Then those run that wait for
    the end of a member which had begun, and last the failure is raised. One that is
    `in_order` has nothing that runs beside something else.
    """

    def __init__(self, run: Run, *, in_order: bool = False) -> None:
        super().__init__(run)
        self.in_order = in_order
        self.begun: set[Member[Any]] = set()
        self.ended: dict[Member[Any], tuple[Member[Any], ...]] = {}

    def start(
        self,
        work: Callable[[*Ts], Coroutine[Any, Any, T]],
        *args: *Ts,
        after: tuple[Member[Any], ...] = (),
        ended: tuple[Member[Any], ...] = (),
        waits: bool = False,
    ) -> Member[T]:
        """Add a step, which runs whatever becomes of the members `ended`.

        One that `waits` before it begins says by `note_begin` when it does.
        """
        member = super().start(work, *args, after=(*after, *ended))

        async def begin(*args: *Ts) -> T:
            if waits:
                NOTE_BEGIN.set(partial(self.begun.add, member))
            else:
                self.begun.add(member)
            return await work(*args)

        member.work = begin
        if ended:
            self.ended[member] = ended
        return member

    async def __aexit__(
        self, kind: object, error: BaseException | None, trace: object
    ) -> None:
        try:
            await self.run_members(error)
        except (Exception, ChainStopped):
            await self.run_after_failure()
            raise

    async def run_members(self, error: BaseException | None) -> None:
        """Run all members, unless the block that adds them has failed."""
        if self.in_order and error is None:
            for member in self.members:
                member.value = await member.work(*member.args)
        else:
            await super().__aexit__(None, error, None)

    async def run_after_failure(self) -> None:
        """Run what waits for the end of members that have ended."""
        for member, ended in self.ended.items():
            if member not in self.begun and not self.begun.isdisjoint(ended):
                # The first failure is the reason; one more is in its own record.
                with suppress(Exception):
                    member.value = await member.work(*member.args)


class EndedInBackground(EndedGroup):
    """Such a group in a body that has work beside it.

    A failure of the one cancels the other, so the body runs what is left to run.
    """

    def __init__(self, background: EndedBackground, *, in_order: bool = False) -> None:
        super().__init__(background.run, in_order=in_order)
        background.groups.append(self)

    def start_task(
        self,
        work: Callable[[], Coroutine[Any, Any, BackgroundTask[T]]],
        after: tuple[Member[Any], ...] = (),
        ended: tuple[Member[Any], ...] = (),
        waits: bool = False,
    ) -> Member[BackgroundTask[T]]:
        """Add the start of a task, which gives nothing where that is not reached."""
        member = self.start(work, after=after, ended=ended, waits=waits)
        member.value = unbegun()
        member.value.has_ended.set()
        return member

    async def __aexit__(
        self, kind: object, error: BaseException | None, trace: object
    ) -> None:
        await self.run_members(error)


class EndedBackground(Background):
    """A body with such groups: what is left to run does so when all else has ended."""

    def __init__(self, run: Run) -> None:
        super().__init__(run)
        self.groups: list[EndedInBackground] = []
        self.launched: list[BackgroundTask[Any]] = []
        self.has_failed = False

    def launch(
        self,
        started: BackgroundTask[T],
        work: Callable[[*Ts], Coroutine[Any, Any, T]],
        args: tuple[*Ts],
    ) -> None:
        """Start the task of some work."""
        super().launch(started, work, args)
        self.launched.append(started)

    async def begin_task(
        self,
        started: BackgroundTask[T],
        work: Callable[[*Ts], Coroutine[Any, Any, T]],
        args: tuple[*Ts],
        *,
        in_background: bool,
    ) -> None:
        """Let the task of a member begin; after a failure, await its end."""
        if not self.has_failed:
            await super().begin_task(started, work, args, in_background=in_background)
            return
        with suppress(Exception):
            await self.carry_out(started, work, args)
        started.has_ended.set()

    async def __aexit__(
        self, kind: object, error: BaseException | None, trace: object
    ) -> None:
        try:
            await super().__aexit__(kind, error, trace)
        except (Exception, ChainStopped):
            self.has_failed = True
            for started in self.launched:
                started.has_ended.set()  # what was cancelled gives nothing any more
            for group in self.groups:
                await group.run_after_failure()
            raise


def part_of(member: Member[Any], index: int) -> Any:
    """Return one of the values of a member, `None` where it has none."""
    return None if member.value is None else member.value[index]
