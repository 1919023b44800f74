from __future__ import annotations

import asyncio
import gc
import math
import types
import weakref
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from n3gen.templates.runtime.http.secrets import Env
from n3gen.templates.runtime.limits import gate as gate_module
from n3gen.templates.runtime.limits.gate import Gate
from n3gen.templates.runtime.limits.rates import reset_seconds
from n3gen.templates.runtime.models.models import TokenUsage
from n3gen.templates.runtime.recovery.failures import ModelError
from n3gen.templates.runtime.run.process import Limiter
from n3gen.templates.runtime.run.records import StepTimeout

from tests.clock import run
from tests.runtime.rate_calls import (
    Calls,
    admission,
    connection_of,
    gate_of,
    learn_rates,
    step_of,
)

MINUTE = 60.6
"""What the gate takes for a minute."""


def assert_idle(gate: Gate, limiter: Limiter | None = None) -> None:
    """Nothing is held, nobody waits, no timer is set."""
    assert gate.active == 0
    assert not gate.line
    assert gate.line_tokens == 0
    assert gate.timer is None or gate.timer.cancelled()
    assert limiter is None or limiter.held == 0


def test_requests_start_evenly_spaced_in_their_order() -> None:
    async def main() -> None:
        connection, calls = connection_of(requests=60), Calls()
        for _ in range(5):
            calls.begin(connection, seconds=10)
        await calls.end()
        assert calls.times == [0.0, 1.01, 2.02, 3.03, 4.04]
        assert calls.order == [0, 1, 2, 3, 4]
        assert_idle(gate_of(connection))

    run(main())


def test_an_idle_connection_saves_nothing_up() -> None:
    async def main() -> None:
        connection, calls = connection_of(requests=600), Calls()
        await asyncio.sleep(500)
        for _ in range(3):
            calls.begin(connection)
        await calls.end()
        assert calls.times == [500.0, 500.101, 500.202]

    run(main())


def test_tokens_space_calls_by_their_size() -> None:
    async def main() -> None:
        connection, calls = connection_of(tokens=600), Calls()
        for tokens in (100, 10, 1):
            calls.begin(connection, tokens)
        await calls.end()
        assert calls.times == [0.0, 10.1, 11.11]

    run(main())


def test_a_minute_of_tokens_is_exact_where_spacing_alone_is_not() -> None:
    async def main() -> None:
        connection, calls = connection_of(tokens=100), Calls()
        for _ in range(3):
            calls.begin(connection, 60)
        await calls.end()
        # 60 tokens come to 36.36 s, but no two of these go into one minute.
        assert calls.times == [0.0, MINUTE, 2 * MINUTE]

    run(main())


def test_a_call_larger_than_a_minute_goes_alone() -> None:
    async def main() -> None:
        connection, calls = connection_of(tokens=100), Calls()
        for tokens in (10, 5000, 10):
            calls.begin(connection, tokens)
        await calls.end()
        assert calls.times == [0.0, MINUTE, 2 * MINUTE]
        assert_idle(gate_of(connection))

    run(main())


def test_usage_frees_the_tokens_that_were_reserved_in_vain() -> None:
    async def main() -> list[float]:
        connection, times = connection_of(tokens=600), list[float]()

        async def call(used: TokenUsage | None) -> None:
            async with admission(connection, step_of(), 280) as admitted:
                times.append(asyncio.get_running_loop().time())
                await asyncio.sleep(2)
                admitted.settle(used)

        await asyncio.gather(call(TokenUsage(20, 20)), call(None), call(None))
        return [round(time, 6) for time in times]

    # 40 tokens come to 4.04 s, 280 to 28.28 s.
    assert run(main()) == [0.0, 4.04, 32.32]


def test_usage_beyond_the_estimate_holds_the_next_ones_up() -> None:
    async def main() -> None:
        connection, calls = connection_of(tokens=600), Calls()
        async with admission(connection, step_of(), 10) as admitted:
            admitted.settle(TokenUsage(500, 60))
        calls.begin(connection, 100)
        await calls.end()
        assert calls.times == [MINUTE]

    run(main())


def test_usage_that_comes_after_its_minute_changes_nothing() -> None:
    async def main() -> None:
        connection = connection_of(tokens=600)
        gate = gate_of(connection)
        async with admission(connection, step_of(), 100) as admitted:
            await asyncio.sleep(100)
            calls = Calls()
            calls.begin(connection, 600)
            await calls.end()
            admitted.settle(TokenUsage(0, 1))
            assert gate.logged_tokens == 600
        assert calls.times == [100.0]

    run(main())


