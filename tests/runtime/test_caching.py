"""Results that are kept: who makes them, who waits, for how long, in memory and in files."""

from __future__ import annotations

import asyncio
import logging
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from n3gen.emit.support import support
from n3gen.templates.runtime.answers.typed import validate
from n3gen.templates.runtime.caches.caching import (
    AnswerCache,
    CacheError,
    MemoryCache,
    callable_name,
)
from n3gen.templates.runtime.caches.sqlite_cache import SqliteCache, close_caches
from n3gen.templates.runtime.recovery.failures import ModelError
from n3gen.templates.runtime.run.process import Limiter, process_state
from n3gen.templates.runtime.run.records import StepError, StepTimeout
from n3gen.templates.runtime.run.run import Run, Step
from pydantic import BaseModel

from tests.building import build
from tests.clock import run

Make = Callable[[], Awaitable[Any]]


def new_step(name: str = "s") -> Step:
    return Step(Run("c", "specs/c.ai", Limiter(1), {}), name, line=1)


class Source:
    """Work that counts how often it is done, and fails as told."""

    def __init__(
        self,
        result: Any = "made",
        seconds: float = 1.0,
        failures: tuple[Exception | None, ...] = (),
    ) -> None:
        self.result = result
        self.seconds = seconds
        self.failures = list(failures)
        self.calls = 0
        self.running = 0
        self.peak = 0

    async def __call__(self) -> Any:
        self.calls += 1
        self.running += 1
        self.peak = max(self.peak, self.running)
        try:
            await asyncio.sleep(self.seconds)
            failure = self.failures.pop(0) if self.failures else None
            if failure is not None:
                raise failure
            return self.result
        finally:
            self.running -= 1


class Sentiment(BaseModel):
    label: str
    score: float = 0.5


class Kind:
    """Makes caches of one kind."""

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder

    def __call__(self, name: str = "a", ttl: float | None = None) -> AnswerCache:
        if self.folder is None:
            return MemoryCache(name, ttl=ttl)
        return SqliteCache(name, str(self.folder / "deep" / "answers.db"), ttl=ttl)

    def run(self, work: Awaitable[Any]) -> Any:
        async def main() -> Any:
            try:
                return await work
            finally:
                await close_caches()

        return run(main())


@pytest.fixture(params=["memory", "sqlite"])
def kind(request: pytest.FixtureRequest, tmp_path: Path) -> Kind:
    return Kind(tmp_path if request.param == "sqlite" else None)


def test_the_second_call_is_answered_from_the_cache(kind: Kind) -> None:
    async def main() -> None:
        cache, make = kind(), Source({"a": [1, 2.5, None, True, "ü\ud800"]})
        first, second = new_step(), new_step()
        made = await cache.get_or_make(first, ["x", {"b": 1, "a": 2}], make)
        kept = await cache.get_or_make(second, ["x", {"a": 2, "b": 1}], make)
        assert made == kept == {"a": [1, 2.5, None, True, "ü\ud800"]}
        assert make.calls == 1
        assert (
            first.extras.get("cached", False),
            second.extras.get("cached", False),
        ) == (False, True)
        assert "cached" not in first.record()
        assert second.record().get("cached") is True

    kind.run(main())


def test_other_parts_and_other_names_are_other_results(kind: Kind) -> None:
    async def main() -> None:
        make = Source()
        parts: list[Any] = ["x", "y", 1, "1", 1.0, None, [], {}, ["x"], {"x": "x"}]
        for part in parts:
            await kind().get_or_make(new_step(), part, make)
        assert make.calls == len(parts)
        await kind("b").get_or_make(new_step(), "x", make)
        assert make.calls == len(parts) + 1

    kind.run(main())


