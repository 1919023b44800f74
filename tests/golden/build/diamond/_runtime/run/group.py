"""Steps that run together."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from types import TracebackType
from typing import Any, Generic, Self, TypeVar, TypeVarTuple, cast

from .process import process_state
from .records import ChainStopped
from .run import Run, chain_logger

T = TypeVar("T")


Ts = TypeVarTuple("Ts")


class Member(Generic[T]):
    """One step of a group; `result()` is its value once the step is done."""

    def __init__(
        self, work: Callable[..., Coroutine[Any, Any, T]], args: tuple[Any, ...]
    ) -> None:
        self.work = work
        self.args = args
        self.waiting = 0
        self.followers: list[Member[Any]] = []
        self.value: T | None = None

    def result(self) -> T:
        return cast(T, self.value)


class Group:
    """Steps that run together: each starts when those it is `after` are done.

    They run when the block ends, in tasks of one `asyncio.TaskGroup`: the first
    failure cancels the others, which are awaited before it is raised. Where a run
    has no parallel steps, they run one after another in the order given.
    """

    def __init__(self, run: Run) -> None:
        self.run = run
        self.members: list[Member[Any]] = []
        self.failure: Exception | ChainStopped | None = None
        self.is_parallel = run.parallel

    def start(
        self,
        work: Callable[[*Ts], Coroutine[Any, Any, T]],
        *args: *Ts,
        after: tuple[Member[Any], ...] = (),
    ) -> Member[T]:
        """Add a step, which is `work(*args)`; those in `after` were added before it."""
        member = Member(work, args)
        member.waiting = len(after)
        for earlier in after:
            earlier.followers.append(member)
        self.members.append(member)
        return member

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is not None:
            return
        run = self.run
        if not self.is_parallel:
            warn_of_sequence(run)
            for member in self.members:
                member.value = await member.work(*member.args)
            return
        run.used_parallel = True
        chain_logger(run.chain).info(
            "Executing %d steps in parallel for chain '%s'",
            len(self.members),
            run.chain,
        )
        ready = [member for member in self.members if not member.waiting]
        try:
            async with asyncio.TaskGroup() as tasks:
                for member in ready[1:]:
                    tasks.create_task(self.run_from(member, tasks))
                # The first needs no task of its own: this one would only wait.
                await self.run_from(ready[0], tasks)
        except BaseExceptionGroup:
            if self.failure is None:
                raise
            raise self.failure from self.failure.__cause__

    async def run_from(self, member: Member[Any], tasks: asyncio.TaskGroup) -> None:
        """Run a member, then those that waited for it alone, the last one right here."""
        following: Member[Any] | None = member
        while following is not None:
            try:
                following.value = await following.work(*following.args)
            except (Exception, ChainStopped) as error:
                # The first to fail is the reason; the others are cancelled for it.
                self.failure = self.failure or error
                raise
            followers, following = following.followers, None
            for follower in followers:
                follower.waiting -= 1
                if follower.waiting or self.failure is not None:
                    continue
                if following is not None:
                    tasks.create_task(self.run_from(following, tasks))
                following = follower


def warn_of_sequence(run: Run) -> None:
    """Warn, once per process, that parallel steps run one after another."""
    state = process_state()
    if not state.get("warned_of_sequence"):
        state["warned_of_sequence"] = True
        chain_logger(run.chain).warning(
            "Chain '%s' has parallel steps and runs them one after another: "
            "set ENABLE_PARALLEL_STEPS=true to run them together",
            run.chain,
        )
