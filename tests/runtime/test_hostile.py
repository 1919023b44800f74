"""What users' functions and callers do that nobody expects of them."""

from __future__ import annotations

import asyncio
import gc
import math
import os
import pickle
import threading
import weakref
from collections.abc import Callable, Generator
from typing import Any

import pytest
from n3gen.templates.runtime.recovery.failures import failure_of
from n3gen.templates.runtime.run.callables import Context, call_connector
from n3gen.templates.runtime.run.chain import Options
from n3gen.templates.runtime.run.events import EventQueue
from n3gen.templates.runtime.run.execute import execute_chain
from n3gen.templates.runtime.run.inputs import ANY, Fields, list_of
from n3gen.templates.runtime.run.process import Limiter, llm_limiter
from n3gen.templates.runtime.run.records import ChainError, describe_error, to_json
from n3gen.templates.runtime.run.run import Run, Step
from n3gen.templates.runtime.run.started import stream_run
from n3gen.templates.runtime.run.workers import invoke_in_process

from tests.building import process_is_fresh
from tests.clock import run
from tests.runtime.chains import execute, failing, module_of, sleeping, step


async def asks(run: Run, payload: Any) -> Any:
    async with Step(run, "ask", line=4) as step:
        return step.done(await call_connector(step, "f", {}))


def record_of(connectors: Any, **options: Any) -> Any:
    module = module_of(asks, connectors=("f",))
    ended = run(execute_chain(module, "c", None, Options(connectors, **options)))
    return ended.record


class OddText(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no text")


class Ending(BaseException):
    """What no `except Exception` takes."""


class EndingText(Exception):
    def __str__(self) -> str:
        raise Ending

    @property
    def response(self) -> Any:
        raise SystemExit(3)


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (OddText(), "OddText: its text cannot be read"),
        (EndingText(), "EndingText: its text cannot be read"),
        (ValueError("two\n  lines\r\n"), "ValueError: two lines"),
        (
            ExceptionGroup(
                "both", [ValueError("a"), ExceptionGroup("in", [OSError()])]
            ),
            "ExceptionGroup: both (2 sub-exceptions): ValueError: a; "
            "ExceptionGroup: in (1 sub-exception): OSError",
        ),
        (StopAsyncIteration(), "StopAsyncIteration"),
    ],
)
def test_an_error_is_told_in_one_line(error: Exception, told: str) -> None:
    async def body(run: Run, payload: Any) -> None:
        await step(run, "a", failing(1, error))

    record = run(execute(body)).record
    assert record["error"] == f"Step 'a' failed: {told} (specs/c.ai:7)"


def test_a_text_that_ends_programs_is_a_fault_of_its_step() -> None:
    async def ends(ctx: Context) -> Any:
        raise EndingText

    class Odd:
        def __repr__(self) -> str:
            raise SystemExit(3)

    record = record_of({"f": ends})
    assert record["status"] == "error"
    assert record["steps"][0]["error"] == "EndingText: its text cannot be read"
    assert failure_of(EndingText()).kind == "error"
    written = to_json({"status": "ok", "result": Odd(), "steps": []})
    assert "a value of type Odd, whose text cannot be read" in written


def test_an_interrupt_within_a_text_is_not_lost() -> None:
    class Interrupted(Exception):
        def __str__(self) -> str:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        describe_error(Interrupted())


def test_stop_iteration_of_a_thread_is_an_error_and_not_a_hang() -> None:
    def empty(ctx: Context) -> Any:
        return next(iter(()))

    message = "Step 'ask' failed: RuntimeError: the function raised StopIteration"
    assert record_of({"f": empty})["error"].startswith(message)


def test_the_items_of_a_plain_generator_are_its_value_and_its_progress() -> None:
    def items(ctx: Context) -> Generator[int, None, None]:
        yield from range(3)

    async def progress() -> list[Any]:
        module = module_of(asks, connectors=("f",))
        events = stream_run(module, "c", None, Options({"f": items}))
        return [e["data"] async for e in events if e["event"] == "step_progress"]

    assert record_of({"f": items})["result"] == [0, 1, 2]
    assert run(progress()) == [0, 1, 2]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"ff": len}, "needs connectors that were not given: 'f' (is it 'ff'?)"),
        ({"zzzz": len, 3: len}, "needs connectors that were not given: 'f'"),
        ({"f": 3}, "got wrong connectors: 'f' must be callable, not int"),
    ],
)
def test_connectors_that_do_not_fit(given: Any, told: str) -> None:
    assert record_of(given)["error"] == f"Chain 'c' {told}"


def test_a_connector_that_is_needed_itself_is_not_meant_by_another() -> None:
    module = module_of(asks, connectors=("shop", "shop2"))
    told = "Chain 'c' needs connectors that were not given: 'shop2'"
    for name, meant in (("shop3", " (is it 'shop3'?)"), ("other", "")):
        given = Options({"shop": len, name: len})
        record = run(execute_chain(module, "c", None, given)).record
        assert record["error"] == told + meant


def test_connectors_that_are_no_mapping() -> None:
    with pytest.raises(ValueError, match="connectors must be a mapping to callables"):
        record_of([len])


