from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence
from typing import NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st
from n3gen.templates.runtime.http.wire import HttpConnection
from n3gen.templates.runtime.recovery.failures import ModelError
from n3gen.templates.runtime.run.process import Limiter

from tests.clock import run
from tests.runtime.rate_calls import admission, connection_of, gate_of, step_of

SHARE = 60.6 / 60
"""How much longer than the ideal a full line takes."""


class Call(NamedTuple):
    """A call that comes at a time, takes a while, and may be given up on."""

    at: float
    tokens: int
    seconds: float
    given_up: float | None
    """Seconds after it came."""
    used: float
    """The share of its tokens that it turns out to have used."""


class Started(NamedTuple):
    number: int
    time: float
    tokens: int


class World(NamedTuple):
    """Limits, calls of one connection, and pauses as (time, seconds)."""

    requests: int | None
    tokens: int | None
    concurrent: int | None
    permits: int
    calls: list[Call]
    pauses: list[tuple[float, float]]


TIMES = st.integers(0, 1500).map(lambda tenths: tenths / 10)

WORLDS = st.builds(
    World,
    requests=st.none() | st.integers(1, 40),
    tokens=st.none() | st.integers(20, 300),
    concurrent=st.none() | st.integers(1, 4),
    permits=st.integers(1, 5),
    calls=st.lists(
        st.builds(
            Call,
            at=TIMES,
            tokens=st.integers(1, 120),
            seconds=st.sampled_from([0.0, 0.5, 7.0, 40.0]),
            given_up=st.none() | st.none() | st.sampled_from([0.0, 0.1, 5.0, 70.0]),
            used=st.sampled_from([0.0, 0.3, 1.0]),
        ),
        max_size=30,
    ).map(lambda calls: sorted(calls, key=lambda call: call.at)),
    pauses=st.lists(st.tuples(TIMES, st.sampled_from([0.5, 10.0, 90.0])), max_size=3),
)


def gate_limits(world: World) -> bool:
    """Whether the connection states any limit."""
    return any((world.requests, world.tokens, world.concurrent))


async def play(
    world: World, connection: HttpConnection, deadline: float = math.inf
) -> tuple[list[Started], list[BaseException | None]]:
    """What happens: the calls in order of starting, and how each ended."""
    loop, limiter = asyncio.get_running_loop(), Limiter(world.permits)
    started: list[Started] = []

    async def make(number: int, call: Call) -> None:
        async with admission(connection, step_of(deadline), call.tokens, limiter) as ok:
            assert limiter.held <= world.permits
            started.append(Started(number, loop.time(), call.tokens))
            await asyncio.sleep(call.seconds)
            used = max(1, int(call.tokens * call.used))
            gate.settle(ok.place, used)
            started[[s.number for s in started].index(number)] = Started(
                number, ok.place.started, used
            )

    gate = gate_of(connection)
    timers = [
        loop.call_at(at, gate.pause, seconds) for at, seconds in world.pauses if at
    ]
    tasks: list[asyncio.Task[None]] = []
    for number, call in enumerate(world.calls):
        await asyncio.sleep(call.at - loop.time())
        tasks.append(asyncio.create_task(make(number, call)))
        if call.given_up is not None:
            timers.append(loop.call_later(call.given_up, tasks[-1].cancel))
    ends = await asyncio.gather(*tasks, return_exceptions=True)
    for timer in timers:
        timer.cancel()
    assert limiter.held == 0
    assert gate.active == 0
    assert (len(gate.line), gate.line_tokens) == (0, 0)
    gate.forget(loop.time() + 61)
    assert (len(gate.log), gate.logged_tokens) == (0, 0)
    return started, ends


def assert_no_minute_has_more(started: Sequence[Started], world: World) -> None:
    """No 60 s, laid anywhere, have more than the limits; a giant is its minute's only."""
    for index, first in enumerate(started):
        within = [s for s in started[index:] if s.time < first.time + 60]
        assert world.requests is None or len(within) <= world.requests
        if world.tokens is not None:
            tokens = sum(min(s.tokens, world.tokens) for s in within)
            assert tokens <= world.tokens


@settings(max_examples=60, deadline=None)
@given(WORLDS)
def test_limits_order_and_permits_hold_whatever_comes(world: World) -> None:
    connection = connection_of(world.requests, world.tokens, world.concurrent)
    started, ends = run(play(world, connection))
    assert_no_minute_has_more(started, world)
    times = [s.time for s in started]
    assert times == sorted(times)
    numbers = [s.number for s in started]
    # Without limits there is no line but that for permits, which a pause disturbs.
    if not world.pauses or gate_limits(world):
        assert numbers == sorted(numbers)
    # Nothing is lost: who was not given up on has started and ended well.
    for number, (call, end) in enumerate(zip(world.calls, ends, strict=True)):
        if call.given_up is None:
            assert end is None
            assert number in numbers
        else:
            assert end is None or isinstance(end, asyncio.CancelledError)
    for at, seconds in world.pauses:
        if at:
            assert not any(at < time < at + seconds - 1e-6 for time in times)


@settings(max_examples=40, deadline=None)
@given(WORLDS, st.integers(1, 200))
def test_who_starts_before_the_deadline_starts_and_others_are_told(
    world: World, deadline: int
) -> None:
    """The same without a deadline says when each could have started."""
    calls = [call._replace(given_up=None, used=1.0) for call in world.calls]
    world = world._replace(calls=calls, pauses=[])
    connection = connection_of(world.requests, world.tokens, world.concurrent)
    free, _ = run(play(world, connection))
    started, ends = run(play(world, connection, float(deadline)))
    could = {s.number for s in free if s.time < deadline}
    did = {s.number for s in started}
    assert could <= did
    assert_no_minute_has_more(started, world)
    for number, end in enumerate(ends):
        assert (end is None) == (number in did)
        assert end is None or (isinstance(end, ModelError) and end.status == 429)


@settings(max_examples=40, deadline=None)
@given(
    st.integers(1, 600),
    st.none() | st.integers(100, 5000),
    st.lists(st.integers(1, 50), min_size=1, max_size=60),
)
def test_a_full_line_takes_little_longer_than_it_must(
    requests: int, tokens: int | None, costs: list[int]
) -> None:
    calls = [Call(0.0, cost, 0.0, None, 1.0) for cost in costs]
    world = World(requests, tokens, None, 50, calls, [])
    started, _ = run(play(world, connection_of(requests, tokens)))
    makespan = started[-1].time
    ideal = (len(costs) - 1) * 60 / requests
    if tokens is not None:
        # The largest of these take half a minute's tokens, which may go to waste.
        ideal = max(ideal, sum(costs[:-1]) * 60 / tokens * (tokens / (tokens - 49)))
    assert makespan <= (ideal * SHARE) * 1.001 + (60.6 if tokens else 0) + 1e-6