def test_concurrent_requests_are_counted() -> None:
    async def main() -> None:
        connection, calls = connection_of(concurrent=2), Calls()
        for _ in range(5):
            calls.begin(connection, seconds=3)
        await calls.end()
        assert calls.times == [0.0, 0.0, 3.0, 3.0, 6.0]
        assert_idle(gate_of(connection))

    run(main())


def test_nothing_is_held_while_another_limit_is_waited_for() -> None:
    async def main() -> None:
        limiter = Limiter(1)
        slow, other = connection_of(requests=1), connection_of(name="other")
        calls = Calls(limiter)
        for _ in range(2):
            calls.begin(slow, seconds=1)
        await asyncio.sleep(5)
        # The second waits for its minute: it has no permit, so this one goes at once.
        calls.begin(other, seconds=100)
        await asyncio.sleep(60)
        # Its minute has come, its permit not: no slot is taken before that.
        gate = gate_of(slow)
        assert gate.active == 0
        assert gate.next_request == MINUTE
        await calls.end()
        assert calls.started == [(0, 0.0), (2, 5.0), (1, 105.0)]
        assert gate.next_request == 105 + MINUTE
        assert_idle(gate, limiter)

    run(main())


def test_a_connection_does_not_block_another() -> None:
    async def main() -> None:
        limiter, calls = Limiter(2), Calls()
        calls.limiter = limiter
        one, two = connection_of(requests=1), connection_of(requests=60, name="two")
        for _ in range(3):
            calls.begin(one)
        for _ in range(3):
            calls.begin(two)
        await calls.end()
        assert calls.times == [0.0, 0.0, 1.01, 2.02, MINUTE, 2 * MINUTE]

    run(main())


def test_a_permit_that_comes_in_a_pause_is_given_back() -> None:
    async def main() -> None:
        limiter = Limiter(1)
        connection, calls = connection_of(requests=60), Calls(limiter)
        await limiter.acquire()
        calls.begin(connection)
        await asyncio.sleep(1)
        gate_of(connection).pause(10)
        limiter.release()
        await asyncio.sleep(1)
        assert limiter.held == 0
        await calls.end()
        assert calls.times == [11.0]
        assert_idle(gate_of(connection), limiter)

    run(main())


@pytest.mark.parametrize("requests", [None, 600])
def test_a_pause_that_comes_while_a_permit_is_waited_for(requests: int | None) -> None:
    async def main() -> None:
        limiter = Limiter(1)
        connection, calls = connection_of(requests), Calls(limiter)
        await limiter.acquire()
        for _ in range(3):
            calls.begin(connection, seconds=1)
        await asyncio.sleep(1)
        gate_of(connection).pause(10)
        limiter.release()
        await calls.end()
        assert calls.order == [0, 1, 2]
        assert calls.times == [11.0, 12.0, 13.0]
        assert_idle(gate_of(connection), limiter)

    run(main())


def test_the_timeout_runs_from_the_admission_and_queueing_is_queued_time() -> None:
    async def main() -> None:
        connection, limiter = connection_of(requests=1), Limiter(5)
        async with admission(connection, step_of(), 1):
            pass
        step = step_of()
        async with step:
            with pytest.raises(StepTimeout, match="timed out after 2 seconds"):
                async with admission(connection, step, 1, limiter, 2.0):
                    await asyncio.sleep(10)
        record = step.record()
        assert (record["queued_ms"], record["elapsed_ms"]) == (60600, 2000)
        assert_idle(gate_of(connection), limiter)

    run(main())


@pytest.mark.parametrize("at", [0.0, 0.5, 1.01, 30.0])
def test_a_cancelled_call_leaves_its_place_to_the_next(at: float) -> None:
    async def main() -> None:
        connection, limiter = connection_of(requests=60), Limiter(3)
        calls = Calls(limiter)
        for _ in range(3):
            calls.begin(connection, seconds=20)
        if at:
            await asyncio.sleep(at)
        calls.tasks[1].cancel()
        await calls.end()
        assert_idle(gate_of(connection), limiter)
        slots = {0.0: [0.0, 1.01], 0.5: [0.0, 1.01]}
        assert calls.times == slots.get(at, calls.times)
        assert {0, 2} <= set(calls.order)

    run(main())


