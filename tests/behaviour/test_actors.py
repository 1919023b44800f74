"""Actors on the event loop, in threads and in processes."""

from __future__ import annotations

import asyncio
import importlib
import itertools
import logging
import multiprocessing
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.behaviour.counting import CLOSED, Refusing
from tests.behaviour.test_flow import record_of, result_of, slow, starts, statuses
from tests.building import build, built_in, built_text
from tests.clock import run

AI = """
    actor counter:
        target: tests.behaviour.counting:Counter
        with: {start: "{{ payload.start }}"}
        runs: %s
        mailbox: 2

    chain c:
        input:
            start: int = 10
        for i in range(5):
            step tell_it:
                tell: counter.add
        step asked:
            ask: counter.add_slowly
            with: {by: 3, seconds: 0.01}
        step where:
            ask: counter.where
        step down:
            kind: ask
            target: counter.down
        step up:
            ask: counter.up
        result: ["{{ asked }}", "{{ where }}", "{{ down | length }}", "{{ up | last }}"]
"""

YAML = """
    actors:
      counter:
        target: tests.behaviour.counting:Counter
        with: {start: "{{ payload.start }}"}
        runs: %s
        mailbox: 2
    chain: c
    input: {start: int = 10}
    steps:
      - for: i
        in: range(5)
        steps:
          - {name: tell_it, tell: counter.add}
      - {name: asked, ask: counter.add_slowly, with: {by: 3, seconds: 0.01}}
      - {name: where, ask: counter.where}
      - {name: down, kind: ask, target: counter.down}
      - {name: up, ask: counter.up}
    result: ["{{ asked }}", "{{ where }}", "{{ down | length }}", "{{ up | last }}"]
"""

KINDS = ["loop", "thread", "process"]
OUTSIDE = ["thread", "process"]

NUMBERS = itertools.count()


@pytest.fixture(autouse=True)
def nothing_left() -> Iterator[None]:
    """Fail where a thread or a process of an actor is there after a test."""
    CLOSED.clear()
    yield
    left = [one.name for one in threading.enumerate() if one.name == "n3gen-actor"]
    left += [one.name for one in multiprocessing.active_children()]
    assert left == []


@pytest.fixture
def files(tmp_path: Path) -> Iterator[Callable[[str], Any]]:
    """Return what imports the module of a spec from a file, as processes do it."""
    sys.path.insert(0, str(tmp_path))
    names: list[str] = []

    def built(text: str) -> Any:
        names.append(f"module_with_actors_{next(NUMBERS)}")
        (tmp_path / f"{names[-1]}.py").write_text(built_text(text))
        return importlib.import_module(names[-1])

    yield built
    sys.path.remove(str(tmp_path))
    for name in names:
        del sys.modules[name]


Counters = Callable[..., Any]


@pytest.fixture
def counter(files: Callable[[str], Any]) -> Counters:
    """Return what makes a module with a counter and a chain of some steps."""

    def made(steps: str, kind: str = "loop", keys: str = "mailbox: 100") -> Any:
        body = "\n".join(f"        {line}" for line in steps.splitlines())
        text = f"""
    actor counter:
        target: tests.behaviour.counting:Counter
        runs: {kind}
        {keys}

    chain c:
{body}
    """
        return files(text) if kind == "process" else build(text)

    return made


def now() -> float:
    return asyncio.get_running_loop().time()


@pytest.mark.parametrize("layout", ["standalone", "shared"])
@pytest.mark.parametrize("spelling", ["ai", "yaml"])
@pytest.mark.parametrize("kind", KINDS)
def test_messages_are_handled_in_order(
    layout: Any, spelling: str, kind: str, tmp_path: Path
) -> None:
    text = (AI if spelling == "ai" else YAML) % kind
    if (layout, kind) == ("standalone", "process"):
        pytest.skip("a process finds no module that has no file")
    with built_in(layout, text, tmp_path, path=f"specs/x.{spelling}") as module:
        asked, where, down, up = result_of(module, {"start": 10})
    assert (asked, down, up) == (18, 18, 17)
    here = [os.getpid(), threading.current_thread().name]
    assert (where == here) == (kind == "loop")
    assert (where[0] == here[0]) == (kind != "process")
    if kind != "process":
        assert CLOSED == [18]


