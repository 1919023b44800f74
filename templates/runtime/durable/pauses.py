"""Steps that wait: for a time, or for an answer, whichever process is there then."""

from __future__ import annotations

import asyncio
import time
from typing import Any, cast

from dbos import DBOS

from ..limits.durations import in_seconds
from ..run.deadline import standing_still
from ..run.people import NO_DEFAULT, Answer, Question, Signal
from ..run.process import process_state
from ..run.records import StepTimeout, describe_error
from ..run.run import Run, Step, chain_logger
from ..run.time_limit import least_left
from ..run.waits import waiting_for
from .durable_steps import DurableStep
from .journal import JOURNAL, Journal
from .messages import TOPIC

__all__ = ["DurableSignal", "receive", "sleep_durably", "wait_durably"]

LONGEST = 10 * 365 * 86_400.0
"""Seconds that a message is waited for at a time."""

LATE_ANSWERS = 1.0
"""Seconds that a wait has at least, for answers that came while no process lived."""


async def sleep_durably(step: Step, seconds: float) -> None:
    """Wait until a time that stays the same in all lives of the run."""
    durable = cast(DurableStep, step)
    began = await JOURNAL.get().begin(durable.place, until=time.time() + seconds)
    durable.rests = True
    await asyncio.sleep(max(0.0, began["until"] - time.time()))


class DurableSignal(Signal):
    """The answers that are sent to a run under one name, each with the id of its message."""

    def __init__(self, name: str, check: Any = None, *, has_keys: bool = False) -> None:
        super().__init__(name, has_keys=has_keys)
        self.checked = check

    async def put(self, answer: Any, key: str | None) -> None:
        """Give the answer of a message to who waits for it, or keep it."""
        if self.checked is not None:
            answer = {**answer, "answer": self.checked(answer["answer"])}
        await super().put(answer, key)


async def receive(run: Run, journal: Journal) -> None:
    """Put the messages to a run into its inbox: those that no step has taken, then new ones."""
    for message in journal.untaken():
        await put(run, journal, message)
    while True:
        message = await DBOS.recv_async(TOPIC, timeout_seconds=LONGEST)
        if message is not None:
            await put(run, journal, message)


async def put(run: Run, journal: Journal, message: dict[str, Any]) -> None:
    """Give a message to the signal that it is for; one that it refuses answers nothing."""
    try:
        await (run.inbox or {})[message["name"]].put(message, message["key"])
    except Exception as error:
        dropped = f"dropped.{message['id']}:0"
        await journal.keep(dropped, {"taken": [message["id"]]})
        why = describe_error(error)
        log = chain_logger(run.chain).warning
        log("A message to '%s' is dropped: %s", message["name"], why)


async def wait_durably(
    step: Step,
    question: Question,
    *,
    timeout: float | None = None,
    default: Any = NO_DEFAULT,
) -> Any:
    """Ask, and return the answer, or a list where a count is asked for.

    The question and its time are stored, so that the wait goes on in the next life.
    Meanwhile time stands still for the run's deadline, unless it is stated. Past the
    timeout it returns the default, or raises `StepTimeout`. Answers that do not come to
    the count are left for others.
    """
    await JOURNAL.get().leave()
    durable, run = cast(DurableStep, step), step.run
    asked = asked_by(question)
    until = None if timeout is None else time.time() + timeout
    began = await JOURNAL.get().begin(durable.place, until=until, asked=asked)
    durable.rests, left = True, None
    if began["until"] is not None:
        left = max(LATE_ANSWERS, began["until"] - time.time())
    if run.events is not None:
        most = least_left(left)
        shown = process_state().get("shown_data", dict)(asked)
        event = run.event("step_waiting", step=step.path, **shown, timeout=most)
        await run.events.append(event)
    signal: Signal = (run.inbox or {})[asked["signal"]]
    answers: list[Answer] = []
    what = f"step '{step.path}' for an answer to '{signal.name}'"
    waiting = waiting_for(run, step.path, what)
    try:
        with standing_still(run.limit), waiting:
            async with asyncio.timeout(left):
                while len(answers) < asked["count"]:
                    answers.append(await signal.take(asked["key"]))
    except TimeoutError:
        if default is NO_DEFAULT:
            late = f"timed out after {in_seconds(timeout)} without an answer"
            raise StepTimeout(f"{late} to '{signal.name}'") from None
        return default
    finally:
        durable.waited = (began["begun"], time.time())
        if len(answers) < asked["count"]:
            signal.give_back(answers)
    durable.taken += [message["id"] for _, message in answers]
    taken = [message["answer"] for _, message in answers]
    return taken[0] if question.count is None else taken


def asked_by(question: Question) -> dict[str, Any]:
    """Return what is asked, as events and lists of runs show it."""
    return {
        "signal": question.signal,
        "question": question.text,
        "key": None if question.key is None else str(question.key),
        "count": question.count or 1,
        "schema": question.schema or {},
    }
