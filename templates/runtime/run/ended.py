"""Steps that run after others, whatever becomes of these."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from contextlib import suppress
from types import TracebackType
from typing import Any, TypeVar, TypeVarTuple

from .group import Group, Member
from .records import ChainStopped
from .run import Run

__all__ = ["EndedGroup"]

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


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
    ) -> Member[T]:
        """Add a step, which runs whatever becomes of the members `ended`."""
        member = super().start(work, *args, after=(*after, *ended))

        async def begin(*args: *Ts) -> T:
            self.begun.add(member)
            return await work(*args)

        member.work = begin
        if ended:
            self.ended[member] = ended
        return member

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if self.in_order and error is None:
                for member in self.members:
                    member.value = await member.work(*member.args)
            else:
                await super().__aexit__(kind, error, trace)
        except (Exception, ChainStopped):
            await self.run_after_failure()
            raise

    async def run_after_failure(self) -> None:
        """Run what waits for the end of members that have ended."""
        for member, ended in self.ended.items():
            if member not in self.begun and not self.begun.isdisjoint(ended):
                # The first failure is the reason; one more is in its own record.
                with suppress(Exception):
                    member.value = await member.work(*member.args)
