"""The virtual clock: its time is exact, and nothing hides from it."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import itertools
import threading
import time
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from n3gen import clock

from tests.clock import Deadlock, Leftovers, VirtualClockLoop, run


def now() -> float:
    return asyncio.get_running_loop().time()


def test_a_result_comes_back() -> None:
    async def main() -> str:
        return "done"

    assert run(main()) == "done"


def test_time_starts_at_zero_and_moves_by_the_sleeps() -> None:
    async def main() -> list[float]:
        times = [now()]
        for seconds in (0.1, 0.25, 3600):
            await asyncio.sleep(seconds)
            times.append(now())
        return times

    assert run(main()) == [0.0, 0.1, 0.1 + 0.25, 0.1 + 0.25 + 3600]


def test_waiting_costs_no_real_time() -> None:
    started = time.monotonic()
    run(asyncio.sleep(365 * 24 * 3600))
    assert time.monotonic() - started < 2


def test_sleepers_wake_in_the_order_of_their_times() -> None:
    woken: list[tuple[float, str]] = []

    async def sleeper(name: str, seconds: float) -> None:
        await asyncio.sleep(seconds)
        woken.append((now(), name))

    async def main() -> None:
        async with asyncio.TaskGroup() as group:
            for name, seconds in [("c", 30), ("a", 0.5), ("d", 31), ("b", 2)]:
                group.create_task(sleeper(name, seconds))

    run(main())
    assert woken == [(0.5, "a"), (2, "b"), (30, "c"), (31, "d")]


def test_work_beside_work_takes_the_time_of_the_longest() -> None:
    async def main() -> float:
        await asyncio.gather(*(asyncio.sleep(n) for n in range(1, 1001)))
        return now()

    assert run(main()) == 1000.0


def test_a_deadline_of_100_s_by_wait_for_is_met_exactly() -> None:
    async def main() -> float:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.sleep(1e6), 100)
        return now()

    assert run(main()) == 100.0


def test_a_deadline_of_100_s_by_timeout_is_met_exactly_after_an_odd_start() -> None:
    async def main() -> tuple[float, float]:
        await asyncio.sleep(0.7)
        started = now()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(100):
                await asyncio.sleep(100.001)
        return started, now()

    started, ended = run(main())
    assert (started, ended) == (0.7, 0.7 + 100)


def test_work_that_ends_a_moment_before_its_deadline_is_not_cut_off() -> None:
    async def main() -> float:
        async with asyncio.timeout(100):
            await asyncio.sleep(99.999999)
        return now()

    assert run(main()) == 99.999999


def test_timers_far_away_still_fire() -> None:
    async def main() -> float:
        await asyncio.sleep(1e12)
        await asyncio.sleep(1e-3)
        return now()

    assert run(main()) == 1e12 + 1e-3


def test_a_cancelled_timer_does_not_move_the_clock() -> None:
    async def main() -> float:
        async with asyncio.timeout(1000):
            await asyncio.sleep(1)
        await asyncio.sleep(1)
        return now()

    assert run(main()) == 2.0


def test_cancellation_reaches_a_sleeping_task_at_the_moment_it_is_sent() -> None:
    ended: list[float] = []

    async def worker() -> None:
        try:
            await asyncio.sleep(100)
        finally:
            ended.append(now())

    async def main() -> None:
        task = asyncio.create_task(worker())
        await asyncio.sleep(7)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    run(main())
    assert ended == [7.0]


def test_a_semaphore_lets_them_through_in_rounds() -> None:
    async def call(semaphore: asyncio.Semaphore) -> float:
        async with semaphore:
            await asyncio.sleep(2)
            return now()

    async def main() -> list[float]:
        semaphore = asyncio.Semaphore(2)
        return await asyncio.gather(*(call(semaphore) for _ in range(5)))

    assert run(main()) == [2, 2, 4, 4, 6]


def test_a_thread_is_waited_for_and_takes_no_virtual_time() -> None:
    gate = threading.Event()

    async def main() -> tuple[bool, float]:
        asyncio.get_running_loop().call_soon(gate.set)
        return await asyncio.to_thread(gate.wait, 30), now()

    assert run(main()) == (True, 0.0)


def test_a_timer_does_not_overtake_a_thread_at_work() -> None:
    def work() -> str:
        time.sleep(0.05)
        return "in time"

    async def main() -> tuple[str, float]:
        async with asyncio.timeout(0.01):
            return await asyncio.to_thread(work), now()

    assert run(main()) == ("in time", 0.0)


def test_threads_and_timers_mix() -> None:
    async def job(number: int) -> tuple[int, float]:
        await asyncio.sleep(number)
        doubled = await asyncio.to_thread(lambda: number * 2)
        await asyncio.sleep(number)
        return doubled, now()

    async def main() -> list[tuple[int, float]]:
        return await asyncio.gather(*(job(n) for n in range(1, 20)))

    assert run(main()) == [(2 * n, 2.0 * n) for n in range(1, 20)]


def test_an_executor_of_ones_own_is_waited_for() -> None:
    async def main(pool: ThreadPoolExecutor) -> float:
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(1):
            await loop.run_in_executor(pool, time.sleep, 0.03)
        return now()

    with ThreadPoolExecutor(1) as pool:
        assert run(main(pool)) == 0.0


def test_a_thread_can_call_back_into_the_loop() -> None:
    async def main() -> tuple[str, float]:
        loop = asyncio.get_running_loop()

        async def answer() -> str:
            return "hello"

        def ask() -> str:
            return asyncio.run_coroutine_threadsafe(answer(), loop).result(30)

        return await asyncio.to_thread(ask), now()

    assert run(main()) == ("hello", 0.0)


def test_a_thread_that_blocks_is_cut_off_by_the_next_timer_after_patience() -> None:
    gate = threading.Event()

    async def main() -> float:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(5):
                await asyncio.to_thread(gate.wait, 30)
        gate.set()
        return now()

    assert run(main(), patience=0.05) == 5.0


def test_a_thread_that_blocks_is_waited_for_once_and_not_at_every_timer() -> None:
    gate = threading.Event()

    async def main() -> float:
        blocked = asyncio.ensure_future(asyncio.to_thread(gate.wait, 30))
        for _ in range(100):
            await asyncio.sleep(1)
        gate.set()
        await blocked
        return now()

    started = time.monotonic()
    assert run(main(), patience=0.1) == 100.0
    assert time.monotonic() - started < 5


def test_a_thread_that_blocks_for_good_is_a_deadlock_after_patience() -> None:
    gate = threading.Event()

    async def main() -> None:
        await asyncio.to_thread(gate.wait, 30)

    with pytest.raises(Deadlock, match=r"threads at work said nothing for 0\.05"):
        run(main(), patience=0.05)
    gate.set()


def test_waiting_for_what_cannot_come_is_a_deadlock_that_names_the_place() -> None:
    async def stuck() -> None:
        await asyncio.get_running_loop().create_future()

    async def main() -> None:
        await asyncio.sleep(3)
        await asyncio.create_task(stuck(), name="the stuck one")

    with pytest.raises(Deadlock) as caught:
        run(main())
    told = str(caught.value)
    assert "no timer is scheduled and no thread is at work, at 3.0 s" in told
    assert "the stuck one in test_waiting_for_what_cannot_come" in told
    assert "(test_clock.py:" in told


def test_two_tasks_that_wait_for_each_other_are_a_deadlock() -> None:
    async def main() -> None:
        first, second = asyncio.Lock(), asyncio.Lock()

        async def take(one: asyncio.Lock, other: asyncio.Lock) -> None:
            async with one:
                await asyncio.sleep(1)
                async with other:
                    await asyncio.sleep(1)

        await asyncio.gather(take(first, second), take(second, first))

    with pytest.raises(Deadlock, match=r"at 1\.0 s"):
        run(main())


def test_going_round_without_waiting_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "MAX_IDLE_TURNS", 1000)

    async def main() -> None:
        for _ in itertools.count():
            await asyncio.sleep(0)

    with pytest.raises(Deadlock, match="1,000 turns without time passing"):
        run(main())


def test_many_short_waits_are_not_taken_for_going_round(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(clock, "MAX_IDLE_TURNS", 10)

    async def main() -> float:
        for _ in range(1000):
            await asyncio.sleep(0.5)
        return now()

    assert run(main()) == 500.0


def test_a_task_left_running_fails() -> None:
    cancelled: list[bool] = []

    async def worker() -> None:
        try:
            await asyncio.sleep(100)
        except asyncio.CancelledError:
            cancelled.append(True)
            raise

    async def main(tasks: list[asyncio.Task[None]]) -> None:
        tasks.append(asyncio.create_task(worker(), name="left alone"))
        await asyncio.sleep(1)

    with pytest.raises(Leftovers, match=r"task left alone in .*worker"):
        run(main([]))
    assert cancelled == [True]


def test_a_task_cancelled_and_not_awaited_fails() -> None:
    async def main() -> None:
        task = asyncio.create_task(asyncio.sleep(100), name="half dead")
        await asyncio.sleep(1)
        task.cancel()

    with pytest.raises(Leftovers, match="half dead"):
        run(main())


def test_a_task_that_ignores_its_cancellation_does_not_hang_the_test() -> None:
    async def stubborn() -> None:
        while True:
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.get_running_loop().create_future()

    async def main(tasks: list[asyncio.Task[None]]) -> None:
        tasks.append(asyncio.create_task(stubborn(), name="stubborn"))
        await asyncio.sleep(1)

    with pytest.raises(Leftovers, match="stubborn"):
        run(main([]))


async def numbers() -> AsyncIterator[int]:
    for number in range(3):
        yield number
        await asyncio.sleep(1)


def test_an_exhausted_async_generator_is_fine_even_if_kept() -> None:
    async def main() -> tuple[list[int], AsyncIterator[int]]:
        kept = numbers()
        return [number async for number in kept], kept

    assert run(main())[0] == [0, 1, 2]


def test_an_async_generator_left_open_fails() -> None:
    kept = numbers()

    async def main() -> None:
        await anext(kept)

    with pytest.raises(Leftovers, match="async generator numbers, not closed"):
        run(main())


def test_an_async_generator_dropped_half_way_fails() -> None:
    async def main() -> None:
        async for _ in numbers():
            break
        await asyncio.sleep(0)

    with pytest.raises(Leftovers, match="async generator numbers, dropped unclosed"):
        run(main())


def test_an_error_that_nobody_takes_fails() -> None:
    async def broken() -> None:
        raise ValueError("nobody looked")

    async def main() -> None:
        task = asyncio.create_task(broken())
        await asyncio.sleep(1)
        del task

    with pytest.raises(Leftovers, match=r"never retrieved .ValueError: nobody looked"):
        run(main())


def test_an_error_of_a_callback_fails() -> None:
    def broken() -> None:
        raise KeyError("callback")

    async def main() -> None:
        asyncio.get_running_loop().call_later(1, broken)
        await asyncio.sleep(2)

    with pytest.raises(Leftovers, match="KeyError: 'callback'"):
        run(main())


def test_the_coroutines_own_error_comes_first_and_notes_what_was_left() -> None:
    async def main(tasks: list[asyncio.Task[None]]) -> None:
        tasks.append(asyncio.create_task(asyncio.sleep(9), name="orphan"))
        await asyncio.sleep(0)
        raise ZeroDivisionError("own")

    with pytest.raises(ZeroDivisionError, match="own") as caught:
        run(main([]))
    assert any("orphan" in note for note in caught.value.__notes__)


def test_every_run_has_a_clock_of_its_own() -> None:
    async def main() -> float:
        await asyncio.sleep(5)
        return now()

    assert [run(main()), run(main())] == [5.0, 5.0]


def test_sockets_get_real_time_before_the_clock_moves() -> None:
    served: list[asyncio.Task[None] | None] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        served.append(asyncio.current_task())
        writer.write(await reader.readline())
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    async def main() -> tuple[bytes, bool]:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with server, asyncio.timeout(10):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"hello\n")
            line = await reader.readline()
            writer.close()
            await writer.wait_closed()
            await asyncio.wait([task for task in served if task])
        return line, now() < 10

    assert run(main()) == (b"hello\n", True)


def test_the_loop_serves_a_runner_too() -> None:
    async def main() -> float:
        await asyncio.sleep(60)
        return now()

    factory = functools.partial(VirtualClockLoop, patience=1.0)
    with asyncio.Runner(loop_factory=factory) as runner:
        assert runner.run(main()) == 60.0