def test_an_error_gives_all_back_and_keeps_the_slot_taken() -> None:
    async def main() -> None:
        connection, limiter = connection_of(60, 600, 1), Limiter(1)
        with pytest.raises(ValueError, match="boom"):
            async with admission(connection, step_of(), 10, limiter):
                raise ValueError("boom")
        gate = gate_of(connection)
        assert_idle(gate, limiter)
        assert (len(gate.log), gate.logged_tokens) == (1, 10)

    run(main())


async def settled() -> None:
    """Lets all go on that need not wait."""
    for _ in range(5):
        await asyncio.sleep(0)


def test_what_would_start_after_the_deadline_fails_at_once() -> None:
    async def main() -> None:
        connection, calls = connection_of(requests=60), Calls()
        for _ in range(10):
            calls.begin(connection, deadline=5.0)
        await settled()
        assert [task.done() for task in calls.tasks] == [
            *[True, False, False, False, False],
            *[True] * 5,
        ]
        errors = await calls.end()
        assert asyncio.get_running_loop().time() == pytest.approx(4.04)
        assert calls.order == [0, 1, 2, 3, 4]
        error = errors[5]
        assert isinstance(error, ModelError)
        assert (error.kind, error.status, error.should_retry) == ("status", 429, False)
        assert not error.back_in_line
        expected = "`openai` has no room for it before the run's deadline"
        assert str(error) == expected
        assert errors[:5] == [None] * 5
        assert_idle(gate_of(connection))

    run(main())


def test_a_pause_sends_off_those_who_would_be_too_late_and_only_those() -> None:
    async def main() -> None:
        connection, calls = connection_of(requests=60), Calls()
        deadlines = [99.0, 8.0, 5.0, 8.0, 99.0]
        for deadline in deadlines:
            calls.begin(connection, deadline=deadline)
        await asyncio.sleep(0.5)
        gate_of(connection).pause(6)
        await settled()
        assert [task.done() for task in calls.tasks] == [
            True,
            False,
            True,
            False,
            False,
        ]
        await calls.end()
        assert calls.order == [0, 1, 3, 4]
        assert calls.times == [0.0, 6.5, 7.51, 8.52]

    run(main())


def test_tokens_of_the_line_count_for_the_deadline_too() -> None:
    async def main() -> None:
        connection, calls = connection_of(tokens=600), Calls()
        for deadline in (math.inf, math.inf, 30.2, 30.4):
            calls.begin(connection, 150, deadline=deadline)
        errors = await calls.end()
        assert [error is None for error in errors] == [True, True, False, True]
        assert calls.times == [0.0, 15.15, 30.3]

    run(main())


def test_tokens_of_the_line_count_in_a_pause_too() -> None:
    async def main() -> None:
        connection, calls = connection_of(tokens=600), Calls()
        for deadline in (math.inf, math.inf, math.inf, 40.0):
            calls.begin(connection, 100, deadline=deadline)
        await asyncio.sleep(1)
        # It was to start at 30.3, and now is to at 22 + 20.2.
        gate_of(connection).pause(21)
        await settled()
        assert [task.done() for task in calls.tasks] == [True, False, False, True]
        await calls.end()
        assert calls.times == [0.0, 22.0, 32.1]

    run(main())


def test_the_share_of_a_giant_in_line_is_a_minute() -> None:
    async def main() -> None:
        connection, calls = connection_of(tokens=100), Calls()
        for tokens, deadline in ((1, math.inf), (9999, math.inf), (1, 130.0)):
            calls.begin(connection, tokens, deadline=deadline)
        await calls.end()
        assert calls.times == [0.0, MINUTE, 2 * MINUTE]

    run(main())


def test_the_first_in_line_knows_exactly_whether_it_comes_too_late() -> None:
    async def main() -> None:
        connection, calls = connection_of(tokens=100), Calls()
        for deadline in (math.inf, math.inf, 100.0):
            calls.begin(connection, 60, deadline=deadline)
        _, _, error = await calls.end()
        assert isinstance(error, ModelError)
        assert calls.times == [0.0, MINUTE]
        assert round(asyncio.get_running_loop().time(), 6) == MINUTE

    run(main())


