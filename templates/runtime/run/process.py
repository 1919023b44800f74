"""What all generated modules of one process share."""

from __future__ import annotations

import asyncio
import sys
from collections import OrderedDict
from types import ModuleType
from typing import Any
from weakref import WeakKeyDictionary

from .settings import count_setting, variable

__all__ = ["Limiter", "llm_limiter", "loop_state", "process_state"]


def process_state() -> dict[str, Any]:
    """Return the names that every generated module of this process sees.

    Standalone modules do not import each other, so they meet under a name in
    `sys.modules` that no file has. Modules of all versions since 0.1.0 meet there, to
    keep one limit: no name of it changes its shape, which takes another name.
    """
    name = "_n3gen_process_1"
    module = sys.modules.get(name)
    if module is None:
        module = sys.modules.setdefault(name, ModuleType(name))
    return vars(module)


def loop_state() -> dict[str, Any]:
    """Return the names that every generated module sees that runs on this event loop."""
    loops: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, Any]]
    # The event loops of several threads may come here at the same time.
    loops = process_state().setdefault("loops", WeakKeyDictionary())
    return loops.setdefault(asyncio.get_running_loop(), {})


class Limiter:
    """A counting semaphore of one event loop: first come, first served, resizable.

    Where steps also need permits of other limiters, `joint` decides who is next.
    """

    is_joint = False

    def __init__(self, permits: int) -> None:
        self.permits = permits
        self.held = 0
        # Since when each waits. An ordered mapping: a cancelled one leaves in O(1).
        self.waiters: OrderedDict[asyncio.Future[None], float] = OrderedDict()
        # A `JointQueue`; `Any`, so that a module without one need not carry the class.
        self.joint: Any = None

    def try_acquire(self) -> bool:
        """Acquire a permit if one is free and nobody waits."""
        if self.joint is not None:
            return bool(self.joint.try_acquire(((self, 1),)))
        if self.held < self.permits and not self.waiters:
            self.held += 1
            return True
        return False

    async def acquire(self) -> None:
        """Acquire a permit, waiting in FIFO order."""
        if self.try_acquire():
            return
        if self.joint is not None:
            await self.joint.acquire(((self, 1),))
            return
        loop = asyncio.get_running_loop()
        waiter: asyncio.Future[None] = loop.create_future()
        self.waiters[waiter] = loop.time()
        try:
            await waiter
        except asyncio.CancelledError:
            self.waiters.pop(waiter, None)
            if waiter.done() and not waiter.cancelled():
                self.release()  # it was granted in the moment of the cancellation
            raise

    def release(self) -> None:
        """Give a permit back."""
        self.held -= 1
        if self.waiters or self.joint is not None:
            self.wake()

    def resize(self, permits: int) -> None:
        """Change the number of permits; those in use beyond it are kept until released."""
        self.permits = permits
        self.wake()

    def wake(self) -> None:
        """Grant free permits to those that wait."""
        if self.joint is not None:
            self.joint.wake()
            return
        while self.waiters and self.held < self.permits:
            waiter, _ = self.waiters.popitem(last=False)
            if not waiter.done():
                self.held += 1
                waiter.set_result(None)


def llm_limiter(argument: int | None, configured: int) -> Limiter:
    """Return the limiter of this event loop for model calls, one for all modules.

    The first run on a loop sizes it: by its argument, else by
    `MAX_CONCURRENT_LLM_CALLS`, else as configured. Later only a run with an argument
    or a changed variable does.
    """
    loops: WeakKeyDictionary[Any, tuple[Limiter, str | None]]
    loops = process_state().setdefault("llm_limiters", WeakKeyDictionary())
    loop = asyncio.get_running_loop()
    stated = variable("MAX_CONCURRENT_LLM_CALLS")
    limiter, known = loops.get(loop, (None, None))
    if limiter is None or argument is not None or known != stated:
        permits = argument or count_setting("MAX_CONCURRENT_LLM_CALLS", configured)
        limiter = limiter or Limiter(permits)
        limiter.resize(permits)
        loops[loop] = limiter, stated
    return limiter