def test_no_caller_can_change_what_another_gets(kind: Kind) -> None:
    async def main() -> None:
        cache, make = kind(), Source({"items": [1]})
        results = await asyncio.gather(
            *(cache.get_or_make(new_step(), "k", make) for _ in range(3))
        )
        results[0]["items"].append("changed")
        make.result["items"].append("changed too")
        later = await cache.get_or_make(new_step(), "k", make)
        assert [*results[1:], later] == [{"items": [1]}] * 3

    kind.run(main())


def test_calls_at_once_are_made_once(kind: Kind) -> None:
    async def main() -> None:
        cache, make = kind(), Source()
        steps = [new_step() for _ in range(1000)]
        calls = (cache.get_or_make(step, "k", make) for step in steps)
        assert set(await asyncio.gather(*calls)) == {"made"}
        assert make.calls == 1
        assert [step.extras.get("cached", False) for step in steps] == [False] + [
            True
        ] * 999
        assert asyncio.get_running_loop().time() == 1.0

    kind.run(main())


def test_calls_at_once_of_several_modules_are_made_once(kind: Kind) -> None:
    async def main() -> None:
        make = Source()
        calls = (kind().get_or_make(new_step(), "k", make) for _ in range(5))
        await asyncio.gather(*calls)
        assert make.calls == 1

    kind.run(main())


def test_callers_at_once_share_a_failure_and_later_ones_do_not(kind: Kind) -> None:
    async def main() -> None:
        cache = kind()
        make = Source(failures=(OSError("1"), None))
        calls = [cache.get_or_make(new_step(), "k", make) for _ in range(8)]
        results = await asyncio.gather(*calls, return_exceptions=True)
        assert list(map(str, results)) == ["1"] * 8
        assert await cache.get_or_make(new_step(), "k", make) == "made"
        assert (make.calls, make.peak) == (2, 1)

    kind.run(main())


def test_a_failure_is_not_kept(kind: Kind) -> None:
    async def main() -> None:
        cache, make = kind(), Source(failures=(OSError("no"),))
        with pytest.raises(OSError, match="no"):
            await cache.get_or_make(new_step(), "k", make)
        assert await cache.get_or_make(new_step(), "k", make) == "made"

    kind.run(main())


def test_when_the_one_that_makes_it_is_cancelled_the_next_does(kind: Kind) -> None:
    async def main() -> None:
        cache, make = kind(), Source()
        tasks = [
            asyncio.create_task(cache.get_or_make(new_step(), "k", make))
            for _ in range(3)
        ]
        await asyncio.sleep(0.5)
        tasks[0].cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        assert isinstance(results[0], asyncio.CancelledError)
        assert results[1:] == ["made", "made"]
        assert make.calls == 2
        assert asyncio.get_running_loop().time() == 1.5

    kind.run(main())


OVER = ModelError("the budget is spent", "budget")


def in_called_chain(error: Exception) -> StepError:
    failure = StepError("Step 'a' failed")
    failure.__cause__ = error
    return failure


@pytest.mark.parametrize("failure", [StepTimeout("late"), OVER, in_called_chain(OVER)])
def test_a_limit_of_the_caller_is_not_shared(kind: Kind, failure: Exception) -> None:
    async def main() -> None:
        cache, make = kind(), Source(failures=(failure,))
        calls = [cache.get_or_make(new_step(), "k", make) for _ in range(3)]
        results = await asyncio.gather(*calls, return_exceptions=True)
        assert results == [failure, "made", "made"]
        assert make.calls == 2
        assert not cache.queues()

    kind.run(main())


def test_a_timeout_inside_a_called_chain_is_shared(kind: Kind) -> None:
    async def main() -> None:
        failure = in_called_chain(StepTimeout("late"))
        cache, make = kind(), Source(failures=(failure,))
        calls = [cache.get_or_make(new_step(), "k", make) for _ in range(3)]
        assert await asyncio.gather(*calls, return_exceptions=True) == [failure] * 3
        assert make.calls == 1

    kind.run(main())