def test_the_line_is_counted_anew_when_limits_change() -> None:
    async def main() -> None:
        connection, calls = connection_of(tokens=1000), Calls()
        for tokens in (1000, 1000, 1):
            calls.begin(connection, tokens)
        await settled()
        gate = gate_of(connection)
        assert gate.line_tokens == 1001
        learn_rates(connection, 200, {"x-ratelimit-limit-tokens": "100"})
        assert gate.line_tokens == 101
        await calls.end()
        assert_idle(gate)

    run(main())


def test_a_shorter_pause_does_not_end_a_longer_one() -> None:
    async def main() -> None:
        connection, calls = connection_of(requests=60), Calls()
        gate = gate_of(connection)
        for seconds in (5, 9, 2):
            gate.pause(seconds)
        calls.begin(connection)
        await calls.end()
        assert calls.times == [9.0]

    run(main())


def test_when_a_large_call_is_given_up_the_next_need_not_wait_as_long() -> None:
    async def main() -> None:
        connection, calls = connection_of(tokens=100), Calls()
        for tokens in (60, 60, 10):
            calls.begin(connection, tokens)
        await asyncio.sleep(5)
        calls.tasks[1].cancel()
        await calls.end()
        assert calls.times == [0.0, 36.36]
        assert_idle(gate_of(connection))

    run(main())


def test_a_slot_taken_a_little_late_does_not_move_those_after_it() -> None:
    async def main() -> None:
        connection, calls = connection_of(requests=60), Calls()
        for pause in (1.05, 0.0, 4.0, 0.0, 0.0):
            calls.begin(connection)
            await asyncio.sleep(pause)
        await calls.end()
        # The slot at 1.01 was just missed, that at 3.03 is lost.
        assert calls.times == [0.0, 1.05, 2.02, 5.05, 6.06]

    run(main())


def test_a_lower_limit_counts_what_has_started_before_it_was_known() -> None:
    async def main() -> None:
        connection, calls = connection_of(requests=600), Calls()
        for _ in range(100):
            calls.begin(connection)
        await calls.end()
        learn_rates(connection, 200, {"x-ratelimit-limit-requests": "60"})
        calls.begin(connection)
        await calls.end()
        # 41 of the 100 must have left the minute.
        assert calls.times[-1] == round(calls.times[40] + MINUTE, 6)

    run(main())


def test_without_limits_all_stand_in_the_line_for_permits() -> None:
    async def main() -> None:
        limiter = Limiter(1)
        connection, calls = connection_of(), Calls(limiter)
        await limiter.acquire()
        for _ in range(3):
            calls.begin(connection, seconds=1)
        await settled()
        other = asyncio.create_task(limiter.acquire())
        await settled()
        limiter.release()
        await other
        assert asyncio.get_running_loop().time() == 3.0
        limiter.release()
        await calls.end()

    run(main())


def test_lower_limits_of_another_module_hold_for_all() -> None:
    async def main() -> None:
        first = connection_of(requests=60)
        second = connection_of(requests=600, tokens=1000)
        third = connection_of(requests=30)
        gate = gate_of(first)
        assert gate_of(second) is gate
        assert (gate.requests, gate.tokens) == (60, 1000)
        assert gate_of(third) is gate
        assert gate.requests == 30
        assert gate_of(first).requests == 30
        elsewhere = connection_of(base_url="https://elsewhere.test")
        assert gate_of(elsewhere) is not gate
        assert gate_of(connection_of(name="x")) is not gate

    run(main())


def test_the_address_is_read_from_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def main() -> None:
        by_name = replace(connection_of(), base_url=Env("BASE"))
        assert gate_of(by_name) is gate_of(connection_of())

    monkeypatch.setenv("BASE", "https://models.test/v1/")
    run(main())


def test_loops_have_gates_of_their_own() -> None:
    async def main() -> Gate:
        calls = Calls()
        for _ in range(2):
            calls.begin(connection_of(requests=60))
        await calls.end()
        assert calls.times == [0.0, 1.01]
        return gate_of(connection_of())

    assert run(main()) is not run(main())


def test_a_gate_does_not_keep_its_loop() -> None:
    async def main() -> weakref.ref[asyncio.AbstractEventLoop]:
        calls, connection = Calls(Limiter(1)), connection_of(requests=60)
        for deadline in (9.0, 9.0, 1.0):
            calls.begin(connection, deadline=deadline)
        gave_up = calls.begin(connection)
        await asyncio.sleep(0.5)
        gave_up.cancel()
        await calls.end()
        assert len(gate_of(connection).log) == 2
        return weakref.ref(asyncio.get_running_loop())

    loop = run(main())
    gc.collect()
    assert loop() is None


