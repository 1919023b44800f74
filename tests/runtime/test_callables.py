from __future__ import annotations

import asyncio
import functools
import multiprocessing
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import AsyncGenerator, Callable, Generator
from pathlib import Path
from typing import Any

import pytest
from n3gen.templates.runtime.run.callables import (
    Context,
    call_connector,
    connector,
    invoke,
)
from n3gen.templates.runtime.run.chain import Options
from n3gen.templates.runtime.run.execute import execute_chain
from n3gen.templates.runtime.run.process import Limiter
from n3gen.templates.runtime.run.run import Run, Step
from n3gen.templates.runtime.run.started import stream_run
from n3gen.templates.runtime.run.threads import MOST_THREADS, in_thread
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


def test_results_are_copied_once_and_only_where_a_callable_asks_for_them() -> None:
    class Counted(dict[str, Any]):
        copies = 0

        def copy(self) -> dict[str, Any]:
            self.copies += 1
            return {**self}

    async def main() -> None:
        step = Step(Run("c", "specs/c.ai", Limiter(1), {}), "s", line=1)
        step.results = found = Counted(earlier=1)
        context = Context(step, {})
        assert found.copies == 0  # or a thousand steps copy half a million results
        assert context.results == {"earlier": 1}
        found["later"] = 2
        assert (context.results, found.copies) == ({"earlier": 1}, 1)

    run(main())


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


def pairs(count: int) -> Any:
    return zip(range(count), "abc", strict=False)


async def pairs_later(count: int) -> Any:
    return pairs(count)


def test_an_iterator_in_a_process() -> None:
    async def chain(run: Run, payload: Any) -> Any:
        async with Step(run, "a", line=1) as step:
            found = [await invoke_in_process(step, f, 2) for f in (pairs, pairs_later)]
            return step.done(found)

    async def main() -> Any:
        return (await execute_chain(module_of(chain), "c", None, Options())).value()

    with process_is_fresh():
        assert asyncio.run(main()) == [[(0, "a"), (1, "b")]] * 2


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


def stops_late() -> None:
    raise StopAsyncIteration("lost")


def leaves() -> None:
    sys.exit(3)


