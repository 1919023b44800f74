"""What lines of stages take, keep and leave: sources of all forms, events, memory."""

from __future__ import annotations

import asyncio
import gc
import sys
import weakref
from collections.abc import AsyncGenerator, Generator, Iterator
from types import ModuleType
from typing import Any

import pytest

from tests.behaviour.test_flow import record_of, result_of, statuses
from tests.building import build, built_text
from tests.clock import run

SOURCE = "n3gen_tests_line"


class Rows:
    """An async iterator that is no generator; `closed` counts what was closed."""

    closed = 0

    def __init__(self, count: int) -> None:
        self.left = count

    def __aiter__(self) -> Rows:
        return self

    async def __anext__(self) -> int:
        await asyncio.sleep(1)
        if not self.left:
            raise StopAsyncIteration
        self.left -= 1
        return self.left

    async def aclose(self) -> None:
        Rows.closed += 1


class Bare:
    """Something with async items, which nobody can close."""

    def __init__(self, count: int) -> None:
        self.rows = Rows(count)

    async def __aiter__(self) -> AsyncGenerator[int, None]:
        async for row in self.rows:
            yield row


@pytest.fixture
def source() -> Iterator[Any]:
    module: Any = ModuleType(SOURCE)

    async def numbers(count: int) -> AsyncGenerator[int, None]:
        for number in range(count):
            await asyncio.sleep(1)
            yield number

    async def opened(count: int) -> Any:
        await asyncio.sleep(1)
        return numbers(count)

    def stops(count: int) -> Generator[int, None, None]:
        yield count
        raise StopAsyncIteration("connection lost")

    for one in (Rows, Bare, numbers, opened, stops):
        setattr(module, one.__name__, one)
    sys.modules[SOURCE] = module
    yield module
    del sys.modules[SOURCE]


LINE = """
    pipeline p:
        stage make(count: int):
            kind: python
            target: n3gen_tests_line:{function}
            with: {{count: "{{{{ count }}}}"}}
            stream: true
        stage work(number: int) -> int:
            target: worker
            stream: true
        stage keep(result: int) -> int:
            target: worker
    """


async def worker(ctx: Any) -> int:
    await asyncio.sleep(2)
    found: int = [*ctx.payload.values()][-1]
    return found


@pytest.mark.parametrize(
    ("function", "made"),
    [("Rows", [2, 1, 0]), ("Bare", [2, 1, 0]), ("opened", [0, 1, 2])],
)
def test_async_items_of_any_form_are_handed_on_one_by_one(
    source: Any, function: str, made: list[int]
) -> None:
    Rows.closed = 0
    module = build(LINE.format(function=function))
    record = record_of(module, {"count": 3}, connectors={"worker": worker})
    assert record["result"] == made, record["error"]
    first = next(s for s in record["steps"] if s["name"] == "work")
    assert first["started_ms"] == (2000 if function == "opened" else 1000)
    assert Rows.closed == (function == "Rows")


def test_an_error_of_a_source_is_not_taken_for_its_end(source: Any) -> None:
    module = build(LINE.format(function="stops"))
    record = record_of(module, {"count": 3}, connectors={"worker": worker})
    assert record["status"] == "error"
    what = "RuntimeError: the function raised StopAsyncIteration: connection lost"
    assert f"Step 'make' failed: {what}" in record["error"]


def test_async_items_are_closed_where_another_stage_fails(source: Any) -> None:
    async def fails(ctx: Any) -> int:
        raise ValueError("no")

    Rows.closed = 0
    module = build(LINE.format(function="Rows"))
    record = record_of(module, {"count": 3}, connectors={"worker": fails})
    assert statuses(record) == {"make": "cancelled", "work[0].work": "error"}
    assert Rows.closed == 1


@pytest.mark.parametrize(("seconds", "stage"), [(2.5, "make"), (6.5, "work")])
def test_a_deadline_is_said_of_the_first_stage_that_it_cuts_off(
    source: Any, seconds: float, stage: str
) -> None:
    module = build(LINE.format(function="numbers"))

    async def main() -> list[dict[str, Any]]:
        work = module.stream_chain(
            "p", {"count": 3}, connectors={"worker": worker}, timeout=seconds
        )
        return [event async for event in work]

    events = run(main())
    assert (events[-1]["event"], events[-1]["stage"]) == ("pipeline:error", stage)
    cut = [e["step"] for e in events if e["event"] == "step_cancelled"]
    assert [path.rpartition(".")[2] for path in cut] == sorted(
        (path.rpartition(".")[2] for path in cut),
        key=["make", "work", "keep"].index,
    )