def test_one_message_at_a_time(counter: Counters) -> None:
    module = counter("""\
parallel:
    step a: {ask: counter.add_slowly}
    step b: {ask: counter.add_slowly}
    step c: {ask: counter.add_slowly}
""")
    record = record_of(module)
    assert record["result"] == {"a": 1, "b": 2, "c": 3}
    assert record["metadata"]["elapsed_ms"] == 3000


def test_who_tells_waits_for_room_alone(counter: Counters) -> None:
    steps = """\
for i in range(5):
    step told:
        tell: counter.add_slowly
step asked: {ask: counter.get}
"""
    record = record_of(counter(steps, keys="mailbox: 2"))
    ended = [
        (s["started_ms"] + s["elapsed_ms"]) // 1000
        for s in record["steps"]
        if s["name"] == "told"
    ]
    # One is in hand and two wait; each that is taken makes room for one.
    assert ended == [0, 0, 0, 1, 2]
    assert (record["result"], record["metadata"]["elapsed_ms"]) == (5, 5000)


def test_what_was_told_is_handled_before_the_run_ends(counter: Counters) -> None:
    record = record_of(counter("step told: {tell: counter.add_slowly}"))
    assert (record["status"], record["result"]) == ("ok", None)
    assert record["metadata"]["elapsed_ms"] == 1000
    assert CLOSED == [1]