@pytest.mark.parametrize("call", [invoke, invoke_in_process])
@pytest.mark.parametrize(
    ("function", "told"),
    [
        (stops, "raised StopIteration"),
        (stops_late, "raised StopAsyncIteration: lost"),
        (leaves, "raised SystemExit: 3"),
    ],
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


class TwoArguments(Exception):
    """An error that does not come whole out of a pickle."""

    def __init__(self, what: str, why: str) -> None:
        super().__init__(what)
        self.why = why


class Unread:
    """A result that is pickled, and cannot be read again."""

    def __reduce__(self) -> Any:
        return fails_to_load, ()


def fails_to_load() -> None:
    raise LookupError("not here")


def raises_two_arguments() -> None:
    raise TwoArguments("boom", "why")


def gives_unread() -> Unread:
    return Unread()


def gives_a_lock() -> Any:
    return threading.Lock()


def dies() -> None:
    os._exit(3)


def blocks() -> None:
    time.sleep(600)


async def later() -> str:
    await asyncio.sleep(0)
    return "later"


def two() -> Generator[int, None, None]:
    yield 1
    yield 2


async def async_two() -> AsyncGenerator[int, None]:
    yield 1
    yield 2


async def record_in_process(function: Callable[..., Any], **options: Any) -> Any:
    """The record of a run whose one step is a call in a worker process."""

    async def chain(run: Run, payload: Any) -> Any:
        async with Step(run, "a", line=1) as step:
            return step.done(await invoke_in_process(step, function))

    module = module_of(chain)
    return (await execute_chain(module, "c", None, Options(**options))).record


@pytest.mark.parametrize(
    ("function", "result"), [(later, "later"), (two, [1, 2]), (async_two, [1, 2])]
)
def test_functions_of_every_kind_in_a_process(
    function: Callable[..., Any], result: Any
) -> None:
    with process_is_fresh():
        assert asyncio.run(record_in_process(function))["result"] == result


def unsendable() -> Any:
    return lambda: None


def test_what_cannot_be_sent_to_a_process_and_back_is_told_in_words(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with process_is_fresh():
        sent = asyncio.run(record_in_process(lambda: None))
        assert sent["error"].startswith(
            "Step 'a' failed: CallNotSent: a worker process takes functions that stand"
            " in a module under their names, and values that can be pickled: Can't "
        )
        assert "Traceback" not in caplog.text
        back = asyncio.run(record_in_process(unsendable))
        assert "TypeError: a function as the result cannot be pickled" in back["error"]


def test_a_call_that_goes_wrong_in_a_process_harms_no_other() -> None:
    wrong = {
        raises_two_arguments: "RuntimeError: the function raised TwoArguments: boom",
        gives_unread: "LookupError: not here",
        gives_a_lock: (
            "TypeError: a lock as the result cannot be pickled:"
            " cannot pickle '_thread.lock' object"
        ),
        dies: "RuntimeError: the worker process died with exit code 3",
    }

    async def main() -> list[Any]:
        calls = [record_in_process(function) for function in (*wrong, os.getpid)]
        return await asyncio.gather(*calls)

    with process_is_fresh():
        *failed, fine = asyncio.run(main())
    for record, told in zip(failed, wrong.values(), strict=True):
        assert record["error"] == f"Step 'a' failed: {told} (specs/c.ai:1)"
    assert fine["status"] == "ok"


def test_a_worker_whose_call_is_cut_off_is_ended() -> None:
    async def main() -> Any:
        record = await record_in_process(blocks, timeout=0.1)
        return record, multiprocessing.active_children()

    with process_is_fresh():
        before = set(multiprocessing.active_children())
        record, children = asyncio.run(main())
    for child in set(children) - before:
        # The thread that waits for its answer may be the one that learns of its end.
        ends = time.monotonic() + 10
        while child.exitcode is None and time.monotonic() < ends:
            child.join(0.01)
        assert child.exitcode == -signal.SIGKILL
    assert record["status"] == "timeout"


@pytest.mark.parametrize("call", ["invoke", "invoke_in_process"])
def test_what_blocks_does_not_keep_the_process_alive(call: str, tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(textwrap.dedent(f"""
        import asyncio, time
        from n3gen.templates.runtime.run.callables import invoke
        from n3gen.templates.runtime.run.chain import Options
        from n3gen.templates.runtime.run.execute import execute_chain
        from n3gen.templates.runtime.run.run import Step
        from n3gen.templates.runtime.run.workers import invoke_in_process
        from tests.runtime.chains import module_of

        async def chain(run, payload):
            async with Step(run, "a", line=1) as step:
                return step.done(await {call}(step, time.sleep, 600))

        if __name__ == "__main__":
            run = execute_chain(module_of(chain), "c", None, Options(timeout=0.5))
            print(asyncio.run(run).record["status"])
    """))
    done = subprocess.run(
        [sys.executable, str(tmp_path / "program.py")],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "PYTHONPATH": os.getcwd()},
    )
    assert (done.returncode, done.stdout) == (0, "timeout\n")
    assert "Traceback" not in done.stderr


def test_a_generator_in_a_thread_ends_with_the_call_that_asks_it() -> None:
    begun, gate, closed = (threading.Event() for _ in range(3))
    made: list[int] = []

    def endless(ctx: Context) -> Generator[int, None, None]:
        try:
            for _ in range(1000):
                made.append(len(made))
                yield made[-1]
                begun.set()
                gate.wait()
        finally:
            closed.set()

    async def main() -> None:
        step = Step(Run("c", "specs/c.ai", Limiter(1), {}), "s", line=1)
        call = asyncio.create_task(invoke(step, endless, Context(step, {})))
        await asyncio.to_thread(begun.wait)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        gate.set()
        assert await asyncio.to_thread(closed.wait, 10)

    run(main())
    assert made == [0, 1]


def test_a_thread_that_cannot_start_costs_no_place_for_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def no_thread(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    async def main() -> None:
        with monkeypatch.context() as patched:
            patched.setattr(threading.Thread, "start", no_thread)
            for _ in range(MOST_THREADS + 1):
                with pytest.raises(RuntimeError, match="can't start new thread"):
                    await in_thread(lambda: 1)
        assert await in_thread(lambda: 1) == 1

    asyncio.run(main())
