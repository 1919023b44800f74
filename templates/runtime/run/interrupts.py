"""Signals that end a program which runs a chain."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import suppress

__all__ = ["cancel_on_sigterm"]


def cancel_on_sigterm() -> None:
    """Have SIGTERM cancel this task, which `asyncio.run` runs, as it has Ctrl-C do.

    A second one ends the process.
    """
    task, process = asyncio.current_task(), os.getpid()
    loop = asyncio.get_running_loop()
    assert task is not None

    def cancel(number: int, _: object) -> None:
        signal.signal(number, signal.SIG_DFL)
        # A process that a step has forked has this handler, too.
        if task.cancelling() or os.getpid() != process:
            signal.raise_signal(number)
        loop.call_soon_threadsafe(task.cancel)

    with suppress(RuntimeError):  # in a thread, or on Windows
        # Once the loop has a handler, each signal ends its wait, Ctrl-C too: one that came
        # just before would else be seen when something else ends it.
        loop.add_signal_handler(signal.SIGTERM, lambda: None)
        signal.signal(signal.SIGTERM, cancel)
