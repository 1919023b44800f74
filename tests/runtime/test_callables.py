from __future__ import annotations

import asyncio
import functools
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import AsyncGenerator, Callable
from typing import Any

import pytest
from n3gen.templates.runtime.run.callables import (
    Context,
    call_connector,
    connector,
    invoke,
)
from n3gen.templates.runtime.run.chain import Options
from n3gen.templates.runtime.run.execute import execute_chain, stream_run
from n3gen.templates.runtime.run.run import Run, Step
from n3gen.templates.runtime.run.workers import invoke_in_process, process_context

from tests.building import process_is_fresh
from tests.clock import run
from tests.runtime.chains import module_of


async def body(run: Run, payload: Any) -> Any:
    async with Step(run, "first", line=3) as step:
        step.done(1)
    async with Step(run, "ask", line=4) as step:
        return step.done(await call_connector(step, "f", {"tone": "calm"}))


def result_of(function: Callable[..., Any]) -> Any:
    module = module_of(body, connectors=("f",))
    ended = run(execute_chain(module, "c", {"q": 2}, Options({"f": function})))
    return ended.value()


async def plain(ctx: Context) -> Any:
    assert ctx.deadline is not None
    return (ctx.payload, ctx.results, ctx.options, ctx.step, ctx.chain, len(ctx.run_id))


def in_a_thread(ctx: Context) -> Any:
    return ctx.options["tone"], threading.current_thread().name.partition("_")[0]


async def items(ctx: Context) -> AsyncGenerator[int, None]:
    for item in range(3):
        yield item


def gives_an_awaitable(ctx: Context) -> Any:
    return plain(ctx)


class Callable1:
    async def __call__(self, ctx: Context) -> Any:
        return ctx.options["tone"]

    async def method(self, ctx: Context) -> Any:
        return ctx.options["tone"]

    def sync_method(self, ctx: Context) -> Any:
        return ctx.options["tone"]


def test_a_callable_is_told_what_it_needs() -> None:
    told = ({"q": 2}, {"first": 1, "ask": None}, {"tone": "calm"}, "ask", "c", 16)
    payload, results, *others = result_of(plain)
    assert (payload, *others) == (told[0], *told[2:])
    assert results["first"] == 1


@pytest.mark.parametrize(
    ("function", "result"),
    [
        (in_a_thread, ("calm", "n3gen")),
        (items, [0, 1, 2]),
        (Callable1(), "calm"),
        (Callable1().method, "calm"),
        (Callable1().sync_method, "calm"),
        (lambda ctx: ctx.options["tone"], "calm"),
    ],
)
def test_callables_of_every_kind(function: Callable[..., Any], result: Any) -> None:
    assert result_of(function) == result


def test_partials_and_functions_that_return_awaitables() -> None:
    assert result_of(functools.partial(plain))[3] == "ask"
    assert result_of(gives_an_awaitable)[3] == "ask"


def test_a_sync_callable_does_not_block_the_loop() -> None:
    released = threading.Event()

    def waits(ctx: Context) -> bool:
        asyncio.run_coroutine_threadsafe(release(), ctx.options["loop"]).result(5)
        return released.wait(5)

    async def release() -> None:
        released.set()

    async def chain(run: Run, payload: Any) -> Any:
        async with Step(run, "ask", line=4) as step:
            options = {"loop": asyncio.get_running_loop()}
            return step.done(await call_connector(step, "f", options))

    module = module_of(chain, connectors=("f",))
    ended = asyncio.run(execute_chain(module, "c", None, Options({"f": waits})))
    assert ended.value() is True


def test_many_sync_callables_run_at_once() -> None:
    barrier = threading.Barrier(60)

    async def meet(run: Run, payload: Any) -> int:
        async def one(index: int) -> int:
            async with Step(run, f"s{index}", line=1) as step:
                return int(step.done(await invoke(step, barrier.wait, 5)) >= 0)

        return sum(await asyncio.gather(*(one(index) for index in range(60))))

    module = module_of(meet)
    ended = asyncio.run(execute_chain(module, "c", None, Options(timeout=20)))
    assert ended.value() == 60


def test_items_and_emitted_data_are_progress_even_from_a_thread() -> None:
    def emits(ctx: Context) -> str:
        ctx.emit({"half": True})
        time.sleep(0)
        return "done"

    async def emits_and_waits(ctx: Context) -> str:
        for index in range(100):
            await ctx.emit(index)
        return "done"

    async def progress(function: Callable[..., Any]) -> list[Any]:
        module = module_of(body, connectors=("f",))
        events = stream_run(module, "c", None, Options({"f": function}))
        return [e["data"] async for e in events if e["event"] == "step_progress"]

    assert run(progress(items)) == [0, 1, 2]
    assert run(progress(emits)) == [{"half": True}]
    assert run(progress(emits_and_waits)) == list(range(100))
    assert result_of(emits_and_waits) == "done"


def cpu_bound(number: int, power: int) -> int:
    return number**power


def told_in_a_process(ctx: Any) -> Any:
    return (ctx.payload, ctx.results, ctx.options, ctx.step)


def test_work_in_a_process() -> None:
    async def chain(run: Run, payload: Any) -> Any:
        async with Step(run, "a", line=1) as step:
            step.done(await invoke_in_process(step, cpu_bound, 2, power=10))
        async with Step(run, "b", line=2) as step:
            context = process_context(step, {"x": 1})
            return step.done(await invoke_in_process(step, told_in_a_process, context))

    async def main() -> Any:
        return (await execute_chain(module_of(chain), "c", {"q": 1}, Options())).value()

    with process_is_fresh():
        payload, results, options, name = asyncio.run(main())
    assert (payload, results, options, name) == ({"q": 1}, {"a": 1024}, {"x": 1}, "b")


def test_a_connector_registered_for_the_process_and_one_given_that_wins() -> None:
    with process_is_fresh():

        @connector("f")
        async def registered(ctx: Context) -> str:
            return "registered"

        module = module_of(body, connectors=("f",))
        ended = run(execute_chain(module, "c", None, Options()))
        assert ended.value() == "registered"
        given = Options({"f": lambda ctx: "given"})
        assert run(execute_chain(module, "c", None, given)).value() == "given"


def stops() -> None:
    raise StopIteration


def leaves() -> None:
    sys.exit(3)


@pytest.mark.parametrize("call", [invoke, invoke_in_process])
@pytest.mark.parametrize(
    ("function", "told"),
    [(stops, "raised StopIteration"), (leaves, "raised SystemExit: 3")],
)
def test_what_would_end_more_than_the_call_is_the_steps_error(
    call: Any, function: Callable[[], None], told: str
) -> None:
    async def chain(run: Run, payload: Any) -> Any:
        async with Step(run, "a", line=1) as step:
            return step.done(await call(step, function))

    async def main() -> Any:
        module = module_of(chain)
        return (await execute_chain(module, "c", None, Options(timeout=30))).record

    with process_is_fresh():
        record = asyncio.run(main())
    assert record["status"] == "error"
    assert told in record["error"]


def test_a_thread_that_blocks_does_not_keep_the_process_alive() -> None:
    text = """
        import asyncio, time
        from n3gen.templates.runtime.run.threads import in_thread

        async def main():
            await asyncio.wait_for(in_thread(lambda: time.sleep(600)), 0.1)

        try:
            asyncio.run(main())
        except TimeoutError:
            print("timed out")
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(text)],
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert (done.returncode, done.stdout) == (0, "timed out\n")
