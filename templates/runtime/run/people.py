"""Steps that wait for an answer from outside of the run."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..limits.durations import in_seconds
from .deadline import standing_still
from .process import process_state
from .receiver import Receiver
from .records import Foreseen, StepTimeout
from .run import Step, chain_logger
from .time_limit import least_left
from .waits import waiting_for

__all__ = ["Answer", "Question", "Signal", "wait_for_answer"]

NO_DEFAULT: Any = object()

Answer = tuple[str | None, Any]
"""An answer with its key, if it has one."""


class NobodyAnswers(Foreseen):
    """A step waits for an answer in a run that nothing can be sent to."""


class Signal(Receiver):
    """The answers that are sent to a run under one name.

    `check` returns an answer as its type, or raises. One that comes before its step
    waits is kept. It may have a key where a step that asks `has_keys`.
    """

    def __init__(
        self,
        name: str,
        check: Callable[[Any], Any] | None = None,
        *,
        has_keys: bool = False,
    ) -> None:
        self.name = name
        self.check = check
        self.has_keys = has_keys
        self.early: deque[Answer] = deque()
        # In the order in which they began to wait, each with its key.
        self.waiting: dict[asyncio.Future[Any], str | None] = {}

    async def put(self, answer: Any, key: str | None) -> None:
        """Give an answer to who waits for it, first come, first served, or keep it."""
        if key is not None and not self.has_keys:
            raise ValueError(f"no step waits for '{self.name}' with a key")
        if self.check is not None:
            answer = self.check(answer)
        if not self.is_taken(key, answer):
            self.early.append((key, answer))

    def is_taken(self, key: str | None, answer: Any) -> bool:
        """Give an answer to who waits for it; say whether there is somebody."""
        for waiter, own in self.waiting.items():
            if not waiter.done() and key in (None, own):
                waiter.set_result((key, answer))
                return True
        return False

    async def take(self, key: str | None) -> Answer:
        """Return the next answer with the key, or with none."""
        for index, (own, answer) in enumerate(self.early):
            if own in (None, key):
                del self.early[index]
                return own, answer
        waiter: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self.waiting[waiter] = key
        try:
            return await waiter
        except asyncio.CancelledError:
            if waiter.done() and not waiter.cancelled():
                self.give_back([waiter.result()])
            raise
        finally:
            del self.waiting[waiter]

    def give_back(self, answers: Sequence[Answer]) -> None:
        """Keep answers for others, in their order, whose own wait was cut off."""
        left = [answer for answer in answers if not self.is_taken(*answer)]
        self.early.extendleft(reversed(left))

    def close(self) -> None:
        """Raise `ValueError`: what a step waits for is no channel."""
        raise ValueError(f"'{self.name}' is what a step waits for, and no channel")


@dataclass(frozen=True)
class Question:
    """What a step waits for: `count` answers to a `signal`, of the form in `schema`."""

    signal: str
    text: str | None = None
    key: object = None
    schema: Mapping[str, Any] | None = None
    count: int | None = None


async def wait_for_answer(
    step: Step,
    question: Question,
    *,
    timeout: float | None = None,
    default: Any = NO_DEFAULT,
) -> Any:
    """Emit what is asked, and return the answer, or a list where a count is asked for.

    Meanwhile time stands still for the run's deadline, unless it is stated. Past the
    timeout it returns the default, or raises `StepTimeout`. Answers that do not come to
    the count are left for others.
    """
    run, signal, count = step.run, question.signal, question.count or 1
    key = None if question.key is None else str(question.key)
    if run.events is not None:
        asked = {"signal": signal, "question": question.text, "key": key}
        form = {"count": count, "schema": question.schema or {}}
        left = least_left(timeout)
        shown = process_state().get("shown_data", dict)(asked)
        event = run.event("step_waiting", step=step.path, **shown, **form, timeout=left)
        await run.events.append(event)
    is_bounded = timeout is not None and default is not NO_DEFAULT
    answers: list[Answer] = []
    what = f"step '{step.path}' for an answer to '{signal}'"
    waiting = waiting_for(run, step.path, what)
    try:
        with standing_still(run.limit), waiting:
            async with asyncio.timeout(timeout):
                while len(answers) < count:
                    answer = await next_answer(step, signal, key, is_bounded=is_bounded)
                    answers.append(answer)
    except TimeoutError:
        if default is NO_DEFAULT:
            late = f"timed out after {in_seconds(timeout)} without an answer"
            raise StepTimeout(f"{late} to '{signal}'") from None
        return default
    finally:
        if len(answers) < count and run.inbox is not None:
            run.inbox[signal].give_back(answers)
    taken = [answer for _, answer in answers]
    return taken[0] if question.count is None else taken


async def next_answer(
    step: Step, signal: str, key: str | None, *, is_bounded: bool
) -> Answer:
    """Wait for one answer."""
    inbox = step.run.inbox
    if inbox is not None:
        answer: Answer = await inbox[signal].take(key)
        return answer
    if not is_bounded:
        raise NobodyAnswers(
            f"nobody can answer '{signal}': start the chain with `start_chain`, and "
            "answer with `send` of the handle"
        )
    chain_logger(step.run.chain).warning(
        "Nobody can answer '%s' in this run: step '%s' waits for its default",
        signal,
        step.name,
        extra={"signal": signal},
    )
    never: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
    return await never
