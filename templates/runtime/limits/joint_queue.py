"""The queue of an event loop for steps that need permits of several limits at once."""

from __future__ import annotations

import asyncio
import heapq
from collections import OrderedDict
from itertools import count
from types import MethodType
from typing import Any

from ..run.process import Limiter, loop_state

__all__ = ["JointQueue", "Need", "joint_queue"]

Need = tuple[Limiter, int]
"""How many permits of a limiter are needed."""


class Waiter:
    """One that waits: its rank, and the limiters whose permits are reserved for it."""

    def __init__(self, rank: tuple[float, int]) -> None:
        self.rank = rank
        self.claims: list[Limiter] = []


class Line:
    """Those that need the same permits with the same priority: first come, first served."""

    def __init__(self, needs: tuple[Need, ...]) -> None:
        self.needs = needs
        self.waiters: OrderedDict[asyncio.Future[None], Waiter] = OrderedDict()

    def first(self) -> Waiter | None:
        """Return the one who has waited longest, without those that were cancelled."""
        while self.waiters:
            future, waiter = next(iter(self.waiters.items()))
            if not future.done():
                return waiter
            del self.waiters[future]
        return None


class JointQueue:
    """Grants the permits that a step needs all at once, or none of them.

    Who has waited longest comes first; a priority of `n` counts as `n` more seconds
    of waiting, so that nobody starves. A waiter claims one limiter that is short, and
    another only once there is room in those that it has claimed: what is claimed is
    reserved for it, and one that needs nothing of that overtakes it. Nothing is reserved
    yet for those queued behind it, which would be idle until it has gone.

    The modules of a process share a queue, whichever made it: they call its methods
    with plain values.
    """

    def __init__(self) -> None:
        self.lines: dict[tuple[tuple[Need, ...], float], Line] = {}
        self.counter = count()

    def join(self, limiter: Limiter) -> None:
        """Take over a limiter, and those that wait for it."""
        if not hasattr(limiter, "joint"):
            renew(limiter)
        if limiter.joint is None:
            limiter.joint = self
            waiters, limiter.waiters = limiter.waiters, OrderedDict()
            for future, since in waiters.items():
                self.add(((limiter, 1),), 0.0, future, since)
                future.add_done_callback(self.after_waiting)

    def after_waiting(self, future: asyncio.Future[None]) -> None:
        """Grant what was reserved for a cancelled waiter that came with its limiter."""
        if future.cancelled():
            self.wake()

    def try_acquire(self, needs: tuple[Need, ...]) -> bool:
        """Acquire permits if they are free and nobody waits for any of them."""
        if self.lines and any(line.first() for line in self.lines.values()):
            return False
        for limiter, number in needs:
            if not has_room(limiter, number):
                return False
        take(needs)
        return True

    async def acquire(self, needs: tuple[Need, ...], priority: float = 0.0) -> None:
        """Acquire permits, waiting until there are enough of all."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[None] = loop.create_future()
        line = self.add(needs, priority, future, loop.time())
        if len(line.waiters) == 1:  # else those before it wait for the same
            self.wake()
        try:
            await future
        except asyncio.CancelledError:
            line.waiters.pop(future, None)
            if future.done() and not future.cancelled():
                self.release(needs)  # granted in the moment of the cancellation
            else:
                self.wake()  # what was reserved for it is free
            raise

    def release(self, needs: tuple[Need, ...]) -> None:
        """Give permits back."""
        for limiter, number in needs:
            limiter.held -= number
        if self.lines:
            self.wake()

    def add(
        self,
        needs: tuple[Need, ...],
        priority: float,
        future: asyncio.Future[None],
        since: float,
    ) -> Line:
        """Put one that has waited since some moment at the end of its queue."""
        line = self.lines.get((needs, priority))
        if line is None:
            line = self.lines[needs, priority] = Line(needs)
        line.waiters[future] = Waiter((since - priority, next(self.counter)))
        return line

    def wake(self) -> None:
        """Grant permits to all that there is room for, the highest rank first."""
        ranked: list[tuple[tuple[float, int], Waiter, Line]] = []
        for key, line in list(self.lines.items()):
            waiter = line.first()
            if waiter is None:
                del self.lines[key]
            else:
                ranked.append((waiter.rank, waiter, line))
        heapq.heapify(ranked)
        kept: dict[Limiter, int] = {}
        while ranked:
            _, waiter, line = ranked[0]
            if is_kept_waiting(waiter, line.needs, kept):
                heapq.heappop(ranked)
                continue
            take(line.needs)
            future, _ = line.waiters.popitem(last=False)
            future.set_result(None)
            following = line.first()
            if following is None:
                heapq.heappop(ranked)
            else:
                heapq.heapreplace(ranked, (following.rank, following, line))


def renew(limiter: Any) -> None:
    """Give a limiter that a module of n3gen 0.2 or older has made the methods of today."""
    for name in ("try_acquire", "acquire", "release", "resize", "wake"):
        setattr(limiter, name, MethodType(getattr(Limiter, name), limiter))
    now = asyncio.get_running_loop().time()
    limiter.waiters = OrderedDict.fromkeys(limiter._waiters, now)
    limiter._waiters.clear()
    limiter.joint = None


def is_kept_waiting(
    waiter: Waiter, needs: tuple[Need, ...], kept: dict[Limiter, int]
) -> bool:
    """Say whether permits are short for a waiter, and add its claims to what is reserved."""
    short = [
        limiter
        for limiter, number in needs
        if not has_room(limiter, number, kept.get(limiter, 0))
    ]
    if not short:
        return False
    if set(waiter.claims).isdisjoint(short):
        waiter.claims.append(short[0])
    for limiter, number in needs:
        if limiter in waiter.claims:
            kept[limiter] = kept.get(limiter, 0) + number
    return True


def has_room(limiter: Limiter, number: int, kept: int = 0) -> bool:
    """Say whether so many permits are free; one that needs more than all goes alone."""
    used = limiter.held + kept
    return used + number <= limiter.permits or not used


def take(needs: tuple[Need, ...]) -> None:
    """Count permits as held."""
    for limiter, number in needs:
        limiter.held += number


def joint_queue() -> JointQueue:
    """Return the queue of this event loop, for all modules of the process."""
    state = loop_state()
    queue: JointQueue | None = state.get("joint_queue")
    if queue is None:
        queue = state["joint_queue"] = JointQueue()
    return queue
