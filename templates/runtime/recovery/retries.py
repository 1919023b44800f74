"""Retries of work that fails, and its fallbacks."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from ..http.server_words import retry_after_of
from ..run.records import (
    Foreseen,
    StepError,
    StepTimeout,
    describe_error,
    is_being_cancelled,
    is_stray,
)
from ..run.run import Step
from ..run.time_limit import nearest_end
from ..run.warned import warn_of
from .failures import (
    CallFailure,
    ModelError,
    answer_headers,
    failure_of,
    is_among,
)

__all__ = [
    "ANY_FAILURE",
    "ASK_AGAIN",
    "Fallback",
    "Retries",
    "Retry",
    "Tries",
    "count_retry",
    "try_again",
]

T = TypeVar("T")

TRANSIENT = ("timeout", "connection", 408, 409, 429, "5xx", "invalid_output")
"""The kinds of failure after which another try may do better."""

ANY_FAILURE = (*TRANSIENT, "error")
"""Those, and whatever work fails with in ways that only its author knows."""

HOPELESS = ("refusal", "budget", "context_length", "failed")
"""The kinds of failure after which the same would only fail again."""

OWN_FAULTS = ("refusal", "budget", "4xx")
"""The kinds of failure for which no fallback is called, ..."""

OTHERS_MAY_DO = (401, 402, 403, 404, 408, 409, 429)
"""... apart from these, which are one server's own."""


@dataclass(frozen=True)
class Retry:
    """At most `max` retries, `delay` seconds apart or more; see `Retries`.

    `on` are the kinds of failure that are retried.
    """

    max: int = 0
    backoff: Literal["exponential", "linear", "constant"] = "exponential"
    delay: float = 0.5
    max_delay: float = 30.0
    jitter: bool = True
    on: Sequence[str | int] = TRANSIENT

    def pause(self, tries: int) -> float:
        """Return the seconds to wait after `tries` retries; with jitter any time up to that."""
        seconds = self.delay
        if self.backoff == "exponential":
            seconds *= 2.0 ** min(tries, 64)
        elif self.backoff == "linear":
            seconds *= tries + 1
        seconds = min(seconds, self.max_delay)
        return random.uniform(0.0, seconds) if self.jitter else seconds


@dataclass(frozen=True)
class Fallback:
    """What is called when all tries have failed, with tries and permits of its own.

    `on` are the kinds of failure after which it is called; `None` is all but a
    refusal, a 400 and the like, and a spent budget.
    """

    name: str
    call: Callable[[], Awaitable[Any]]
    on: Sequence[str | int] | None = None

    def is_for(self, failure: CallFailure) -> bool:
        """Say whether it is called after a failure."""
        if failure.is_final:
            return False
        if self.on is not None:
            return is_among(failure, self.on)
        return is_among(failure, OTHERS_MAY_DO) or not is_among(failure, OWN_FAULTS)


@dataclass(frozen=True)
class Tries:
    """How often a model is asked, and what is called where all tries have failed."""

    retry: Retry = Retry()
    fallbacks: Sequence[Fallback] = ()

    async def __call__(self, step: Step, work: Callable[[], Awaitable[T]]) -> T:
        return await try_again(step, work, self.retry, self.fallbacks)


ASK_AGAIN = Retry(1, on=("invalid_output",))
"""One more try after an answer that is not of its type, and after nothing else."""


class FallbackError(ModelError):
    """The work and its fallbacks failed; the last error is the `__cause__`."""


class Retries:
    """Decides, failure by failure, whether and when a piece of work is retried.

    A 429 of a connection with a rate limit is queued again there and uses up no try,
    unless one of the `fallbacks` names it.
    """

    def __init__(
        self, step: Step, retry: Retry, fallbacks: Sequence[Fallback] = ()
    ) -> None:
        self.step = step
        self.retry = retry
        self.fallbacks = fallbacks
        self.tries = 0

    async def wait(self, error: BaseException) -> bool:
        """Return whether there is another try, after the wait for it.

        The caller holds no permit meanwhile.
        """
        failure, run, delay = failure_of(error), self.step.run, 0.0
        if is_over(self.step, error):
            return False
        what, asked = "is queued again", failure.retry_after or 0.0
        if not self.is_queued_again(failure):
            if self.tries >= self.retry.max or not self.may_help(failure):
                return False
            asked = seconds_asked(error, failure)
            delay = self.delay(asked, failure)
            self.tries += 1
            what = f"is retried in {delay:.3g} s"
        end = nearest_end(run.deadline)
        if max(asked, delay) >= max(end - run.time(), 0.0):
            self.say_why(error, asked, delay, end)
            return False
        await report_retry(self.step, what, error, delay_ms=round(delay * 1000))
        await asyncio.sleep(delay)
        return True

    def say_why(
        self, error: BaseException, asked: float, delay: float, end: float
    ) -> None:
        """Add to a failure that no time is left for another try.

        A failure that is reported by its message alone has this in its message; one of the
        user's code, which is logged with a traceback, as a note.
        """
        run = self.step.run
        left = max(end - run.time(), 0.0)
        over = "the run ends" if end == run.deadline else "its time is over"
        wait, why = f"{delay:.3g}", "the next try would be in"
        if asked and asked >= left:
            wait, why = f"{asked:.3g}", "the server asks to wait"
        when = "by then" if f"{left:.3g}" == wait else f"in {left:.3g} s"
        note = f"not retried, as {why} {wait} s and {over} {when}"
        vars(error)["too_late_for"] = end
        if isinstance(error, StepError):
            error.reason += f"; {note}"
        if isinstance(error, Foreseen) or not self.step.calls_code:
            error.args = (f"{error}; {note}",)
        else:
            error.add_note(note)

    def is_queued_again(self, failure: CallFailure) -> bool:
        """Say whether the connection's rate limit, and no fallback, deals with a failure."""
        is_dealt_with = any(f.on and f.is_for(failure) for f in self.fallbacks)
        return failure.back_in_line and not is_dealt_with

    def may_help(self, failure: CallFailure) -> bool:
        """Say whether another try may succeed."""
        if failure.is_final or failure.kind in HOPELESS:
            return False
        if failure.should_retry is not None:
            return failure.should_retry
        if failure.status == 400 and 400 not in self.retry.on:
            return False
        return is_among(failure, self.retry.on)

    def delay(self, asked: float, failure: CallFailure) -> float:
        """Return the seconds until the next try, at least those that the server asks for."""
        if failure.kind == "invalid_output":
            return 0.0  # nothing has to recover: the model gets the fault to mend
        return max(self.retry.pause(self.tries), asked)


