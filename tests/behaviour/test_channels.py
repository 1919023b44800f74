"""Channels between steps, and from a caller into a run, on a virtual clock."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from n3gen.cli import main as command

from tests.behaviour.test_flow import record_of, result_of, slow, statuses
from tests.building import build, built_in
from tests.clock import run

AI = """
    channel tasks: 2

    chain c:
        input:
            n: int = 5
        for finds: i in range(payload.n):
            background: true
            step find:
                send: tasks
                value: "{{ i }}"
        for docs: task in channel tasks parallel 2:
            step work:
                target: slow
                options: {give: "{{ task * 10 }}"}
        result: "{{ docs }}"
"""

YAML = """
    channels: {tasks: 2}
    chain: c
    input: {n: int = 5}
    steps:
      - for: i
        in: range(payload.n)
        name: finds
        background: true
        steps:
          - {name: find, kind: send, target: tasks, value: "{{ i }}"}
      - for: task
        in: channel tasks
        parallel: 2
        name: docs
        steps:
          - {name: work, target: slow, options: {give: "{{ task * 10 }}"}}
    result: "{{ docs }}"
"""

FED = """
    channel tasks: 2

    chain fed:
        for docs: task in channel tasks parallel 2:
            step work:
                target: slow
                options: {give: "{{ task }}"}
        result: "{{ docs }}"
"""

GIVEN = {"slow": slow}


def now() -> float:
    return asyncio.get_running_loop().time()


def ran(main: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
    return run(main())


def started(record: Any, name: str) -> list[float]:
    return [s["started_ms"] / 1000 for s in record["steps"] if s["name"] == name]


def ended(record: Any, name: str) -> list[float]:
    return [
        (s["started_ms"] + s["elapsed_ms"]) / 1000
        for s in record["steps"]
        if s["name"] == name
    ]


def fails(ctx: Any) -> None:
    raise ValueError(f"no {ctx.step}")


@pytest.mark.parametrize("layout", ["standalone", "shared"])
@pytest.mark.parametrize("spelling", ["ai", "yaml"])
@pytest.mark.parametrize("parallel", [True, False])
def test_a_full_channel_slows_who_sends(
    layout: Any, spelling: str, parallel: bool, tmp_path: Path
) -> None:
    text = AI if spelling == "ai" else YAML
    path = f"specs/x.{spelling}"
    with built_in(layout, text, tmp_path, path=path) as module:
        record = record_of(module, {"n": 7}, parallel=parallel)
    assert record["result"] == [0, 10, 20, 30, 40, 50, 60]
    # Two are at work and two wait; each that is taken makes room for one.
    assert ended(record, "find") == [0, 0, 0, 0, 1, 1, 2]
    assert started(record, "work") == [0, 0, 1, 1, 2, 2, 3]


def test_a_channel_without_items_is_closed_too() -> None:
    assert result_of(build(AI), {"n": 0}) == []


def test_it_closes_when_the_last_that_sends_has_ended() -> None:
    module = build("""
        channel tasks: 100
        chain c:
            parallel both:
                do early:
                    step a: {send: tasks, value: 1}
                do late:
                    step pause: {wait: 5s}
                    step b: {send: tasks, value: 2}
                do never:
                    if false:
                        step x: {send: tasks, value: 3}
                do reads:
                    for found: task in channel tasks:
                        step item: {value: "{{ task }}"}
            result: "{{ both.reads }}"
    """)
    record = record_of(module)
    assert record["result"] == [1, 2]
    assert record["metadata"]["elapsed_ms"] == 5000


def test_several_loops_share_the_items() -> None:
    module = build("""
        channel tasks: 1
        chain c:
            parallel both:
                do sends:
                    for i in range(6):
                        step put: {send: tasks, value: "{{ i }}"}
                do one:
                    for a in channel tasks:
                        step quick: {target: slow, options: {give: "{{ a }}"}}
                do two:
                    for b in channel tasks:
                        step slower:
                            target: slow
                            options: {give: "{{ b }}", seconds: 2}
            result: "{{ [both.one, both.two] }}"
    """)
    assert result_of(module) == [[0, 2, 4, 5], [1, 3]]


def test_a_line_of_channels() -> None:
    module = build("""
        channel pages: 1
        channel texts: 1
        chain c:
            for finds: i in range(3):
                background: true
                step page: {send: pages, value: "{{ i }}"}
            for reads: page in channel pages:
                background: true
                step read: {target: slow, options: {give: "{{ page }}"}}
                step text: {send: texts, value: "{{ read }}"}
            for sums: text in channel texts:
                step sum: {target: slow, options: {give: "{{ text + 100 }}"}}
            result: "{{ sums }}"
    """)
    record = record_of(module)
    assert record["result"] == [100, 101, 102]
    assert record["metadata"]["elapsed_ms"] == 4000


def test_batches_and_the_numbers_of_rounds() -> None:
    module = build("""
        channel tasks: 10
        chain c:
            parallel both:
                do sends:
                    for i in range(5):
                        step put: {send: tasks, value: "{{ i }}"}
                do reads:
                    for some in channel tasks:
                        batch: 2
                        step item: {value: "{{ [loop.index, some] }}"}
            result: "{{ both.reads }}"
    """)
    assert result_of(module) == [[1, [0, 1]], [2, [2, 3]], [3, [4]]]


SATISFIED = """
    channel tasks: 1
    chain c:
        for finds: i in range(9):
            background: true
            step find:
                send: tasks
                value: "{{ i }}"
                %s
        for docs: task in channel tasks:
            until: "work == 2"
            step work: {target: slow, options: {give: "{{ task }}"}}
        result: "{{ docs }}"
