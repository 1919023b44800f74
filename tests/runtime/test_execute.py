from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest
from n3gen.templates.runtime.run.chain import Options
from n3gen.templates.runtime.run.group import Group
from n3gen.templates.runtime.run.records import ChainError, ChainTimeout
from n3gen.templates.runtime.run.rounds import rounds, skip_steps
from n3gen.templates.runtime.run.run import Run
from n3gen.templates.runtime.run.started import stream_run

from tests.clock import run
from tests.runtime.chains import execute, failing, module_of, sleeping, step, stubborn


def statuses(record: Any) -> dict[str, str]:
    return {entry["name"]: entry["status"] for entry in record["steps"]}


async def two_then_slow(run: Run, payload: Any) -> Any:
    async with Group(run) as group:
        a = group.start(lambda: step(run, "a", sleeping(2, "A")))
        b = group.start(lambda: step(run, "b", sleeping(3, "B")))
    joined = await step(run, "c", sleeping(1, a.result() + b.result()))
    return await step(run, "d", sleeping(200, joined))


def test_a_run_to_its_end() -> None:
    record = run(execute(two_then_slow, steps=("a", "b", "c", "d"))).record
    assert (record["status"], record["result"], record["error"]) == ("ok", "AB", None)
    assert record["metadata"]["elapsed_ms"] == 204_000
    assert record["metadata"]["sequential_ms"] == 206_000
    assert record["metadata"]["speedup"] == 1.01
    assert [entry["started_ms"] for entry in record["steps"]] == [0, 0, 3000, 4000]
    assert record["metadata"]["pending"] == []


def test_a_deadline_keeps_what_finished() -> None:
    steps = ("a", "b", "c", "d", "e")
    ended = run(execute(two_then_slow, Options(timeout=120), steps=steps))
    record = ended.record
    assert record["status"] == "timeout"
    assert record["result"] is None
    assert record["error"] == "Chain 'c' execution timed out after 120 seconds"
    assert statuses(record) == {"a": "ok", "b": "ok", "c": "ok", "d": "cancelled"}
    assert record["metadata"]["pending"] == ["e"]
    assert record["metadata"]["elapsed_ms"] == 120_000
    assert record["metadata"]["timeout_seconds"] == 120
    assert record["steps"][0]["result"] == "A"
    with pytest.raises(ChainTimeout, match="timed out after 120 seconds") as raised:
        ended.value()
    assert raised.value.run is record


def test_in_sequence_steps_run_in_the_order_given(
    caplog: pytest.LogCaptureFixture,
) -> None:
    record = run(execute(two_then_slow, Options(parallel=False))).record
    assert [entry["started_ms"] for entry in record["steps"]] == [0, 2000, 5000, 6000]
    assert record["metadata"]["parallel"] is False


def test_the_log_lines(caplog: pytest.LogCaptureFixture) -> None:
    async def body(run: Run, payload: Any) -> None:
        async with Group(run) as group:
            for name in "abc":
                group.start(lambda name=name: step(run, name, sleeping(6.234)))

    with caplog.at_level(logging.INFO, "n3gen"):
        run(execute(body))
    assert [(r.name, r.levelname, r.getMessage()) for r in caplog.records] == [
        ("n3gen.c", "INFO", "Executing 3 steps in parallel for chain 'c'"),
        ("n3gen.c", "INFO", "Chain 'c' completed in 6,234ms"),
    ]


def test_a_failure_cancels_its_siblings_and_is_told_once() -> None:
    ended: list[str] = []

    async def body(run: Run, payload: Any) -> None:
        async with Group(run) as group:
            group.start(lambda: step(run, "bad", failing(1, ValueError("boom"))))
            group.start(lambda: step(run, "slow", stubborn(50, 2, ended)))

    result = run(execute(body))
    assert statuses(result.record) == {"bad": "error", "slow": "cancelled"}
    error = "Step 'bad' failed: ValueError: boom (specs/c.ai:7)"
    assert result.record["error"] == error
    assert result.record["metadata"]["elapsed_ms"] == 3000
    assert ended == ["cleaned up"]
    with pytest.raises(ChainError) as raised:
        result.value()
    assert isinstance(raised.value.__cause__.__cause__, ValueError)  # type: ignore[union-attr]


