"""What stops a run, and what may not keep it from stopping."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import signal
from typing import Any

import pytest
from n3gen.templates.runtime.run.chain import Options
from n3gen.templates.runtime.run.execute import Ended, execute_chain
from n3gen.templates.runtime.run.group import Group
from n3gen.templates.runtime.run.run import Run
from n3gen.templates.runtime.run.started import stream_run

from tests.clock import run
from tests.runtime.chains import execute, failing, module_of, sleeping, step, stubborn


async def swallows() -> str:
    """Takes no notice of being cancelled."""
    with contextlib.suppress(asyncio.CancelledError):
        await asyncio.sleep(50)
    await asyncio.sleep(1)
    return "late"


def outcome(ended: Ended) -> tuple[str, dict[str, str]]:
    record = ended.record
    return record["status"], {s["name"]: s["status"] for s in record["steps"]}


async def swallower_then_another(run: Run, payload: Any) -> Any:
    await step(run, "a", swallows)
    return await step(run, "b", sleeping(100))


def test_no_step_starts_after_the_deadline() -> None:
    steps = ("a", "b")
    ended = run(execute(swallower_then_another, Options(timeout=5), steps=steps))
    assert outcome(ended) == ("timeout", {"a": "ok"})
    assert ended.record["metadata"]["pending"] == ["b"]
    assert ended.record["metadata"]["elapsed_ms"] == 6000


def test_no_step_starts_after_the_caller_has_cancelled() -> None:
    async def main() -> float:
        task = asyncio.create_task(execute(swallower_then_another))
        await asyncio.sleep(2)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return asyncio.get_running_loop().time()

    assert run(main()) == 3


def test_no_follower_starts_in_a_group_that_failed() -> None:
    async def body(run: Run, payload: Any) -> None:
        async with Group(run) as group:
            first = group.start(lambda: step(run, "first", swallows))
            group.start(lambda: step(run, "bad", failing(2, ValueError("no"))))
            group.start(lambda: step(run, "next", sleeping(9)), after=(first,))

    ended = run(execute(body))
    assert outcome(ended) == ("error", {"first": "ok", "bad": "error"})
    assert ended.record["metadata"]["elapsed_ms"] == 3000


def test_a_deadline_that_the_last_step_swallows_is_still_a_deadline() -> None:
    async def body(run: Run, payload: Any) -> Any:
        return await step(run, "a", swallows)

    ended = run(execute(body, Options(timeout=5)))
    assert outcome(ended) == ("timeout", {"a": "ok"})


@pytest.mark.parametrize("in_group", [False, True])
def test_a_cancellation_that_nobody_asked_for_is_the_steps_error(
    in_group: bool,
) -> None:
    async def awaits_what_was_cancelled() -> None:
        other = asyncio.create_task(asyncio.sleep(50))
        await asyncio.sleep(1)
        other.cancel()
        await other

    async def body(run: Run, payload: Any) -> str:
        if not in_group:
            await step(run, "odd", awaits_what_was_cancelled)
        async with Group(run) as group:
            group.start(lambda: step(run, "a", sleeping(1)))
            group.start(lambda: step(run, "odd", awaits_what_was_cancelled))
        return "went on without it"

    ended = run(execute(body))
    assert outcome(ended)[0] == "error"
    message = "Step 'odd' failed: CancelledError (specs/c.ai:7)"
    assert ended.record["error"] == message


def test_a_step_that_cancels_its_own_task_ends_the_run_and_not_the_caller() -> None:
    async def cancels_itself() -> None:
        task = asyncio.current_task()
        assert task is not None
        task.cancel()
        await asyncio.sleep(1)

    async def body(run: Run, payload: Any) -> None:
        await step(run, "odd", cancels_itself)

    ended = run(execute(body))
    assert outcome(ended) == ("error", {"odd": "cancelled"})
    message = "a step cancelled the run that it is part of"
    assert ended.record["error"] == message


def test_odd_base_exceptions_do_not_escape() -> None:
    async def raises() -> None:
        raise BaseException("odd")

    async def body(run: Run, payload: Any) -> None:
        await step(run, "odd", raises)

    assert run(execute(body)).record["status"] == "error"


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(3)])
def test_what_ends_the_program_ends_it(error: BaseException) -> None:
    async def raises() -> None:
        raise error

    async def body(run: Run, payload: Any) -> None:
        await step(run, "odd", raises)

    with pytest.raises(type(error)):
        asyncio.run(execute(body))


def test_a_timeout_around_closing_a_stream_is_not_swallowed() -> None:
    ended: list[str] = []

    async def body(run: Run, payload: Any) -> None:
        await step(run, "slow", stubborn(50, 10, ended))

    async def main() -> None:
        events = stream_run(module_of(body), "c", None, Options())
        await anext(events)
        await anext(events)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(3):
                await events.aclose()
        assert ended == ["cleaned up"]

    run(main())


def test_closing_a_stream_that_nobody_read_does_not_wait_for_room() -> None:
    async def fails_in_clean_up() -> None:
        try:
            await asyncio.sleep(50)
        except asyncio.CancelledError:
            raise ValueError("the clean-up failed") from None

    async def body(run: Run, payload: Any) -> None:
        async with Group(run) as group:
            for number in range(100):
                name = f"s{number}"
                group.start(lambda name=name: step(run, name, fails_in_clean_up))

    async def main() -> float:
        events = stream_run(module_of(body), "c", None, Options())
        await anext(events)
        await asyncio.sleep(1)
        async with asyncio.timeout(5):
            await events.aclose()
        return asyncio.get_running_loop().time()

    assert run(main()) == 1


def test_a_listener_that_just_breaks_off_cancels_the_run() -> None:
    async def body(run: Run, payload: Any) -> None:
        await step(run, "slow", sleeping(50))

    async def main() -> int:
        async for _ in stream_run(module_of(body), "c", None, Options()):
            break
        await asyncio.sleep(1)
        return len(asyncio.all_tasks())

    loop_errors = pytest.raises(AssertionError, match="dropped unclosed")
    with loop_errors:  # the clock counts the generator as dropped, and nothing else
        assert run(main()) == 1


def test_a_callers_task_group_and_timeout() -> None:
    async def body(run: Run, payload: Any) -> str:
        async with Group(run) as group:
            for name in "ab":
                group.start(
                    lambda name=name: step(
                        run, name, sleeping(10), is_model_call=True, timeout=20
                    )
                )
        return "done"

    async def fails() -> None:
        await asyncio.sleep(4)
        raise ValueError("a sibling of the run")

    async def main() -> None:
        module = module_of(body)
        one = Options(max_concurrent_llm_calls=1)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(3):
                await execute_chain(module, "c", None, one)
        with pytest.raises(ExceptionGroup) as raised:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(execute_chain(module, "c", None, one))
                tasks.create_task(fails())
        assert len(raised.value.exceptions) == 1
        assert (await execute_chain(module, "c", None, one)).value() == "done"
        assert module.metrics.runs == {
            "ok": 1,
            "error": 0,
            "timeout": 0,
            "cancelled": 2,
        }

    run(main())


def test_two_loops_beside_each_other_keep_their_paths() -> None:
    from n3gen.templates.runtime.run.rounds import rounds

    async def loop(run: Run, name: str, seconds: float) -> None:
        for item in rounds(run, name, [1, 2]):
            await step(run, f"in_{name}", sleeping(seconds, item))

    async def body(run: Run, payload: Any) -> None:
        async with Group(run) as group:
            group.start(lambda: loop(run, "x", 3))
            group.start(lambda: loop(run, "y", 2))
            a = group.start(lambda: step(run, "a", sleeping(1)))
            group.start(lambda: step(run, "b", sleeping(4)), after=(a,))
        await step(run, "last", sleeping(1))

    steps = run(execute(body)).record["steps"]
    assert sorted(entry.get("path", entry["name"]) for entry in steps) == [
        *("a", "b", "last"),
        *("x[0].in_x", "x[1].in_x", "y[0].in_y", "y[1].in_y"),
    ]


def test_a_cancellation_requested_just_before_the_run_is_raised() -> None:
    async def body(run: Run, payload: Any) -> None:
        await step(run, "a", sleeping(5))

    async def caller() -> None:
        task = asyncio.current_task()
        assert task is not None
        task.cancel()
        await execute(body)

    async def main() -> float:
        task = asyncio.create_task(caller())
        with pytest.raises(asyncio.CancelledError):
            await task
        return asyncio.get_running_loop().time()

    assert run(main()) == 0.0


def test_an_interrupt_during_synchronous_work_just_before_the_run_is_raised() -> None:
    async def body(run: Run, payload: Any) -> None:
        await step(run, "a", sleeping(0))

    async def main() -> None:
        signal.raise_signal(signal.SIGINT)
        await execute(body)

    with pytest.raises(KeyboardInterrupt):
        asyncio.run(main())


@pytest.mark.parametrize("in_group", [False, True])
def test_a_generator_exit_out_of_a_step_fails_the_run(in_group: bool) -> None:
    async def raises() -> None:
        await asyncio.sleep(1)
        raise GeneratorExit

    async def body(run: Run, payload: Any) -> None:
        if not in_group:
            await step(run, "odd", raises)
        async with Group(run) as group:
            group.start(step, run, "a", sleeping(9))
            group.start(step, run, "odd", raises)

    ended = run(execute(body))
    assert ended.record["status"] == "error"
    assert ended.record["error"] == "Step 'odd' failed: GeneratorExit (specs/c.ai:7)"


def test_a_cancelled_step_that_raises_something_else_is_not_reported_as_unretrieved() -> (
    None
):
    async def fails_in_clean_up() -> None:
        try:
            await asyncio.sleep(50)
        finally:
            raise ValueError("the clean-up failed")

    async def body(run: Run, payload: Any) -> None:
        await step(run, "a", fails_in_clean_up)

    async def main() -> None:
        task = asyncio.create_task(execute(body))
        await asyncio.sleep(1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        del task
        gc.collect()

    run(main())  # the clock counts what asyncio reports as unhandled
