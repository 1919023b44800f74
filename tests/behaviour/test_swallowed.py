"""Cancellations that a callable of the user's swallows, on a virtual clock."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncGenerator, Iterator
from types import ModuleType
from typing import Any

import pytest

from tests.behaviour.test_flow import record_of, statuses
from tests.building import build
from tests.clock import run

SOURCE = "n3gen_tests_swallowed"


class Callables:
    """What steps call; `began` says with which option `n`, in order."""

    def __init__(self) -> None:
        self.began: list[int] = []

    async def work(self, ctx: Any) -> Any:
        """Take a second, even if it is cancelled meanwhile."""
        self.began.append(ctx.options.get("n", len(self.began)))
        try:
            await asyncio.sleep(1)
        except asyncio.CancelledError:
            return "swallowed"
        return "worked"

    async def fast(self, ctx: Any) -> str:
        await asyncio.sleep(0.5)
        return "fast"

    async def work_or_fast(self, ctx: Any) -> Any:
        return await (self.fast(ctx) if ctx.options["n"] == 1 else self.work(ctx))

    async def fail(self, ctx: Any) -> None:
        await asyncio.sleep(0.5)
        raise ValueError("no")

    async def numbers(self, ctx: Any) -> AsyncGenerator[int, None]:
        """Make as many as wanted; fail behind as many as are less than none."""
        for number in range(abs(ctx.payload["count"])):
            await asyncio.sleep(0.2)
            yield number
        if ctx.payload["count"] < 0:
            raise ValueError("no more")

    async def grouped(self, ctx: Any) -> str:
        """Deal with a failure in a task group, which may leave its mark on the task."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self.fail(ctx))
        except* ValueError:
            pass
        return "dealt with"

    @property
    def given(self) -> dict[str, Any]:
        names = ("work", "fast", "work_or_fast", "fail", "numbers", "grouped")
        return {name: getattr(self, name) for name in names}


LINE = """
    pipeline p:
        stage make(count: int) -> list[int]:
            target: numbers
            stream: true
            buffer: 1
        stage change(number: int) -> str:
            target: work
            stream: true
            parallel: {workers}
        stage keep(text: str) -> str:
            target: fast
"""


@pytest.fixture(params=[1, 2])
def line(request: Any) -> ModuleType:
    return build(LINE.format(workers=request.param))


def test_stages_end_at_the_deadline(line: ModuleType) -> None:
    record = record_of(line, {"count": 5}, connectors=Callables().given, timeout=0.7)
    assert record["status"] == "timeout"
    assert record["metadata"]["elapsed_ms"] == 700


def test_the_failure_of_a_source_ends_its_stages(line: ModuleType) -> None:
    record = record_of(line, {"count": -3}, connectors=Callables().given, timeout=9)
    assert record["error"] == "Step 'make' failed: ValueError: no more (specs/x.ai:3)"


def test_stages_end_when_their_caller_is_cancelled(line: ModuleType) -> None:
    async def main() -> float:
        given = Callables().given
        task = asyncio.create_task(
            line.run_chain("p", {"count": 5}, connectors=given, timeout=9)
        )
        await asyncio.sleep(0.7)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return asyncio.get_running_loop().time()

    assert run(main()) == 0.7


def ended(text: str, **options: Any) -> tuple[Any, list[int]]:
    """Run a chain; return its record, and what `work` began with."""
    called = Callables()
    record = record_of(build(text), {}, connectors=called.given, **options)
    return record, called.began


def test_no_round_begins_beside_one_that_failed() -> None:
    record, began = ended("""
        chain c:
            for rounds: n in range(20) parallel 2:
                if n == 1:
                    step bad:
                        target: fail
                step x:
                    target: work
                    options: {n: "{{ n }}"}
        """)
    assert record["error"].startswith("Step 'rounds[1].bad' failed: ValueError: no")
    assert began == [0]


def test_no_round_begins_once_one_was_enough() -> None:
    record, began = ended("""
        chain c:
            for rounds: n in range(20) parallel 2:
                until: x == "fast"
                step x:
                    target: work_or_fast
                    options: {n: "{{ n }}"}
            result: "{{ rounds }}"
        """)
    assert (record["result"], began) == (["fast"], [0])


TWO = """
        step y1:
            target: work
            options: {n: 1}
        step y2:
            target: work
            options: {n: 2}
"""


@pytest.mark.parametrize("block", ["parallel", "race"])
def test_no_step_begins_beside_a_failure_or_a_winner(block: str) -> None:
    target = "fail" if block == "parallel" else "fast"
    two = TWO.replace("\n", "\n    ")
    record, began = ended(f"""
chain c:
    {block} both:
        step x:
            target: {target}
        do y:{two}
    result: "{{{{ both }}}}"
""")
    assert began == [1]
    assert record["status"] == ("error" if block == "parallel" else "ok")
    assert record["metadata"]["elapsed_ms"] == 500


def test_what_a_step_cancels_gives_nothing() -> None:
    record, began = ended(f"""
chain c:
    do beside:
        background: true{TWO}
    step x:
        target: fast
    step k:
        cancel: beside
    result: "{{{{ beside | default('none') }}}}"
""")
    assert (record["result"], began) == ("none", [1])


