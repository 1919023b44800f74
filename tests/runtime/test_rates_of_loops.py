"""Rate limits that event loops of one process share, one after another and in threads."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from n3gen.templates.runtime.http.wire import HttpConnection
from n3gen.templates.runtime.limits.rates import Admission
from n3gen.templates.runtime.recovery.failures import ModelError
from n3gen.templates.runtime.run.process import process_state

from tests.runtime.rate_calls import admission, connection_of, gate_of, step_of


@pytest.fixture(autouse=True)
def no_gates() -> Iterator[None]:
    process_state().pop("gates_of_loops", None)
    yield
    process_state().pop("gates_of_loops", None)


async def ask(connection: HttpConnection, seconds: float) -> None:
    """Send a request on a run that ends so soon."""
    step = step_of(asyncio.get_running_loop().time() + seconds)
    async with admission(connection, step, 1):
        pass


def test_a_loop_keeps_to_what_an_earlier_one_has_sent() -> None:
    connection = connection_of(requests=1)
    asyncio.run(ask(connection, 9.0))
    for _ in range(2):
        with pytest.raises(ModelError, match="no room"):
            asyncio.run(ask(connection, 9.0))
    asyncio.run(ask(connection_of(requests=1, name="other"), 9.0))


def test_a_pause_holds_for_a_later_loop() -> None:
    connection = connection_of(requests=6000)

    async def pause() -> None:
        gate_of(connection).pause(60)

    asyncio.run(pause())
    with pytest.raises(ModelError, match="no room"):
        asyncio.run(ask(connection, 9.0))


def in_thread(
    pool: ThreadPoolExecutor, work: Callable[[], Coroutine[Any, Any, None]]
) -> Future[None]:
    return pool.submit(lambda: asyncio.run(work()))


def test_requests_of_several_threads_count_together() -> None:
    connection = connection_of(concurrent=2)
    lock, under_way, most = threading.Lock(), 0, 0

    async def call() -> None:
        nonlocal under_way, most
        for _ in range(20):
            async with admission(connection, step_of(), 1):
                with lock:
                    under_way += 1
                    most = max(most, under_way)
                await asyncio.sleep(0)
                with lock:
                    under_way -= 1

    async def calls() -> None:
        await asyncio.gather(*(call() for _ in range(3)))

    with ThreadPoolExecutor(6) as pool:
        for one in [in_thread(pool, calls) for _ in range(6)]:
            one.result(60)
    assert (most, under_way) == (2, 0)

    async def gate() -> tuple[int, int]:
        found = gate_of(connection)
        return found.active, len(found.line)

    assert asyncio.run(gate()) == (0, 0)


def test_who_waits_in_a_thread_starts_when_another_one_ends() -> None:
    connection = connection_of(concurrent=1)
    holds, ends, queued = (threading.Event() for _ in range(3))
    order: list[str] = []

    async def first() -> None:
        async with admission(connection, step_of(), 1):
            order.append("first")
            holds.set()
            await asyncio.to_thread(ends.wait, 60)

    async def second() -> None:
        task = asyncio.create_task(ask(connection, 600.0))
        await asyncio.sleep(0)
        assert gate_of(connection).line
        queued.set()
        await task
        order.append("second")

    with ThreadPoolExecutor(2) as pool:
        one = in_thread(pool, first)
        assert holds.wait(60)
        other = in_thread(pool, second)
        assert queued.wait(60)
        order.append("queued")
        ends.set()
        one.result(60)
        other.result(60)
    assert order == ["first", "queued", "second"]


@pytest.mark.parametrize("is_closed", [False, True])
def test_a_loop_that_stands_still_keeps_nobody_waiting(is_closed: bool) -> None:
    connection = connection_of(concurrent=1)
    holding, still = asyncio.new_event_loop(), asyncio.new_event_loop()

    async def hold() -> Admission:
        return await admission(connection, step_of(), 1).__aenter__()

    async def queue() -> asyncio.Task[None]:
        task = asyncio.create_task(ask(connection, 600.0))
        await asyncio.sleep(0)
        assert gate_of(connection).line
        return task

    held = holding.run_until_complete(hold())
    queued = still.run_until_complete(queue())
    if is_closed:
        still.close()
    holding.run_until_complete(held.__aexit__(None, None, None))
    holding.close()
    asyncio.run(ask(connection, 600.0))
    if is_closed:
        vars_of_task: Any = queued
        vars_of_task._log_destroy_pending = False
        vars_of_task.get_coro().close()
    else:
        still.run_until_complete(queued)
        still.close()