def test_callers_of_one_cached_connector_have_timeouts_of_their_own() -> None:
    module = build("""
        connection model:
            api: local
            latency: 100ms
        connector k:
            connection: model
            prompt: Say it.
            cache: 1h
        chain hasty:
            step s: {target: k, timeout: 20ms}
        chain patient:
            step s: {target: k, timeout: 10s}
        """)

    async def main() -> Any:
        names = ("hasty", "patient", "patient")
        return await asyncio.gather(*(module.run_chain(name, {}) for name in names))

    hasty, *others = run(main())
    assert hasty["status"] == "error"
    assert "timed out after 0.02 seconds" in hasty["error"]
    assert [other["status"] for other in others] == ["ok", "ok"]
    assert [other["metadata"]["elapsed_ms"] for other in others] == [120, 120]


def test_one_that_waits_is_cancelled_alone(kind: Kind) -> None:
    async def main() -> None:
        cache, make = kind(), Source()
        tasks = [
            asyncio.create_task(cache.get_or_make(new_step(), "k", make))
            for _ in range(3)
        ]
        await asyncio.sleep(0.5)
        tasks[1].cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        assert isinstance(results[1], asyncio.CancelledError)
        assert (results[0], results[2]) == ("made", "made")
        assert make.calls == 1

    kind.run(main())


def test_a_turn_given_to_a_cancelled_one_goes_on() -> None:
    async def main() -> None:
        cache = MemoryCache("a")
        assert await cache.wait_for_turn("k") is None
        tasks = [asyncio.create_task(cache.wait_for_turn("k")) for _ in range(2)]
        await asyncio.sleep(0)
        cache.pass_turn("k")
        tasks[0].cancel()  # before it has woken up
        results = await asyncio.gather(*tasks, return_exceptions=True)
        assert isinstance(results[0], asyncio.CancelledError)
        assert results[1] is None
        cache.pass_turn("k")
        assert not cache.queues()

    run(main())


def test_all_cancelled_leave_nothing_behind(kind: Kind) -> None:
    async def main() -> None:
        cache, make = kind(), Source()
        tasks = [
            asyncio.create_task(cache.get_or_make(new_step(), "k", make))
            for _ in range(3)
        ]
        await asyncio.sleep(0.5)
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        assert make.running == 0
        assert not cache.queues()
        assert await cache.get_or_make(new_step(), "k", make) == "made"

    kind.run(main())


def test_those_that_wait_hold_no_permit() -> None:
    async def main() -> None:
        cache, limiter = MemoryCache("a"), Limiter(1)
        held: list[int] = []

        async def make() -> str:
            await limiter.acquire()
            await asyncio.sleep(1)
            held.append(limiter.held)
            limiter.release()
            return "made"

        calls = (cache.get_or_make(new_step(), "k", make) for _ in range(10))
        await asyncio.gather(*calls)
        assert held == [1]

    run(main())


def test_memory_keeps_a_result_for_its_time_exactly() -> None:
    async def main() -> None:
        cache, make = MemoryCache("a", ttl=3600.0), Source()
        await cache.get_or_make(new_step(), "k", make)
        await asyncio.sleep(3599.999)
        await cache.get_or_make(new_step(), "k", make)
        assert make.calls == 1
        await asyncio.sleep(0.001)
        await cache.get_or_make(new_step(), "k", make)
        assert make.calls == 2

    run(main())


def test_memory_keeps_what_was_used_last() -> None:
    async def main() -> None:
        cache, make = MemoryCache("a", size=3), Source(seconds=0)
        for key in "abcad":  # a stays as it was used again, b goes
            await cache.get_or_make(new_step(), key, make)
        assert make.calls == 4
        assert len(cache.entries()) == 3
        for key in "acd":
            await cache.get_or_make(new_step(), key, make)
        assert make.calls == 4
        await cache.get_or_make(new_step(), "b", make)
        assert make.calls == 5

    run(main())


