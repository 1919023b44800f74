"""SIGTERM, which ends what runs chains as Ctrl-C does."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any, TypeVar

__all__ = ["Terminated", "ended_by_sigterm", "run_main"]

T = TypeVar("T")


class Terminated(KeyboardInterrupt):
    """An interrupt by SIGTERM."""


_received: list[int] = []
"""The signals that have come."""

_mains: list[tuple[asyncio.AbstractEventLoop, asyncio.Task[Any]]] = []
"""The task that `run_main` runs, and its loop."""


@contextmanager
def ended_by_sigterm() -> Iterator[None]:
    """Raise `Terminated` on a first SIGTERM; a second one ends the process at once.

    A handler that is there already stays, and that of processes forked meanwhile is the
    default one.
    """
    is_main = threading.current_thread() is threading.main_thread()
    if not is_main or signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
        yield
        return
    _forks.watch()
    signal.signal(signal.SIGTERM, _end)
    try:
        yield
    finally:
        _let_go()


def run_main(main: Coroutine[Any, Any, T]) -> T:
    """Run as `asyncio.run` does, and cancel `main` on SIGTERM as on Ctrl-C.

    Raises `KeyboardInterrupt` where one of the two has cancelled it.
    """
    before = len(_received)

    async def watched() -> T:
        task = asyncio.current_task()
        assert task is not None
        loop = asyncio.get_running_loop()
        _mains.append((loop, task))
        with suppress(RuntimeError, AttributeError):  # in a thread, or on Windows
            # Once the loop has a handler, of any signal, each one ends its wait: one that
            # came just before would else be seen when something else ends it.
            loop.add_signal_handler(signal.SIGURG, lambda: None)
        try:
            return await main
        finally:
            _mains.pop()

    with ended_by_sigterm():
        try:
            return asyncio.run(watched())
        except asyncio.CancelledError:
            if len(_received) > before:
                raise Terminated from None
            raise


def _end(number: int, frame: FrameType | None) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    _received.append(number)
    if not _mains:
        raise Terminated
    loop, task = _mains[-1]
    if task.cancelling():  # by Ctrl-C, so that this is the second one
        signal.raise_signal(number)
    loop.call_soon_threadsafe(task.cancel)


def _let_go() -> None:
    """Have SIGTERM end the process again, unless others see to it by now."""
    if signal.getsignal(signal.SIGTERM) is _end:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


class _Forks:
    """Gives forked processes the default handler, before a SIGTERM can reach them."""

    def __init__(self) -> None:
        self._is_watching = False
        self._masks: dict[int, set[int]] = {}

    def watch(self) -> None:
        if not self._is_watching and hasattr(os, "register_at_fork"):
            self._is_watching = True
            os.register_at_fork(
                before=self._hold,
                after_in_parent=self._release,
                after_in_child=self._forked,
            )

    def _hold(self) -> None:
        if signal.getsignal(signal.SIGTERM) is _end:
            mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
            self._masks[threading.get_ident()] = {*mask}

    def _release(self) -> None:
        mask = self._masks.pop(threading.get_ident(), None)
        if mask is not None:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)

    def _forked(self) -> None:
        _let_go()
        self._release()
        self._masks.clear()  # of threads that are none of this process


_forks = _Forks()
