"""Data that callables use up or change, and items that others change between two runs."""

from __future__ import annotations

import asyncio
import csv
import itertools
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from types import ModuleType
from typing import Any

import pytest

from tests.behaviour.test_flow import record_of, result_of
from tests.building import build
from tests.clock import run

SOURCE = "n3gen_tests_jobs"
ROWS = [["a", 1], ["b", 2]]

TWICE = """
chain twice:
    step rows:
        target: rows
    for first: row in rows:
        step one:
            value: "{{ row }}"
    for second: row in rows parallel 2:
        step two:
            value: "{{ row }}"
    result: ["{{ first }}", "{{ second }}"]
"""


class Cursor:
    """An iterator of a class of its own, which can be closed."""

    def __init__(self) -> None:
        self.rows = iter(ROWS)

    def __iter__(self) -> Cursor:
        return self

    def __next__(self) -> Any:
        return next(self.rows)


ITERATORS: dict[str, Callable[[], Any]] = {
    "zip": lambda: map(list, zip("ab", (1, 2), strict=True)),
    "filter": lambda: filter(None, [*ROWS, None]),
    "chain": lambda: itertools.chain(ROWS),
    "slice": lambda: itertools.islice([*ROWS, *ROWS], 2),
    "reader": lambda: csv.reader(["a,1", "b,2"]),
    "cursor": Cursor,
    "generator": lambda: (row for row in ROWS),
}


async def awaited(make: Callable[[], Any]) -> Any:
    await asyncio.sleep(1)
    return make()


@pytest.mark.parametrize("name", ITERATORS)
@pytest.mark.parametrize("is_async", [False, True])
def test_items_of_an_iterator_can_be_read_twice(name: str, is_async: bool) -> None:
    make = ITERATORS[name]

    async def gives(ctx: Any) -> Any:
        return await awaited(make)

    rows = gives if is_async else lambda ctx: make()
    record = record_of(build(TWICE), {}, connectors={"rows": rows})
    wanted = [["a", "1"], ["b", "2"]] if name == "reader" else ROWS
    assert record["result"] == [wanted, wanted]
    assert record["steps"][0]["result"] == wanted


def test_an_iterator_without_end_is_left_at_the_deadline() -> None:
    asked: list[int] = []

    def rows(ctx: Any) -> Any:
        return map(asked.append, itertools.count())

    module = build(TWICE.replace("chain twice:", "chain twice:\n    timeout: 50ms"))
    given = {"rows": rows}
    record = asyncio.run(module.run_chain("twice", {}, connectors=given))
    assert record["status"] == "timeout"
    assert asked


CHANGING = """
chain c:
    step rows:
        target: rows
    for docs: row in rows{how}
        step one:
            target: use_up
            options: {{all: "{{{{ rows }}}}", row: "{{{{ row }}}}"}}
    result: "{{{{ docs }}}}"
"""


@pytest.mark.parametrize(
    "how", [":", " parallel 1:", " parallel 2:", ":\n        batch: 1"]
)
@pytest.mark.parametrize("kind", [list, dict.fromkeys])
def test_a_loop_runs_over_what_was_there_as_it_began(how: str, kind: Any) -> None:
    def use_up(ctx: Any) -> Any:
        row = ctx.options["row"]
        key: str = row[0]  # of a batch, or the only letter
        if isinstance(ctx.options["all"], dict):
            del ctx.options["all"][key]
        else:
            ctx.options["all"].remove(key)
        return key

    given = {"rows": lambda ctx: kind("abcd"), "use_up": use_up}
    found = result_of(build(CHANGING.format(how=how)), {}, connectors=given)
    assert found == ["a", "b", "c", "d"]


FALLBACK = """
chain c:
    input: {{names: "list[str]"}}
    step a:
        target: greedy
        options: {{names: "{{{{ payload.names }}}}", most: {most}}}
        {tries}
    result: ["{{{{ a }}}}", "{{{{ payload.names }}}}"]
"""


@pytest.mark.parametrize("most", ["2", '"{{ payload.names | length }}"'])
@pytest.mark.parametrize("tries", ["retry: 1", "fallback: [modest]"])
def test_the_next_call_has_the_options_as_they_were(most: str, tries: str) -> None:
    calls: list[str] = []

    def greedy(ctx: Any) -> Any:
        calls.append("greedy")
        if len(calls) > 1:
            return modest(ctx)
        ctx.options.pop("most")
        ctx.options["names"].clear()
        raise ValueError("no")

    def modest(ctx: Any) -> Any:
        return [ctx.options["names"], ctx.options["most"]]

    given = {"greedy": greedy, "modest": modest}
    module = build(FALLBACK.format(most=most, tries=tries))
    found = result_of(module, {"names": ["Ada", "Bob"]}, connectors=given)
    assert found == [[["Ada", "Bob"], 2], ["Ada", "Bob"]]


def many_times() -> Any:
    """Data that is in itself 2 ** 200 times."""
    data: Any = [1]
    for _ in range(200):
        data = [data, data]
    return data