@pytest.mark.usefixtures("loop_kind")
def test_memory_outlives_an_event_loop_with_the_usual_clock() -> None:
    make = Source(seconds=0)

    async def main() -> Any:
        cache = MemoryCache("outlives", ttl=60)
        return await cache.get_or_make(new_step(), "k", make)

    try:
        assert [asyncio.run(main()) for _ in range(3)] == ["made"] * 3
        assert make.calls == 1
        assert [run(main()) for _ in range(2)] == ["made"] * 2
        assert make.calls == 3, "a loop with its own clock begins afresh"
    finally:
        process_state()["cached_results"].pop("outlives")


def test_a_file_outlives_the_loop_and_forgets_in_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind, make = Kind(tmp_path), Source(seconds=0)
    path = tmp_path / "deep" / "answers.db"

    def rows() -> int:
        with sqlite3.connect(path) as connection:
            count = connection.execute("SELECT count(*) FROM answers").fetchone()[0]
        connection.close()
        return int(count)

    async def ask(name: str, key: str) -> None:
        await kind(name, 60).get_or_make(new_step(), key, make)

    now = 1_000_000.0
    monkeypatch.setattr(time, "time", lambda: now)
    kind.run(ask("a", "k"))
    kind.run(ask("b", "k"))
    now += 59.5
    kind.run(ask("a", "k"))
    assert make.calls == 2
    now += 0.5
    kind.run(ask("a", "k"))
    assert make.calls == 3
    assert rows() == 2
    now += 60
    kind.run(ask("a", "other"))
    assert rows() == 2, "the old one of `a` is gone, those of `b` are not its own"
    now -= 3600  # the clock was wrong, and is set right
    kind.run(ask("a", "other"))
    assert make.calls == 5


def test_a_file_never_blocks_the_loop(tmp_path: Path) -> None:
    path = tmp_path / "answers.db"

    async def main() -> None:
        cache, make = SqliteCache("a", str(path)), Source(seconds=0)
        await cache.get_or_make(new_step(), "k", make)
        blocker = sqlite3.connect(path, isolation_level=None)
        blocker.execute("BEGIN EXCLUSIVE")
        writing = asyncio.create_task(cache.get_or_make(new_step(), "other", make))
        for _ in range(20):
            await asyncio.sleep(0.001)
        assert not writing.done()
        blocker.execute("COMMIT")
        blocker.close()
        assert await writing == "made"
        await close_caches()

    asyncio.run(main())


@pytest.mark.parametrize("is_typed", [False, True])
@pytest.mark.parametrize(
    "value",
    ["{", "", "nan", "[" * 100_000, b"\xff\xfe", b'"made"\xff'],
)
def test_a_damaged_entry_is_a_miss_and_is_replaced(
    tmp_path: Path, value: Any, is_typed: bool
) -> None:
    path = tmp_path / "answers.db"
    load = partial(validate, type_=str) if is_typed else None

    async def main() -> None:
        make = Source(seconds=0)

        async def get() -> Any:
            step = new_step()
            cache = SqliteCache("a", str(path), ttl=1000)
            found = await cache.get_or_make(step, "k", make, load)
            return found, "cached" in step.extras

        assert await get() == ("made", False)
        for column, damage in (("value", value), ("made", "yesterday")):
            with closing(sqlite3.connect(path, isolation_level=None)) as vandal:
                vandal.execute(f"UPDATE answers SET {column} = ?", (damage,))
            assert await get() == ("made", False)
            assert await get() == ("made", True)
        assert make.calls == 3
        await close_caches()

    run(main())


def test_a_corrupt_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "answers.db"
    path.write_bytes(b"this is no database at all, but quite long" * 100)

    async def main() -> None:
        make = Source()
        for _ in range(2):
            with pytest.raises(
                CacheError, match=r"answers\.db` cannot be used: file is"
            ):
                await SqliteCache("a", str(path)).get_or_make(new_step(), "k", make)
        assert make.calls == 0
        await close_caches()

    run(main())


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    async def main() -> None:
        cache = SqliteCache("a", str(tmp_path / "file" / "answers.db"))
        with pytest.raises(CacheError, match=r"answers\.db` cannot be used"):
            await cache.get_or_make(new_step(), "k", Source())
        await close_caches()

    run(main())