"""


def test_who_sends_to_a_loop_that_has_ended_fails() -> None:
    record = record_of(build(SATISFIED % "priority: 0"))
    assert record["status"] == "error"
    assert record["error"].startswith(
        "Step 'finds[4].find' failed: ChannelError: channel 'tasks' takes no item: "
        "no loop over it runs any more"
    )
    record = record_of(build(SATISFIED % "on_error: skip"))
    assert (record["status"], record["result"]) == ("ok", [0, 1, 2])


def test_a_loop_in_a_branch_not_taken_leaves_nobody_waiting() -> None:
    module = build("""
        channel tasks: 1
        chain c:
            parallel both:
                do sends:
                    for i in range(3):
                        step put: {send: tasks, value: "{{ i }}", on_error: skip}
                do reads:
                    if payload:
                        for task in channel tasks:
                            step item: {value: "{{ task }}"}
            result: "{{ both }}"
    """)
    record = record_of(module, False)
    assert record["result"] == {"sends": [0, None, None], "reads": None}
    assert record["metadata"]["elapsed_ms"] == 0


@pytest.mark.parametrize("failing", ["sends", "reads"])
def test_a_failure_at_one_end_ends_the_other(failing: str) -> None:
    module = build("""
        channel tasks: 1
        chain c:
            parallel both:
                do left:
                    for i in range(9):
                        step put: {send: tasks, value: "{{ i }}"}
                        step sends: {target: sends}
                do right:
                    for task in channel tasks:
                        step reads: {target: reads}
    """)
    given = {"sends": slow, "reads": slow, failing: fails}
    record = record_of(module, connectors=given)
    assert record["status"] == "error"
    assert f"ValueError: no {failing}" in record["error"]
    assert "ok" not in [s["status"] for s in record["steps"] if s["name"] == failing]


def test_a_failure_that_is_kept_closes_the_channel() -> None:
    module = build("""
        channel tasks: 1
        chain c:
            parallel both:
                on_error: continue
                do sends:
                    step put: {send: tasks, value: 1}
                    step fails: {target: fails}
                do reads:
                    for task in channel tasks:
                        step item: {value: "{{ task }}"}
            result: "{{ both.reads }}"
    """)
    assert result_of(module, connectors={"fails": fails}) == [1]


CROSSED = """
        channel a: 1
        channel b: 1
        chain inner:
            %s
            parallel both:
                do sends:
                    for i in range(9)%s:
                        step put: {send: a, value: "{{ i }}"}
                        step last: {send: b, value: "{{ i }}"}
                do reads:
                    for rest: x in channel b:
                        step one: {value: "{{ x }}"}
                    for items: y in channel a:
                        step two: {value: "{{ y }}"}
        chain outer:
            timeout: 5
            step call: {kind: chain, target: inner}