def nested() -> Any:
    data: Any = {}
    for _ in range(5000):
        data = {"in": [data]}
    return data


def circular() -> Any:
    data: dict[str, Any] = {}
    data["in"] = [data]
    return data


@pytest.mark.parametrize("make", [many_times, nested, circular])
@pytest.mark.parametrize("tries", ["retry: 1", "fallback: [taking]"])
def test_options_of_any_form_are_as_they_were(
    make: Callable[[], Any], tries: str
) -> None:
    taken: list[Any] = []
    made = make()

    def taking(ctx: Any) -> str:
        taken.append(ctx.options["data"])
        key: Any = 0 if isinstance(taken[-1], list) else "in"
        inner = taken[-1].pop(key)
        inner.clear()
        if len(taken) == 1:
            raise ConnectionError("no")
        return "taken"

    module = build(f"""
        chain c:
            step made:
                target: make
            step a:
                target: take
                options: {{data: "{{{{ made }}}}"}}
                {tries}
            result: "{{{{ a }}}}"
        """)
    given = {"make": lambda ctx: made, "take": taking, "taking": taking}
    assert result_of(module, {}, connectors=given) == "taken"
    assert len(taken) == 2
    assert len(made) == (2 if make is many_times else 1)


@pytest.fixture
def jobs() -> Iterator[list[str]]:
    module: Any = ModuleType(SOURCE)
    left: list[str] = []

    async def take() -> AsyncGenerator[str, None]:
        while left:
            yield left.pop(0)

    module.take = take
    sys.modules[SOURCE] = module
    yield left
    del sys.modules[SOURCE]


async def more(jobs: list[str], *new: str) -> None:
    jobs += new


STREAM = f"""
chain c:
    for docs: job in stream("{SOURCE}:take"){{how}}
        step done:
            target: work
            options: {{{{job: "{{{{{{{{ job }}}}}}}}"}}}}
    step last:
        target: last
    result: "{{{{{{{{ docs }}}}}}}}"
"""


def gone_on(
    module: ModuleType, *, then: Callable[[], Awaitable[Any]]
) -> tuple[Any, list[str]]:
    """The record of a run that goes on from one that failed at its last step, and its work."""
    worked: list[str] = []

    def work(ctx: Any) -> str:
        worked.append(ctx.options["job"])
        return f"done {ctx.options['job']}"

    def last(ctx: Any) -> str:
        if len(failed) == 0:
            failed.append(True)
            raise ValueError("not yet")
        return "last"

    failed: list[bool] = []
    given = {"work": work, "last": last}

    async def both() -> Any:
        first = await module.run_chain("c", {}, connectors=given)
        assert first["status"] == "error"
        await then()
        worked.clear()
        return await module.run_chain("c", {}, connectors=given, resume=first)

    return run(both()), worked


@pytest.mark.parametrize("how", [":", " parallel 2:", ":\n        batch: 1"])
def test_items_of_a_stream_are_not_taken_for_others(how: str, jobs: list[str]) -> None:
    jobs += ["a", "b"]
    text = STREAM.format(how=how)
    record, worked = gone_on(build(text), then=lambda: more(jobs, "c", "d"))
    assert record["status"] == "ok"
    assert len(worked) == 2
    assert "a" not in str(worked) and "d" in str(worked)
    assert record["result"] == [f"done {job}" for job in worked]


def test_rounds_of_a_stream_are_kept_by_their_keys(jobs: list[str]) -> None:
    jobs += ["a", "b"]
    text = STREAM.format(how=" parallel 2:").replace(
        "        step done", "        key: job\n        step done"
    )
    record, worked = gone_on(build(text), then=lambda: more(jobs, "b", "c"))
    assert worked == ["c"]
    assert record["result"] == ["done b", "done c"]


STATE = """
state wanted: list[str] = [a, b]
    scope: {scope}

chain c:
    step seen:
        value: "{{{{ state.wanted | reverse }}}}"
    for docs: job in {items}{how}:
        step done:
            target: work
            options: {{job: "{{{{ job }}}}"}}
    step last:
        target: last
    result: "{{{{ docs }}}}"

chain change:
    step new:
        state: wanted
        set: [c, b]
"""


@pytest.mark.parametrize("how", ["", " parallel 2"])
@pytest.mark.parametrize("items", ["state.wanted", "seen"])
def test_items_of_a_state_that_outlives_its_run_may_be_others(
    how: str, items: str
) -> None:
    module = build(STATE.format(scope="process", items=items, how=how))
    jobs = ["c", "b"] if items == "state.wanted" else ["b", "c"]

    record, worked = gone_on(module, then=lambda: module.run_chain("change", {}))
    assert record["status"] == "ok"
    assert worked == jobs
    assert record["result"] == [f"done {job}" for job in jobs]


def test_items_of_a_state_of_the_run_are_those_of_the_run() -> None:
    module = build(STATE.format(scope="run", items="state.wanted", how=""))
    record, worked = gone_on(module, then=lambda: asyncio.sleep(1))
    assert (record["status"], worked) == ("ok", [])
