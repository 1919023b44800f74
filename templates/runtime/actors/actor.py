"""Actors, and the messages that steps send to them."""

from __future__ import annotations

import asyncio
import logging
from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import partial
from typing import Any, Literal, TypeVar
from weakref import WeakKeyDictionary

from ..run.process import process_state
from ..run.records import Foreseen, describe_error
from ..run.run import Run, Step, chain_logger
from ..run.waits import waiting_for
from .mailbox import Room

__all__ = [
    "RUN_ACTORS",
    "Actor",
    "ActorEnded",
    "LiveActor",
    "Reported",
    "ask_actor",
    "tell_actor",
]

T = TypeVar("T")


class ActorEnded(Foreseen):
    """An actor that takes no messages any more."""


class Actor:
    """An object that its first message makes, and whose methods messages call.

    `name` is unique in the project, `make` returns the object, of what is `given` by
    name. At most `mailbox` messages wait while one is handled. After an error it lives
    on; `restart` says otherwise.
    """

    def __init__(
        self,
        name: str,
        make: Callable[..., Any],
        kind: type[LiveActor],
        *,
        mailbox: int,
        given: Callable[[Run], dict[str, Any]] | None = None,
        restart: Literal["never", "on_error"] | None = None,
    ) -> None:
        self.name = name
        self.make = make
        self.kind = kind
        self.mailbox = mailbox
        self.given = given
        self.restart = restart

    @property
    def title(self) -> str:
        """The name of the actor in messages."""
        return f"actor '{self.name.rpartition(':')[2]}'"

    def live(self, run: Run) -> LiveActor:
        """Return the actor of a run, which the chains that it calls share."""
        assert run.task is not None, "a run has its task before its first step"
        return self.found(RUN_ACTORS[run.task], run)

    def found(self, actors: dict[str, LiveActor], run: Run) -> LiveActor:
        """Return the actor among those that have begun, or begin it."""
        if self.name not in actors:
            given = {} if self.given is None else self.given(run)
            # Of several threads that come here, all take the same one.
            actors.setdefault(self.name, self.kind(self, partial(self.make, **given)))
        return actors[self.name]


RUN_ACTORS: WeakKeyDictionary[asyncio.Task[Any], dict[str, LiveActor]] = (
    WeakKeyDictionary()
)
"""The actors of runs by their tasks, in the order in which they have begun."""


class LiveActor(ABC):
    """An actor that has begun: `room` in its mailbox, and why it has `ended`, if it has."""

    def __init__(self, actor: Actor, make: Callable[[], Any]) -> None:
        self.actor = actor
        self.make = make
        self.room = Room(actor.mailbox)
        self.ended: str | None = None

    def packed(self, method: str, arguments: dict[str, Any]) -> Any:
        """Return a message in the form in which it is sent."""
        return method, arguments

    @abstractmethod
    async def answer(self, message: Any) -> Any:
        """Queue a message for which there is room, and wait for its answer.

        Where this wait is cancelled before the message has its turn, it is not handled.
        """

    @abstractmethod
    def take(self, message: Any, note: Callable[[BaseException | None], None]) -> None:
        """Queue a message for which there is room; `note` an error, or that it was dropped."""

    @abstractmethod
    async def finish(self) -> None:
        """Handle the messages that are there, then close the object."""

    async def cut_off(self) -> None:
        """Withdraw the messages that wait, end and close what can be ended and closed."""
        self.kill()

    @abstractmethod
    def kill(self) -> None:
        """Do so without waiting for anything."""

    @staticmethod
    @abstractmethod
    def shared() -> dict[str, LiveActor]:
        """Return the actors of this kind that outlive their runs."""

    def check(self) -> None:
        """Raise `ActorEnded` for an actor that handles nothing any more."""
        if self.ended is not None:
            raise ActorEnded(f"{self.actor.title} has ended: {self.ended}")

    def judge(self, error: BaseException) -> bool:
        """Say whether an error ends the object; note whether it ends the actor too."""
        if self.actor.restart == "never":
            self.ended = describe_error(error)
        return self.actor.restart is not None

    def report(self, error: BaseException) -> None:
        """Log that an object which is not needed any more could not be closed."""
        log = process_state().get("log_error", logging.Logger.error)
        what = f"{self.actor.title} could not be closed: {describe_error(error)}"
        log(chain_logger("actors"), "%s", what, exc_info=error)


class Reported:
    """Logs the error that an object is closed with, where no one is there to get it."""

    def __init__(self, live: LiveActor) -> None:
        self.live = live

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, kind: object, error: BaseException | None, trace: object
    ) -> bool:
        if isinstance(error, Exception):
            self.live.report(error)
        return isinstance(error, Exception)


async def ask_actor(
    step: Step, actor: Actor, method: str, arguments: dict[str, Any]
) -> Any:
    """Call a method of an actor, and wait for what it returns.

    Where the wait is given up, a message in the mailbox is withdrawn; one in hand is
    handled to its end.
    """
    live = actor.live(step.run)
    message = live.packed(method, arguments)
    await take_room(step, live)
    answer = f"step '{step.path}' for an answer of {actor.title}"
    with waiting_for(step.run, step.path, answer):
        return await live.answer(message)


async def tell_actor(
    step: Step, actor: Actor, method: str, arguments: dict[str, Any]
) -> None:
    """Leave a message in the mailbox of an actor, waiting for room alone.

    Its failure is logged, and is the error in the record of the step.
    """
    live = actor.live(step.run)
    message = live.packed(method, arguments)
    await take_room(step, live)
    live.take(message, partial(note_failure, step, actor, method))


async def take_room(step: Step, live: LiveActor) -> None:
    """Wait for room in a mailbox."""
    title = live.actor.title
    room = f"step '{step.path}' for room in the mailbox of {title}"
    with waiting_for(step.run, step.path, room):
        await live.room.acquire()


def note_failure(
    step: Step, actor: Actor, method: str, error: BaseException | None
) -> None:
    """Report a message whose sender did not wait for it: its error, or that it was dropped."""
    what = f"Step '{step.path}' sent a message to {actor.title}"
    if error is None:
        step.error = f"{actor.title} was stopped before it had handled the message"
        words = f"{what}, which was stopped before it had handled that"
    else:
        step.error = describe_error(error)
        words = f"{what}, whose `{method}` failed: {step.error}"
    log = process_state().get("log_error", logging.Logger.error)
    log(
        chain_logger(step.run.chain),
        "%s",
        f"{words} ({step.run.source}:{step.line})",
        exc_info=None if isinstance(error, Foreseen) else error,
    )
