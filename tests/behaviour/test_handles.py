"""Runs that go on beside their caller: handles, pauses, draining."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable, Coroutine
from contextlib import aclosing
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from n3gen.compiler import Options

from tests.behaviour.test_flow import slow, statuses
from tests.building import build, built_in
from tests.clock import run

SPEC = """
    chain c:
        input: {pace: float = 1}
        step a:
            target: slow
            options: {seconds: "{{ payload.pace }}"}
        step b:
            target: slow
            options: {seconds: "{{ payload.pace }}"}
        step c:
            target: slow
            options: {seconds: "{{ payload.pace }}"}
    chain stated:
        timeout: 10
        step x: {target: slow, options: {seconds: 3}}
        step y: {target: slow, options: {seconds: 3}}
    chain tidied:
        step x: {target: slow, options: {seconds: 3}}
        step y: {target: slow, options: {seconds: 3}}
        finally:
            step tidy: {target: slow, options: {seconds: 2}}
    chain outer:
        step inner: {kind: chain, target: c}
        step last: {target: slow}
    chain beside:
        parallel both:
            do left:
                step l1: {target: slow, options: {seconds: 1}}
                step l2: {target: slow, options: {seconds: 2}}
            do right:
                step r1: {target: slow, options: {seconds: 2}}
                step r2: {target: slow, options: {seconds: 2}}
    chain many:
        for items: item in range(200):
            step one: {value: "{{ item }}"}
            step two: {target: at_once}
"""

YAML = """
    chains:
      c:
        input: {pace: float = 1}
        steps:
          - {name: a, target: slow, options: {seconds: "{{ payload.pace }}"}}
          - {name: b, target: slow, options: {seconds: "{{ payload.pace }}"}}
          - {name: c, target: slow, options: {seconds: "{{ payload.pace }}"}}