def test_a_steps_own_timeout_is_not_the_chains() -> None:
    async def body(run: Run, payload: Any) -> None:
        await step(run, "slow", sleeping(50), timeout=5)

    record = run(execute(body)).record
    assert (record["status"], statuses(record)) == ("error", {"slow": "timeout"})
    assert record["steps"][0]["error"] == "timed out after 5 seconds"
    assert record["metadata"]["elapsed_ms"] == 5000


def test_a_timeout_error_of_a_step_is_not_the_chains() -> None:
    async def body(run: Run, payload: Any) -> None:
        await step(run, "odd", failing(1, TimeoutError()))

    record = run(execute(body)).record
    assert (record["status"], statuses(record)) == ("error", {"odd": "error"})


def test_queueing_does_not_count_for_a_steps_timeout() -> None:
    async def body(run: Run, payload: Any) -> None:
        async with Group(run) as group:
            for name in ("a", "b", "c"):
                group.start(
                    lambda name=name: step(
                        run, name, sleeping(4), is_model_call=True, timeout=5
                    )
                )

    record = run(execute(body, Options(max_concurrent_llm_calls=1))).record
    assert record["status"] == "ok"
    assert [entry["queued_ms"] for entry in record["steps"]] == [0, 4000, 8000]
    assert [entry["elapsed_ms"] for entry in record["steps"]] == [4000, 4000, 4000]
    assert record["metadata"]["queued_ms"] == 12_000


@pytest.mark.parametrize("after", [0.5, 2.5, 3.5, 203.9])
def test_the_callers_cancellation_is_raised_and_leaves_nothing(after: float) -> None:
    async def main() -> None:
        task = asyncio.create_task(execute(two_then_slow))
        await asyncio.sleep(after)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert len(asyncio.all_tasks()) == 1

    run(main())


def test_a_cancellation_that_lands_as_the_work_ends_is_not_swallowed() -> None:
    async def main() -> None:
        async def body(run: Run, payload: Any) -> str:
            await asyncio.sleep(5)
            asyncio.get_running_loop().call_soon(caller.cancel)
            return "done"

        caller = asyncio.create_task(execute(body))
        with pytest.raises(asyncio.CancelledError):
            await caller

    run(main())


def test_cancelled_twice_the_run_still_ends_first() -> None:
    ended: list[str] = []

    async def main() -> None:
        async def body(run: Run, payload: Any) -> None:
            await step(run, "slow", stubborn(50, 10, ended))

        caller = asyncio.create_task(execute(body))
        await asyncio.sleep(1)
        caller.cancel()
        await asyncio.sleep(1)
        caller.cancel()
        with pytest.raises(asyncio.CancelledError):
            await caller

    run(main())


def test_a_run_inside_a_cancelled_tasks_clean_up_works() -> None:
    async def main() -> str:
        results: list[str] = []

        async def body(run: Run, payload: Any) -> str:
            return await step(run, "a", sleeping(1, "saved"))

        async def caller() -> None:
            try:
                await asyncio.sleep(100)
            finally:
                results.append((await execute(body)).value())

        task = asyncio.create_task(caller())
        await asyncio.sleep(1)
        task.cancel()
        await asyncio.wait([task])
        return results[0]

    assert run(main()) == "saved"


def test_a_failing_clean_up_at_the_deadline_reads_as_the_deadline() -> None:
    async def body(run: Run, payload: Any) -> None:
        async def work() -> None:
            try:
                await asyncio.sleep(50)
            except asyncio.CancelledError:
                raise ValueError("the clean-up failed") from None

        await step(run, "a", work)

    record = run(execute(body, Options(timeout=3))).record
    assert record["status"] == "timeout"


def test_loops_and_branches_in_the_record() -> None:
    async def body(run: Run, payload: Any) -> None:
        for item in rounds(run, "docs", ["x", "y"], "classify"):
            await step(run, "classify", sleeping(1, item))
        for _ in rounds(run, "none", [], "never"):
            await step(run, "never", sleeping(1))
        skip_steps(run, "else_branch")
        await step(run, "last", sleeping(1))

    steps = run(execute(body)).record["steps"]
    assert [(entry["name"], entry.get("path"), entry["status"]) for entry in steps] == [
        ("classify", "docs[0].classify", "ok"),
        ("classify", "docs[1].classify", "ok"),
        ("never", None, "skipped"),
        ("else_branch", None, "skipped"),
        ("last", None, "ok"),
    ]


