"""Functions that keep a processor busy, in worker processes."""

from __future__ import annotations

import asyncio
import atexit
import functools
import inspect
import multiprocessing
import os
import pickle
import signal
import sys
import threading
import traceback
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection as PipeEnd
from multiprocessing.process import BaseProcess
from typing import Any, ParamSpec, cast

from .process import Limiter, loop_state, process_state
from .records import Foreseen, describe_error
from .run import Step
from .threads import Caught, error_of_thread, in_thread

__all__ = [
    "Worker",
    "check_started",
    "drop_workers",
    "invoke_in_process",
    "process_context",
    "serve_calls",
]

P = ParamSpec("P")

GUARD = '`if __name__ == "__main__":` belongs before what a program runs'
"""What is missing where a process that starts runs the program once more."""


UNPICKLED = (pickle.PickleError, AttributeError, TypeError, ValueError)
"""What pickling something raises that has no such form."""

NOT_SENT = (
    "a worker process takes functions that stand in a module under their names, and"
    " values that can be pickled"
)


class CallNotSent(Foreseen):
    """A call that cannot be made in another process."""


@dataclass(frozen=True)
class ProcessContext:
    """What a callable in a worker process gets: a `Context` without `emit`."""

    payload: Any
    results: dict[str, Any]
    options: dict[str, Any]
    step: str
    chain: str
    run_id: str


def process_context(step: Step, options: dict[str, Any]) -> ProcessContext:
    """Return the context of a step in a form that can be pickled."""
    run = step.run
    return ProcessContext(
        run.payload, step.results.copy(), options, step.name, run.chain, run.id
    )


class Worker:
    """A process that makes one call after another, until it is killed."""

    title = "the worker process"
    process: BaseProcess | None = None
    pipe: PipeEnd[bytes, bytes]
    is_killed = False
    has_begun = False

    def call(self, call: bytes) -> tuple[Any, Exception | None, str]:
        """Return the result of a call, or its error and traceback; blocks."""
        if self.process is None:
            self.process = self.started()
        if self.is_killed:  # while the process was starting
            self.kill()
        try:
            if not self.has_begun:
                self.pipe.recv_bytes()
                self.has_begun = True
            self.pipe.send_bytes(call)
            answer = self.pipe.recv_bytes()
        except (EOFError, OSError):
            self.process.join()
            code = self.process.exitcode
            message = f"{self.title} died with exit code {code}"
            if not self.has_begun:  # one that a signal has ended raised nothing itself
                message += " as it started" + (
                    f": {start_fault()}" if code == 1 else ""
                )
            raise self.died(message) from None
        outcome: tuple[Any, Exception | None, str] = pickle.loads(answer)
        return outcome

    def started(self) -> BaseProcess:
        """Return the process, which says when it can make calls."""
        check_started()
        spawning = multiprocessing.get_context("spawn")
        self.pipe, other = spawning.Pipe()
        process = spawning.Process(target=serve_calls, args=(other,), name="n3gen")
        process.start()
        other.close()
        return process

    def died(self, message: str) -> Exception:
        """Return the error of a call whose process has ended under it."""
        return RuntimeError(message)

    def kill(self) -> None:
        """End the process, whatever it is doing."""
        self.is_killed = True
        if self.process is not None:
            self.process.kill()

    @property
    def is_alive(self) -> bool:
        """Whether another call can be made."""
        return self.process is not None and self.process.is_alive()


def start_fault() -> str:
    """Say why a process that has raised an error as it started has most likely done so."""
    name = serve_calls.__module__.partition(".")[0]
    if any(finder.find_spec(name, None) for finder in sys.meta_path):
        return GUARD
    return f"it cannot import `{name}`, whose folder has to stay on `sys.path`"


def check_started() -> None:
    """Raise `RuntimeError` in a process that is still starting, which starts no other."""
    if getattr(multiprocessing.current_process(), "_inheriting", False):
        raise RuntimeError(f"a process that starts cannot start others: {GUARD}")


async def invoke_in_process(
    step: Step, function: Callable[P, Any], /, *args: P.args, **kwargs: P.kwargs
) -> Any:
    """Call a function in a worker process; it, its arguments and its result are pickled.

    There are as many workers as processors. One whose call is cancelled is killed.
    """
    try:
        call = pickle.dumps(functools.partial(function, *args, **kwargs))
    except UNPICKLED as fault:
        raise CallNotSent(f"{NOT_SENT}: {fault}") from fault
    permits: Limiter = loop_state().setdefault("workers", Limiter(os.cpu_count() or 1))
    await permits.acquire()
    idle = idle_workers()
    worker = idle.pop() if idle else Worker()
    try:
        result, error, trace = await in_thread(lambda: worker.call(call))
    except BaseException:
        worker.kill()
        raise
    finally:
        permits.release()
        if worker.is_alive and not worker.is_killed:
            idle.append(worker)
    if error is not None:
        error.add_note(f"In the worker process:\n{trace}")
        raise error
    return result


def idle_workers() -> list[Worker]:
    """Return this process's workers that have nothing to do."""
    state, name = process_state(), f"workers_{os.getpid()}"
    if name not in state:
        state.setdefault(name, [])
        # The interpreter waits for processes that are still there when it ends.
        atexit.register(drop_workers)
    idle: list[Worker] = state[name]
    return idle


def drop_workers() -> None:
    """End the workers that have nothing to do."""
    idle = idle_workers()
    while idle:
        idle.pop().kill()


def serve_calls(pipe: PipeEnd[bytes, bytes]) -> None:
    """Make the calls that come through a pipe: the work of a worker process."""
    # It is the parent that ends this process when the user interrupts the program.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=end_with_parent, name="n3gen", daemon=True).start()
    with suppress(EOFError, OSError):
        pipe.send_bytes(b"")
        while True:
            pipe.send_bytes(answer_to(pipe.recv_bytes()))


def end_with_parent() -> None:
    """End this process in the midst of a call once the one is gone that has started it."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def answer_to(call: bytes) -> bytes:
    """Make a pickled call; return its result, or its error and traceback, pickled."""
    with Caught() as caught:
        result = settled(pickle.loads(call)())
        try:
            return pickle.dumps((result, None, ""))
        except UNPICKLED as fault:
            what = f"a {type(result).__name__} as the result"
            raise TypeError(f"{what} cannot be pickled: {fault}") from None
    error = caught.error or RuntimeError("the call has no result")
    words = "".join(traceback.format_exception(error))
    return pickle.dumps((None, error_that_travels(error), words))


def error_that_travels(error: BaseException) -> Exception:
    """Return an error, or its words where it cannot be pickled or ends more than a call."""
    found = error_of_thread(error)
    with suppress(Exception):
        pickle.loads(pickle.dumps(found))
        return found
    return RuntimeError(f"the function raised {describe_error(error)}")


def settled(result: Any) -> Any:
    """Return what a call of any kind comes to: a coroutine's value, an iterator's items."""
    if inspect.isawaitable(result):
        result = asyncio.run(awaited(result))
    if inspect.isasyncgen(result):
        return asyncio.run(collected(cast("AsyncGenerator[Any, None]", result)))
    return [*result] if isinstance(result, Iterator) else result


async def awaited(result: Any) -> Any:
    return await result


async def collected(generator: AsyncGenerator[Any, None]) -> list[Any]:
    async with aclosing(generator):
        return [item async for item in generator]
