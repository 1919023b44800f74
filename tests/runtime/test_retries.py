from __future__ import annotations

import asyncio
import logging
import random
import socket
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any

import httpx
import pytest
from n3gen.templates.runtime.recovery.failures import ModelError, failure_of, is_among
from n3gen.templates.runtime.recovery.retries import (
    ANY_FAILURE,
    Fallback,
    FallbackError,
    Retries,
    Retry,
    try_again,
)
from n3gen.templates.runtime.run.events import EventQueue
from n3gen.templates.runtime.run.process import Limiter, process_state
from n3gen.templates.runtime.run.records import StepError, StepTimeout, cancel_task
from n3gen.templates.runtime.run.run import Step

from tests.clock import run
from tests.runtime.rate_calls import admission, connection_of, gate_of, step_of

EXACT = Retry(3, jitter=False)


def status(code: int, **fields: Any) -> ModelError:
    return ModelError(f"answered {code}", "status", status=code, **fields)


class Work:
    """Work that fails with the errors given, in turn, and then has a value."""

    def __init__(self, *errors: BaseException) -> None:
        self.errors = list(errors)
        self.times: list[float] = []

    async def __call__(self) -> str:
        self.times.append(round(asyncio.get_running_loop().time(), 6))
        if self.errors:
            raise self.errors.pop(0)
        return "value"


@pytest.mark.parametrize(
    ("retry", "times"),
    [
        (Retry(4, jitter=False), [0, 0.5, 1.5, 3.5, 7.5]),
        (Retry(4, jitter=False, max_delay=1.5), [0, 0.5, 1.5, 3.0, 4.5]),
        (Retry(4, "linear", 2.0, jitter=False), [0, 2, 6, 12, 20]),
        (Retry(4, "linear", 2.0, 5.0, jitter=False), [0, 2, 6, 11, 16]),
        (Retry(4, "constant", 3.0, jitter=False), [0, 3, 6, 9, 12]),
        (Retry(4, delay=0.0), [0, 0, 0, 0, 0]),
    ],
)
def test_the_pauses_between_tries(retry: Retry, times: list[float]) -> None:
    async def main() -> None:
        work, step = Work(*(status(500) for _ in range(4))), step_of()
        assert await try_again(step, work, retry) == "value"
        assert work.times == times
        assert step.attempts == 5

    run(main())


