"""Rounds of loops that several processes take, some of which are killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.durable.killing import written_module
from tests.durable.test_shared_limits import most_at_once

pytestmark = pytest.mark.large

WORK = """

import os
import time


async def span(ctx):
    begun, options = time.time(), ctx.options
    log(f"begun {ctx.step} {options['n']} {os.getpid()}")
    await asyncio.sleep(options.get("takes", 0.05))
    if options["n"] in options.get("fails", ()):
        raise ValueError(f"round {options['n']}")
    log(f"ended {ctx.step} {options['n']} {os.getpid()} {begun} {time.time()}")
    return options["n"] * 10
"""

SERVE = """
    import asyncio, sys, module
    async def main():
        await module.MODULE.launch()
        print("serving", flush=True)
        await asyncio.to_thread(sys.stdin.read)
        await module.aclose()
    asyncio.run(main())
    """

DRIVE = """
    import asyncio, json, sys, module
    async def main():
        await module.MODULE.launch()
        if len(sys.argv) > 2:
            module.SHARE_SECONDS = module.LEAST_SECONDS = float(sys.argv[2])
        record = await module.run_chain("c", json.loads(sys.argv[1]), run_id="r")
        await module.aclose()
        print(module.to_json(record))
    asyncio.run(main())
    """


class Cluster:
    """A driver of a run, and processes that serve."""

    def __init__(self, folder: Path, address: str) -> None:
        self.folder = folder
        self.environment = {**os.environ, "N3GEN_RUNS": address, "PYTHONPATH": "."}
        self.processes: list[subprocess.Popen[str]] = []

    def started(self, *command: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, *command],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.processes.append(process)
        return process

    def serve(self, count: int) -> list[subprocess.Popen[str]]:
        found = [self.started("-c", textwrap.dedent(SERVE)) for _ in range(count)]
        for process in found:
            assert process.stdout is not None
            assert process.stdout.readline() == "serving\n"
        return found

    def drive(self, payload: Any, *share: str) -> subprocess.Popen[str]:
        """Start a run, or go on with it, in shares that should take so many seconds."""
        script = textwrap.dedent(DRIVE)
        return self.started("-c", script, json.dumps(payload), *share)

    def lines(self, word: str) -> list[list[str]]:
        """The lines of the log that begin with a word, without it."""
        log = self.folder / "log"
        lines = log.read_text().splitlines() if log.exists() else []
        return [rest for first, *rest in map(str.split, lines) if first == word]

    def wait_for(self, word: str, count: int) -> None:
        """Wait until the log has so many lines that begin with a word."""
        self.wait_until(lambda: len(self.lines(word)) >= count)

    def wait_until(self, holds: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 60
        while not holds():
            assert time.monotonic() < deadline, self.lines("begun")
            time.sleep(0.02)

    def of_one(
        self,
        word: str,
        *,
        by: subprocess.Popen[str] | None = None,
        but: subprocess.Popen[str] | None = None,
    ) -> list[str]:
        """The rounds of whose step `one` the log tells, by a process or by all but one."""
        return [
            n
            for step, n, pid, *_ in self.lines(word)
            if step == "one"
            and (by is None or pid == str(by.pid))
            and (but is None or pid != str(but.pid))
        ]

    def spans(self) -> list[tuple[float, float]]:
        """From when to when the rounds' first steps were at work."""
        ended = [line for line in self.lines("ended") if line[0] == "one"]
        return [(float(begun), float(end)) for *_, begun, end in ended]


@contextmanager
def cluster(folder: Path, address: str, spec: str) -> Iterator[Cluster]:
    """Write a module, and end all processes at the end."""
    written_module(folder, spec)
    with (folder / "work.py").open("a") as file:
        file.write(WORK)
    found = Cluster(folder, address)
    try:
        yield found
    finally:
        for process in found.processes:
            process.kill()
            process.communicate()


def record_of(process: subprocess.Popen[str]) -> dict[str, Any]:
    """Wait for a driver, and return the record of its run."""
    output, _ = process.communicate(timeout=120)
    assert process.returncode == 0
    record: dict[str, Any] = json.loads(output)
    return record