def is_over(step: Step, error: BaseException) -> bool:
    """Say whether an error, or the end of its run, leaves nothing to be tried."""
    # The user's code may have swallowed the cancellation, which still holds.
    is_cut_off = not isinstance(error, Exception) and "cancelled" in step.run.shared
    return is_cut_off or is_being_cancelled() or not is_stray(error)


def seconds_asked(error: BaseException, failure: CallFailure) -> float:
    """Return the seconds that a server asks to wait, 0 where it asks for none."""
    asked = failure.retry_after
    return (retry_after_of(answer_headers(error)) if asked is None else asked) or 0.0


async def report_retry(step: Step, what: str, why: BaseException, **data: Any) -> None:
    """Log and count a further try of a step; the user's code has its traceback logged."""
    is_of_code = step.calls_code and failure_of(why).kind == "error"
    warn_of(step, what, why, is_of_code=is_of_code)
    await count_retry(step, why, **data)


async def count_retry(step: Step, why: BaseException, **data: Any) -> None:
    """Count a further try of a step, and emit its event."""
    run = step.run
    step.attempts += 1
    if run.events is not None:
        data = {"attempt": step.attempts, "error": describe_error(why), **data}
        await run.events.append(run.event("step_retry", step=step.path, **data))


async def try_again(
    step: Step,
    work: Callable[[], Awaitable[T]],
    retry: Retry | None = None,
    fallbacks: Sequence[Fallback] = (),
) -> T:
    """Return the value of `work`, or of the first fallback that has one.

    Raises the last error; once a fallback was called, one that names all that failed.
    """
    retries = Retries(step, retry or Retry(), fallbacks)
    try:
        return await repeat(work, retries)
    except BaseException as error:
        if not fallbacks or is_over(step, error):
            raise
        failed = error
    result: T = await first_fallback(step, failed, fallbacks)
    return result


async def repeat(work: Callable[[], Awaitable[T]], retries: Retries) -> T:
    """Return the value of `work`, tried as often as `retries` allow."""
    while True:
        try:
            return await work()
        except BaseException as error:
            if not await retries.wait(error):
                raise


async def first_fallback(
    step: Step, error: BaseException, fallbacks: Sequence[Fallback]
) -> Any:
    """Return the value of the first fallback that has one."""
    failures, last = [words_of(error)], error
    for fallback in fallbacks:
        if not fallback.is_for(failure_of(last)):
            continue
        what = f"falls back to '{fallback.name}'"
        await report_retry(step, what, last, delay_ms=0, fallback=fallback.name)
        step.calls_code = True  # of a given connector, even after a request
        try:
            result = await fallback.call()
            step.extras["fallback"] = fallback.name
            return result
        except BaseException as failed:
            if is_over(step, failed):
                raise
            failures.append(f"fallback `{fallback.name}`: {words_of(failed)}")
            # As if raised while the one before was handled, so that its traceback is kept.
            if failed.__context__ is None and failed is not last:
                failed.__context__ = last
            last = failed
    if last is error:
        raise error
    if failure_of(last).kind == "error" and not isinstance(last, Foreseen):
        # No other line has its traceback.
        warn_of(step, "has no fallback left", last)
    raise all_failed(last, "; ".join(failures)) from last


def words_of(error: BaseException) -> str:
    """Return an error in one line, among others."""
    if isinstance(error, ModelError):
        return " ".join(str(error).split())
    return describe_error(error)


def all_failed(last: BaseException, message: str) -> Exception:
    """Return an error that names all that failed; it is of the last one's kind."""
    failure = failure_of(last)
    if isinstance(last, StepTimeout):
        return StepTimeout(message)
    return FallbackError(
        message,
        failure.kind,
        status=failure.status,
        retry_after=failure.retry_after,
        should_retry=failure.should_retry,
        is_final=failure.is_final,
    )
