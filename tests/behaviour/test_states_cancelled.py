"""Changes of states that are cut off wherever they wait, and numbers that are none."""

from __future__ import annotations

import asyncio
import math
import random
import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.behaviour.test_states import result
from tests.behaviour.test_states_in_postgres import (
    fixture_address,
    fixture_server,
    psycopg,
)
from tests.building import build, process_is_fresh
from tests.clock import run
from tests.runtime.cancelled import CutOff

__all__ = ["fixture_address", "fixture_server"]

MOVE = """
    connection models: {api: local}
    state left: int = 1000
        scope: SCOPE
        by: payload.of | default("all")
    state right: int = 0
        scope: SCOPE
    state said: list[any]
        scope: SCOPE
        keep: 4
    state pair: dict
        scope: SCOPE
    chain move:
        step take: {state: left, update: "{{ value - 1 }}"}
        step note: {state: pair, set: {a: "{{ take }}", b: "{{ take }}"}}
        step seen: {value: "{{ state.left }} {{ state.pair.a }}"}
        step ask: {prompt: "{{ seen }}", remember: said, retry: 2}
        step give: {state: right, update: "{{ value + 1 }}"}
        parallel both:
            step one: {state: pair, key: one, set: "{{ give }}"}
            step two: {state: pair, key: two, append: "{{ give }}"}
    chain seen:
        step all:
            value: ["{{ state.left }}", "{{ state.right }}", "{{ state.said | length }}", "{{ state.pair }}"]
    """


@pytest.fixture(autouse=True)
def fixture_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("N3GEN_STATE", raising=False)
    with process_is_fresh():
        yield


def cut_off_everywhere(module: ModuleType) -> int:
    """Cut off a run at each of its waits, until one gets through; return how many."""

    async def is_cut_off(at: int) -> bool:
        try:
            record = await CutOff(
                module.run_chain("move", {}, parallel=True), at
            ).outcome()
        except asyncio.CancelledError:
            return True
        finally:
            await whole(module)
            await module.aclose()
        assert record["status"] == "ok", record["error"]
        return False

    return next(at for at in range(400) if not run(is_cut_off(at + 1)))


async def whole(module: ModuleType) -> None:
    """Hold that a run left no lock behind, and nothing that is half written."""
    async with asyncio.timeout(20):
        left, right, said, pair = await module.seen()
        assert right <= 1000 - left
        assert said % 2 == 0
        assert pair.get("a") == pair.get("b")
        again = await module.run_chain("move", {}, parallel=True)
        assert again["status"] == "ok", again["error"]
        assert (await module.seen())[:2] == [left - 1, right + 1]


def threads_of_states() -> list[str]:
    """Return the threads of stores that do not end."""
    threads = [
        one for one in threading.enumerate() if one.name.startswith("n3gen-state")
    ]
    for one in threads:
        one.join(20)
    return [one.name for one in threads if one.is_alive()]


@pytest.mark.parametrize(("scope", "waits"), [("process", 3), ("stored", 12)])
def test_a_run_that_is_cut_off_wherever_it_waits(scope: str, waits: int) -> None:
    module = build(MOVE.replace("SCOPE", scope))
    assert cut_off_everywhere(module) == waits
    assert not threads_of_states()


def test_a_run_that_is_cut_off_wherever_it_waits_for_postgres(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("N3GEN_STATE", address)
    assert cut_off_everywhere(build(MOVE.replace("SCOPE", "stored"))) == 12
    assert not threads_of_states()
    with psycopg.connect(address) as connection:
        query = "SELECT count(*) FROM pg_locks WHERE relation = 'n3gen_state'::regclass"
        assert connection.execute(query).fetchone() == (0,)


def test_a_change_that_is_cut_off_waits_for_no_file(tmp_path: Path) -> None:
    module = build(MOVE.replace("SCOPE", "stored"))

    async def main() -> None:
        await module.run_chain("move", {})
        other = sqlite3.connect("n3gen_state.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        began = time.monotonic()
        for _ in range(3):
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(module.run_chain("move", {}), 0.1)
        await module.aclose()  # while the other one still has the file
        assert time.monotonic() - began < 10
        assert not threads_of_states()
        other.execute("COMMIT")
        other.close()
        await whole(module)
        await module.aclose()

    asyncio.run(main())


COUNTED = """
    state total: int = 0
        scope: stored
    chain one:
        step add: {state: total, update: "{{ value + 1 }}"}
        step then: {wait: 10ms}
    chain many:
        for i in range(30) parallel 30:
            on_error: continue
            step add: {state: total, update: "{{ value + 1 }}", timeout: 6ms}
    chain seen:
        step all: {value: "{{ state.total }}"}
    """


def statuses(record: Any) -> list[str]:
    """Return how the changes of a run have ended."""
    return [step["status"] for step in record["steps"] if step["name"] == "add"]


async def cut_off_by_its_handle(module: ModuleType, seconds: float) -> Any:
    handle = module.start_chain("one")
    await asyncio.sleep(seconds)
    return await handle.cancel()


async def cut_off_by_its_deadline(module: ModuleType, seconds: float) -> Any:
    return await module.run_chain("one", timeout=seconds)


async def cut_off_by_their_timeouts(module: ModuleType, seconds: float) -> Any:
    await asyncio.sleep(seconds)
    return await module.run_chain("many")


@pytest.mark.parametrize(
    ("cut_off", "times"),
    [
        (cut_off_by_its_handle, 150),
        (cut_off_by_its_deadline, 150),
        (cut_off_by_their_timeouts, 6),
    ],
)
@pytest.mark.parametrize("stored_in", ["sqlite", "postgres"])
def test_a_step_is_ok_exactly_where_its_change_is_made(
    cut_off: Any,
    times: int,
    stored_in: str,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> None:
    if stored_in == "postgres":
        monkeypatch.setenv("N3GEN_STATE", request.getfixturevalue("address"))
    module = build(COUNTED)
    draw = random.Random(1)

    async def main() -> None:
        total = len(statuses(await module.run_chain("one")))
        for _ in range(times):
            record = await cut_off(module, 0.0003 + draw.random() * 0.003)
            total += statuses(record).count("ok")
            assert await module.seen() == total
        assert total > 1, "runs that are cut off have made changes"
        await module.aclose()

    asyncio.run(main())


def test_a_run_that_is_cut_off_and_goes_on_counts_once() -> None:
    module = build(COUNTED)
    draw = random.Random(2)

    async def main() -> None:
        for count in range(1, 101):
            seconds = 0.0003 + draw.random() * 0.003
            record = await cut_off_by_its_deadline(module, seconds)
            record = await module.run_chain("one", resume=record)
            assert record["status"] == "ok"
            assert await module.seen() == count
        await module.aclose()

    asyncio.run(main())


@pytest.mark.parametrize("scope", ["run", "process", "stored"])
def test_numbers_that_json_lacks_are_kept_as_they_are(scope: str) -> None:
    module = build(f"""
        state one: float = 0
            scope: {scope}
        state some: list[any]
            scope: {scope}
            by: payload.by
        chain c:
            step put: {{state: one, set: "{{{{ payload.number }}}}"}}
            step add: {{state: some, append: "{{{{ payload.number }}}}"}}
            result: ["{{{{ state.one }}}}", "{{{{ state.some }}}}"]
        """)
    for number in (math.inf, -math.inf):
        payload = {"number": number, "by": number}
        assert result(module, "c", payload) == [number, [number]]
    one, some = result(module, "c", {"number": math.nan, "by": 1})
    assert math.isnan(one)
    assert math.isnan(some[0])