def test_modules_share_a_gate_though_each_has_its_own_classes() -> None:
    other = types.ModuleType("other_gate")
    other.__package__ = gate_module.__package__
    with open(str(gate_module.__file__), encoding="utf-8") as file:
        exec(compile(file.read(), "other_gate", "exec"), vars(other))

    async def main() -> None:
        connection = connection_of(requests=60)
        gate_of(connection)
        from n3gen.templates.runtime.run.process import process_state

        (gates,) = [
            gates
            for loop, gates in process_state()["gates"].items()
            if loop is asyncio.get_running_loop()
        ]
        ((key, _),) = gates.items()
        foreign = gates[key] = vars(other)["Gate"]()
        assert gate_of(connection) is foreign
        calls = Calls()
        for deadline in (9.0, 9.0, 1.0):
            calls.begin(connection, deadline=deadline)
        errors = await calls.end()
        assert calls.times == [0.0, 1.01]
        assert isinstance(errors[2], ModelError)

    run(main())


def answer_429(**fields: Any) -> ModelError:
    return ModelError("too many", "status", status=429, **fields)


def test_a_429_rests_the_line_longer_each_time_until_an_answer() -> None:
    async def main() -> None:
        connection = connection_of(requests=6000)
        gate, starts = gate_of(connection), []
        for is_answered in (False, False, False, True, False):
            try:
                async with admission(connection, step_of(), 1):
                    starts.append(round(asyncio.get_running_loop().time(), 6))
                    if not is_answered:
                        raise answer_429()
            except ModelError as error:
                assert error.back_in_line
        async with admission(connection, step_of(), 1):
            starts.append(round(asyncio.get_running_loop().time(), 6))
        gaps = [round(b - a, 6) for a, b in pairwise(starts)]
        assert gaps == [1, 2, 4, 0.0101, 1]
        assert_idle(gate)

    run(main())


def test_429s_of_calls_under_way_together_count_as_one() -> None:
    async def main() -> None:
        connection, times = connection_of(concurrent=9), list[float]()

        async def call() -> None:
            async with admission(connection, step_of(), 1):
                times.append(asyncio.get_running_loop().time())
                await asyncio.sleep(len(times) / 10)
                if len(times) < 7:
                    raise answer_429()

        calls = (call() for _ in range(6))
        await asyncio.gather(*calls, return_exceptions=True)
        await call()
        assert times == [*[0.0] * 6, 1.1]

    run(main())


@pytest.mark.parametrize(
    ("error", "requests", "expected"),
    [
        (answer_429(), None, False),
        (answer_429(), 60, True),
        (answer_429(retry_after=120.0), 60, True),
        (answer_429(retry_after=121.0), 60, False),
        (answer_429(should_retry=False), 60, False),
        (answer_429(is_final=True), 60, False),
        (ModelError("down", "status", status=503), 60, False),
    ],
)
def test_which_failures_go_back_in_line(
    error: ModelError, requests: int | None, expected: bool
) -> None:
    async def main() -> None:
        with pytest.raises(ModelError):
            async with admission(connection_of(requests), step_of(), 1):
                raise error
        assert error.back_in_line is expected

    error.back_in_line = False
    run(main())


@pytest.mark.parametrize("requests", [None, 60])
@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_pauses_the_whole_connection(
    status: int, requests: int | None
) -> None:
    async def main() -> None:
        connection, calls = connection_of(requests), Calls()
        learn_rates(connection, status, {"retry-after": "7"})
        calls.begin(connection)
        await calls.end()
        assert calls.times == [7.0]

    run(main())


