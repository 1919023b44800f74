"""Steps that run together."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, Generic, Self, TypeVar, TypeVarTuple, cast

from .earlier import RENEWED, apart
from .process import process_state
from .run import Run, chain_logger
from .tasks import Tasks

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

    They run when the block ends: the first failure cancels the others, which are awaited
    before it is raised. Where a run has no parallel steps, they run one after another in
    the order given.
    """

    def __init__(self, run: Run) -> None:
        self.run = run
        self.members: list[Member[Any]] = []
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
        self, kind: object, error: BaseException | None, trace: object
    ) -> None:
        if error is not None:
            return
        run = self.run
        if run.earlier is not None:
            self.tell_apart()
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
        async with Tasks() as tasks:
            # None runs right here: all have to learn of a cancellation at once.
            for member in ready:
                tasks.create_task(run_from(member, tasks))

    def tell_apart(self) -> None:
        """Let each member be renewed by those alone that it is after."""
        outer = RENEWED.get()
        cells = {id(member): [*outer] for member in self.members}
        for member in self.members:
            later = (cells[id(follower)] for follower in member.followers)
            member.work = apart(member.work, cells[id(member)], outer, *later)


async def run_from(member: Member[Any], tasks: Tasks) -> None:
    """Run a member, then those that waited for it alone, the first one right here."""
    following: Member[Any] | None = member
    while following is not None:
        following.value = await following.work(*following.args)
        followers, following = following.followers, None
        for follower in followers:
            follower.waiting -= 1
            if follower.waiting or tasks.failure is not None:
                continue
            if following is None:
                following = follower
            else:
                tasks.create_task(run_from(follower, tasks))


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
