"""Named limits: hierarchies, weights, priorities, and fairness between them."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from n3gen.templates.runtime.limits.named import NamedLimit, Permits
from n3gen.templates.runtime.run.process import Limiter
from n3gen.templates.runtime.run.run import Run

from tests.clock import run


async def hold(permits: Permits, seconds: float) -> None:
    """Work for a time with permits, as a step does."""
    if not permits.try_acquire():
        await permits.acquire()
    try:
        await asyncio.sleep(seconds)
    finally:
        permits.release()


def test_three_workflows_of_14_share_30() -> None:
    db = NamedLimit("db", 30)
    flows = {name: NamedLimit(name, 14, within=db) for name in "abc"}

    async def main() -> tuple[dict[str, int], int, float]:
        inside: Counter[str] = Counter()
        peaks: Counter[str] = Counter()
        all_at_once = 0

        async def work(flow: str) -> None:
            nonlocal all_at_once
            permits = Permits(flows[flow])
            if not permits.try_acquire():
                await permits.acquire()
            inside[flow] += 1
            peaks[flow] = max(peaks[flow], inside[flow])
            all_at_once = max(all_at_once, inside.total())
            await asyncio.sleep(1)
            inside[flow] -= 1
            permits.release()

        async with asyncio.TaskGroup() as tasks:
            for _ in range(100):
                for flow in "abc":
                    tasks.create_task(work(flow))
        assert db.limiter().held == 0
        return dict(peaks), all_at_once, asyncio.get_running_loop().time()

    # 300 jobs of a second, 30 at once, take 10 s: no permit was ever idle.
    assert run(main()) == ({"a": 10, "b": 10, "c": 10}, 30, 10.0)


def test_two_workflows_use_what_a_third_leaves() -> None:
    db = NamedLimit("db", 30)
    flows = {name: NamedLimit(name, 14, within=db) for name in "abc"}

    async def main() -> list[float]:
        ended: list[float] = []

        async def workflow(flow: str) -> None:
            async with asyncio.TaskGroup() as jobs:
                for _ in range(140):
                    jobs.create_task(hold(Permits(flows[flow]), 1))
            ended.append(asyncio.get_running_loop().time())

        await asyncio.gather(workflow("a"), workflow("b"), workflow("c"))
        return ended

    # `a` and `b` came first and run at 14 each; `c` has the two that are left, then 14.
    assert run(main()) == [10.0, 10.0, 19.0]


def test_nobody_is_starved_by_two_workflows_at_full_capacity() -> None:
    db = NamedLimit("db", 30)
    flows = {name: NamedLimit(name, 14, within=db) for name in "abc"}

    async def main() -> float:
        async with asyncio.TaskGroup() as tasks:
            for flow in "ab":
                for _ in range(200):
                    tasks.create_task(hold(Permits(flows[flow]), 1))
            await asyncio.sleep(0.5)
            started = asyncio.get_running_loop().time()
            await hold(Permits(flows["c"]), 1)
            ended = asyncio.get_running_loop().time()
        return ended - started - 1

    assert run(main()) == 0


def test_a_limit_of_one_is_a_lock() -> None:
    async def main() -> float:
        one = NamedLimit("one", 1)
        await asyncio.gather(*(hold(Permits(one), 1) for _ in range(5)))
        return asyncio.get_running_loop().time()

    assert run(main()) == 5


def test_permits_are_taken_all_at_once_or_not_at_all() -> None:
    """Two that need the same two limits in opposite order cannot block each other."""

    async def main() -> None:
        a, b = NamedLimit("a", 1), NamedLimit("b", 1)
        await asyncio.gather(
            *(hold(Permits(a, b), 1) for _ in range(10)),
            *(hold(Permits(b, a), 1) for _ in range(10)),
        )
        assert asyncio.get_running_loop().time() == 20

    run(main())


def test_one_that_waits_holds_up_only_those_that_need_what_it_waits_for() -> None:
    async def main() -> dict[str, float]:
        llm, db = Limiter(1), NamedLimit("db", 1)
        ended: dict[str, float] = {}

        async def job(name: str, permits: Permits, seconds: float) -> None:
            await hold(permits, seconds)
            ended[name] = asyncio.get_running_loop().time()

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(job("db alone", Permits(db), 100))
            await asyncio.sleep(0)
            tasks.create_task(job("both", Permits(llm, db), 1))
            await asyncio.sleep(0)
            for _ in range(3):
                tasks.create_task(job("llm alone", Permits(llm), 10))
        return ended

    assert run(main()) == {"llm alone": 30, "db alone": 100, "both": 101}


@pytest.mark.parametrize("seed", range(5))
def test_one_that_needs_two_busy_limits_gets_its_turn(seed: int) -> None:
    """Both limits always have a queue, and their permits come back at different times."""

    async def main() -> float:
        draw = random.Random(seed)
        llm, db = Limiter(5), NamedLimit("db", 3)

        async def busy(permits: Permits) -> None:
            while asyncio.get_running_loop().time() < 100:
                await hold(permits, draw.uniform(0.5, 1.5))

        async with asyncio.TaskGroup() as tasks:
            for _ in range(10):
                tasks.create_task(busy(Permits(llm)))
                tasks.create_task(busy(Permits(db)))
            await asyncio.sleep(10)
            asked = asyncio.get_running_loop().time()
            await hold(Permits(llm, db), 0)
            admitted = asyncio.get_running_loop().time()
        return admitted - asked

    assert run(main()) < 6


def test_a_heavy_one_is_not_overtaken_for_ever_by_light_ones() -> None:
    async def main() -> float:
        db = NamedLimit("db", 4)

        async def busy(start: float) -> None:
            await asyncio.sleep(start)
            while asyncio.get_running_loop().time() < 50:
                await hold(Permits(db), 1)

        async with asyncio.TaskGroup() as tasks:
            for number in range(8):
                tasks.create_task(busy(number / 8))
            await asyncio.sleep(5)
            asked = asyncio.get_running_loop().time()
            await hold(Permits((db, 4)), 1)
            ended = asyncio.get_running_loop().time()
        return ended - asked - 1

    assert run(main()) < 3


def test_priority_comes_first_and_age_makes_up_for_it() -> None:
    async def main() -> list[str]:
        one = NamedLimit("one", 1)
        order: list[str] = []

        async def job(name: str, priority: float) -> None:
            permits = Permits(one, priority=priority)
            await permits.acquire()
            order.append(name)
            await asyncio.sleep(10)
            permits.release()

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(job("running", 0))
            await asyncio.sleep(0)
            tasks.create_task(job("old", 10))
            await asyncio.sleep(5)
            tasks.create_task(job("urgent", 50))
            tasks.create_task(job("late", 14))
        return order

    assert run(main()) == ["running", "urgent", "old", "late"]


def test_a_child_takes_a_permit_of_its_parent_and_a_weight_adds_to_it() -> None:
    async def main() -> None:
        db = NamedLimit("db", 10)
        child = NamedLimit("child", 3, within=db)
        permits = Permits(child, (db, 2))
        assert permits.try_acquire()
        assert (child.limiter().held, db.limiter().held) == (1, 3)
        permits.release()
        assert (child.limiter().held, db.limiter().held) == (0, 0)

    run(main())


def test_one_that_needs_more_than_all_goes_alone() -> None:
    """Another module may have the lower number of a limit."""

    async def main() -> float:
        high, low = NamedLimit("db", 8), NamedLimit("db", 2)
        high.limiter()
        assert low.limiter() is high.limiter()
        assert high.limiter().permits == 2
        jobs = [Permits((high, 5)), Permits(low), Permits(low), Permits((high, 5))]
        await asyncio.gather(*(hold(job, 1) for job in jobs))
        return asyncio.get_running_loop().time()

    assert run(main()) == 3


def test_plain_waiters_of_a_limiter_keep_their_place_when_it_is_joined() -> None:
    async def main() -> list[str]:
        llm, order = Limiter(1), list[str]()
        assert llm.try_acquire()

        async def plain(name: str) -> None:
            await llm.acquire()
            order.append(name)
            llm.release()

        async def joint() -> None:
            permits = Permits(llm, NamedLimit("db", 1))
            await permits.acquire()
            order.append("joint")
            permits.release()

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(plain("first"))
            cancelled = tasks.create_task(plain("cancelled"))
            await asyncio.sleep(0)
            tasks.create_task(joint())
            await asyncio.sleep(0)
            tasks.create_task(plain("last"))
            await asyncio.sleep(0)
            cancelled.cancel()
            await asyncio.sleep(0)
            llm.release()
        assert llm.held == 0
        return order

    assert run(main()) == ["first", "joint", "last"]


def test_waiting_counts_from_before_a_limiter_is_joined() -> None:
    """The first step with a priority comes to a queue of steps without."""

    async def main() -> list[str]:
        llm, order = Limiter(1), list[str]()
        assert llm.try_acquire()

        async def job(name: str, limiter: Limiter) -> None:
            await limiter.acquire()
            order.append(name)
            limiter.release()

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(job("waits since 0", llm))
            await asyncio.sleep(5)
            tasks.create_task(job("as since 2.5", Permits(llm, priority=2.5)))
            await asyncio.sleep(0)
            llm.release()
        return order

    assert run(main()) == ["waits since 0", "as since 2.5"]


def test_nothing_is_kept_for_one_that_waits_behind_its_like() -> None:
    async def main() -> dict[str, float]:
        llm, lock = Limiter(3), NamedLimit("lock", 1)
        started: dict[str, float] = {}

        async def job(name: str, permits: Permits, seconds: float) -> None:
            await permits.acquire()
            started[name] = asyncio.get_running_loop().time()
            await asyncio.sleep(seconds)
            permits.release()

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(job("locks", Permits(llm, lock), 10))
            tasks.create_task(job("ends at 1", Permits(llm), 1))
            tasks.create_task(job("ends at 2", Permits(llm), 2))
            tasks.create_task(job("first of two", Permits(llm, lock), 5))
            tasks.create_task(job("second of two", Permits(llm, lock), 5))
            tasks.create_task(job("another", Permits(llm), 3))
        return started

    started = run(main())
    # The permit that is free from 1 on is kept for the first of two alone.
    assert started["another"] == 2
    assert (started["first of two"], started["second of two"]) == (10, 15)


Job = tuple[Sequence[int], float, float, float, float | None]
"""Permits by limit, when it comes, how long it works, its priority, when it is cancelled."""

JOBS = st.lists(
    st.tuples(
        st.lists(st.integers(0, 3), min_size=4, max_size=4).filter(any),
        st.sampled_from([0.0, 0.0, 0.5, 1.0, 2.5]),
        st.sampled_from([0.0, 0.5, 1.0, 3.0]),
        st.sampled_from([0.0, 0.0, 5.0, -3.0]),
        st.none() | st.sampled_from([0.0, 0.5, 1.0, 2.0]),
    ),
    max_size=25,
)


@settings(max_examples=200, deadline=None)
@given(JOBS)
def test_no_permit_is_lost_or_given_twice(jobs: list[Job]) -> None:
    async def main() -> None:
        llm, db = Limiter(3), NamedLimit("db", 4)
        child = NamedLimit("child", 3, within=db)
        lock = NamedLimit("lock", 3)
        limits = [db, child, lock]

        async def work(job: Job) -> None:
            numbers, start, seconds, priority, _ = job
            await asyncio.sleep(start)
            named = [
                (limit, number)
                for limit, number in zip(limits, numbers, strict=False)
                if number
            ]
            plain = [llm] if numbers[3] else []
            permits = Permits(*plain, *named, priority=priority)
            if not permits.try_acquire():
                await permits.acquire()
            try:
                for limiter, _ in permits.needs:
                    alone = dict(permits.needs)[limiter] == limiter.held
                    assert limiter.held <= limiter.permits or alone
                await asyncio.sleep(seconds)
            finally:
                permits.release()

        async def cancelled(job: Job) -> None:
            if job[4] is None:
                await work(job)
                return
            with suppress(TimeoutError):
                await asyncio.wait_for(work(job), job[4])

        # Whoever waits for ever ends this in a deadlock, which the clock raises.
        await asyncio.gather(*map(cancelled, jobs))
        assert [limit.limiter().held for limit in limits] == [0, 0, 0]
        assert llm.held == 0

    run(main())


def test_the_steps_of_a_run_share_what_needs_the_same() -> None:
    db, api = NamedLimit("db", 2), NamedLimit("api", 2)

    async def main() -> tuple[list[float], int]:
        llm = Limiter(50)
        one, other = (Run("c", "c.ai", llm, {}) for _ in range(2))
        shared = Permits.of(one, llm, db, api)
        assert Permits.of(one, llm, db, api) is shared
        different = [
            Permits.of(one, llm, db),
            Permits.of(one, llm, (db, 2), api),
            Permits.of(one, llm, db, api, priority=2.0),
            Permits.of(other, llm, db, api),
        ]
        assert len({shared, *different}) == 5
        loop = asyncio.get_running_loop()
        ends: list[float] = []

        async def work() -> None:
            await hold(Permits.of(one, llm, db, api), 1)
            ends.append(loop.time())

        await asyncio.gather(*(work() for _ in range(5)))
        return ends, llm.held + db.limiter().held + api.limiter().held

    assert run(main()) == ([1, 1, 2, 2, 3], 0)
