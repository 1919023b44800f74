"""Takes nothing; hands on what all generated modules of one process share."""

from __future__ import annotations

import asyncio
import sys
from collections import OrderedDict
from types import ModuleType
from typing import Any
from weakref import WeakKeyDictionary

from .settings import count_setting, variable


def process_state() -> dict[str, Any]:
    """The names that every generated module of this process sees, whichever wrote it.

    Standalone modules do not import each other, so they meet under a name in
    `sys.modules` that no file has.
    """
    name = "_n3gen_process_1"
    module = sys.modules.get(name)
    if module is None:
        module = sys.modules.setdefault(name, ModuleType(name))
    return vars(module)


def loop_state() -> dict[str, Any]:
    """The names that every generated module sees that runs on this event loop."""
    loops: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, Any]]
    loops = process_state().setdefault("loops", WeakKeyDictionary())
    return loops.setdefault(asyncio.get_running_loop(), {})


class Limiter:
    """A counting semaphore: first come, first served, and its size can change.

    It belongs to one event loop. Nothing of it awaits but `acquire`.
    """

    def __init__(self, permits: int) -> None:
        self.permits = permits
        self.held = 0
        # An ordered mapping, as a cancelled waiter must leave at once and in O(1).
        self._waiters: OrderedDict[asyncio.Future[None], None] = OrderedDict()

    def try_acquire(self) -> bool:
        """Takes a permit if one is free and nobody waits."""
        if self.held < self.permits and not self._waiters:
            self.held += 1
            return True
        return False

    async def acquire(self) -> None:
        """Takes a permit, waiting in line for it.

        Cancelled while waiting, it leaves the line; cancelled in the moment in
        which a permit was handed to it, it hands that one on.
        """
        if self.try_acquire():
            return
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiters[waiter] = None
        try:
            await waiter
        except asyncio.CancelledError:
            self._waiters.pop(waiter, None)
            if waiter.done() and not waiter.cancelled():
                self.release()
            raise

    def release(self) -> None:
        """Gives a permit back."""
        self.held -= 1
        if self._waiters:
            self._wake()

    def resize(self, permits: int) -> None:
        """Changes the size; permits in use beyond it are kept until given back."""
        self.permits = permits
        self._wake()

    def _wake(self) -> None:
        while self._waiters and self.held < self.permits:
            waiter, _ = self._waiters.popitem(last=False)
            if not waiter.done():
                self.held += 1
                waiter.set_result(None)


def llm_limiter(argument: int | None, configured: int) -> Limiter:
    """The one limiter of this event loop for model calls, over all modules.

    The first run on a loop sets its size: its argument, else
    `MAX_CONCURRENT_LLM_CALLS`, else the configured number. Later it changes only
    for a run with an argument, or when the variable has changed.
    """
    state = process_state()
    if "llm_limiters" not in state:
        # Event loops of several threads may come here at the same time.
        state.setdefault("llm_limiters", WeakKeyDictionary())
    loops: WeakKeyDictionary[Any, tuple[Limiter, str | None]] = state["llm_limiters"]
    loop = asyncio.get_running_loop()
    stated = variable("MAX_CONCURRENT_LLM_CALLS")
    found = loops.get(loop)
    if found is not None and argument is None and found[1] == stated:
        return found[0]
    permits = argument or count_setting("MAX_CONCURRENT_LLM_CALLS", configured)
    limiter = found[0] if found else Limiter(permits)
    limiter.resize(permits)
    loops[loop] = (limiter, stated)
    return limiter
