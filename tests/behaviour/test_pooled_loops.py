"""`for ... parallel N` and what else a pool runs, on a virtual clock."""

from __future__ import annotations

import asyncio
import logging
import sys
import threading
import time
from collections.abc import AsyncGenerator, Generator, Iterator
from types import ModuleType
from typing import Any

import pytest

from tests.behaviour.test_flow import record_of, result_of, slow, statuses
from tests.building import build
from tests.clock import run

SOURCE = "n3gen_tests_source"


@pytest.fixture
def source() -> Iterator[ModuleType]:
    """A module that streams can name; `asked` and `closed` say what became of them."""
    module: Any = ModuleType(SOURCE)
    module.asked, module.closed = [], []

    async def items(count: int = 5, seconds: float = 0) -> AsyncGenerator[int, None]:
        try:
            for number in range(count):
                module.asked.append(number)
                await asyncio.sleep(seconds)
                yield number
        finally:
            module.closed.append("items")

    def rows(count: int = 5, pause: float = 0) -> Generator[int, None, None]:
        try:
            for number in range(count):
                module.asked.append(threading.current_thread().name)
                time.sleep(pause)
                yield number
        finally:
            module.closed.append("rows")

    def breaks() -> Generator[int, None, None]:
        yield 1
        raise OSError("the file ended")

    def stops() -> Generator[int, None, None]:
        yield 1
        raise StopAsyncIteration("connection lost")

    for one in (items, rows, breaks, stops):
        setattr(module, one.__name__, one)
    sys.modules[SOURCE] = module
    yield module
    del sys.modules[SOURCE]


POOLED = """
    chain c:
        for docs: doc in payload parallel {workers}:
            {keys}
            step one:
                target: one
                options: {{doc: "{{{{ doc }}}}"}}
        result: "{{{{ docs }}}}"
    """


def pooled(workers: str = "2", keys: str = "description: none") -> ModuleType:
    keys = keys.replace("\n", "\n            ")
    return build(POOLED.format(workers=workers, keys=keys))


async def one(ctx: Any) -> Any:
    """Take as many seconds as the item says; fail for a negative one."""
    doc = ctx.options["doc"]
    seconds = doc["s"] if isinstance(doc, dict) else doc
    await asyncio.sleep(abs(seconds))
    if seconds < 0:
        raise ConnectionError(f"no {seconds}")
    return seconds


ONE = {"one": one, "slow": slow}


@pytest.mark.parametrize("parallel", [True, False])
def test_results_are_in_the_order_of_the_items(parallel: bool) -> None:
    record = record_of(pooled(), [5, 1, 2, 3], connectors=ONE, parallel=parallel)
    assert record["result"] == [5, 1, 2, 3], record["error"]
    assert record["metadata"]["elapsed_ms"] == 6000
    assert set(statuses(record)) == {f"docs[{n}].one" for n in range(4)}


def test_nothing_to_do_skips_the_steps() -> None:
    record = record_of(pooled(), [], connectors=ONE)
    assert record["result"] == []
    assert statuses(record) == {"one": "skipped"}


@pytest.mark.parametrize("items", [{"a": 1}, (1, 2), {3}, range(2)])
def test_any_iterable(items: Any) -> None:
    async def give(ctx: Any) -> Any:
        return ctx.options["doc"]

    assert result_of(pooled(), items, connectors={"one": give}) == list(items)


@pytest.mark.parametrize("items", ["text", None, 3])
def test_what_has_no_rounds(items: Any) -> None:
    record = record_of(pooled(), items, connectors=ONE)
    assert "Chain 'c' failed in `for`" in record["error"]
    assert "`for` needs a list" in record["error"]


def test_without_a_number_as_many_as_model_calls() -> None:
    module = pooled(workers="")
    record = record_of(module, [1] * 9, connectors=ONE, max_concurrent_llm_calls=3)
    assert record["metadata"]["elapsed_ms"] == 3000
    record_of(module, [1], connectors=ONE, max_concurrent_llm_calls=50)


def test_a_failure_cancels_the_other_rounds() -> None:
    record = record_of(pooled(), [9, -1, 1], connectors=ONE)
    assert record["status"] == "error"
    assert statuses(record) == {"docs[0].one": "cancelled", "docs[1].one": "error"}
    assert record["metadata"]["elapsed_ms"] == 1000


def test_a_failed_round_leaves_its_error_record() -> None:
    module = pooled(keys="on_error: continue")
    record = record_of(module, [2, -1, 1], connectors=ONE)
    failed = {
        "kind": "connection",
        "message": "ConnectionError: no -1",
        "status": None,
        "step": "docs[1].one",
    }
    assert record["result"] == [2, failed, 1], record["error"]


