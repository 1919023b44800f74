"""Named limits: what a `limit` of a spec becomes."""

from __future__ import annotations

import asyncio
import weakref
from contextlib import nullcontext
from typing import Any, Self

from ..run.process import Limiter, loop_state
from ..run.run import Run
from ..run.waits import waiting
from .joint_queue import Need, joint_queue

__all__ = ["NamedLimit", "Permits"]


class NamedLimit:
    """At most `permits` at once, of which each takes one of the limit `within` too.

    Modules that name the same limit share it, on each event loop; where they differ in
    the number, the lowest holds.
    """

    def __init__(
        self, name: str, permits: int, within: NamedLimit | None = None
    ) -> None:
        self.name = name
        self.permits = permits
        self.within = within
        # What was found last, as looking it up costs more than taking a permit.
        self.known: tuple[weakref.ref[Any], list[Limiter]] | None = None

    def limiter(self) -> Limiter:
        """Return what counts the permits on this event loop."""
        limits: dict[str, Limiter] = loop_state().setdefault("named_limits", {})
        limiter = limits.get(self.name)
        if limiter is None:
            limiter = limits[self.name] = Limiter(self.permits)
            joint_queue().join(limiter)
        elif self.permits < limiter.permits:
            limiter.resize(self.permits)
        return limiter

    def limiters(self) -> list[Limiter]:
        """Return its limiter, and those of the limits that it stands within."""
        loop = asyncio.get_running_loop()
        known = self.known
        if known is None or known[0]() is not loop:
            above = [] if self.within is None else self.within.limiters()
            self.known = known = weakref.ref(loop), [self.limiter(), *above]
        return known[1]


class Permits(Limiter):
    """All that a step needs of several limits, as if it were one permit of one limit.

    A limit stands alone for one permit, or in a pair with the number of permits; those
    of other `Permits` are needed too. What holds them is counted by the limits, so that
    steps of the same needs may share one.
    """

    is_joint = True

    @classmethod
    def of(
        cls,
        run: Run,
        *limits: Limiter | NamedLimit | tuple[NamedLimit, int] | None,
        priority: float = 0.0,
    ) -> Self:
        """Return the one that all steps of a run with these needs share."""
        known: dict[Any, Self] = run.shared.setdefault("permits", {})
        permits = known.get((limits, priority))
        if permits is None:
            permits = known[limits, priority] = cls(*limits, priority=priority)
        return permits

    def __init__(
        self,
        *limits: Limiter | NamedLimit | tuple[NamedLimit, int] | None,
        priority: float = 0.0,
    ) -> None:
        super().__init__(1)
        self.priority = priority
        named = [one[0] if isinstance(one, tuple) else one for one in limits]
        names = [f"'{one.name}'" for one in named if isinstance(one, NamedLimit)]
        self.names = " and ".join(names)
        self.queue = joint_queue()
        needed: dict[Limiter, int] = {}
        for limit in limits:
            counted, number = limit if isinstance(limit, tuple) else (limit, 1)
            if isinstance(counted, Permits):
                needed.update(dict(counted.needs))
            elif isinstance(counted, NamedLimit):
                for limiter in counted.limiters():
                    needed[limiter] = needed.get(limiter, 0) + number
            elif counted is not None:
                self.queue.join(counted)
                needed[counted] = needed.get(counted, 0) + number
        self.needs: tuple[Need, ...] = tuple(needed.items())

    def try_acquire(self) -> bool:
        """Acquire the permits if all are free and nobody waits."""
        return self.queue.try_acquire(self.needs)

    async def acquire(self) -> None:
        """Acquire the permits, waiting until there are enough of all."""
        with (
            waiting(f"for permits of limit {self.names}")
            if self.names
            else nullcontext()
        ):
            await self.queue.acquire(self.needs, self.priority)

    def release(self) -> None:
        """Give the permits back."""
        self.queue.release(self.needs)
