"""Actors on the event loop."""

from __future__ import annotations

import asyncio
import contextvars
import inspect
from collections import OrderedDict
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing
from typing import Any, cast

from ..run.process import loop_state
from ..run.records import is_asked_to_end
from ..run.threads import error_of_thread
from .actor import Actor, ActorEnded, LiveActor, Reported

__all__ = ["LoopActor", "close_actors"]


CUTTING = 1.0
"""Seconds that a message which is cut off has to end, and then the object to be closed."""


class LoopActor(LiveActor):
    """An actor whose methods run on the event loop, in a task as long as there are messages."""

    def __init__(self, actor: Actor, make: Callable[[], Any]) -> None:
        super().__init__(actor, make)
        self.messages: OrderedDict[asyncio.Future[Any], tuple[Any, contextvars.Context]]
        self.messages = OrderedDict()
        self.task: asyncio.Task[None] | None = None
        self.in_hand: tuple[asyncio.Future[Any], asyncio.Task[None]] | None = None
        self.made: list[Any] = []

    @staticmethod
    def shared() -> dict[str, LiveActor]:
        """Return the actors of the process on this event loop."""
        actors: dict[str, LiveActor] = loop_state().setdefault("actors", {})
        return actors

    def submit(self, message: Any) -> asyncio.Future[Any]:
        """Queue a message; the future has its answer."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Any] = loop.create_future()
        answer.add_done_callback(self.withdraw)
        self.messages[answer] = message, contextvars.copy_context()
        if self.task is None or self.task.done():
            self.task = loop.create_task(self.work_off(), context=contextvars.Context())
        return answer

    async def answer(self, message: Any) -> Any:
        return await self.submit(message)

    def take(self, message: Any, note: Callable[[BaseException | None], None]) -> None:
        def note_failure(answer: asyncio.Future[Any]) -> None:
            error = None if answer.cancelled() else answer.exception()
            if answer.cancelled() or error is not None:
                note(error)

        self.submit(message).add_done_callback(note_failure)

    def withdraw(self, answer: asyncio.Future[Any]) -> None:
        """Forget a message that still waits."""
        if self.messages.pop(answer, None) is not None:
            self.room.release()

    async def work_off(self) -> None:
        """Handle the messages one after another, until there is none."""
        loop = asyncio.get_running_loop()
        while self.messages:
            answer, (message, context) = self.messages.popitem(last=False)
            self.room.release()
            if answer.cancelled():
                continue
            work = self.handle(answer, message)
            self.in_hand = answer, loop.create_task(work, context=context)
            try:
                await asyncio.wait([self.in_hand[1]])
            finally:
                self.in_hand[1].cancel()
                answer.cancel()

    async def handle(self, answer: asyncio.Future[Any], message: Any) -> None:
        """Handle a message, and give its sender the answer."""
        try:
            self.check()
        except ActorEnded as error:
            answer.set_exception(error)
            return
        try:
            result = await self.call(*message)
        except BaseException as error:
            if not isinstance(error, Exception) and is_asked_to_end():
                raise
            if self.judge(error):
                with Reported(self):
                    await self.close()
            if not answer.done():
                answer.set_exception(error_of_thread(error))
        else:
            if not answer.done():
                answer.set_result(result)

    async def call(self, method: str, arguments: dict[str, Any]) -> Any:
        """Return what a method of the object comes to; make the object first."""
        if not self.made:
            self.made = [await settled_here(self.make())]
        result = await settled_here(getattr(self.made[0], method)(**arguments))
        # The object itself may be an iterator, and what its methods return is a list.
        return [*result] if isinstance(result, Iterator) else result

    async def close(self) -> None:
        """Close the object, if it is there and can be closed."""
        made, self.made = self.made, []
        for one in made:
            close = getattr(one, "aclose", None) or getattr(one, "close", None)
            if close is not None:
                await settled_here(close())

    async def finish(self) -> None:
        await asyncio.sleep(0)  # for the callbacks of messages that are cancelled
        while self.task is not None and not self.task.done():
            await asyncio.wait([self.task])
        await self.close()

    async def cut_off(self) -> None:
        self.kill()
        tasks = [task for task in (self.task, self.in_hand and self.in_hand[1]) if task]
        if tasks:
            await asyncio.wait(tasks, timeout=CUTTING)
        if all(task.done() for task in tasks):
            with Reported(self):
                async with asyncio.timeout(CUTTING):
                    await self.close()

    def kill(self) -> None:
        for answer in [*self.messages]:
            answer.cancel()
            self.withdraw(answer)
        if self.task is not None:
            self.task.cancel()
        if self.in_hand is not None:
            self.in_hand[1].cancel()


async def settled_here(result: Any) -> Any:
    """Return what a call of any kind comes to: a coroutine's value, an async generator's items."""
    if inspect.isasyncgen(result):
        async with aclosing(cast("AsyncGenerator[Any, None]", result)) as items:
            return [item async for item in items]
    if inspect.isawaitable(result):
        return await result
    return result


async def close_actors() -> None:
    """Stop the actors of the process on this event loop, the last that began first."""
    actors = LoopActor.shared()
    while actors:
        _, live = actors.popitem()
        await live.finish()