def test_a_result_that_cannot_be_written_is_there_all_the_same(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "answers.db"

    async def main() -> None:
        cache, make = SqliteCache("a", str(path)), Source(seconds=0)
        await cache.get_or_make(new_step(), "k", make)
        with sqlite3.connect(path) as connection:
            connection.execute(
                "CREATE TRIGGER full BEFORE INSERT ON answers"
                " BEGIN SELECT RAISE(FAIL, 'disk is full'); END"
            )
        connection.close()
        with caplog.at_level(logging.WARNING):
            assert await cache.get_or_make(new_step("b"), "other", make) == "made"
        assert "The result of step 'b' is not kept" in caplog.text
        assert "disk is full" in caplog.text
        await close_caches()

    run(main())


WRITER = """
import asyncio, sys
from n3gen.templates.runtime.run.process import Limiter
from n3gen.templates.runtime.run.records import StepError, StepTimeout
from n3gen.templates.runtime.run.run import Run, Step
from n3gen.templates.runtime.caches.sqlite_cache import SqliteCache, close_caches

async def main(path, who):
    cache = SqliteCache("a", path, ttl=60)
    async def make(key):
        return [who, key]
    step = Step(Run("c", "c.ai", Limiter(1), {}), "s", line=1)
    for key in range(100):
        made = await cache.get_or_make(step, key, lambda: make(key))
        assert made[1] == key
        await cache.get_or_make(step, [who, key], lambda: make(key))
    await close_caches()

asyncio.run(main(*sys.argv[1:]))
"""


def test_processes_share_a_file(tmp_path: Path) -> None:
    path = str(tmp_path / "new" / "answers.db")
    command = [sys.executable, "-c", WRITER, path]
    processes = [
        subprocess.Popen([*command, str(n)], stderr=subprocess.PIPE, text=True)
        for n in range(4)
    ]
    for process in processes:
        _, errors = process.communicate(timeout=60)
        assert (process.returncode, errors) == (0, "")
    connection = sqlite3.connect(path)
    assert connection.execute("SELECT count(*) FROM answers").fetchone() == (500,)
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_a_fork_has_its_own_connection(tmp_path: Path) -> None:
    cache = SqliteCache("a", str(tmp_path / "answers.db"))

    async def ask(key: str) -> Any:
        return await cache.get_or_make(new_step(), key, Source(seconds=0))

    async def main() -> int:
        await ask("before")
        child = os.fork()
        if child == 0:
            code = 1
            try:
                asyncio.events._set_running_loop(None)
                assert asyncio.run(ask("before")) == "made"
                assert asyncio.run(ask("in the child")) == "made"
                code = 0
            finally:
                os._exit(code)
        _, status = await asyncio.to_thread(os.waitpid, child, 0)
        step = new_step()
        await cache.get_or_make(step, "in the child", Source())
        assert step.extras.get("cached", False)
        await close_caches()
        return status

    assert asyncio.run(main()) == 0


def test_closing_ends_threads_and_a_closed_cache_opens_again(tmp_path: Path) -> None:
    import threading

    async def main() -> None:
        cache = SqliteCache("a", str(tmp_path / "answers.db"))
        for _ in range(2):
            await cache.get_or_make(new_step(), "k", Source())
            await close_caches()
        await close_caches()

    run(main())
    for thread in threading.enumerate():
        if thread.name.startswith("n3gen-cache"):
            thread.join(timeout=5)
            assert not thread.is_alive()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["answers.db"]


@pytest.mark.parametrize(
    ("result", "told"),
    [
        (object(), "`result` is of type object"),
        ({"a": [1, {2, 3}]}, r"`result\.a\[1\]` is of type set"),
        ({"a": {1: 2}}, r"`result\.a` has a key of type int"),
        (b"bytes", "`result` is of type bytes"),
        (Sentiment(label="good"), "`result` is of type Sentiment"),
    ],
)
def test_what_json_cannot_hold_is_an_error(result: Any, told: str) -> None:
    async def main() -> None:
        cache = MemoryCache("a")
        with pytest.raises(CacheError, match=f"a cached step's result .*{told}"):
            await cache.get_or_make(new_step(), "k", Source(result))
        assert not cache.entries()
        assert not cache.queues()

    run(main())


def deep_data() -> Any:
    data: Any = []
    for _ in range(5000):
        data = [data]
    return data


def circle() -> Any:
    data: list[Any] = []
    data.append(data)
    return data


@pytest.mark.parametrize("data", [deep_data(), circle()], ids=["deep", "circle"])
@pytest.mark.parametrize("of", ["key", "result"])
def test_data_without_a_bound_cannot_be_kept(data: Any, of: str) -> None:
    cache = MemoryCache("answers")
    source = Source(data if of == "result" else "made")

    async def main() -> None:
        what = "a cached step's result" if of == "result" else "a cache's key .*"
        with pytest.raises(CacheError, match=f"{what} .* too deep or holds itself"):
            await cache.get_or_make(new_step(), [data] if of == "key" else [], source)

    run(main())


def test_what_a_key_is_made_of_must_be_plain() -> None:
    async def main() -> None:
        cache = MemoryCache("a")
        with pytest.raises(
            CacheError, match=r"a cache's key .*`key\[0\]` is of type object"
        ):
            await cache.get_or_make(new_step(), [object()], Source())
        make = Source()
        for parts in ([Sentiment(label="good")], [{"label": "good", "score": 0.5}]):
            await cache.get_or_make(new_step(), parts, make)
        assert make.calls == 1

    run(main())


def test_typed_results_come_back_as_their_type(kind: Kind) -> None:
    async def main() -> None:
        def load(value: Any) -> Any:
            return validate(value, dict[str, list[Sentiment]])

        value = {"found": [Sentiment(label="good", score=1), Sentiment(label="bad")]}
        cache, make = kind(), Source(value)
        made = await cache.get_or_make(new_step(), "k", make, load)
        kept = await cache.get_or_make(new_step(), "k", make, load)
        assert made == kept == value
        assert isinstance(kept["found"][0], Sentiment)
        assert made["found"][0] is not kept["found"][0]

    kind.run(main())


def test_a_result_of_a_type_that_has_changed_is_made_again(kind: Kind) -> None:
    async def main() -> None:
        cache = kind()
        await cache.get_or_make(new_step(), "k", Source({"old": 1}))
        step = new_step()
        result = await cache.get_or_make(
            step, "k", Source(Sentiment(label="new")), Sentiment.model_validate
        )
        assert result == Sentiment(label="new")
        assert not step.extras.get("cached", False)

    kind.run(main())


def test_only_a_module_with_a_file_links_sqlite() -> None:
    def used(*names: str) -> frozenset[str]:
        reached = support().closure(names)
        return frozenset[str]().union(*(definition.uses for definition in reached))

    memory, file = used("MemoryCache"), used("SqliteCache", "close_caches")
    assert "sqlite3" not in memory
    assert "sqlite3" in file
    assert not {"httpx", "TypeAdapter"} & (memory | file)


def test_lambdas_of_one_function_are_told_apart() -> None:
    one, other, third = (lambda ctx: 1), (lambda ctx: 2), (lambda ctx: ctx.payload)
    names = {callable_name(found) for found in (one, other, third, partial(one))}
    assert len(names) == 3
    assert callable_name(one) == callable_name(one)
    assert callable_name(len) == "builtins.len"