def test_keys_name_rounds() -> None:
    module = pooled(keys="key: doc.id")
    record = record_of(module, [{"s": 1, "id": "a"}, {"s": 2, "id": 7}], connectors=ONE)
    assert statuses(record) == {"docs[a].one": "ok", "docs[7].one": "ok"}
    record = record_of(module, [{"s": 1}], connectors=ONE)
    assert "Chain 'c' failed in `key`" in record["error"]


def test_a_key_that_two_rounds_have_is_told_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    ids = ["a", "b", "a", "a", "b"]
    with caplog.at_level(logging.WARNING, "n3gen.c"):
        record = record_of(
            pooled(keys="key: doc.id"),
            [{"s": 1, "id": one} for one in ids],
            connectors=ONE,
        )
    assert record["status"] == "ok"
    told = "their steps have the same paths, and `resume` keeps none of them"
    assert caplog.messages == [f"Several rounds of 'docs' have the key 'a': {told}"]


def test_until_cancels_the_rest() -> None:
    module = pooled(workers="3", keys="until: one == 2")
    record = record_of(module, [9, 1, 2, 4, 4], connectors=ONE)
    assert record["result"] == [1, 2], record["error"]
    found = statuses(record)
    assert found["docs[0].one"] == found["docs[3].one"] == "cancelled"
    assert record["metadata"]["elapsed_ms"] == 2000


def test_batches() -> None:
    async def give(ctx: Any) -> Any:
        return ctx.options["doc"]

    module = pooled(keys="batch: 2")
    result = result_of(module, range(5), connectors={"one": give})
    assert result == [[0, 1], [2, 3], [4]]


def test_a_share_is_of_all_items_where_the_loop_ends_early() -> None:
    record = record_of(build("""
        chain c:
            for found: x in [1, 2, 3, 4]:
                tolerate: 25%
                until: x == 2
                step asked:
                    fail: "no"
                    when: x == 1
                step given:
                    value: "{{ x }}"
            result: "{{ found }}"
        """))
    assert record["status"] == "ok", record["error"]
    assert record["result"][1:] == [2]
    assert record["result"][0]["kind"] == "failed"


@pytest.mark.parametrize(
    ("tolerated", "failures", "status"),
    [("1", 1, "ok"), ("1", 2, "error"), ("20%", 2, "ok"), ("20%", 3, "error")],
)
def test_tolerated_failures(tolerated: str, failures: int, status: str) -> None:
    items = [-1] * failures + [1] * (10 - failures)
    module = pooled(keys=f"tolerate: {tolerated}")
    record = record_of(module, items, connectors=ONE)
    assert record["status"] == status, record["error"]
    if status == "error":
        assert "rounds failed" in record["error"]
        assert f"{tolerated} are tolerated" in record["error"] or "%" in tolerated
        assert len(record["steps"]) < 10
    else:
        assert record["result"][failures:] == [1] * (10 - failures)


def test_a_loop_of_which_too_many_rounds_fail_leaves_no_value() -> None:
    record = record_of(build("""
        chain c:
            for found: pair in [1, 2, 3, 4, 5, 6] parallel 2:
                batch: 2
                tolerate: 40%
                step asked:
                    fail: "no"
                    when: pair[0] > 1
            on_error as error:
                step told:
                    value: "{{ found | default('nothing') }}: {{ error.message }}"
        """))
    assert record["status"] == "ok", record["error"]
    assert record["result"] == (
        "nothing: TooManyFailures: 2 of 3 rounds failed, 40% are tolerated"
    )


STREAMED = """
    chain c:
        for docs: n in stream("n3gen_tests_source:{function}", {arguments}) parallel 2:
            {keys}
            step one:
                target: one
                options: {{doc: "{{{{ n }}}}"}}
        result: "{{{{ docs }}}}"
    """


def streamed(
    function: str, arguments: str, keys: str = "description: none"
) -> ModuleType:
    return build(STREAMED.format(function=function, arguments=arguments, keys=keys))


@pytest.mark.parametrize("function", ["items", "rows"])
def test_streams(source: Any, function: str) -> None:
    module = streamed(function, "count=payload.count")
    result = result_of(module, {"count": 4}, connectors=ONE)
    assert result == [0, 1, 2, 3]
    assert source.closed == [function]
    if function == "rows":
        assert set(source.asked) == {"n3gen"}


def test_a_source_is_asked_only_when_a_worker_is_free(source: Any) -> None:
    seen: list[int] = []

    async def slowly(ctx: Any) -> None:
        await asyncio.sleep(10)
        seen.append(len(source.asked))

    record = record_of(streamed("items", "count=6"), connectors={"one": slowly})
    assert record["status"] == "ok", record["error"]
    assert seen == [2, 3, 4, 5, 6, 6]


