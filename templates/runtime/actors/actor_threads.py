"""Actors in threads of their own."""

from __future__ import annotations

import asyncio
import atexit
import os
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future
from contextlib import suppress
from contextvars import copy_context
from queue import Empty, SimpleQueue
from typing import Any, ParamSpec, TypeVar, cast

from ..run.process import process_state
from ..run.run import chain_logger
from ..run.threads import Caught, error_of_thread
from .actor import Actor, LiveActor
from .bodies import Body
from .mailbox import Room

__all__ = ["ThreadActor", "stop_actors"]

P = ParamSpec("P")
T = TypeVar("T")

LEAVING = 10.0
"""Seconds that the actors of the process have to stop when the interpreter ends."""


class LastingFuture(Future[T]):
    """A future that may outlive the event loops that wait for it."""

    def add_done_callback(self, fn: Callable[[Future[T]], object]) -> None:
        def call(future: Future[T]) -> None:
            with suppress(RuntimeError):  # the event loop is closed by now
                fn(future)

        super().add_done_callback(call)


class ActorThread(Executor):
    """An executor with one thread, which never keeps the process alive."""

    def __init__(self, room: Room) -> None:
        self.room = room
        self.calls: SimpleQueue[tuple[Future[Any], Callable[[], None]] | None]
        self.calls = SimpleQueue()
        self.lock = threading.Lock()
        self.thread: threading.Thread | None = None

    def submit(
        self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs
    ) -> Future[T]:
        future: Future[T] = LastingFuture()
        future.add_done_callback(self.withdraw)

        def call() -> None:
            with Caught() as caught:
                future.set_result(fn(*args, **kwargs))
            if caught.error is not None:
                future.set_exception(error_of_thread(caught.error))

        self.calls.put((future, call))
        with self.lock:
            if self.thread is None:
                name = "n3gen-actor"
                thread = threading.Thread(target=self.work, name=name, daemon=True)
                self.thread = thread
                thread.start()
        return future

    def withdraw(self, future: Future[Any]) -> None:
        """Release the room of a message that was cancelled in the mailbox."""
        if future.cancelled():
            self.room.release()

    def work(self) -> None:
        """Make one call after another."""
        while (found := self.calls.get()) is not None:
            future, call = found
            if future.set_running_or_notify_cancel():
                call()
            del found, future, call  # else the last one stays in memory

    def drop(self) -> int:
        """Cancel the calls that have not begun, and count them."""
        dropped = 0
        with suppress(Empty):
            while True:
                found = self.calls.get_nowait()
                dropped += found is not None and found[0].cancel()
        return dropped

    def stop(self, timeout: float) -> None:
        """End the thread behind the calls that are there, and wait for it."""
        self.calls.put(None)
        if self.thread is not None:
            self.thread.join(timeout)


class ThreadActor(LiveActor):
    """An actor whose methods all run in one thread."""

    def __init__(self, actor: Actor, make: Callable[[], Any]) -> None:
        super().__init__(actor, make)
        self.thread = ActorThread(self.room)
        self.body = self.new_body()

    def new_body(self) -> Body:
        """Return what holds the object, which its first call makes."""
        return Body(self.make)

    @staticmethod
    def shared() -> dict[str, LiveActor]:
        """Return the actors of the process, whatever event loop they were begun on."""
        state, name = process_state(), f"actors_{os.getpid()}"
        if name not in state:
            state.setdefault(name, {})
            atexit.register(stop_actors)
        actors: dict[str, LiveActor] = state[name]
        return actors

    async def answer(self, message: Any) -> Any:
        return await self.submit(self.handle, message)

    def submit(self, call: Callable[..., T], *args: Any) -> asyncio.Future[T]:
        """Make a call in the thread of the actor, in the context of the caller."""
        loop, context = asyncio.get_running_loop(), copy_context()
        return loop.run_in_executor(self.thread, lambda: context.run(call, *args))

    def take(self, message: Any, note: Callable[[BaseException | None], None]) -> None:
        def handle() -> None:
            with Caught() as caught:
                self.handle(message)
            if caught.error is not None:
                note(error_of_thread(caught.error))

        def ended(future: asyncio.Future[None]) -> None:
            if future.cancelled():
                note(None)

        # The event loop may be closed before the message is handled.
        self.submit(handle).add_done_callback(ended)

    def handle(self, message: Any) -> Any:
        """Return what a message comes to, in the thread of the actor."""
        self.room.release()
        self.check()
        try:
            return self.call(message)
        except BaseException as error:
            if self.judge(error):
                body, self.body = self.body, self.new_body()
                with Caught() as caught:
                    body.close()
                if caught.error is not None:
                    self.report(caught.error)
            raise

    def call(self, message: Any) -> Any:
        """Call the method that a message names."""
        return self.body.call(*message)

    async def finish(self) -> None:
        if self.thread.thread is not None:
            try:
                await self.submit(self.body_closed)
            except Exception:
                self.thread.stop(1)
                raise
            self.thread.stop(1)

    def body_closed(self) -> None:
        """Close the object, in the thread of the actor."""
        self.body.close()

    def kill(self) -> None:
        self.thread.drop()
        self.thread.stop(0)


def stop_actors() -> None:
    """Stop the actors of the process that have threads, the last that began first.

    What is in their mailboxes is handled before, unless that takes too long.
    """
    actors = ThreadActor.shared()
    while actors:
        # Of the support of any module in the process, each of which has its own.
        live = cast("ThreadActor", actors.popitem()[1])
        with Caught() as caught:
            live.thread.submit(live.body_closed).result(LEAVING)
            live.thread.stop(1)
        if caught.error is not None:
            live.report(caught.error)
        if dropped := live.thread.drop():
            words = f"{live.actor.title} was stopped with {dropped} unread messages"
            chain_logger("actors").error("%s", words)
        live.kill()