def test_a_body_does_not_wait_for_what_failed_beside_it() -> None:
    record, began = ended("""
        chain c:
            step beside:
                background: true
                target: fail
            step x:
                target: work
            step y:
                target: work
                options: {n: 9, beside: "{{ beside }}"}
        """)
    assert record["error"].startswith("Step 'beside' failed: ValueError: no")
    assert (began, record["metadata"]["elapsed_ms"]) == ([0], 500)


@pytest.mark.parametrize("in_member", [False, True])
def test_no_step_begins_once_a_block_is_late(in_member: bool) -> None:
    late = f"""
within w: 500ms:{TWO}else:
    step z:
        value: "late"
"""
    around = ("chain c:",) + ("    parallel both:",) * in_member
    indented = late.replace("\n", "\n    " + "    " * in_member)
    record, began = ended("\n".join(around) + indented)
    assert record["status"] == "ok", record["error"]
    assert began == [1]
    assert statuses(record)["z"] == "ok"


def test_no_step_begins_once_the_step_around_is_late() -> None:
    called = Callables()
    module = build(f"""
chain c:
    for rounds: n in range(2) parallel 2:
        step s:
            kind: chain
            target: inner
            timeout: 500ms
            on_error:
                step z:
                    value: "late"
    result: "{{{{ rounds }}}}"
chain inner:{TWO}
""")
    record = run(module.run_chain("c", {}, connectors=called.given))
    assert record["result"] == ["late", "late"], record["error"]
    assert called.began == [1, 1]


def test_what_comes_last_runs_all_the_same() -> None:
    record, began = ended("""
        chain c:
            parallel both:
                step x:
                    target: fail
                do y:
                    step y1:
                        target: work
                        options: {n: 1}
                    step y2:
                        target: work
                        options: {n: 2}
                    finally:
                        step z1:
                            target: work
                            options: {n: 3}
                        step z2:
                            target: work
                            options: {n: 4}
        """)
    assert began == [1, 3, 4]
    assert statuses(record)["z2"] == "ok"


@pytest.fixture
def endless() -> Iterator[list[int]]:
    """What a generator has made that swallows one cancellation."""
    module: Any = ModuleType(SOURCE)
    made: list[int] = []

    async def numbers(*_: Any) -> AsyncGenerator[int, None]:
        while True:
            try:
                await asyncio.sleep(2 if made else 0.1)
            except asyncio.CancelledError:
                made.append(-1)
            made.append(len(made))
            yield made[-1]

    module.numbers = numbers
    sys.modules[SOURCE] = module
    yield made
    del sys.modules[SOURCE]


def test_a_step_that_collects_without_end_stops(endless: list[int]) -> None:
    record, _ = ended(f"""
        chain c:
            parallel both:
                step x:
                    target: fail
                step y:
                    kind: python
                    target: {SOURCE}:numbers
        """)
    assert record["error"].startswith("Step 'x' failed: ValueError: no")
    assert endless == [0, -1, 2]


def test_a_loop_over_what_never_ends_stops(endless: list[int]) -> None:
    record, began = ended(f"""
        chain c:
            parallel both:
                step x:
                    target: fail
                for y: n in stream("{SOURCE}:numbers"):
                    step y1:
                        value: "{{{{ n }}}}"
        """)
    assert record["error"].startswith("Step 'x' failed: ValueError: no")
    assert endless == [0, -1, 2]
    assert not began


@pytest.mark.parametrize("parallel", [True, False])
def test_work_goes_on_after_a_task_group_that_failed(parallel: bool) -> None:
    record, began = ended(
        """
        chain c:
            parallel both:
                do y:
                    step y1:
                        target: grouped
                    step y2:
                        target: work
                        options: {n: 2}
                step x:
                    target: work
                    options: {n: 1}
            step next:
                target: grouped
            step last:
                target: grouped
        """,
        parallel=parallel,
    )
    assert record["status"] == "ok", record["error"]
    assert sorted(began) == [1, 2]


@pytest.mark.parametrize(
    ("keys", "found"),
    [
        ("retry: {max: 2, delay: 1s}", ["grouped", "failed", "failed", "failed"]),
        ("on_error: skip", ["grouped", "failed", "ok"]),
        ("on_error: continue", ["grouped", "failed", "ok"]),
        (
            "on_error: [{on_error: any, steps: [{name: mended, value: 1}]}]",
            ["grouped", "failed", "ok"],
        ),
    ],
)
def test_a_mark_of_a_task_group_keeps_no_later_step_from_recovery(
    keys: str, found: list[str]
) -> None:
    given = Callables()
    began: list[str] = []

    async def grouped(ctx: Any) -> str:
        began.append("grouped")
        return await given.grouped(ctx)

    async def fails(ctx: Any) -> None:
        began.append("failed")
        raise ValueError("no")

    async def last(ctx: Any) -> None:
        began.append("ok")

    text = f"""
        chains:
          c:
            steps:
              - {{name: a, target: grouped}}
              - {{name: b, target: fails, {keys}}}
              - {{name: d, target: last}}
    """
    connectors = {"grouped": grouped, "fails": fails, "last": last}
    record = record_of(build(text, "specs/x.yaml"), connectors=connectors)
    assert began == found, record["error"]
    assert record["status"] == ("ok" if "ok" in found else "error")