@pytest.mark.parametrize(
    ("timeout", "error"), [(3, "timed out after 3 seconds"), (None, "no -1")]
)
@pytest.mark.parametrize("function", ["items", "rows"])
def test_a_stream_is_closed_whatever_ends_the_loop(
    source: Any, function: str, timeout: float | None, error: str
) -> None:
    async def fails(ctx: Any) -> None:
        await asyncio.sleep(5)
        raise ConnectionError("no -1")

    module = streamed(function, "count=100")
    record = record_of(module, connectors={"one": fails}, timeout=timeout)
    assert error in record["error"]
    assert source.closed == [function]


def test_a_stream_that_breaks_names_the_loop(source: Any) -> None:
    record = record_of(streamed("breaks", ""), connectors=ONE)
    assert "Chain 'c' failed in `for`: OSError: the file ended" in record["error"]


@pytest.mark.parametrize("parallel", [" parallel 2", ""])
def test_an_error_of_a_stream_is_not_taken_for_its_end(
    source: Any, parallel: str
) -> None:
    spec = STREAMED.replace(" parallel 2", parallel)
    module = build(spec.format(function="stops", arguments="", keys="description: x"))
    record = record_of(module, connectors=ONE)
    assert record["status"] == "error"
    what = "the function raised StopAsyncIteration: connection lost"
    assert f"Chain 'c' failed in `for`: RuntimeError: {what}" in record["error"]


def test_a_streamed_batch(source: Any) -> None:
    async def give(ctx: Any) -> Any:
        return ctx.options["doc"]

    module = streamed("items", "count=5", "batch: 2")
    result = result_of(module, connectors={"one": give})
    assert result == [[0, 1], [2, 3], [4]]


def test_the_callers_cancellation_ends_all_rounds(source: Any) -> None:
    module = streamed("items", "count=100")

    async def main() -> float:
        task = asyncio.ensure_future(module.run_chain("c", connectors=ONE))
        await asyncio.sleep(2)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return asyncio.get_running_loop().time()

    assert run(main()) == 2.0
    assert source.closed == ["items"]


def test_pools_in_pools_keep_their_paths() -> None:
    module = build("""
        chain c:
            for outer: row in payload parallel 2:
                for inner: cell in row parallel 2:
                    step one:
                        target: slow
                        options: {give: "{{ cell }}", seconds: "{{ cell }}"}
                step last:
                    value: "{{ inner }}"
            result: "{{ outer }}"
        """)
    record = record_of(module, [[1, 2], [3]])
    assert record["result"] == [[1, 2], [3]], record["error"]
    paths = set(statuses(record))
    assert {"outer[0].inner[1].one", "outer[1].inner[0].one", "outer[1].last"} <= paths


def test_records_of_many_rounds_are_dropped_and_counted() -> None:
    module = build("""
        chain c:
            for docs: n in range(9000) parallel 9:
                on_error: continue
                step one:
                    value: "{{ 1 / (n - 8999) }}"
            result: "{{ docs | length }}"
        """)
    record = record_of(module)
    assert record["result"] == 9000
    dropped = record["metadata"]["dropped_steps"]
    assert len(record["steps"]) + dropped == 9000
    assert 2000 <= len(record["steps"]) <= 2260
    kept = [step["path"] for step in record["steps"]]
    assert kept[:2000] == [f"docs[{n}].one" for n in range(2000)]
    assert record["steps"][-1]["status"] == "error"


def test_what_is_under_way_or_failed_is_kept_among_many_rounds() -> None:
    module = build("""
        chain inner:
            for parts: n in range(3000) parallel 2:
                step part:
                    value: "{{ n }}"
            result: "{{ parts | length }}"
        chain c:
            for docs: n in range(6000) parallel 9:
                on_error: continue
                step one:
                    target: slow
                    options: {seconds: "{{ 9000 if n == 7 else 1 }}"}
                step two:
                    value: "{{ 1 / (n % 1000) }}"
                step three:
                    when: n == 5999
                    kind: chain
                    target: inner
            result: "{{ docs | length }}"
        """)
    made = module.run_chain("c", None, connectors={"slow": slow}, timeout=90_000)
    record = run(made)
    assert record["result"] == 6000, record["error"]
    steps = {step["path"]: step for step in record["steps"]}
    assert len(steps) + record["metadata"]["dropped_steps"] == 3 * 6000 - 6 + 3000
    failed = [f"docs[{n}].two" for n in range(0, 6000, 1000)]
    assert {path for path in steps if steps[path]["status"] == "error"} == {*failed}
    assert steps["docs[7].one"]["elapsed_ms"] == 9_000_000