def test_a_pipeline_that_is_cut_off_inside_a_chain_says_that(source: Any) -> None:
    module = build(LINE.format(function="numbers") + """
    chain c:
        within got: 3s:
            step call:
                kind: chain
                target: p
                payload: {count: 3}
        else:
            step late:
                value: "late"
    """)

    async def main() -> list[dict[str, Any]]:
        work = module.stream_chain("c", connectors={"worker": worker})
        return [event async for event in work]

    events = run(main())
    (cut,) = [event for event in events if event["event"] == "pipeline:error"]
    assert (cut["error"], cut["step"]) == ("cancelled", "call")
    assert cut["duration_ms"] == 3000


def test_values_that_nothing_reads_are_not_kept() -> None:
    class Item:
        pass

    alive: weakref.WeakSet[Item] = weakref.WeakSet()
    most = 0

    async def maker(ctx: Any) -> Item:
        nonlocal most
        item = Item()
        alive.add(item)
        most = max(most, len(alive))
        return item

    text = """
        pipeline p:
            stage make(count: int) -> list[int]:
                value: "{{ range(count) | list }}"
                stream: true
            stage work(number: int):
                target: maker
            stage done(found: any) -> str:
                value: "done"
        """
    assert result_of(build(text), {"count": 9000}, connectors={"maker": maker}) == (
        "done"
    )
    gc.collect()
    # Records of the first and the last of them hold their results, and nothing else.
    assert 2000 <= most < 5000


def test_what_no_stage_takes_is_not_bound() -> None:
    text = built_text("""
        pipeline p:
            stage noted(text: str):
                emit: {text: "{{ text }}"}
            stage pause(unused: any):
                wait: 1s
            stage said(nothing: any):
                value: "{{ nothing is none }}"
        """)
    assert "\n        await _noted(run" in text
    assert "pause = await _pause(run)" in text


@pytest.mark.parametrize("stream", ["stream: true", "description: whole"])
@pytest.mark.parametrize("fails", [True, False])
def test_a_body_reads_the_records_of_its_own_steps(stream: str, fails: bool) -> None:
    async def work(ctx: Any) -> int:
        if fails:
            raise ConnectionError("away")
        return 1

    module = build(f"""
        pipeline p:
            stage make(count: int):
                value: [1]
                {stream}
            stage work(item: any) -> str:
                step called:
                    target: work
                step told:
                    value: "{{{{ steps.called.status }}}}, {{{{ item }}}}"
                on_error:
                    step instead:
                        value: "{{{{ steps.called.error.kind }}}}, {{{{ item }}}}"
            stage all(found: any):
                value: ["{{{{ found }}}}"]
        """)
    (found,) = result_of(module, {"count": 1}, connectors={"work": work})
    said = "connection" if fails else "ok"
    whole = f"{said}, [1]"
    assert found == ([f"{said}, 1"] if stream == "stream: true" else whole)


def test_results_that_only_a_dropped_result_reads_are_not_bound() -> None:
    spec = """
pipeline work:
    stage items(count: int) -> list[str]:
        value: ["a", "b"]
        stream: true
    stage each(item: str) -> str:
        value: "{{ item }}!"
        parallel: 2
    stage last(whole: list[str]):
        do named:
            step kept:
                value: "{{ payload.count }}"
            result: "{{ whole | length }}"
        step done:
            value: fixed
"""
    assert "each = await" not in built_text(spec)
    record = run(build(spec).run_chain("work", {"count": 1}))
    assert record["result"] == "fixed", record["error"]
    read = spec.replace("value: fixed", 'value: "{{ named }}"')
    assert "each = await" in built_text(read)
    record = run(build(read).run_chain("work", {"count": 1}))
    assert str(record["result"]) == "2", record["error"]
