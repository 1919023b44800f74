"""Stored states in a PostgreSQL server that the tests start on a free port."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import time
from collections.abc import Coroutine, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.behaviour.test_states_of_processes import COUNT, SPEC, WRITE, started
from tests.building import build, built_text
from tests.postgres import PostgresServer, postgres_programs

psycopg = pytest.importorskip("psycopg", reason="psycopg is not installed")

THOUSANDS = int(os.environ.get("COUNTED_THOUSANDS", "4"))
"""How far four processes count: `make soak` lets them count to 40,000."""


@pytest.fixture(name="server")
def fixture_server() -> Iterator[PostgresServer]:
    programs = postgres_programs()
    if programs is None:
        pytest.skip("no PostgreSQL server is installed")
    server = PostgresServer(programs)
    server.start()
    try:
        yield server
    finally:
        server.remove()


@pytest.fixture(name="address")
def fixture_address(server: PostgresServer) -> str:
    return server.address


@pytest.fixture(name="module")
def fixture_module(address: str, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.setenv("N3GEN_STATE", address)
    return build("""
        state total: int = 0
            scope: stored
            by: payload.of | default("all")
        chain add:
            step one:
                state: total
                update: "{{ value + 1 }}"
                timeout: 20
        chain read:
            step one: {state: total}
        chain told:
            step one:
                state: total
                update: "{{ value + 1 }}"
            on_error [connection] as error:
                step why: {value: "{{ error.message }}"}
        """)


def ran(module: ModuleType, main: Coroutine[Any, Any, Any]) -> Any:
    async def closed() -> Any:
        try:
            return await main
        finally:
            await module.aclose()

    return asyncio.run(closed())


def rows(address: str) -> list[Any]:
    with psycopg.connect(address) as connection:
        query = "SELECT cell, value FROM n3gen_state ORDER BY cell"
        found: list[Any] = connection.execute(query).fetchall()
        return found


def waiting(address: str) -> list[int]:
    """Return the processes of the server that wait for a lock."""
    query = "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
    with psycopg.connect(address) as connection:
        return [pid for (pid,) in connection.execute(query)]


async def one_that_waits(address: str) -> int:
    """Return the process of the server that waits for a lock, once one does."""

    def found() -> int:
        while not (all_of_them := waiting(address)):
            time.sleep(0.02)
        return all_of_them[0]

    return await asyncio.to_thread(found)


def test_four_processes_count_together(address: str, tmp_path: Path) -> None:
    (tmp_path / "module.py").write_text(built_text(SPEC), encoding="utf-8")
    each = THOUSANDS // 4
    script = COUNT.replace("range(10)", f"range({each})")
    (tmp_path / "count.py").write_text(script, encoding="utf-8")
    processes = [started(tmp_path, "count.py", address) for _ in range(4)]
    assert [process.communicate()[0] for process in processes] == [""] * 4
    assert [process.returncode for process in processes] == [0] * 4
    assert rows(address) == [("specs/x:total", str(each * 4_000))]


def test_processes_that_are_killed_tear_nothing(address: str, tmp_path: Path) -> None:
    (tmp_path / "module.py").write_text(built_text(SPEC), encoding="utf-8")
    (tmp_path / "write.py").write_text(WRITE, encoding="utf-8")
    for reports in range(1, 5):
        process = started(tmp_path, "write.py", address)
        assert process.stdout is not None
        for _ in range(reports):
            last = int(process.stdout.readline())
        process.send_signal(signal.SIGKILL)  # in the middle of one of its next writes
        rest, _ = process.communicate()
        last = max([last, *map(int, rest.split())])
        ((_, text),) = rows(address)
        pair = json.loads(text)
        assert pair["left"] == pair["right"]
        assert pair["left"] in (str(last) * 20_000, str(last + 1) * 20_000)


def test_a_server_that_was_restarted_costs_nothing(
    server: PostgresServer, module: ModuleType
) -> None:
    async def main() -> None:
        assert await module.add() == 1
        server.stop("fast")
        server.start()
        assert await module.read() == 1
        server.stop("fast")
        server.start()
        assert await module.add() == 2

    ran(module, main())


def test_a_server_that_is_down_is_a_failure_of_connection(
    server: PostgresServer, module: ModuleType
) -> None:
    async def main() -> str:
        assert await module.add() == 1
        server.stop("fast")
        told: str = await module.told()
        record = await module.run_chain("add")
        assert record["status"] == "error"
        assert told.partition(": ")[2] in record["error"]
        server.start()
        assert await module.add() == 2
        return told

    told = ran(module, main())
    assert told.startswith("StateUnavailable: the state database cannot be used: ")
    assert "onnection" in told


def test_a_change_whose_server_process_is_ended_is_made_once(
    address: str, module: ModuleType
) -> None:
    async def main() -> int:
        assert await module.add() == 1
        with psycopg.connect(address) as other:
            other.execute("SELECT * FROM n3gen_state FOR UPDATE")
            adding = asyncio.create_task(module.add())
            pid = await one_that_waits(address)
            with psycopg.connect(address) as master:
                master.execute("SELECT pg_terminate_backend(%s)", (pid,))
            assert await one_that_waits(address) != pid
        result: int = await adding
        return result

    assert ran(module, main()) == 2
    assert [value for _, value in rows(address)] == ["2"]


ENDED_AS_IT_COMMITS = """
    CREATE FUNCTION leave() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$;
    CREATE CONSTRAINT TRIGGER leaving AFTER UPDATE ON n3gen_state
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION leave();
"""


def test_a_connection_that_breaks_as_a_change_is_kept_says_that_nobody_knows(
    address: str, module: ModuleType
) -> None:
    async def main() -> Any:
        assert await module.add() == 1
        with psycopg.connect(address) as other:
            other.execute(ENDED_AS_IT_COMMITS)
        record = await module.run_chain("add")
        with psycopg.connect(address) as other:
            other.execute("DROP TRIGGER leaving ON n3gen_state")
        assert await module.add() == 2
        return record

    record = ran(module, main())
    assert record["status"] == "error"
    assert (
        "the connection broke while a change was stored, which may be done or not"
        in record["error"]
    )


def test_a_cancelled_change_waits_for_no_lock_and_holds_none(
    address: str, module: ModuleType
) -> None:
    async def main() -> float:
        assert await module.add() == 1
        loop = asyncio.get_running_loop()
        with psycopg.connect(address) as other:
            other.execute("SELECT * FROM n3gen_state FOR UPDATE")
            adding = asyncio.create_task(module.add())
            await one_that_waits(address)
            adding.cancel()
            with pytest.raises(asyncio.CancelledError):
                await adding
            began = loop.time()
            # The thread is free soon, though the other one keeps its lock.
            assert await module.run_chain("add", {"of": "others"})
            return loop.time() - began

    assert ran(module, main()) < 10
    assert [value for _, value in rows(address)] == ["1", "1"]


def test_long_keys_have_cells_of_their_own(address: str, module: ModuleType) -> None:
    async def main() -> None:
        for _ in range(2):
            for end in "ab":
                record = await module.run_chain("add", {"of": "x" * 10_000 + end})
                assert record["status"] == "ok", record["error"]

    ran(module, main())
    assert [value for _, value in rows(address)] == ["2", "2"]


def test_what_older_modules_stored_is_found_and_moved(
    address: str, module: ModuleType
) -> None:
    async def main() -> list[Any]:
        await module.run_chain("add", {"of": "others"})
        older = [('specs/x.yaml:total\n"all"', "41"), ('specs/x.ai:total\n"ada"', "7")]
        with psycopg.connect(address) as connection:
            insert = "INSERT INTO n3gen_state (cell, value) VALUES (%s, %s)"
            connection.cursor().executemany(insert, older)
        names = ("read", "add", "read")
        records = [await module.run_chain(name, {}) for name in names]
        return [record["result"] for record in records]

    assert ran(module, main()) == [41, 42, 42]
    assert rows(address) == [
        ('specs/x.ai:total\n"ada"', "7"),
        ('specs/x:total\n"all"', "42"),
        ('specs/x:total\n"others"', "1"),
    ]