"""


@pytest.mark.parametrize(
    ("chain", "timeout", "parallel", "waiting"),
    [
        ("inner", "timeout: 5", "", ["step 'for_1[1].put'"]),
        (
            "inner",
            "timeout: 5",
            " parallel 3",
            [f"step 'for_1[{n}].put'" for n in (1, 2, 3)],
        ),
        ("outer", "description: x", "", ["step 'call.for_1[1].put'"]),
        (
            "outer",
            "description: x",
            " parallel 2",
            [f"step 'call.for_1[{n}].put'" for n in (1, 2)],
        ),
    ],
)
def test_rounds_and_called_chains_that_block_each_other_are_named(
    chain: str, timeout: str, parallel: str, waiting: list[str]
) -> None:
    """The compiler cannot count the items: who reads `b` first never comes to `a`."""
    module = build(CROSSED % (timeout, parallel))
    record = run(module.run_chain(chain, parallel=True))
    assert record["status"] == "timeout"
    start = f"Chain '{chain}' execution timed out after 5 seconds, waiting: "
    error = record["error"]
    assert error.startswith(start)
    named = [f"{one} for room in channel 'a'" for one in waiting]
    assert sorted(error.removeprefix(start).split("; ")) == sorted(
        [*named, "rest for an item of channel 'b'"]
    )


def test_many_senders_share_one_place_in_a_channel() -> None:
    """Nobody is starved, and nobody waits for a place that is free."""
    senders = "".join(f"""
                do s{number}:
                    for i in range(4):
                        step put: {{send: a, value: "{number}.{{{{ i }}}}"}}
    """ for number in range(5))
    module = build(f"""
        channel a: 1
        chain c:
            parallel both:{senders}
                do reads:
                    for xs: x in channel a:
                        step work: {{target: slow, options: {{give: "{{{{ x }}}}"}}}}
            result: "{{{{ both.reads }}}}"
    """)
    found = [str(item) for item in result_of(module)]
    assert sorted(found) == sorted(f"{n}.{i}" for n in range(5) for i in range(4))
    firsts = {item.partition(".")[0] for item in found[:6]}
    assert len(firsts) >= 4


def test_a_timeout_says_who_waits_for_whom() -> None:
    module = build("""
        channel a: 2
        channel b: 2
        chain c:
            timeout: 5
            parallel both:
                do sends:
                    for i in range(9):
                        step put: {send: a, value: "{{ i }}"}
                    step last: {send: b, value: 1}
                do reads:
                    for rest: x in channel b:
                        step one: {value: "{{ x }}"}
                    for items: y in channel a:
                        step two: {value: "{{ y }}"}
    """)
    record = record_of(module)
    assert record["status"] == "timeout"
    assert record["error"] == (
        "Chain 'c' execution timed out after 5 seconds, waiting: "
        "step 'for_1[2].put' for room in channel 'a'; "
        "rest for an item of channel 'b'"
    )
    assert statuses(record)["for_1[2].put"] == "cancelled"


def test_a_called_chain_has_channels_of_its_own() -> None:
    module = build("""
        channel tasks: 1
        chain inner:
            parallel both:
                step put: {send: tasks, value: "{{ payload }}"}
                do reads:
                    for task in channel tasks:
                        step item: {value: "{{ task }}"}
            result: "{{ both.reads }}"
        chain c:
            for all: n in payload parallel 3:
                step one: {kind: chain, target: inner, payload: "{{ n }}"}
            result: "{{ all }}"
    """)
    record = run(module.run_chain("c", [1, 2, 3]))
    assert record["result"] == [[1], [2], [3]]


def test_a_resumed_run_sends_again_and_knows_rounds_by_their_keys() -> None:
    def text(key: str) -> str:
        return f"""
        channel tasks: 5
        chain c:
            parallel both:
                do sends:
                    for i in range(3):
                        step put: {{send: tasks, value: "{{{{ i }}}}"}}
                do reads:
                    for task in channel tasks:
                        {key}
                        step work: {{target: work, options: {{i: "{{{{ task }}}}"}}}}
        """

    for key, again in (("key: task", [1, 2]), ("on_error: stop", [0, 1, 2])):
        calls: list[int] = []

        def work(ctx: Any, calls: list[int] = calls) -> int:
            calls.append(ctx.options["i"])
            if len(calls) == 2:
                raise ValueError("down")
            return int(ctx.options["i"])

        module = build(text(key))
        given = {"connectors": {"work": work}}
        first = record_of(module, **given)
        assert first["status"] == "error"
        calls.append(-1)
        second = record_of(module, **given, resume=first)
        assert (second["status"], second["result"]["reads"]) == ("ok", [0, 1, 2])
        assert calls[calls.index(-1) + 1 :] == again


def test_a_caller_feeds_a_run() -> None:
    """A source that finds its tasks over time, as in a pool that is pushed to."""
    module = build(FED)

    async def main() -> None:
        handle = module.start_chain("fed", connectors=GIVEN)
        for number in range(4):
            await handle.send("tasks", number)
            await asyncio.sleep(0.1)
        assert round(now(), 3) == 0.4
        await handle.send("tasks", 4)
        assert round(now(), 3) == 1.0  # the channel was full
        handle.close("tasks")
        handle.close("tasks")
        with pytest.raises(RuntimeError, match="channel 'tasks' is closed"):
            await handle.send("tasks", 5)
        record = await handle.result()
        assert record["result"] == [0, 1, 2, 3, 4]
        assert record["metadata"]["elapsed_ms"] == 3000
        with pytest.raises(RuntimeError, match="the run has ended"):
            await handle.send("tasks", 5)

    ran(main)


def test_what_a_caller_cannot_send() -> None:
    module = build(FED)

    async def main() -> None:
        async with module.start_chain("fed", connectors=GIVEN) as handle:
            with pytest.raises(
                LookupError, match="'task' to chain 'fed'; it takes: tasks"
            ):
                await handle.send("task", 1)
            with pytest.raises(ValueError, match="whose items have no key"):
                await handle.send("tasks", 1, key="x")
            sending = [asyncio.create_task(handle.send("tasks", n)) for n in range(9)]
            await asyncio.sleep(0.5)
            await handle.cancel()
            told = await asyncio.gather(*sending, return_exceptions=True)
            refused = [error for error in told if error is not None]
            assert all(isinstance(error, Exception) for error in refused)
            assert len(refused) == 5

    ran(main)


def test_closing_before_the_run_has_begun() -> None:
    module = build(FED)

    async def main() -> None:
        handle = module.start_chain("fed", connectors=GIVEN)
        handle.close("tasks")
        assert (await handle.result())["result"] == []

    ran(main)


def test_a_run_that_nobody_can_feed_fails_at_once() -> None:
    record = record_of(build(FED))
    assert record["status"] == "error"
    assert "no step sends to the channel 'tasks': start the chain with" in (
        record["error"]
    )
    assert record["metadata"]["elapsed_ms"] == 0


def test_a_caller_may_send_beside_the_steps_but_holds_nothing_open() -> None:
    module = build(AI)

    async def main() -> None:
        handle = module.start_chain("c", {"n": 2}, connectors=GIVEN)
        await handle.send("tasks", 7)
        record = await handle.result()
        assert sorted(record["result"]) == [0, 10, 70]
        with pytest.raises(RuntimeError, match="the run has ended"):
            await handle.send("tasks", 1)

    ran(main)


def test_a_caller_whose_loop_has_failed_is_told() -> None:
    module = build("""
        channel tasks: 1
        chain c:
            parallel both:
                on_error: continue
                do reads:
                    for task in channel tasks:
                        step work: {target: fails}
                step lasts: {wait: 5s}
    """)

    async def main() -> None:
        handle = module.start_chain("c", connectors={"fails": fails})
        with pytest.raises(RuntimeError, match="no loop over it runs any more"):
            for number in range(9):
                await handle.send("tasks", number)
        assert (await handle.result())["status"] == "ok"

    ran(main)


def test_a_pause_holds_what_is_fed() -> None:
    module = build(FED)

    async def main() -> None:
        handle = module.start_chain("fed", connectors=GIVEN)
        handle.pause()
        for number in range(2):
            await handle.send("tasks", number)
        await asyncio.sleep(100)
        handle.close("tasks")
        handle.resume()
        record = await handle.result()
        assert record["result"] == [0, 1]
        assert now() == 101

    ran(main)


def test_a_million_items_of_a_channel_take_no_memory_of_their_own() -> None:
    module = build("""
        channel tasks: 10
        chain c:
            parallel both:
                do sends:
                    for i in range(3000):
                        step put: {send: tasks, value: "{{ i }}"}
                do reads:
                    for task in channel tasks parallel 4:
                        step item: {value: "{{ task }}"}
            result: "{{ both.reads | length }}"
    """)
    record = record_of(module)
    assert record["result"] == 3000


def test_specs_feed_channels_in_their_tests(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "c.ai").write_text("""
channel tasks: 1