@pytest.mark.parametrize("timeout", ["5", True, math.nan, -1])
def test_timeouts_that_are_none(timeout: Any) -> None:
    with pytest.raises(ValueError, match="timeout must be a number above 0"):
        record_of({"f": len}, timeout=timeout)


@pytest.mark.parametrize("calls", ["5", True, 2.5])
def test_limits_that_are_none(calls: Any) -> None:
    with pytest.raises(ValueError, match="max_concurrent_llm_calls must be from 1"):
        record_of({"f": len}, max_concurrent_llm_calls=calls)


def test_parallel_is_no_text() -> None:
    with pytest.raises(ValueError, match="parallel must be true or false, not 'no'"):
        record_of({"f": len}, parallel="no")


def test_no_limit_of_time_is_none_in_the_record() -> None:
    record = record_of({"f": lambda ctx: 1}, timeout=math.inf)
    assert record["metadata"]["timeout_seconds"] is None


def test_emitting_after_the_run_and_after_the_loop_does_nothing() -> None:
    kept: list[Context] = []

    async def keeps(ctx: Context) -> None:
        kept.append(ctx)

    async def main() -> None:
        module = module_of(asks, connectors=("f",))
        async for _ in stream_run(module, "c", None, Options({"f": keeps})):
            pass
        for _ in range(200):
            await kept[0].emit("late")
        emitter = threading.Thread(target=kept[0].emit, args=("later",))
        emitter.start()
        emitter.join()

    run(main())
    kept[0].emit("after the loop")


def test_a_thread_with_a_loop_of_its_own_does_not_wait_for_the_listener() -> None:
    async def main() -> int:
        events = EventQueue(1)

        async def emits() -> int:
            for number in range(5):
                await events.append_from_anywhere({"n": number})
            return 5

        return await asyncio.to_thread(asyncio.run, emits())

    assert asyncio.run(main()) == 5


def test_a_chain_error_crosses_processes() -> None:
    record = record_of({"f": 3})
    error = pickle.loads(pickle.dumps(ChainError("no", record)))
    assert (str(error), error.run) == ("no", record)


def test_defaults_are_never_shared_however_deep() -> None:
    default: list[Any] = [[]]
    for _ in range(2):
        taken = Fields("c", {}).take("rows", list_of(ANY), default)
        taken[0].append(1)
    assert default == [[]]


def test_a_payload_is_free_when_its_run_has_ended() -> None:
    class Payload:
        pass

    async def main() -> None:
        module = module_of(asks, connectors=("f",))
        payload = Payload()
        alive = weakref.ref(payload)

        async def work(ctx: Context) -> int:
            return 1

        gc.disable()
        try:
            await execute_chain(module, "c", payload, Options({"f": work}))
            del payload
            assert alive() is None
        finally:
            gc.enable()

    run(main())


def dies() -> None:
    os._exit(3)


def test_a_pool_that_a_dying_worker_broke_is_replaced() -> None:
    async def calls(function: Callable[[], Any]) -> Any:
        async def body(run: Run, payload: Any) -> Any:
            async with Step(run, "a", line=1) as step:
                return step.done(await invoke_in_process(step, function))

        return (await execute_chain(module_of(body), "c", None, Options())).record

    async def main() -> list[str]:
        return [(await calls(function))["status"] for function in (dies, os.getpid)]

    with process_is_fresh():
        assert asyncio.run(main()) == ["error", "ok"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_threads_work_in_a_fork() -> None:
    with process_is_fresh():
        assert record_of({"f": lambda ctx: 1})["result"] == 1
        child = os.fork()
        if child == 0:
            status = 1
            try:
                result = record_of({"f": lambda ctx: 2}, timeout=5)["result"]
                status = 0 if result == 2 else 1
            finally:
                os._exit(status)
        assert os.waitpid(child, 0)[1] == 0


def test_loops_of_many_threads_make_one_registry_of_limiters() -> None:
    barrier = threading.Barrier(8)
    kept: list[tuple[Limiter, Limiter]] = []

    async def main() -> None:
        barrier.wait(5)
        first = llm_limiter(None, 5)
        barrier.wait(5)
        kept.append((first, llm_limiter(None, 5)))

    for _ in range(5):
        with process_is_fresh():
            threads = [
                threading.Thread(target=asyncio.run, args=(main(),)) for _ in range(8)
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
    assert all(first is second for first, second in kept)
    assert len({id(first) for first, _ in kept}) == len(kept) == 40


def test_ten_thousand_steps_at_once() -> None:
    from n3gen.templates.runtime.run.group import Group

    async def body(run: Run, payload: Any) -> int:
        async with Group(run) as group:
            members = [
                group.start(
                    lambda n=n: step(run, "s", sleeping(1, n), is_model_call=True)
                )
                for n in range(10_000)
            ]
        return sum(member.result() for member in members)

    record = run(execute(body, Options(max_concurrent_llm_calls=100))).record
    assert record["result"] == sum(range(10_000))
    assert record["metadata"]["elapsed_ms"] == 100_000
