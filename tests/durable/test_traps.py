"""What engines of durable runs get wrong on the way: a test for each that is known."""

from __future__ import annotations

import asyncio
import inspect
import json
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy
from dbos import DBOS
from dbos._queue import queue_thread
from n3gen.templates.runtime.durable.executors import claim, is_gone
from n3gen.templates.runtime.durable.queues import listen
from n3gen.templates.runtime.durable.run_database import RunDatabase
from n3gen.templates.runtime.durable.run_json import RunJson

from tests.durable.killing import killed_run, written_module

pytestmark = pytest.mark.large

SLOW = """
    chain c:
        timeout: 500ms
        step slow: {kind: python, target: "work:do", options: {takes: 4}}
    """


def ran(folder: Path, script: str, database: str = "runs.db") -> Any:
    """Run a script beside the module; return what it prints as JSON."""
    ended = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)],
        cwd=folder,
        env={**os.environ, "N3GEN_RUNS": database},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return json.loads(ended.stdout)


def test_transactions_of_sqlite_that_read_first_come_one_after_another(
    tmp_path: Path,
) -> None:
    """With the driver's own transactions, two that read and then write lose a change."""
    engine = RunDatabase(str(tmp_path / "runs.db")).sqlite_connections()
    with engine.begin() as connection:
        mode = connection.exec_driver_sql("PRAGMA journal_mode").scalar()
        connection.exec_driver_sql("CREATE TABLE t (n INTEGER)")
        connection.exec_driver_sql("INSERT INTO t VALUES (0)")

    def count() -> None:
        for _ in range(25):
            with engine.begin() as connection:
                n = connection.execute(sqlalchemy.text("SELECT n FROM t")).scalar()
                connection.execute(sqlalchemy.text(f"UPDATE t SET n = {n} + 1"))

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with engine.begin() as connection:
        total = connection.exec_driver_sql("SELECT n FROM t").scalar()
    engine.dispose()
    assert (mode, total) == ("wal", 100)


def test_a_run_is_refused_by_other_code_and_goes_on_by_its_own(tmp_path: Path) -> None:
    spec = """
        chain c:
            step one: {kind: python, target: "work:do"}
            step two: {kind: python, target: "work:do"}
            result: "{{ one }} {{ two }}"
        """
    written_module(tmp_path, spec.replace("two }}", "two }}!"))
    other = (tmp_path / "module.py").read_text()
    written_module(tmp_path, spec)
    own = (tmp_path / "module.py").read_text()
    kill = """
        import asyncio, os, signal, module
        async def main():
            keep = module.Journal.keep
            async def kill(journal, place, outcome):
                await keep(journal, place, outcome)
                os.kill(os.getpid(), signal.SIGKILL)
            module.Journal.keep = kill
            await module.run_chain("c", run_id="r")
        asyncio.run(main())
        """
    environment = {**os.environ, "N3GEN_RUNS": "runs.db"}
    command = [sys.executable, "-c", textwrap.dedent(kill)]
    ended = subprocess.run(command, cwd=tmp_path, env=environment)
    assert ended.returncode == -signal.SIGKILL
    go_on = """
        import asyncio, json, module
        async def main():
            try:
                print(json.dumps((await module.run_chain("c", run_id="r"))["result"]))
            except ValueError as error:
                print(json.dumps(str(error)))
            await module.aclose()
        asyncio.run(main())
        """
    (tmp_path / "module.py").write_text(other)
    refused = ran(tmp_path, go_on)
    assert refused.startswith("run 'r' is of version ")
    (tmp_path / "module.py").write_text(own)
    assert ran(tmp_path, go_on) == "one two"
    assert (tmp_path / "log").read_text().split("\n")[:2] == ["began one", "began two"]


def test_a_name_is_free_when_its_process_is_gone(database: str, tmp_path: Path) -> None:
    place = database if "://" in database else str(tmp_path / database)
    runs = RunDatabase(place)
    script = """
        import sys
        from n3gen.templates.runtime.durable.executors import claimed_executor
        from n3gen.templates.runtime.durable.run_database import RunDatabase
        claimed = claimed_executor(RunDatabase(sys.argv[1]))
        print(claimed.name, flush=True)
        sys.stdin.read()
        """
    holder = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script), place],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout is not None
    name = holder.stdout.readline().strip()
    assert name == "executor-0"
    assert claim(runs, name) is None
    assert not is_gone(runs, name)
    holder.kill()
    holder.communicate()
    deadline = time.monotonic() + 10
    while not is_gone(runs, name):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_errors_and_models_are_plain_json() -> None:
    from pydantic import BaseModel

    class Answer(BaseModel):
        text: str

    form = RunJson()
    assert form.deserialize(form.serialize({"answer": Answer(text="yes")})) == {
        "answer": {"text": "yes"}
    }
    failed = form.deserialize(form.serialize(ValueError("boom")))
    assert (failed.name, str(failed)) == ("ValueError", "boom")
    assert form.deserialize(form.serialize("\udcff\x00")) == "\udcff\x00"


def test_a_result_without_a_form_in_json_fails_in_every_life(tmp_path: Path) -> None:
    written_module(
        tmp_path,
        """
        chain c:
            step odd: {kind: python, target: "work:odd", on_error: continue}
            step even: {kind: python, target: "work:even"}
            result: {odd: "{{ odd.message }}", even: "{{ even }}"}
        """,
    )
    with (tmp_path / "work.py").open("a") as file:
        file.write("\n\ndef odd(ctx): return {1, 2}\ndef even(ctx): return (1, 2)\n")
    for kills in ([], [(1, "after"), (1, "after")]):
        found = killed_run(tmp_path, kills, run_id=f"run-{len(kills)}")
        assert found.record["result"] == {
            "odd": "TypeError: a value of type set is not JSON",
            "even": [1, 2],
        }