LOOP = """
    chain inner:
        input: {n: int, before: str}
        step early: {kind: python, target: "work:do"}
        for rounds: i in range(payload.n) parallel 6:
            step one: {kind: python, target: "work:span", options: {n: "{{ i }}", takes: 0.1}}
            step two: {kind: python, target: "work:do", options: {returns: "{{ one }} {{ payload.before }}"}}
        result: "{{ rounds }}"
    chain c:
        step before: {kind: python, target: "work:do", options: {returns: b}}
        parallel both:
            step called: {kind: chain, target: inner, payload: {n: "{{ payload.n }}", before: "{{ before }}"}}
            step beside: {kind: python, target: "work:span", options: {n: -1, takes: 2}}
        step after: {kind: python, target: "work:do", options: {returns: "{{ both.called | length }}"}}
        result: {rounds: "{{ both.called }}", after: "{{ after }}"}
    """


def test_processes_share_the_rounds_of_a_loop(address: str, tmp_path: Path) -> None:
    with cluster(tmp_path, address, LOOP) as them:
        them.serve(2)
        record = record_of(them.drive({"n": 40}))
        assert record["result"] == {
            "rounds": [f"{i * 10} b" for i in range(40)],
            "after": 40,
        }
        ended = [line for line in them.lines("ended") if line[0] == "one"]
        assert sorted(int(n) for _, n, *_ in ended) == list(range(40))
        assert len({process for _, _, process, *_ in ended}) == 3
        assert most_at_once(them.spans()) <= 6
        # What is beside the loop, before it and around it ran in one process, once.
        assert len([line for line in them.lines("begun") if line[0] == "beside"]) == 1
        log = (tmp_path / "log").read_text().split("\n")
        assert [log.count(f"began {name}") for name in ("before", "early")] == [1, 1]
        paths = [step.get("path", step["name"]) for step in record["steps"]]
        assert paths.count("called.rounds[39].two") == 1
        assert len(paths) == 2 + 1 + 1 + 80 + 1


def test_a_driver_is_killed_while_its_rounds_run_elsewhere(
    address: str, tmp_path: Path
) -> None:
    with cluster(tmp_path, address, LOOP) as them:
        workers = them.serve(2)
        driver = them.drive({"n": 60}, "0.01")
        # Others have looked at what the run has kept. As they stand still, it takes shares
        # of its own, some of which it has begun when it is killed.
        them.wait_until(lambda: len(them.of_one("begun", but=driver)) >= 2)
        for worker in workers:
            worker.send_signal(signal.SIGSTOP)
        before = len(them.of_one("ended", by=driver))
        them.wait_until(lambda: len(them.of_one("ended", by=driver)) >= before + 9)
        driver.send_signal(signal.SIGKILL)
        driver.communicate()
        for worker in workers:
            worker.send_signal(signal.SIGCONT)
        mine = them.of_one("begun", by=driver)
        record = record_of(them.drive({"n": 60}, "0.01"))
        assert record["result"]["after"] == 60
        # What others have begun goes on without the driver. Of its own rounds those run
        # again whose first step was not kept: they were at work, and no more than six
        # are at once, from their first step's begin until its outcome is kept.
        begun = them.of_one("begun")
        twice = {n for n in begun if begun.count(n) > 1}
        assert twice <= set(mine)
        assert len(twice) <= 6


def test_a_worker_is_killed_in_the_middle_and_another_has_its_rounds(
    address: str, tmp_path: Path
) -> None:
    with cluster(tmp_path, address, LOOP) as them:
        worker, _ = them.serve(2)
        driver = them.drive({"n": 40})
        deadline = time.monotonic() + 60
        while not any(pid == str(worker.pid) for *_, pid in them.lines("begun")):
            assert time.monotonic() < deadline
            time.sleep(0.02)
        worker.send_signal(signal.SIGKILL)
        record = record_of(driver)
        assert record["result"]["rounds"] == [f"{i * 10} b" for i in range(40)]
        ended = [n for step, n, *_ in them.lines("ended") if step == "one"]
        assert sorted(set(map(int, ended))) == list(range(40))
        # Those that had ended there have not run again, but for any between the end of
        # its function and the moment that it was kept.
        assert len(ended) <= 40 + 2


CALLING = """
    chain inner:
        input: {n: int}
        step one: {kind: python, target: "work:span", options: {n: "{{ payload.n }}", takes: 0.1, fails: [7]}}
        step two: {kind: python, target: "work:do"}
        finally:
            step last: {kind: python, target: "work:do", when: "{{ payload.n % 2 == 0 }}"}
    chain c:
        step never: {kind: python, target: "work:do", when: "{{ payload.n == 0 }}"}
        for rounds: i in range(payload.n) parallel 6:
            on_error: continue
            step called: {kind: chain, target: inner, payload: {n: "{{ i }}"}}
        result: "{{ rounds | length }}"
    """