@pytest.mark.parametrize(
    ("status", "headers"),
    [
        (200, {"retry-after": "7"}),
        (500, {"retry-after": "7"}),
        (429, {"retry-after": "3600"}),
        (429, {}),
        (429, {"retry-after": "0"}),
        (200, {"x-ratelimit-remaining-requests": "0"}),
        (200, {"x-ratelimit-reset-requests": "5s"}),
        (
            200,
            {
                "x-ratelimit-remaining-requests": "1",
                "x-ratelimit-reset-requests": "5s",
            },
        ),
        (
            200,
            {
                "x-ratelimit-remaining-requests": "zero",
                "x-ratelimit-reset-requests": "5s",
                "x-ratelimit-limit-requests": "-4",
                "x-ratelimit-limit-tokens": "0",
            },
        ),
        (200, {"x-ratelimit-limit-requests": "many"}),
        (200, {"x-ratelimit-limit-requests": "1000000"}),
    ],
)
def test_what_pauses_nothing_and_lowers_nothing(
    status: int, headers: dict[str, str]
) -> None:
    async def main() -> None:
        connection, calls = connection_of(60, 6000), Calls()
        learn_rates(connection, status, headers)
        gate = gate_of(connection)
        assert (gate.requests, gate.tokens) == (60, 6000)
        calls.begin(connection)
        await calls.end()
        assert calls.times == [0.0]

    run(main())


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "1m3s"}, 63),
        (
            {
                "X-RateLimit-Remaining-Requests": "0",
                "X-RateLimit-Reset-Requests": "20ms",
                "x-ratelimit-remaining-tokens": "0",
                "x-ratelimit-reset-tokens": "2.5",
            },
            2.5,
        ),
        ({"x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "1h"}, 120),
    ],
)
def test_a_limit_that_is_used_up_pauses_until_its_reset(
    headers: dict[str, str], seconds: float
) -> None:
    async def main() -> None:
        connection, calls = connection_of(), Calls()
        learn_rates(connection, 200, headers)
        calls.begin(connection)
        await calls.end()
        assert calls.times == [seconds]

    run(main())


@pytest.mark.parametrize(
    "what", ["requests", "tokens", "input-tokens", "output-tokens"]
)
def test_anthropic_tells_its_reset_as_a_date(what: str) -> None:
    async def main() -> float:
        connection, calls = connection_of(), Calls()
        reset = datetime.now(UTC) + timedelta(seconds=30)
        name = f"anthropic-ratelimit-{what}"
        headers = {
            f"{name}-remaining": "0",
            f"{name}-reset": reset.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        }
        learn_rates(connection, 200, headers)
        calls.begin(connection)
        await calls.end()
        return calls.times[0]

    assert run(main()) == pytest.approx(30, abs=1)


def test_a_lower_limit_is_learned_and_lifted_again() -> None:
    async def main() -> None:
        connection, calls = connection_of(600, 6000), Calls()
        gate = gate_of(connection)
        told = {"x-ratelimit-limit-requests": "60", "x-ratelimit-limit-tokens": "500"}
        learn_rates(connection, 200, told)
        assert (gate.requests, gate.tokens) == (60, 500)
        for _ in range(3):
            calls.begin(connection)
        await calls.end()
        assert calls.times == [0.0, 1.01, 2.02]
        learn_rates(connection, 200, {"anthropic-ratelimit-requests-limit": "9999"})
        assert (gate.requests, gate.tokens) == (600, 500)

    run(main())


def test_no_limit_is_learned_where_none_is_stated() -> None:
    async def main() -> None:
        connection = connection_of(tokens=100)
        learn_rates(connection, 200, {"x-ratelimit-limit-requests": "1"})
        gate = gate_of(connection)
        assert (gate.requests, gate.tokens) == (None, 100)

    run(main())


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("6m0s", 360.0),
        ("1h2m3.5s", 3723.5),
        ("20ms", 0.02),
        ("1s", 1.0),
        ("12", 12.0),
        ("0.5", 0.5),
        ("", 0.0),
        ("soon", 0.0),
        ("-3", 0.0),
        ("nan", 0.0),
        ("1e9", 0.0),
        ("1750000000", 0.0),
        ("9" * 5000, 0.0),
        ("1s" * 5000, 0.0),
        ("2000-01-01T00:00:00Z", 0.0),
        ("2999-01-01T00:00:00", 0.0),
        ("\u0661s", 0.0),
    ],
)
def test_resets(text: str, seconds: float) -> None:
    assert reset_seconds(text) == pytest.approx(seconds)


def test_ten_thousand_calls_leave_no_more_behind_than_a_minute_of_them() -> None:
    async def main() -> None:
        connection = connection_of(requests=600)
        for _ in range(2000):
            async with admission(connection, step_of(), 1):
                pass
        gate = gate_of(connection)
        assert len(gate.log) <= 600
        unlimited = connection_of(name="unlimited")
        for _ in range(10_000):
            async with admission(unlimited, step_of(), 1):
                pass
        assert not gate_of(unlimited).log

    run(main())
