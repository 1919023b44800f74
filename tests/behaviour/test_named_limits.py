"""Steps with named limits, in generated modules on a virtual clock."""

from __future__ import annotations

import asyncio
from collections import Counter
from types import ModuleType
from typing import Any

import pytest

from tests.building import build
from tests.clock import run

FLOWS = """
    limit db: 30
    limit workflow_a: 14 within db
    limit workflow_b: 14 within db
    limit workflow_c: 14 within db
    chain a:
        step work:
            target: work
            limit: workflow_a
    chain b:
        step work:
            target: work
            limit: workflow_b
    chain c:
        step work:
            target: work
            limit: workflow_c
    """


class Watch:
    """Counts who is at work, and the most there ever were."""

    def __init__(self) -> None:
        self.inside: Counter[str] = Counter()
        self.most: Counter[str] = Counter()

    async def work(self, ctx: Any) -> str:
        for name in (ctx.chain, "all"):
            self.inside[name] += 1
            self.most[name] = max(self.most[name], self.inside[name])
        try:
            await asyncio.sleep(1)
        finally:
            self.inside.subtract([ctx.chain, "all"])
        return "done"


def limits(module: ModuleType) -> dict[str, int]:
    """The permits of each limit that are held on this event loop."""
    found = {
        value.name: value.limiter().held
        for value in vars(module).values()
        if type(value).__name__ == "NamedLimit"
    }
    assert found
    return found


def test_workflows_share_their_parent_and_keep_to_their_own() -> None:
    module, watch = build(FLOWS), Watch()

    async def main() -> float:
        given = {"connectors": {"work": watch.work}, "max_concurrent_llm_calls": 100}
        async with asyncio.TaskGroup() as tasks:
            for _ in range(100):
                for chain in "abc":
                    tasks.create_task(module.run_chain(chain, **given))
        assert set(limits(module).values()) == {0}
        return asyncio.get_running_loop().time()

    assert run(main()) == 10.0
    assert watch.most["all"] == 30
    assert max(watch.most[chain] for chain in "abc") <= 14


def test_modules_share_a_limit_by_its_name() -> None:
    source = """
        limit shared: 2
        chain c:
            step work:
                target: work
                limit: shared
        """
    one, other, watch = build(source), build(source), Watch()

    async def main() -> float:
        async with asyncio.TaskGroup() as tasks:
            for module in (one, other) * 3:
                tasks.create_task(
                    module.run_chain("c", connectors={"work": watch.work})
                )
        return asyncio.get_running_loop().time()

    assert run(main()) == 3.0
    assert watch.most["all"] == 2


def test_waiting_for_a_permit_counts_as_queued_and_not_as_work() -> None:
    module, watch = (
        build("""
        limit one: 1
        chain c:
            step first:
                target: work
                parallel: true
                limit: one
                timeout: 1.5
            step second:
                target: work
                parallel: true
                limit: one
                timeout: 1.5
        """),
        Watch(),
    )
    record = run(module.run_chain("c", connectors={"work": watch.work}, parallel=True))
    assert record["status"] == "ok"
    steps = {step["name"]: step for step in record["steps"]}
    assert steps["second"]["queued_ms"] == 1000
    assert steps["second"]["elapsed_ms"] == 1000


@pytest.mark.parametrize("end", ["fails", "times out", "is cancelled", "deadline"])
def test_permits_are_given_back_however_a_step_ends(end: str) -> None:
    module = build("""
        limit db: 3
        limit part: 2 within db
        chain c:
            step work:
                target: work
                limit: {part: 2, db: 1}
                timeout: 5
        """)

    async def work(ctx: Any) -> None:
        if end == "fails":
            raise ValueError("no")
        await asyncio.sleep(100)

    async def main() -> Any:
        running = module.run_chain(
            "c", connectors={"work": work}, timeout=3 if end == "deadline" else None
        )
        if end == "is cancelled":
            task = asyncio.create_task(running)
            await asyncio.sleep(1)
            assert limits(module) == {"db": 3, "part": 2}
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            record = {"status": "cancelled"}
        else:
            record = await running
        assert set(limits(module).values()) == {0}
        return record["status"]

    ended = run(main())
    wanted = {"is cancelled": "cancelled", "deadline": "timeout"}
    assert ended == wanted.get(end, "error")


def test_no_permit_is_held_between_tries() -> None:
    module = build("""
        limit one: 1
        chain c:
            step flaky:
                target: flaky
                parallel: true
                limit: one
                retry: {max: 1, delay: 10s, backoff: constant, jitter: false, on: [error]}
            step other:
                target: other
                parallel: true
                limit: one
        """)
    ended: dict[str, float] = {}

    async def flaky(ctx: Any) -> None:
        ended.setdefault("flaky", asyncio.get_running_loop().time())
        if asyncio.get_running_loop().time() < 5:
            raise ValueError("not yet")

    async def other(ctx: Any) -> None:
        await asyncio.sleep(1)
        ended["other"] = asyncio.get_running_loop().time()

    record = run(
        module.run_chain(
            "c", connectors={"flaky": flaky, "other": other}, parallel=True
        )
    )
    assert record["status"] == "ok", record["error"]
    assert ended["other"] == 1.0


def test_a_step_that_waits_for_the_database_holds_up_no_model_call() -> None:
    module = build("""
        limit db: 1
        chain c:
            step holds:
                target: holds
                parallel: true
                limit: db
            step waits:
                target: quick
                parallel: true
                limit: db
            step asks:
                target: quick
                parallel: true
        """)

    async def holds(ctx: Any) -> None:
        await asyncio.sleep(10)

    async def quick(ctx: Any) -> None:
        await asyncio.sleep(1)

    record = run(
        module.run_chain(
            "c",
            connectors={"holds": holds, "quick": quick},
            parallel=True,
            max_concurrent_llm_calls=2,
        )
    )
    ended = {
        step["name"]: step["started_ms"] + step["elapsed_ms"]
        for step in record["steps"]
    }
    assert ended["asks"] == 1000
    assert ended["waits"] == 11000


def test_a_fallback_and_a_connector_take_their_own_limits() -> None:
    module = build("""
        limit small: 1
        connection models:
            api: local
            latency: 1
        connector judge:
            limit: small
            prompt: "Judge"
        chain c:
            step one:
                target: judge
                parallel: true
            step two:
                target: judge
                parallel: true
            step three:
                target: broken
                parallel: true
                fallback: [judge]
        """)

    async def broken(ctx: Any) -> None:
        raise ValueError("no")

    record = run(module.run_chain("c", connectors={"broken": broken}, parallel=True))
    assert record["status"] == "ok", record["error"]
    assert record["metadata"]["elapsed_ms"] == 3000