def test_jitter_is_full_and_never_beyond_the_pause(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[tuple[float, float]] = []

    def uniform(low: float, high: float) -> float:
        asked.append((low, high))
        return high / 4

    monkeypatch.setattr(random, "uniform", uniform)

    async def main() -> None:
        work = Work(*(status(500) for _ in range(3)))
        await try_again(step_of(), work, Retry(3, delay=4.0, max_delay=10.0))
        assert work.times == [0, 1, 3, 5.5]

    run(main())
    assert asked == [(0.0, 4.0), (0.0, 8.0), (0.0, 10.0)]


def test_so_many_tries_that_no_float_holds_their_backoff() -> None:
    assert Retry(9999, jitter=False).pause(9998) == 30.0
    assert Retry(9999, max_delay=float("inf"), jitter=False).pause(9998) < float("inf")


def test_the_last_error_comes_out_when_the_tries_are_used_up() -> None:
    async def main() -> None:
        errors = [status(500), status(503), status(429)]
        work, step = Work(*errors), step_of()
        with pytest.raises(ModelError) as caught:
            await try_again(step, work, Retry(2, "constant", 1.0, jitter=False))
        assert caught.value is errors[2]
        assert work.times == [0, 1, 2]
        assert step.attempts == 3

    run(main())


TRANSIENT_ERRORS = [
    status(408),
    status(409),
    status(429),
    status(500),
    status(529),
    status(400, should_retry=True),
    ModelError("", "timeout"),
    ModelError("", "connection"),
    ModelError("", "invalid_output"),
    StepTimeout("timed out"),
    TimeoutError(),
    ConnectionResetError(),
    httpx.ConnectTimeout(""),
    httpx.RemoteProtocolError(""),
    socket.gaierror(),
]

LASTING_ERRORS = [
    status(400),
    status(401),
    status(404),
    status(422),
    status(503, should_retry=False),
    status(503, is_final=True),
    ModelError("", "refusal"),
    ModelError("", "refusal", should_retry=True),
    ModelError("", "budget"),
    ModelError("", "context_length"),
    ModelError("", "error"),
    ModelError("", "timeout", is_final=True),
    ValueError("boom"),
    httpx.UnsupportedProtocol(""),
]


@pytest.mark.parametrize(
    ("error", "is_tried_again"),
    [(error, True) for error in TRANSIENT_ERRORS]
    + [(error, False) for error in LASTING_ERRORS],
)
def test_what_is_tried_again(error: Exception, is_tried_again: bool) -> None:
    async def main() -> None:
        work = Work(error)
        if is_tried_again:
            assert await try_again(step_of(), work, Retry(1)) == "value"
            return
        with pytest.raises(type(error)):
            await try_again(step_of(), work, Retry(1))
        assert work.times == [0]

    run(main())


@pytest.mark.parametrize(
    ("error", "on", "is_tried_again"),
    [
        (ValueError("boom"), ANY_FAILURE, True),
        (ModelError("", "refusal"), ANY_FAILURE, False),
        (StepError("inner"), ANY_FAILURE, True),
        (status(500), ("timeout",), False),
        (status(500), (500,), True),
        (status(404), ("4xx",), True),
        (status(400), ("4xx",), False),
        (status(400), (400,), True),
        (ModelError("", "refusal"), ("refusal",), False),
    ],
)
def test_the_kinds_that_the_spec_names(
    error: Exception, on: tuple[str | int, ...], is_tried_again: bool
) -> None:
    async def main() -> None:
        retries = Retries(step_of(), Retry(1, on=on))
        assert await retries.wait(error) is is_tried_again

    run(main())


def test_a_chains_failure_is_the_one_that_ended_it() -> None:
    outer, inner = StepError("outer"), StepError("inner")
    outer.__cause__, inner.__cause__ = inner, ModelError("no", "refusal")
    assert failure_of(outer).kind == "refusal"


@pytest.mark.parametrize(
    ("asked", "times"),
    [(7.0, [0, 7]), (600.0, [0, 600]), (0.1, [0, 0.5])],
)
def test_retry_after_is_waited_for(asked: float, times: list[float]) -> None:
    async def main() -> None:
        work = Work(status(429, retry_after=asked))
        await try_again(step_of(), work, EXACT)
        assert work.times == times

    run(main())


def response_of(code: int, **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    request = httpx.Request("GET", "https://a.test")
    return httpx.Response(code, headers=named, request=request)


def test_retry_after_of_an_http_error_is_waited_for() -> None:
    async def main() -> None:
        response = response_of(503, retry_after="4")
        error = httpx.HTTPStatusError("", request=response.request, response=response)
        work = Work(error)
        await try_again(step_of(), work, EXACT)
        assert work.times == [0, 4]

    run(main())


class APIConnectionError(Exception):
    status_code = 500


class APITimeoutError(APIConnectionError):
    pass


class RateLimitError(Exception):
    def __init__(self, response: httpx.Response) -> None:
        super().__init__("rate limit")
        self.response = response
        self.status_code = response.status_code


class ClientError(Exception):
    code = 404
    status = "NOT_FOUND"


class Spiteful(Exception):
    @property
    def response(self) -> Any:
        raise RuntimeError("not yet")

    @property
    def status_code(self) -> Any:
        raise RuntimeError("not yet")


def test_errors_of_sdks_are_known_by_their_looks() -> None:
    assert failure_of(APIConnectionError()).kind == "connection"
    assert failure_of(APITimeoutError()).kind == "timeout"
    assert failure_of(ClientError())[:2] == ("status", 404)
    assert failure_of(Spiteful()).kind == "error"
    told = failure_of(RateLimitError(response_of(429, x_should_retry="false")))
    assert (told.kind, told.status, told.should_retry) == ("status", 429, False)
    assert failure_of(RateLimitError(response_of(503))).should_retry is None
    assert failure_of(RateLimitError(response_of(200))).kind == "error"
    assert is_among(failure_of(RateLimitError(response_of(503))), ("5xx",))


def test_it_does_not_sleep_past_the_deadline() -> None:
    async def main() -> None:
        work, step = Work(status(429, retry_after=20.0)), step_of(deadline=20.0)
        with pytest.raises(ModelError) as caught:
            await try_again(step, work, EXACT)
        assert asyncio.get_running_loop().time() == 0.0
        why = "not retried, as the server asks to wait 20 s and the run ends by then"
        assert str(caught.value) == f"answered 429; {why}"
        assert step.attempts == 1

    run(main())


def test_a_retry_after_beyond_the_deadline_burns_no_tries() -> None:
    async def main() -> None:
        work, step = Work(*[status(429, retry_after=3600.0)] * 3), step_of(deadline=300)
        with pytest.raises(ModelError):
            await try_again(step, work, EXACT)
        assert work.times == [0.0]

    run(main())


def test_an_error_says_that_the_deadline_left_no_time_for_its_own_wait() -> None:
    async def main() -> None:
        work, step = Work(status(500)), step_of(deadline=0.2)
        with pytest.raises(ModelError) as caught:
            await try_again(step, work, EXACT)
        why = "not retried, as the next try would be in 0.5 s and the run ends in 0.2 s"
        assert str(caught.value) == f"answered 500; {why}"

    run(main())


def test_the_words_of_an_error_of_the_users_code_are_left_alone() -> None:
    async def main() -> None:
        error = RateLimitError(response_of(429, retry_after="60"))
        with pytest.raises(RateLimitError) as caught:
            await try_again(step_of(deadline=5), Work(error), EXACT)
        assert str(caught.value) == "rate limit"
        why = "not retried, as the server asks to wait 60 s and the run ends in 5 s"
        assert caught.value.__notes__ == [why]

    run(main())


def test_what_the_deadline_forbids_goes_to_the_fallback_at_once() -> None:
    async def main() -> None:
        work, step = Work(status(429, retry_after=20.0)), step_of(deadline=20.0)
        other = Work()
        fallbacks = (Fallback("other", other),)
        assert await try_again(step, work, EXACT, fallbacks) == "value"
        assert other.times == [0.0]

    run(main())


def test_listeners_and_the_log_are_told(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> list[dict[str, Any]]:
        step = step_of()
        step.run.events = EventQueue()
        fallbacks = (Fallback("small", Work()),)
        work = Work(status(500), status(500), status(500))
        await try_again(step, work, Retry(2, jitter=False, delay=0.25), fallbacks)
        return [await step.run.events.get() for _ in range(3)]

    with caplog.at_level(logging.WARNING, "n3gen.c"):
        events = run(main())
    reason = "ModelError: answered 500"
    assert [event.pop("event") for event in events] == ["step_retry"] * 3
    wanted = {"chain": "c", "run_id": "", "step": "s", "error": reason}
    assert events == [
        {**wanted, "attempt": 2, "delay_ms": 250, "time_ms": 0},
        {**wanted, "attempt": 3, "delay_ms": 500, "time_ms": 250},
        {**wanted, "attempt": 4, "delay_ms": 0, "time_ms": 750, "fallback": "small"},
    ]
    assert caplog.messages == [
        f"Step 's' is retried in 0.25 s: {reason}",
        f"Step 's' is retried in 0.5 s: {reason}",
        f"Step 's' falls back to 'small': {reason}",
    ]


@pytest.mark.usefixtures("without_secrets")
@pytest.mark.parametrize("is_hidden", [False, True])
def test_a_try_that_the_users_code_failed_is_logged_with_its_traceback(
    caplog: pytest.LogCaptureFixture, is_hidden: bool
) -> None:
    def hide(text: object) -> str:
        return str(text).replace("opensesame", "***")

    async def main() -> None:
        if is_hidden:
            process_state()["shown_key"] = hide
        work = Work(KeyError("opensesame"), ConnectionError("gone"))
        step, fallbacks = step_of(), (Fallback("b", Work(ValueError("no"))),)
        again = Retry(1, jitter=False, delay=1.0, on=ANY_FAILURE)
        with pytest.raises(ModelError, match="no"):
            await try_again(step, work, again, fallbacks)

    with caplog.at_level(logging.WARNING, "n3gen.c"):
        run(main())
    assert caplog.messages == [
        "Step 's' is retried in 1 s: KeyError: 'opensesame'",
        "Step 's' falls back to 'b': ConnectionError: gone",
        "Step 's' has no fallback left: ValueError: no",
    ]
    own, librarys, last = caplog.records
    assert not librarys.exc_info and not librarys.exc_text
    if is_hidden:
        assert not own.exc_info and not last.exc_info
        assert "in __call__" in str(own.exc_text)
        assert str(own.exc_text).endswith("KeyError: '***'")
        assert str(last.exc_text).endswith("ValueError: no")
    else:
        assert own.exc_info and isinstance(own.exc_info[1], KeyError)
        assert last.exc_info and isinstance(last.exc_info[1], ValueError)


@pytest.mark.usefixtures("without_secrets")
def test_a_request_that_fails_has_no_traceback_and_the_fallback_behind_it_has(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def main() -> None:
        step, work = step_of(), Work(ValueError("of the request"))
        step.calls_code = False
        names = ("b", Work(ValueError("own"))), ("c", Work())
        fallbacks = [Fallback(name, call) for name, call in names]
        assert await try_again(step, work, None, fallbacks) == "value"

    with caplog.at_level(logging.WARNING, "n3gen.c"):
        run(main())
    assert [bool(record.exc_info) for record in caplog.records] == [False, True]


def test_no_permit_is_held_between_tries() -> None:
    async def main() -> None:
        limiter, connection = Limiter(1), connection_of(concurrent=1)
        inner = Work(status(500))

        async def work() -> str:
            async with admission(connection, step_of(), 1, limiter):
                return await inner()

        task = asyncio.create_task(try_again(step_of(), work, EXACT))
        await asyncio.sleep(0.2)
        assert (limiter.held, gate_of(connection).active) == (0, 0)
        await task
        assert inner.times == [0, 0.5]

    run(main())


def test_a_cancellation_ends_the_wait() -> None:
    async def main() -> None:
        work = Work(status(500, retry_after=100.0))
        task = asyncio.create_task(try_again(step_of(), work, EXACT))
        await asyncio.sleep(1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert work.times == [0]

    run(main())


def test_work_that_swallows_an_order_to_stop_is_not_tried_again() -> None:
    async def main() -> None:
        calls = 0

        async def work() -> str:
            nonlocal calls
            calls += 1
            try:
                await asyncio.sleep(10)
            except asyncio.CancelledError:
                raise ConnectionError from None
            return "value"

        other = Work()
        fallbacks = (Fallback("other", other),)
        task = asyncio.create_task(try_again(step_of(), work, EXACT, fallbacks))
        await asyncio.sleep(1)
        cancel_task(task)
        with pytest.raises(ConnectionError):
            await task
        assert calls == 1
        assert not other.times

    run(main())


def one(name: str, work: Callable[[], Awaitable[Any]], *on: str | int) -> Fallback:
    return Fallback(name, work, on or None)


def test_fallbacks_come_in_order_and_only_when_needed() -> None:
    async def main() -> None:
        first, second, third = Work(status(500)), Work(), Work()
        fallbacks = (one("a", first), one("b", second), one("c", third))
        step = step_of()
        work = Work(*(status(503) for _ in range(9)))
        assert await try_again(step, work, EXACT, fallbacks) == "value"
        assert (len(work.times), len(first.times)) == (4, 1)
        assert (len(second.times), len(third.times)) == (1, 0)
        assert step.attempts == 6

    run(main())


@pytest.mark.parametrize(
    ("error", "on", "is_taken"),
    [
        (status(401), (), True),
        (status(402), (), True),
        (status(429, should_retry=False), (), True),
        (status(500), (), True),
        (ValueError("boom"), (), True),
        (ModelError("", "context_length"), (), True),
        (ModelError("", "invalid_output"), (), True),
        (StepTimeout(""), (), True),
        (status(400), (), False),
        (status(422), (), False),
        (ModelError("", "refusal"), (), False),
        (ModelError("", "budget"), (), False),
        (status(500, is_final=True), (), False),
        (status(400), (400,), True),
        (ModelError("", "refusal"), ("refusal",), True),
        (status(500, is_final=True), (500,), False),
        (status(500), (429, "timeout"), False),
        (TimeoutError(), (429, "timeout"), True),
    ],
)
def test_what_a_fallback_stands_in_for(
    error: Exception, on: tuple[str | int, ...], is_taken: bool
) -> None:
    async def main() -> None:
        other = Work()
        if is_taken:
            done = await try_again(
                step_of(), Work(error), None, (one("b", other, *on),)
            )
            assert done == "value"
            return
        with pytest.raises(type(error)) as caught:
            await try_again(step_of(), Work(error), None, (one("b", other, *on),))
        assert caught.value is error
        assert not other.times

    run(main())


def test_when_all_have_failed_each_is_told_once() -> None:
    async def main() -> None:
        last = status(503, retry_after=9.0)
        fallbacks = (
            one("small", Work(KeyError("x"))),
            one("never", Work(), 429),
            one("local", Work(last)),
        )
        with pytest.raises(FallbackError) as caught:
            await try_again(step_of(), Work(status(500)), None, fallbacks)
        error = caught.value
        assert str(error) == (
            "answered 500; fallback `small`: KeyError: 'x'; fallback `local`: answered 503"
        )
        assert (error.kind, error.status, error.retry_after) == ("status", 503, 9.0)
        assert error.__cause__ is last
        assert isinstance(last.__context__, KeyError)
        assert isinstance(last.__context__.__context__, ModelError)

    run(main())


def test_a_timeout_of_the_last_is_a_timeout_still() -> None:
    async def main() -> None:
        fallbacks = (one("b", Work(StepTimeout("timed out after 2 seconds"))),)
        step = step_of()
        with pytest.raises(StepError):
            async with step:
                await try_again(step, Work(status(500)), None, fallbacks)
        record = step.record()
        assert record["status"] == "timeout"
        assert record["error"] == (
            "answered 500; fallback `b`: timed out after 2 seconds"
        )
        assert record["attempts"] == 2

    run(main())


class Odd(BaseException):
    pass


@pytest.mark.parametrize("kind", [asyncio.CancelledError, GeneratorExit, Odd])
def test_what_only_ends_its_work_is_a_failure_like_others(
    kind: type[BaseException],
) -> None:
    async def main() -> None:
        again, step = Work(kind(), kind()), step_of()
        assert await try_again(step, again, replace(EXACT, on=("error",))) == "value"
        assert (len(again.times), step.attempts) == (3, 3)
        last = Work()
        others = one("b", Work(kind())), one("c", last)
        assert await try_again(step_of(), Work(kind()), fallbacks=others) == "value"
        assert len(last.times) == 1
        with pytest.raises(kind):
            await try_again(step_of(), Work(kind()), EXACT)
        both = f"{kind.__name__}; fallback `b`: {kind.__name__}"
        with pytest.raises(FallbackError, match=both):
            others = (one("b", Work(kind())),)
            await try_again(step_of(), Work(kind()), fallbacks=others)

    run(main())


@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit])
def test_what_ends_more_than_its_work_goes_to_nobody(kind: type[BaseException]) -> None:
    async def main() -> None:
        other = Work()
        with suppress(kind):
            await try_again(step_of(), Work(kind()), EXACT, (one("b", other),))
            raise AssertionError("the work has raised")
        assert not other.times

    run(main())


def test_a_429_is_queued_again_and_uses_up_no_try() -> None:
    async def main() -> None:
        connection, limiter = connection_of(requests=60), Limiter(1)
        inner, step = Work(*(status(429) for _ in range(4))), step_of()

        async def work() -> str:
            async with admission(connection, step, 1, limiter):
                return await inner()

        assert await try_again(step, work) == "value"
        assert inner.times == [0.0, 1.01, 3.01, 7.01, 15.01]
        assert step.attempts == 5
        assert (limiter.held, gate_of(connection).active) == (0, 0)

    run(main())


def test_no_call_fails_at_its_rate_though_429s_are_sprinkled_in() -> None:
    async def main() -> None:
        connection, limiter = connection_of(requests=600), Limiter(50)
        loop, sent = asyncio.get_running_loop(), list[float]()

        async def call(step: Step) -> str:
            async with admission(connection, step, 1, limiter):
                sent.append(loop.time())
                await asyncio.sleep(0.05)
                if len(sent) % 50 == 0:
                    raise status(429)
                return "value"

        steps = [step_of(deadline=300.0) for _ in range(1000)]
        work = (try_again(step, partial(call, step)) for step in steps)
        assert await asyncio.gather(*work) == ["value"] * 1000
        minutes = zip(sent, sent[600:], strict=False)
        assert all(later - time >= 60 for time, later in minutes)
        # 1,020 requests, and a second of rest after each of the 20 that were refused.
        assert len(sent) == 1020
        assert sent[-1] == pytest.approx(1020 * 0.101 + 20, abs=3)

    run(main())


def test_a_429_without_a_stated_rate_limit_is_a_failure_as_others() -> None:
    async def main() -> None:
        connection = connection_of()

        async def work() -> str:
            async with admission(connection, step_of(), 1):
                raise status(429)

        with pytest.raises(ModelError, match="answered 429"):
            await try_again(step_of(), work)

    run(main())


def test_back_in_line_ends_where_the_deadline_is() -> None:
    async def main() -> None:
        connection, step, other = connection_of(60), step_of(deadline=10.0), Work()

        async def work() -> str:
            async with admission(connection, step, 1):
                raise status(429)

        fallbacks = (one("other", other),)
        assert await try_again(step, work, None, fallbacks) == "value"
        # Sent at 0, 1, 3 and 7 seconds; the next rest would last until 15.
        assert other.times == [7.01]
        assert step.attempts == 6

    run(main())


def test_a_fallback_that_names_429_is_asked_rather_than_waiting_in_line() -> None:
    async def main() -> None:
        connection, step, other = connection_of(60), step_of(), Work()

        async def work() -> str:
            async with admission(connection, step, 1):
                raise status(429)

        fallbacks = (one("other", other, 429, "timeout"),)
        assert await try_again(step, work, None, fallbacks) == "value"
        assert other.times == [0.0]

    run(main())
