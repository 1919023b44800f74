from __future__ import annotations

import asyncio
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from n3gen.templates.runtime.run.process import Limiter, llm_limiter

from tests.clock import run


def test_never_more_than_its_permits_and_first_come_first_served() -> None:
    async def main() -> tuple[int, list[int]]:
        limiter, inside, peak = Limiter(3), 0, 0
        order: list[int] = []

        async def work(number: int) -> None:
            nonlocal inside, peak
            await limiter.acquire()
            order.append(number)
            inside += 1
            peak = max(peak, inside)
            await asyncio.sleep(1)
            inside -= 1
            limiter.release()

        await asyncio.gather(*(work(number) for number in range(20)))
        assert limiter.held == 0
        return peak, order

    assert run(main()) == (3, list(range(20)))


def test_a_cancelled_waiter_leaves_the_line() -> None:
    async def main() -> None:
        limiter = Limiter(1)
        await limiter.acquire()
        first = asyncio.create_task(limiter.acquire())
        second = asyncio.create_task(limiter.acquire())
        await asyncio.sleep(0)
        first.cancel()
        await asyncio.wait([first])
        limiter.release()
        await second
        assert limiter.held == 1
        limiter.release()
        assert limiter.try_acquire()

    run(main())


def test_a_permit_handed_to_a_cancelled_waiter_goes_on() -> None:
    async def main() -> None:
        limiter = Limiter(1)
        await limiter.acquire()
        first = asyncio.create_task(limiter.acquire())
        second = asyncio.create_task(limiter.acquire())
        await asyncio.sleep(0)
        limiter.release()
        first.cancel()
        await asyncio.wait([first, second])
        assert first.cancelled()
        assert limiter.held == 1

    run(main())


def test_resizing_wakes_and_shrinking_waits() -> None:
    async def main() -> None:
        limiter = Limiter(1)
        await limiter.acquire()
        waiting = [asyncio.create_task(limiter.acquire()) for _ in range(3)]
        await asyncio.sleep(0)
        limiter.resize(3)
        await asyncio.sleep(0)
        assert [task.done() for task in waiting] == [True, True, False]
        limiter.resize(1)
        limiter.release()
        limiter.release()
        await asyncio.sleep(0)
        assert not waiting[2].done()
        limiter.release()
        await waiting[2]

    run(main())


@given(
    st.lists(
        st.tuples(st.integers(0, 5), st.integers(0, 5), st.booleans()), max_size=25
    ),
    st.integers(1, 4),
)
def test_permits_are_conserved_under_cancellation(
    plan: list[tuple[int, int, bool]], permits: int
) -> None:
    async def main() -> None:
        limiter = Limiter(permits)

        async def work(start: int, length: int) -> None:
            await asyncio.sleep(start)
            await limiter.acquire()
            try:
                assert limiter.held <= permits
                await asyncio.sleep(length)
            finally:
                limiter.release()

        tasks = [asyncio.create_task(work(start, n)) for start, n, _ in plan]
        await asyncio.sleep(3)
        for task, (_, _, is_cancelled) in zip(tasks, plan, strict=True):
            if is_cancelled:
                task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert limiter.held == 0
        for _ in range(permits):
            assert limiter.try_acquire()
        assert not limiter.try_acquire()

    run(main())


def test_one_limiter_per_loop_sized_by_argument_then_variable_then_default(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def main() -> None:
        assert llm_limiter(None, 50).permits == 50
        assert llm_limiter(None, 20) is llm_limiter(None, 50)
        assert llm_limiter(None, 20).permits == 50
        assert llm_limiter(3, 50).permits == 3
        assert llm_limiter(None, 50).permits == 3
        monkeypatch.setenv("MAX_CONCURRENT_LLM_CALLS", "7")
        assert llm_limiter(None, 50).permits == 7
        assert llm_limiter(2, 50).permits == 2
        monkeypatch.setenv("MAX_CONCURRENT_LLM_CALLS", "many")
        with pytest.raises(ValueError, match="MAX_CONCURRENT_LLM_CALLS must be"):
            llm_limiter(None, 50)

    monkeypatch.delenv("MAX_CONCURRENT_LLM_CALLS", raising=False)
    run(main())


def test_loops_do_not_share_a_limiter_even_under_contention() -> None:
    limiters: list[Limiter] = []

    async def main() -> None:
        limiter = llm_limiter(1, 50)
        limiters.append(limiter)

        async def work() -> None:
            await limiter.acquire()
            await asyncio.sleep(1)
            limiter.release()

        await asyncio.gather(work(), work(), work())

    for _ in range(3):
        run(main())
    assert all(a is not b for a, b in pairwise(limiters))