def test_a_deadline_is_met_although_a_step_is_at_work(tmp_path: Path) -> None:
    written_module(tmp_path, SLOW)
    found = killed_run(tmp_path, [])
    assert found.record["status"] == "timeout"
    assert 400 <= found.record["metadata"]["elapsed_ms"] < 1500


def test_a_deadline_does_not_begin_anew_with_a_process(tmp_path: Path) -> None:
    spec = SLOW.replace("500ms", "3s").replace(
        "step slow",
        'step quick: {kind: python, target: "work:do"}\n        step slow',
    )
    written_module(tmp_path, spec.replace("takes: 4", "takes: 30"))
    began = time.monotonic()
    found = killed_run(tmp_path, [(1, "after")])
    assert found.record["status"] == "timeout"
    assert found.record["metadata"]["elapsed_ms"] < 4500
    assert time.monotonic() - began < 25


def test_a_cancelled_run_ends_although_a_step_is_at_work(
    database: str, tmp_path: Path
) -> None:
    written_module(tmp_path, SLOW.replace("500ms", "60s").replace("4}", "30}"))
    status, seconds, steps = ran(
        tmp_path,
        """
        import asyncio, json, time, module
        async def main():
            handle = module.start_chain("c", run_id="r")
            await asyncio.sleep(2)
            began = time.monotonic()
            record = await handle.cancel()
            took = time.monotonic() - began
            print(json.dumps([record["status"], took, record["steps"][0]["status"]]))
            await module.aclose()
        asyncio.run(main())
        """,
        database,
    )
    assert (status, steps) == ("cancelled", "cancelled")
    assert seconds < 4


def test_runs_beside_each_other_and_one_event_loop_after_another(
    tmp_path: Path,
) -> None:
    written_module(
        tmp_path,
        """
        chain c:
            step one: {kind: python, target: "work:do", options: {returns: "{{ payload }}"}}
        """,
    )
    found = ran(
        tmp_path,
        """
        import asyncio, json, module
        async def main():
            runs = [module.run_chain("c", n) for n in range(5)]
            results = [record["result"] for record in await asyncio.gather(*runs)]
            await module.aclose()
            return results
        first = asyncio.run(main())
        print(json.dumps([first, module.run_chain_sync("c", 7)["result"]]))
        """,
    )
    assert found == [[0, 1, 2, 3, 4], 7]


def test_a_limit_holds_in_every_life(tmp_path: Path) -> None:
    written_module(
        tmp_path,
        """
        limit two: 2
        chain c:
            for docs: n in [1, 2, 3, 4, 5, 6] parallel 6:
                step do: {kind: python, target: "work:count", limit: two}
            result: "{{ docs | max }}"
        """,
    )
    with (tmp_path / "work.py").open("a") as file:
        file.write(
            "\n\nnow = 0\n\n\nasync def count(ctx):\n    global now\n    now += 1\n"
            "    most = now\n    await asyncio.sleep(0.05)\n    now -= 1\n"
            "    return most\n"
        )
    assert killed_run(tmp_path, [(2, "after"), (1, "after")]).record["result"] == 2


def test_what_was_taken_over_keeps_nothing_any_more(
    database: str, tmp_path: Path
) -> None:
    """A process that sleeps is taken for gone; what it then computes is refused."""
    written_module(
        tmp_path,
        """
        chain c:
            step one: {kind: python, target: "work:do", options: {takes: 6}}
            step two: {kind: python, target: "work:do"}
            result: "{{ one }} {{ two }}"
        """,
    )
    environment = {**os.environ, "N3GEN_RUNS": database}
    zombie = subprocess.Popen(
        [sys.executable, "module.py", "c", "--run-id", "r"],
        cwd=tmp_path,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    log = tmp_path / "log"
    deadline = time.monotonic() + 30
    while not log.exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    ran(
        tmp_path,
        """
        import asyncio, json, module
        from dbos import DBOS
        async def main():
            await module.MODULE.launch()
            await DBOS.resume_workflow_async("r")
            record = await module.run_chain("c", run_id="r")
            print(json.dumps(record["result"]))
            await module.aclose()
        asyncio.run(main())
        """,
        database,
    )
    output, errors = zombie.communicate(timeout=60)
    assert json.loads(output)["result"] == "one two", errors
    # The zombie began its second step no more: the new owner has done so once.
    assert log.read_text().split().count("two") == 1


def test_a_process_that_runs_takes_on_queues_by_what_dbos_3_4_0_looks_at() -> None:
    """DBOS has no public way to do so once it is launched; where it gets one, use that."""
    assert "listen_queues called after DBOS is launched" in inspect.getsource(
        DBOS.listen_queues
    )
    # It reads them anew each time, not once.
    loop = inspect.getsource(queue_thread).partition("while not stop_event")[2]
    assert "set(dbos._listening_queues)" in loop


def test_a_dbos_that_takes_on_queues_otherwise_is_named() -> None:
    for engine in (SimpleNamespace(), SimpleNamespace(_listening_queues=None)):
        with pytest.raises(RuntimeError, match=r"^dbos \S+ does not take .*dbos==3\.4"):
            asyncio.run(listen(engine, {"q": {}}))