"""

GIVEN = {"slow": slow, "at_once": lambda ctx: None}


@pytest.fixture(scope="module")
def module() -> ModuleType:
    return build(SPEC)


def ran(main: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
    return run(main())


def start(
    module: ModuleType, chain: str = "c", payload: Any = None, **more: Any
) -> Any:
    given = {"connectors": GIVEN, "parallel": True, **more}
    return module.start_chain(chain, payload or {}, **given)


def now() -> float:
    return asyncio.get_running_loop().time()


@pytest.mark.parametrize("layout", ["standalone", "shared"])
@pytest.mark.parametrize("path", ["specs/x.ai", "specs/x.yaml"])
def test_a_handle_gives_the_record_and_the_events(
    layout: Any, path: str, tmp_path: Path
) -> None:
    text = SPEC if path.endswith(".ai") else YAML

    async def main(module: ModuleType) -> None:
        handle = start(module, run_id="mine")
        kinds = [event["event"] async for event in handle.events()]
        assert kinds == [
            "chain_start",
            *["step_start", "step_complete"] * 3,
            "chain_complete",
        ]
        record = await handle.result()
        assert (record["status"], record["result"]) == ("ok", "c")
        assert record["metadata"]["run_id"] == "mine"
        assert await handle.result() is record
        assert isinstance(handle, module.RunHandle)

    with built_in(layout, text, tmp_path, Options(), path) as module:
        run(main(module))


def test_modules_offer_handles_unless_the_configuration_leaves_them_out() -> None:
    names = {"start_chain", "drain", "RunHandle"}
    assert names <= vars(build(SPEC)).keys()
    bare = build(SPEC, options=Options(handles=False))
    assert not names & vars(bare).keys()


def test_what_cannot_be_meant_is_raised_at_once(module: ModuleType) -> None:
    async def main() -> None:
        with pytest.raises(LookupError, match="no chain 'cc'"):
            start(module, "cc")
        with pytest.raises(ValueError, match="timeout must be a number above 0"):
            start(module, timeout=0)
        async with start(module) as handle:
            with pytest.raises(ValueError, match="buffer must be from 0, or None"):
                handle.events(buffer=-1)

    ran(main)


def test_a_run_that_nobody_reads_goes_on(module: ModuleType) -> None:
    async def main() -> None:
        record = await start(module, "many").result()
        assert record["status"] == "ok"
        assert len(record["result"]) == 200

    ran(main)


def test_cancelling_who_waits_for_the_result_leaves_the_run(module: ModuleType) -> None:
    async def main() -> None:
        handle = start(module)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(handle.result(), 0.5)
        record = await handle.result()
        assert (record["status"], now()) == ("ok", 3)

    ran(main)


def test_a_cancelled_run_has_a_record_to_go_on_from(
    module: ModuleType, caplog: pytest.LogCaptureFixture
) -> None:
    before = module.metrics()["runs"]["cancelled"]

    async def main() -> None:
        handle = start(module)
        await asyncio.sleep(1.5)
        record = await handle.cancel()
        assert now() == 1.5
        assert record["status"] == "cancelled"
        assert record["error"] == "Chain 'c' was cancelled"
        assert statuses(record) == {"a": "ok", "b": "cancelled"}
        assert record["metadata"]["pending"] == ["c"]
        assert await handle.result() is await handle.cancel() is record
        again = await start(module, resume=record).result()
        assert [step["status"] for step in again["steps"]] == ["ok"] * 3
        assert again["steps"][0]["kept"] is True
        assert now() == 3.5

    ran(main)
    told = [(entry.levelname, entry.getMessage()) for entry in caplog.records]
    assert ("WARNING", "Chain 'c' was cancelled") in told
    assert module.metrics()["runs"]["cancelled"] == before + 1


def test_a_run_that_is_cancelled_before_it_begins(module: ModuleType) -> None:
    async def main() -> None:
        record = await start(module).cancel()
        assert (record["status"], record["steps"]) == ("cancelled", [])

    ran(main)


def test_leaving_the_block_cancels_the_run(module: ModuleType) -> None:
    async def main() -> None:
        with pytest.raises(KeyError):
            async with start(module, "tidied") as handle:
                await asyncio.sleep(1)
                raise KeyError("x")
        record = await handle.result()
        assert statuses(record) == {"x": "cancelled", "tidy": "ok"}
        assert now() == 3  # its `finally` was awaited

    ran(main)


def test_a_typed_function_that_somebody_cancels_raises(module: ModuleType) -> None:
    async def main() -> None:
        task = asyncio.create_task(module.c(connectors=GIVEN))
        await asyncio.sleep(0.5)
        assert await module.drain(1) == 1
        with pytest.raises(module.ChainError, match="was cancelled") as raised:
            await task
        assert raised.value.run["status"] == "cancelled"

    ran(main)


def test_no_step_starts_in_a_pause_and_those_that_run_go_on(module: ModuleType) -> None:
    async def main() -> None:
        handle = start(module)
        await asyncio.sleep(0.5)
        handle.pause()
        handle.pause()
        await asyncio.sleep(100)
        handle.resume()
        handle.resume()
        record = await handle.result()
        assert [step["started_ms"] for step in record["steps"]] == [0, 100500, 101500]
        assert statuses(record) == {"a": "ok", "b": "ok", "c": "ok"}
        handle.pause()
        handle.resume()

    ran(main)


def test_a_called_chain_and_parallel_branches_pause_too(module: ModuleType) -> None:
    async def main() -> None:
        for chain, paths in (("outer", ["inner", "inner.a"]), ("beside", ["l1", "r1"])):
            handle = start(module, chain)
            await asyncio.sleep(0.5)
            handle.pause()
            await asyncio.sleep(50)
            found = [step.path for step in handle.run.steps]
            assert found == paths
            handle.resume()
            assert (await handle.result())["status"] == "ok"

    ran(main)


HELD = """
    chain c:
        parallel both:
            step a: {target: f}
            do one:
                step b: {kind: chain, target: called}
        finally:
            step tidy: {target: f}
    chain called:
        parallel:
            step d: {target: f}
            step e: {target: f}
    """


@pytest.mark.parametrize("how", ["cancel", "leave", "drain"])
def test_what_a_pause_held_back_never_starts_in_a_cancelled_run(how: str) -> None:
    module = build(HELD)
    called: list[str] = []

    async def f(context: Any) -> None:
        called.append(context.step)

    async def main() -> None:
        handle = module.start_chain("c", connectors={"f": f})
        handle.pause()
        await asyncio.sleep(1)
        if how == "cancel":
            await handle.cancel()
        elif how == "drain":
            assert await module.drain(1) == 1
        else:
            async with handle:
                pass
        record = await handle.result()
        assert (record["status"], called) == ("cancelled", ["tidy"])

    run(main())


def test_what_a_pause_held_back_is_cut_off_and_not_tried_again() -> None:
    module = build("""
    chain c:
        parallel both:
            step call: {kind: chain, target: called, retry: 2, fallback: f}
            step beside: {wait: 5s}
    chain called:
        step d: {wait: 1s}
        step e: {target: f}
    """)
    called: list[str] = []

    async def main() -> dict[str, str]:
        given = {"f": lambda context: called.append(context.step)}
        handle = module.start_chain("c", connectors=given)
        await asyncio.sleep(0.5)
        handle.pause()
        await asyncio.sleep(2)
        return statuses(await handle.cancel())

    found = run(main())
    assert found == {"call": "cancelled", "call.d": "ok", "beside": "cancelled"}
    assert not called


def test_what_runs_last_in_a_pause_goes_on_when_the_run_is_cancelled() -> None:
    module = build(HELD)
    called: list[str] = []

    async def f(context: Any) -> None:
        called.append(context.step)
        if context.step == "both.a":
            handle.pause()

    async def main() -> None:
        nonlocal handle
        handle = module.start_chain("c", connectors={"f": f})
        await asyncio.sleep(1)
        await handle.cancel()
        assert called[-1] == "tidy"

    handle: Any = None
    run(main())


def test_the_default_deadline_stands_still_in_a_pause(
    module: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHAIN_TIMEOUT_SECONDS", "4")

    async def main() -> None:
        handle = start(module, "outer")
        await asyncio.sleep(0.5)
        handle.pause()
        await asyncio.sleep(1000)
        handle.resume()
        assert (await handle.result())["status"] == "ok"
        handle = start(module, "outer", timeout=None)
        handle.pause()
        await asyncio.sleep(9)
        handle.resume()
        await asyncio.sleep(0.5)
        handle.pause()
        await asyncio.sleep(9)
        handle.resume()
        record = await handle.result()
        assert record["status"] == "ok"
        slower = start(module, "c", {"pace": 3})
        await asyncio.sleep(1)
        slower.pause()
        await asyncio.sleep(9)
        slower.resume()
        record = await slower.result()
        assert record["status"] == "timeout"
        assert record["metadata"]["elapsed_ms"] == 13_000

    ran(main)


def test_a_stated_deadline_stays_in_a_pause(module: ModuleType) -> None:
    async def main() -> None:
        for chain, given in (("stated", {}), ("tidied", {"timeout": 10})):
            handle, began = start(module, chain, **given), now()
            await asyncio.sleep(1)
            handle.pause()
            record = await handle.result()
            assert record["status"] == "timeout"
            # What runs last does so all the same.
            assert now() - began == (12 if chain == "tidied" else 10)
            assert statuses(record)["x"] == "ok"

    ran(main)


def test_a_paused_run_is_cancelled(module: ModuleType) -> None:
    async def main() -> None:
        handle = start(module, "tidied")
        await asyncio.sleep(1)
        handle.pause()
        await asyncio.sleep(9)
        record = await handle.cancel()
        assert statuses(record) == {"x": "ok", "tidy": "ok"}
        assert now() == 12

    ran(main)


def test_events_of_branches_interleave_as_they_happen(module: ModuleType) -> None:
    async def main() -> None:
        handle = start(module, "beside")
        told = [
            (event["time_ms"], event["event"].removeprefix("step_"), event["step"])
            async for event in handle.events()
            if "step" in event
        ]
        assert told == [
            (0, "start", "l1"),
            (0, "start", "r1"),
            (1000, "complete", "l1"),
            (1000, "start", "l2"),
            (2000, "complete", "r1"),
            (2000, "start", "r2"),
            (3000, "complete", "l2"),
            (4000, "complete", "r2"),
        ]

    ran(main)


@pytest.mark.parametrize("buffer", [0, 10, None])
def test_a_slow_reader_slows_the_run_within_its_buffer(
    module: ModuleType, buffer: int | None
) -> None:
    async def main() -> None:
        handle = start(module, "many")
        events = handle.events(buffer=buffer)
        assert (await anext(events))["event"] == "chain_start"
        await asyncio.sleep(10)
        assert handle.task.done() == (buffer is None)
        begun = len(handle.run.steps) if buffer is not None else 0
        # Two events a step; those of values do not wait.
        assert begun <= (buffer or 0) / 2 + 2
        left = [event async for event in events]
        assert len(left) == 801
        assert (await handle.result())["status"] == "ok"

    ran(main)


def test_closing_the_events_leaves_the_run_and_lets_it_go_ahead(
    module: ModuleType,
) -> None:
    async def main() -> None:
        handle = start(module, "many")
        async with aclosing(handle.events(buffer=1)) as events:
            with pytest.raises(RuntimeError, match="have a reader already"):
                handle.events()
            assert (await anext(events))["event"] == "chain_start"
            await asyncio.sleep(1)
        record = await handle.result()
        assert record["status"] == "ok"
        # One who comes late has what happens from now on: nothing.
        assert [event async for event in handle.events()] == []

    ran(main)


def test_a_reader_that_stops_reading_does_not_keep_a_run_from_being_cancelled(
    module: ModuleType,
) -> None:
    async def main() -> None:
        handle = start(module, "many")
        events = handle.events(buffer=0)
        await asyncio.sleep(1)
        record = await handle.cancel()
        assert record["status"] == "cancelled"
        kinds = [event["event"] async for event in events]
        assert (kinds[0], kinds[-1]) == ("chain_start", "chain_cancelled")

    ran(main)


def test_draining_waits_then_cancels(module: ModuleType) -> None:
    async def main() -> None:
        assert await module.drain() == 0
        short, long = start(module), start(module, payload={"pace": 50})
        plain = asyncio.create_task(module.run_chain("c", {}, connectors=GIVEN))
        assert await module.drain(5) == 1
        assert now() == 5
        assert (await short.result())["status"] == "ok"
        assert (await plain)["status"] == "ok"
        assert (await long.result())["status"] == "cancelled"
        last = start(module)
        assert await module.drain() == 0
        assert last.task.done()

    ran(main)


def test_draining_waits_for_what_runs_last(module: ModuleType) -> None:
    async def main() -> None:
        handle = start(module, "tidied")
        assert await module.drain(1) == 1
        assert now() == 3
        assert statuses(await handle.result()) == {"x": "cancelled", "tidy": "ok"}

    ran(main)


def test_draining_that_is_cancelled_cancels_no_run(module: ModuleType) -> None:
    async def main() -> None:
        handle = start(module)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(module.drain(), 1)
        assert (await handle.result())["status"] == "ok"

    ran(main)


def test_the_end_of_the_event_loop_cancels_a_run_that_nobody_holds() -> None:
    module = build(SPEC)
    seen: list[str] = []

    async def waits(ctx: Any) -> None:
        try:
            await asyncio.sleep(100)
        finally:
            seen.append("ended")

    async def main() -> None:
        module.start_chain("stated", connectors={"slow": waits})
        await asyncio.sleep(0)
        await asyncio.sleep(0.01)

    asyncio.run(main())
    assert seen == ["ended"]


def test_a_handle_that_is_dropped_leaves_its_run(module: ModuleType) -> None:
    """The run goes on to its end, which is logged; draining finds one that waits."""
    asks = build("""
        chain c:
            step ask: {wait: approval}
        chain fails:
            step x: {target: slow}
            step y: {fail: "no"}
    """)
    ended: list[str] = []

    async def slow_and_noted(ctx: Any) -> None:
        await slow(ctx)
        ended.append(ctx.chain)

    async def main() -> None:
        given = {"slow": slow_and_noted}
        asks.start_chain("fails", connectors=given)
        asks.start_chain("c")
        await asyncio.sleep(0)
        gc.collect()
        await asyncio.sleep(10_000)
        gc.collect()
        assert ended == ["fails"]
        assert len(asks.MODULE.running) == 1
        assert await asks.drain(1) == 1
        assert asyncio.all_tasks() == {asyncio.current_task()}

    ran(main)
    assert asks.metrics()["runs"] == {"ok": 0, "error": 1, "timeout": 0, "cancelled": 1}


def test_a_handle_belongs_to_the_event_loop_of_its_run(module: ModuleType) -> None:
    """Elsewhere nothing of a run under way can be touched; a record can be read."""

    async def begun() -> tuple[Any, Any]:
        ended = start(module)
        await ended.result()
        return start(module, "stated"), ended

    loop = asyncio.new_event_loop()
    try:
        handle, ended = loop.run_until_complete(begun())
        uses: list[Callable[[], Any]] = [
            handle.result,
            handle.cancel,
            async_of(handle.pause),
            async_of(handle.resume),
            async_of(handle.events),
        ]
        for use in uses:
            with pytest.raises(RuntimeError, match="the run is on another event loop"):
                asyncio.run(use())
        without_loop = [
            *[handle.pause, handle.resume, handle.events],
            lambda: handle.close("any"),
        ]
        for use in without_loop:
            with pytest.raises(RuntimeError, match="the run is on another event loop"):
                use()
        assert asyncio.run(ended.result())["status"] == "ok"
        assert asyncio.run(ended.cancel())["status"] == "ok"
        record = loop.run_until_complete(handle.cancel())
        assert record["status"] == "cancelled"
        assert asyncio.run(handle.result()) is record
    finally:
        loop.close()


def test_a_run_whose_event_loop_has_ended_has_no_record(module: ModuleType) -> None:
    """Who asks for it is told, and is not cancelled as if somebody had meant it."""

    async def begun() -> Any:
        handle = start(module)
        await asyncio.sleep(0)
        return handle

    handle = asyncio.run(begun())
    for use in (handle.result, handle.cancel):
        with pytest.raises(RuntimeError, match="cut off by the end of its event loop"):
            asyncio.run(use())
    assert module.MODULE.running == {}


@pytest.mark.parametrize("wait", [0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 9.0])
def test_pausing_cancelling_and_draining_at_every_moment(
    module: ModuleType, wait: float
) -> None:
    """Before the run has begun, within its steps, as they end, and when it is over."""

    async def main() -> None:
        handle, other = start(module), start(module)
        await asyncio.sleep(wait)
        for one in (handle, other):
            one.pause()
            one.pause()
        await asyncio.sleep(50)
        other.resume()
        other.resume()
        drained = await module.drain(100)
        record = await handle.result()
        assert record["status"] == ("cancelled" if drained else "ok")
        # The last step begins at 2; whether a pause at that moment holds it is open.
        assert wait == 2 or drained == (wait < 2)
        assert (await other.result())["status"] == "ok"
        handle.pause()
        handle.resume()
        assert await handle.cancel() is record
        assert asyncio.all_tasks() == {asyncio.current_task()}

    ran(main)


def async_of(function: Callable[[], object]) -> Callable[[], Any]:
    async def call() -> object:
        return function()

    return call
