"""Actors in processes of their own."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from functools import partial
from typing import Any

from ..run.process import process_state
from ..run.records import describe_error
from ..run.workers import Worker, check_started
from .actor_threads import ThreadActor
from .bodies import Body

__all__ = ["ProcessActor"]

ENDING = 5.0
"""Seconds that a process has to end by itself once its object is closed."""


class ProcessDied(RuntimeError):
    """The process of an actor that has ended by itself, or that something has killed."""


class ProcessActor(ThreadActor):
    """An actor whose object lives in a process; a thread here talks to it.

    The class, arguments, answers and errors are pickled. Where the process dies, the
    actor ends, unless it is recreated after errors.
    """

    def packed(self, method: str, arguments: dict[str, Any]) -> Any:
        check_started()  # here, as the thread may start its process later
        return pickle.dumps(self.sent_call(method, arguments))

    def sent_call(self, method: str, arguments: dict[str, Any]) -> Callable[[], Any]:
        """Return the call that the process makes for a message."""
        return partial(call_actor, method, arguments)

    def new_body(self) -> Body:
        return ProcessBody(self.make, self.actor.title)

    def call(self, message: Any) -> Any:
        assert isinstance(self.body, ProcessBody)
        return self.body.send(message)

    def judge(self, error: BaseException) -> bool:
        if isinstance(error, ProcessDied) and self.actor.restart is None:
            self.ended = describe_error(error)  # and all that it knew is lost
        return super().judge(error)

    def kill(self) -> None:
        assert isinstance(self.body, ProcessBody)
        self.body.kill()
        self.thread.drop()
        self.thread.stop(1)  # it waits for nothing any more


class ProcessBody(Body):
    """The object of an actor in a process, which its first call starts."""

    def __init__(self, make: Callable[[], Any], title: str) -> None:
        super().__init__(make)
        self.worker = ActorProcess(title)

    def send(self, message: bytes) -> Any:
        """Return what a pickled call comes to in the process; start it first."""
        if self.worker.process is None:
            self.sent(pickle.dumps(partial(begin_actor, self.make)))
        return self.sent(message)

    def sent(self, message: bytes) -> Any:
        result, error, trace = self.worker.call(message)
        if error is not None:
            error.add_note(f"In {self.worker.title}:\n{trace}")
            raise error
        return result

    def close(self) -> None:
        if self.worker.is_alive:
            try:
                self.sent(pickle.dumps(close_actor))
            finally:
                self.worker.end()

    def kill(self) -> None:
        """End the process, whatever it is doing."""
        self.worker.kill()


class ActorProcess(Worker):
    """The process of an actor."""

    def __init__(self, title: str) -> None:
        self.title = f"the process of {title}"

    def died(self, message: str) -> Exception:
        return ProcessDied(message)

    def end(self) -> None:
        """End the process, which makes no call, and wait for its end."""
        if self.process is not None:
            self.pipe.close()
            self.process.join(ENDING)
            self.kill()
            self.process.join()


def begin_actor(make: Callable[[], Any]) -> None:
    """Say what the process is for, in the process."""
    process_state()["actor_body"] = Body(make)


def call_actor(method: str, arguments: dict[str, Any]) -> Any:
    """Call a method of the object of the process, in the process."""
    body: Body = process_state()["actor_body"]
    return body.call(method, arguments)


def close_actor() -> None:
    """Close the object of the process, in the process."""
    body: Body = process_state()["actor_body"]
    body.close()