def test_missing_connectors_are_all_named_before_the_first_step() -> None:
    record = run(execute(two_then_slow, connectors=("gpt4", "claude"))).record
    assert record["status"] == "error"
    assert record["steps"] == []
    message = "Chain 'c' needs connectors that were not given: 'gpt4', 'claude'"
    assert record["error"] == message


def test_what_the_caller_did_wrong_is_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match="timeout must be a number above 0"):
        run(execute(two_then_slow, Options(timeout=0)))
    with pytest.raises(ValueError, match="max_concurrent_llm_calls must be from 1"):
        run(execute(two_then_slow, Options(max_concurrent_llm_calls=0)))
    monkeypatch.setenv("CHAIN_TIMEOUT_SECONDS", "soon")
    with pytest.raises(ValueError, match="CHAIN_TIMEOUT_SECONDS must be a number"):
        run(execute(two_then_slow))
    monkeypatch.setenv("CHAIN_TIMEOUT_SECONDS", "3.5")
    assert run(execute(two_then_slow)).record["metadata"]["timeout_seconds"] == 3.5
    monkeypatch.setenv("ENABLE_PARALLEL_STEPS", "perhaps")
    with pytest.raises(ValueError, match="ENABLE_PARALLEL_STEPS must be true or false"):
        run(execute(two_then_slow))


def test_a_timeout_is_the_arguments_then_the_chains_then_the_environments(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CHAIN_TIMEOUT_SECONDS", "30")
    seconds = [
        run(execute(two_then_slow, Options(timeout=10), timeout=20.0)),
        run(execute(two_then_slow, timeout=20.0)),
        run(execute(two_then_slow)),
    ]
    assert [e.record["metadata"]["timeout_seconds"] for e in seconds] == [10, 20, 30]
    monkeypatch.delenv("CHAIN_TIMEOUT_SECONDS")
    ended = run(execute(two_then_slow))
    assert ended.record["metadata"]["timeout_seconds"] == 300


def test_events_come_as_things_happen_and_a_slow_reader_slows_the_run() -> None:
    async def body(run: Run, payload: Any) -> str:
        for index in range(200):
            await step(run, f"s{index}", sleeping(0))
        return "done"

    async def main() -> tuple[int, list[str]]:
        kinds: list[str] = []
        started = 0
        async for event in stream_run(module_of(body), "c", None, Options()):
            kinds.append(event["event"])
            if event["event"] == "step_start":
                started = int(event["step"][1:])
            if len(kinds) == 10:
                await asyncio.sleep(5)
        assert event["run"]["result"] == "done"
        assert event["time_ms"] == 5000
        return started, kinds

    started, kinds = run(main())
    assert started == 199
    assert kinds[:3] == ["chain_start", "step_start", "step_complete"]
    assert kinds[-1] == "chain_complete"
    assert len(kinds) == 402


def test_closing_the_stream_cancels_the_run() -> None:
    ended: list[str] = []

    async def body(run: Run, payload: Any) -> None:
        await step(run, "slow", stubborn(50, 2, ended))

    async def main() -> None:
        events = stream_run(module_of(body), "c", None, Options())
        assert (await anext(events))["event"] == "chain_start"
        assert (await anext(events))["event"] == "step_start"
        await events.aclose()
        assert ended == ["cleaned up"]

    run(main())


def test_metrics_count_runs() -> None:
    from n3gen.templates.runtime.run.execute import execute_chain

    module = module_of(two_then_slow)

    async def main() -> None:
        await execute_chain(module, "c", None, Options())
        await execute_chain(module, "c", None, Options(timeout=10, parallel=False))

    run(main())
    snapshot = module.metrics.snapshot()
    assert snapshot["runs"] == {"ok": 1, "error": 0, "timeout": 1, "cancelled": 0}
    assert snapshot["parallel_execution_rate"] == 0.5
    assert snapshot["timeout_frequency"] == 0.5