def test_steps_inside_of_rounds_that_ran_elsewhere_are_in_the_record(
    address: str, tmp_path: Path
) -> None:
    with cluster(tmp_path, address, CALLING) as them:
        them.serve(2)
        record = record_of(them.drive({"n": 30}))
        # A busy machine may have one of the workers come too late.
        assert len({pid for *_, pid in them.lines("begun")}) >= 2
    steps = {step.get("path"): step["status"] for step in record["steps"]}
    wanted = {None: "skipped"}
    for i in range(30):
        called, failed = f"rounds[{i}].called", i == 7
        wanted[called] = wanted[f"{called}.one"] = "error" if failed else "ok"
        wanted |= {} if failed else {f"{called}.two": "ok"}
        wanted[f"{called}.last"] = "skipped" if i % 2 else "ok"
    assert steps == wanted
    assert len(record["steps"]) == len(wanted)


FAILING = """
    chain c:
        do answer:
            for rounds: i in range(payload.n) parallel 6:
                step one: {kind: python, target: "work:span", options: {n: "{{ i }}", takes: 0.1, fails: [7]}}
            on_error as error:
                step mended: {kind: python, target: "work:do", options: {returns: "{{ error.message }}"}}
        for tolerant: i in range(payload.n) parallel 6:
            on_error: continue
            step one: {kind: python, target: "work:span", options: {n: "{{ i }}", takes: 0.01, fails: [3]}}
        result: "{{ answer }} {{ tolerant[3].message }} {{ tolerant[4] }}"
    """


def test_a_round_that_fails_elsewhere_fails_the_loop(
    address: str, tmp_path: Path
) -> None:
    with cluster(tmp_path, address, FAILING) as them:
        them.serve(2)
        record = record_of(them.drive({"n": 60}))
        assert record["result"] == "ValueError: round 7 ValueError: round 3 40"
        first = [n for _, n, _ in them.lines("begun")]
        assert len(first) < 120, "the other rounds are called off"


WAITING = """
    chain c:
        for rounds: i in range(payload.n) parallel 6:
            step one: {kind: python, target: "work:span", options: {n: "{{ i }}"}}
            step agreed: {wait: approval, key: "{{ i }}", ask: "{{ one }}?"}
            step two: {kind: python, target: "work:do", options: {returns: "{{ one }} {{ agreed }}"}}
    """

ANSWER = """
    import asyncio, json, sys, module
    async def main():
        handle = module.start_chain("c", {"n": 6}, run_id="r")
        for i in range(6):
            await handle.send("approval", "yes", key=str(i))
        record = await handle.result()
        await module.aclose()
        print(module.to_json(record))
    asyncio.run(main())
    """


def test_rounds_that_wait_for_people_do_so_in_the_process_of_their_run(
    address: str, tmp_path: Path
) -> None:
    with cluster(tmp_path, address, WAITING) as them:
        them.serve(1)
        record = record_of(them.started("-c", textwrap.dedent(ANSWER)))
        assert record["result"] == [f"{i * 10} yes" for i in range(6)]
        assert len(them.lines("begun")) == 6
        assert len({pid for *_, pid in them.lines("begun")}) == 2


def test_a_cancelled_run_calls_off_its_rounds(address: str, tmp_path: Path) -> None:
    spec = LOOP.replace("takes: 0.1", "takes: 30")
    with cluster(tmp_path, address, spec) as them:
        them.serve(1)
        driver = them.drive({"n": 12})
        them.wait_for("begun", 7)
        script = f"""
            from dbos import DBOSClient
            from n3gen.templates.runtime.durable.run_json import RunJson
            client = DBOSClient(system_database_url={address!r}, serializer=RunJson())
            client.cancel_workflow("r")
            client.destroy()
            """
        subprocess.run([sys.executable, "-c", textwrap.dedent(script)], check=True)
        began = time.monotonic()
        assert record_of(driver)["status"] == "cancelled"
        assert time.monotonic() - began < 15
        assert len([line for line in them.lines("begun") if line[0] == "one"]) == 6