@pytest.mark.parametrize("kind", KINDS)
def test_an_error_goes_to_who_asked(
    counter: Counters, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    steps = """\
step failed:
    ask: counter.fail
    with: {why: "not today"}
    on_error: continue
step after: {ask: counter.get}
result: ["{{ failed.message }}", "{{ after }}"]
"""
    assert result_of(counter(steps, kind)) == ["ValueError: not today", 100]
    assert "in fail\n    raise ValueError(why)" in caplog.text


@pytest.mark.parametrize("kind", KINDS)
def test_an_error_of_what_was_told_is_logged_and_recorded(
    counter: Counters, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    steps = """\
step told: {tell: counter.fail}
step after: {ask: counter.get}
"""
    record = record_of(counter(steps, kind))
    assert (record["status"], record["result"]) == ("ok", 100)
    told, _ = record["steps"]
    assert (told["status"], told["error"]) == ("ok", "ValueError: no")
    words = "Step 'told' sent a message to actor 'counter', whose `fail` failed: ValueError: no"
    assert f"{words} (specs/x.ai:" in caplog.text
    assert "in fail\n    raise ValueError(why)" in caplog.text


@pytest.mark.parametrize("kind", KINDS)
def test_restarts(counter: Counters, kind: str) -> None:
    steps = """\
step first: {ask: counter.add}
step failed: {ask: counter.fail, on_error: continue}
step after: {ask: counter.add, on_error: continue}
result: ["{{ failed.message }}", "{{ after }}"]
"""
    assert result_of(counter(steps, kind))[1] == 102
    assert result_of(counter(steps, kind, "restart: on_error"))[1] == 1
    ended = result_of(counter(steps, kind, "restart: never"))[1]
    assert ended["message"] == "ActorEnded: actor 'counter' has ended: ValueError: no"
    if kind != "process":
        assert CLOSED == [102, 101, 1, 101]


@pytest.mark.parametrize("kind", KINDS)
def test_errors_that_would_end_more_than_a_message(
    counter: Counters, kind: str
) -> None:
    steps = """\
step a: {ask: counter.leave, on_error: continue}
step b: {ask: counter.stray, on_error: continue}
step c: {ask: counter.stop, on_error: continue}
step d: {ask: counter.fail_badly, on_error: continue}
step after: {ask: counter.get}
result: ["{{ a.message }}", "{{ b.message }}", "{{ c.message }}", "{{ d.message }}"]
"""
    leave, stray, stop, badly = result_of(counter(steps, kind))
    assert leave == "RuntimeError: the function raised SystemExit: 7"
    assert stray == "RuntimeError: the function raised CancelledError"
    assert stop.startswith("RuntimeError: ") and "raised StopIteration" in stop
    assert "Unpicklable: no way back" in badly


def test_what_cannot_be_pickled_fails_the_message_alone(counter: Counters) -> None:
    steps = """\
step odd: {ask: counter.add, with: {by: "{{ payload }}"}, on_error: continue}
step told: {tell: counter.add, with: {by: "{{ payload }}"}, on_error: continue}
step lock: {ask: counter.give_lock, on_error: continue}
step after: {ask: counter.get}
result: ["{{ odd.message }}", "{{ told.message }}", "{{ lock.message }}", "{{ after }}"]
"""
    *errors, after = result_of(counter(steps, "process"), threading.Lock())
    assert all("cannot pickle '_thread.lock' object" in error for error in errors)
    assert after == 0


def test_a_process_that_dies_ends_its_actor(counter: Counters) -> None:
    steps = """\
step first: {ask: counter.add}
step dies: {ask: counter.die, on_error: continue}
step after: {ask: counter.add, on_error: continue}
result: ["{{ dies.message }}", "{{ after }}"]
"""
    dies, after = result_of(counter(steps, "process"))
    died = "ProcessDied: the process of actor 'counter' died with exit code 3"
    assert dies == died
    assert after["message"] == f"ActorEnded: actor 'counter' has ended: {died}"
    assert result_of(counter(steps, "process", "restart: on_error")) == [died, 1]


@pytest.mark.parametrize("kind", KINDS)
def test_an_object_that_cannot_be_made_yet(
    files: Callable[[str], Any], kind: str
) -> None:
    Refusing.tries = 0
    module = (files if kind == "process" else build)(f"""
    actor late:
        target: tests.behaviour.counting:Refusing
        runs: {kind}
    chain c:
        step asked:
            ask: late.get
            retry: {{max: 2, delay: 0.01}}
        step tries: {{value: "{{{{ steps.asked.attempts }}}}"}}
    """)
    record = record_of(module)
    assert record["status"] == "error"
    closed = "actor 'late' could not be closed: OSError: disk full"
    assert record["error"] == f"{closed} (specs/x.ai)"
    assert statuses(record) == {"asked": "ok", "tries": "ok"}
    assert record["steps"][1]["result"] == 3


def test_functions_make_objects_too() -> None:
    module = build("""
    actor counter:
        target: tests.behaviour.counting:made
        with: {start: "{{ payload }}"}
        runs: thread
    chain c:
        step asked: {ask: counter.get}
    """)
    assert result_of(module, 21) == 42


def test_a_message_past_its_timeout_is_withdrawn_or_runs_on(counter: Counters) -> None:
    steps = """\
step told: {tell: counter.add_slowly, with: {seconds: 5}}
step late: {ask: counter.add, timeout: 1, on_error: continue}
step asked: {ask: counter.add_slowly, with: {seconds: 5}, timeout: 9, on_error: skip}
step after: {ask: counter.get}
result: ["{{ late.kind }}", "{{ after }}"]
"""
    record = record_of(counter(steps))
    # The first waited in the mailbox and was never handled, the second was in hand.
    assert record["result"] == ["timeout", 2]
    assert record["metadata"]["elapsed_ms"] == 10_000
    steps = steps.replace("timeout: 9", "timeout: 6")
    record = record_of(counter(steps))
    assert record["result"] == ["timeout", 2]
    assert starts(record)["after"] == 7
    assert record["metadata"]["elapsed_ms"] == 10_000


def test_the_error_of_a_run_says_who_waits_for_whom(counter: Counters) -> None:
    steps = """\
step told: {tell: counter.forever}
step asked: {ask: counter.get}
"""
    record = record_of(counter(steps), timeout=3)
    assert record["status"] == "timeout"
    assert "step 'asked' for an answer of actor 'counter'" in record["error"]
    steps = "step told: {tell: counter.forever}"
    record = record_of(counter(steps), timeout=3)
    assert "actor 'counter' for the end of its messages" in record["error"]
    told = record["steps"][0]
    assert (told["status"], told["error"]) == (
        "ok",
        "actor 'counter' was stopped before it had handled the message",
    )


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_told_is_handled_although_the_run_fails(
    counter: Counters, kind: str
) -> None:
    steps = """\
step told: {tell: counter.add_slowly, with: {seconds: 0.01}}
step more: {tell: counter.add}
step bad: {fail: "no more"}
"""
    record = record_of(counter(steps, kind))
    assert record["error"].startswith("Step 'bad' failed: no more")
    if kind != "process":
        assert CLOSED == [2]


def test_a_clause_that_runs_last_still_has_its_actors(counter: Counters) -> None:
    steps = """\
step told: {tell: counter.add}
step bad: {fail: "no more"}
finally:
    step last: {ask: counter.add}
"""
    record = record_of(counter(steps))
    assert {s["name"]: s["result"] for s in record["steps"]}["last"] == 2


def test_a_chain_that_is_called_shares_the_actors_of_its_caller() -> None:
    module = build("""
    actor counter:
        target: tests.behaviour.counting:Counter
    chain outer:
        step told: {tell: counter.add}
        step called: {kind: chain, target: inner}
        step asked: {ask: counter.add}
        step pure: {kind: chain, target: passing}
        result: ["{{ called }}", "{{ asked }}", "{{ pure }}"]
    chain inner:
        step asked: {ask: counter.add}
    chain passing:
        step called: {kind: chain, target: inner}
    """)
    assert run(module.run_chain("outer"))["result"] == [2, 3, 4]
    assert run(module.run_chain("passing"))["result"] == 1
    assert CLOSED == [4, 1]


@pytest.mark.parametrize("at", [0, 1, 2, 3, 4, 5, 6, 8])
def test_a_run_that_is_cancelled_leaves_nothing(counter: Counters, at: int) -> None:
    steps = """\
for i in range(4):
    step told: {tell: counter.add_slowly}
step asked: {ask: counter.add_slowly}
step again: {tell: counter.add_slowly, with: {seconds: 3}}
"""
    module = counter(steps, keys="mailbox: 1")

    async def main() -> float:
        task = asyncio.create_task(module.run_chain("c"))
        await asyncio.sleep(at)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        return now() - at

    # What was told is handled, and so is what is in hand.
    assert run(main()) <= 4
    assert len(CLOSED) == 1


def test_the_grace_of_a_run_that_is_over(
    counter: Counters, caplog: pytest.LogCaptureFixture
) -> None:
    steps = """\
step told: {tell: counter.forever}
step more: {tell: counter.add}
step bad: {fail: "no more"}
"""
    record = record_of(counter(steps))
    assert record["metadata"]["elapsed_ms"] == 10_000
    assert "cut off after 10 seconds: actor 'counter'" in caplog.text
    assert [step["error"] for step in record["steps"][:2]] == [
        "actor 'counter' was stopped before it had handled the message"
    ] * 2

    async def main() -> float:
        task = asyncio.create_task(counter(steps).run_chain("c"))
        await asyncio.sleep(4)
        task.cancel()  # the second time, as it were: there is no more grace
        with suppress(asyncio.CancelledError):
            await task
        return now()

    assert run(main()) == 4


WAYS_TO_END = {
    "step asked: {ask: counter.add_slowly, with: {seconds: 3}, timeout: 2}": "error",
    """\
within late: 2s:
    step asked: {ask: counter.add_slowly, with: {seconds: 3}}
""": "error",
    """\
parallel both:
    step asked: {ask: counter.add_slowly, with: {seconds: 3}}
    do bad:
        step pause: {wait: 2s}
        step no: {fail: "no"}
""": "error",
    """\
race first:
    step asked: {ask: counter.add_slowly, with: {seconds: 3}}
    step pause: {wait: 2s}
""": "ok",
    "step asked: {ask: counter.add_slowly, with: {seconds: 3}}": "timeout",
}
"""Chains that end at 2 seconds, while a message is in hand until 3."""


@pytest.mark.parametrize("steps", WAYS_TO_END)
def test_a_message_in_hand_is_handled_to_its_end_when_its_run_ends(
    counter: Counters, steps: str
) -> None:
    module = counter(steps)

    async def main() -> tuple[str, float]:
        record = await module.run_chain("c", timeout=2 if ended == "timeout" else 9)
        return record["status"], now()

    ended = WAYS_TO_END[steps]
    assert run(main()) == (ended, 3)
    assert CLOSED == [1]


@pytest.mark.parametrize(
    ("method", "end", "left"), [("add_slowly", 3, 1), ("forever", 12, 0)]
)
@pytest.mark.parametrize("by", ["caller", "handle"])
def test_who_cancels_an_ask_in_hand_waits_for_its_end_within_the_grace(
    counter: Counters, method: str, end: float, left: int, by: str
) -> None:
    seconds = ", with: {seconds: 3}" if method == "add_slowly" else ""
    module = counter(f"step asked: {{ask: counter.{method}{seconds}}}")

    async def main() -> float:
        if by == "handle":
            handle = module.start_chain("c")
            await asyncio.sleep(2)
            assert (await handle.cancel())["status"] == "cancelled"
            return now()
        task = asyncio.create_task(module.run_chain("c"))
        await asyncio.sleep(2)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        return now()

    assert run(main()) == end
    assert [left] == CLOSED


@pytest.mark.parametrize("kind", OUTSIDE)
def test_threads_and_processes_of_a_cancelled_run_end(
    counter: Counters, kind: str
) -> None:
    module = counter("step asked: {ask: counter.sleep, with: {seconds: 0.3}}", kind)

    async def main() -> None:
        task = asyncio.create_task(module.run_chain("c"))
        await asyncio.sleep(0.1)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    asyncio.run(main())
    if kind == "thread":
        assert CLOSED == [0]


def test_a_process_that_does_not_end_is_killed(
    counter: Counters, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    steps = "step asked: {ask: counter.sleep, with: {seconds: 600}, timeout: 0.1}"
    module = counter(steps, "process")
    monkeypatch.setattr(module, "STOPPING", 0.1)
    record = asyncio.run(module.run_chain("c"))
    assert record["steps"][0]["status"] == "timeout"
    assert "cut off after 0.1 seconds: actor 'counter'" in caplog.text


@pytest.mark.parametrize("kind", OUTSIDE)
def test_many_tasks_share_a_mailbox(counter: Counters, kind: str) -> None:
    steps = """\
for i in range(300) parallel 40:
    step asked: {ask: counter.add}
step after: {ask: counter.get}
"""
    assert result_of(counter(steps, kind, "mailbox: 3")) == 300


def test_actors_of_the_process_outlive_runs(counter: Counters) -> None:
    module = counter("step asked: {ask: counter.add}", keys="scope: process")

    async def main() -> list[int]:
        numbers = [(await module.run_chain("c"))["result"] for _ in range(3)]
        await module.aclose()
        numbers.append((await module.run_chain("c"))["result"])
        await module.aclose()
        return numbers

    assert run(main()) == [1, 2, 3, 1]
    assert CLOSED == [3, 1]


@pytest.mark.parametrize("kind", OUTSIDE)
def test_actors_of_the_process_are_those_of_all_event_loops(
    counter: Counters, kind: str
) -> None:
    steps = """\
for i in range(50) parallel 5:
    step asked: {ask: counter.add}
"""
    module = counter(steps, kind, "mailbox: 1\n        scope: process")
    found: list[int] = []

    def one_loop() -> None:
        found.extend(asyncio.run(module.run_chain("c"))["result"])

    threads = [threading.Thread(target=one_loop) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == list(range(1, 201))
    module.stop_actors()


def test_actors_on_the_event_loop_are_those_of_one_event_loop(
    counter: Counters,
) -> None:
    module = counter("step asked: {ask: counter.add}", keys="scope: process")
    assert module.run_chain_sync("c")["result"] == 1
    assert module.run_chain_sync("c")["result"] == 1
    module = counter("step asked: {ask: counter.add}", "thread", "scope: process")
    assert module.run_chain_sync("c")["result"] == 1
    assert module.run_chain_sync("c")["result"] == 2
    module.stop_actors()


@pytest.mark.parametrize("kind", OUTSIDE)
def test_actors_of_other_modules_are_stopped_as_well(
    counter: Counters, kind: str
) -> None:
    first = counter("step asked: {ask: counter.add}", kind, "scope: process")
    assert first.run_chain_sync("c")["result"] == 1
    second = counter("step asked: {ask: counter.add}", kind, "scope: process")
    second.stop_actors()
    assert first.run_chain_sync("c")["result"] == 1
    first.stop_actors()


def test_an_event_loop_that_is_gone_leaves_its_room(counter: Counters) -> None:
    """Tasks that waited for room on a closed event loop are passed over."""
    steps = 'step told: {tell: counter.block, with: {until: "{{ payload }}"}}'
    module = counter(steps, "thread", "mailbox: 1\n        scope: process")
    blocked = threading.Event()

    async def fill() -> None:
        for _ in range(2):
            await module.run_chain("c", blocked)
        task = asyncio.create_task(module.run_chain("c", blocked))
        await asyncio.sleep(0.05)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    asyncio.run(fill())
    blocked.set()
    assert asyncio.run(module.run_chain("c", blocked))["status"] == "ok"
    module.stop_actors()
    assert CLOSED == [3]


def test_a_run_that_goes_on_sends_its_messages_again(counter: Counters) -> None:
    steps = """\
step told: {tell: counter.add}
step asked: {ask: counter.add}
step next: {target: slow}
"""
    module = counter(steps)

    def fails(ctx: Any) -> None:
        raise ValueError("no")

    first = run(module.run_chain("c", connectors={"slow": fails}))
    assert first["status"] == "error"
    again = run(module.run_chain("c", connectors={"slow": slow}, resume=first))
    assert [step["result"] for step in again["steps"]] == [None, 2, "next"]


def test_logs_are_not_the_users_alone(caplog: pytest.LogCaptureFixture) -> None:
    """What cannot be closed in a run that has failed is logged, and replaces no error."""
    Refusing.tries = 5
    module = build("""
    actor late:
        target: tests.behaviour.counting:Refusing
    chain c:
        step asked: {ask: late.get}
        step bad: {fail: "no more"}
    """)
    with caplog.at_level(logging.ERROR):
        record = record_of(module)
    assert record["error"].startswith("Step 'bad' failed: no more")
    assert "actor 'late' could not be closed: OSError: disk full" in caplog.text


LEAVES = """
    actor one:
        target: tests.behaviour.counting:Loud
        with: {name: one}
        runs: thread
        scope: process
    actor two:
        target: tests.behaviour.counting:Loud
        with: {name: two}
        runs: process
        scope: process
    chain c:
        for i in range(20):
            step a: {tell: one.add}
            step b: {tell: two.add}
        step c: {ask: one.add}
"""


def test_the_end_of_the_interpreter_stops_the_actors_of_the_process(
    tmp_path: Path,
) -> None:
    """The last that began first, each when it has handled what it was told."""
    (tmp_path / "leaves.py").write_text(built_text(LEAVES))
    (tmp_path / "program.py").write_text(
        "import asyncio, leaves\n"
        'if __name__ == "__main__":\n'
        '    print(asyncio.run(leaves.run_chain("c"))["result"], flush=True)\n'
    )
    env = {**os.environ, "PYTHONPATH": f"{tmp_path}:{Path.cwd()}"}
    ran = subprocess.run(
        [sys.executable, tmp_path / "program.py"],
        env=env,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.stdout.split("\n") == ["21", "closed two 20", "closed one 21", ""]
    assert (ran.returncode, ran.stderr) == (0, "")


@pytest.mark.parametrize("kind", KINDS)
def test_an_iterator_comes_as_a_list(kind: str, counter: Counters) -> None:
    module = counter(
        "step pairs:\n    ask: counter.pairs\nstep later:\n    ask: counter.pairs_later",
        kind,
    )
    found = [step["result"] for step in record_of(module, {})["steps"]]
    assert found == [[(0, "a"), (1, "b")]] * 2