chain c:
    for all: task in channel tasks:
        step pause: {wait: 1s}
        step one: {value: "{{ task.n }}"}
    result: "{{ all }}"

test fed of c:
    send: {tasks: [{n: 1}, {n: 2}, {n: 3}]}
    expect: {result: [1, 2, 3], elapsed_above: 2999ms, elapsed_below: 3001ms}

test empty of c:
    send: {tasks: []}
    expect: {result: []}

test fails of c:
    send: {tasks: [{n: 1}, {m: 2}, {n: 3}, {n: 4}]}
    expect: {status: error, error: "`task.n` is missing"}

test unfed of c:
    expect: {status: error, error: "no step sends to the channel 'tasks'"}
""")
    assert command(["test", "c.ai"]) == 0, capsys.readouterr()


def test_a_test_that_sends_nothing_is_told_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "c.ai").write_text("""
channel tasks: 1
channel notes: 1

chain c:
    do all:
        for ones: task in channel tasks:
            step one: {value: "{{ task }}"}
        for others: note in channel notes:
            step other: {value: "{{ note }}"}

test unfed of c:
    description: nothing is sent
""")
    assert command(["test", "c.ai"]) == 1
    said = capsys.readouterr().out
    assert (
        "the caller feeds the channels `tasks` and `notes`: "
        "say what comes by `send: {tasks: [], notes: []}`"
    ) in said
    assert "start_chain" not in said


@pytest.mark.parametrize("workers", ["", " parallel 2"])
@pytest.mark.parametrize(
    ("key", "status", "after"),
    [("", "cancelled", set()), ("on_error: continue", "skipped", {"skipped"})],
)
def test_who_sends_as_the_loop_fails_is_cancelled_where_that_ends_both(
    workers: str, key: str, status: str, after: set[str]
) -> None:
    """A send is refused, and may be skipped, where the failure cancels nothing."""
    module = build(f"""
        channel tasks: 1

        chain c:
            parallel both:
                {key or "description: They end together"}
                for sent: i in range(9){workers}:
                    do each:
                        step put:
                            send: tasks
                            value: "{{{{ i }}}}"
                            on_error: skip
                for read: task in channel tasks:
                    step work: {{target: slow}}
                    step stop: {{fail: "no more", when: task == 2}}
        """)
    record = record_of(module)
    found = statuses(record)
    put = [found[path] for path in found if path.endswith(".put")]
    ok = put.count("ok")
    assert put[:ok] == ["ok"] * ok
    assert put[ok] == status
    assert {*put[ok:]} - {"cancelled"} == after
    assert record["status"] == ("ok" if key else "error")
