"""Steps that wait for people, on a virtual clock."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import tracemalloc
from collections.abc import Callable, Coroutine
from contextlib import aclosing
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from n3gen.cli import main as command
from n3gen.templates.runtime.run.people import Signal

from tests.behaviour.test_flow import slow, statuses
from tests.building import build, built_in
from tests.clock import run

AI = """
    type Decision:
        approved: bool
        reason: str = ""

    chain pay:
        input: {to: str, amount: float}
        step approve:
            wait: approval
            ask: "Pay {{ payload.amount }} to {{ payload.to }}?"
            output: Decision
            key: payload.to
            timeout: 2d
            default: {approved: false}
        step paid:
            target: bank
            when: approve.approved
        result: "{{ [approve.approved, approve.reason] }}"
"""

YAML = """
    types:
      Decision: {approved: bool, reason: 'str = ""'}
    chain: pay
    input: {to: str, amount: float}
    steps:
      - name: approve
        kind: wait
        target: approval
        ask: "Pay {{ payload.amount }} to {{ payload.to }}?"
        output: Decision
        key: payload.to
        timeout: 2d
        default: {approved: false}
      - {name: paid, target: bank, when: approve.approved}
    result: "{{ [approve.approved, approve.reason] }}"
"""

PAYLOAD = {"to": "ann", "amount": 20}
GIVEN = {"bank": slow, "slow": slow}
DAY = 86_400

OPEN = """
    chain c:
        step one:
            wait: answer
        result: "{{ one }}"
"""


def ran(main: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
    return run(main())


def now() -> float:
    return asyncio.get_running_loop().time()


def start(module: ModuleType, payload: Any = None, **more: Any) -> Any:
    (chain,) = module.CHAINS
    return module.start_chain(chain, payload, connectors=GIVEN, **more)


async def waiting(handle: Any, many: int = 1) -> list[dict[str, Any]]:
    """What the run asks for, once it waits for so many answers."""
    found: list[dict[str, Any]] = []
    async with aclosing(handle.events()) as events:
        async for event in events:
            if event["event"] == "step_waiting":
                found.append(event)
                if len(found) == many:
                    break
    return found


@pytest.mark.parametrize("layout", ["standalone", "shared"])
@pytest.mark.parametrize("spelling", ["ai", "yaml"])
def test_a_question_and_its_answer(layout: Any, spelling: str, tmp_path: Path) -> None:
    text = AI if spelling == "ai" else YAML

    async def main(module: ModuleType) -> None:
        handle = start(module, PAYLOAD)
        (asked,) = await waiting(handle)
        assert asked["step"] == "approve"
        assert asked["signal"] == "approval"
        assert asked["question"] == "Pay 20 to ann?"
        assert (asked["key"], asked["count"]) == ("ann", 1)
        assert asked["timeout"] == 2 * DAY
        assert asked["schema"]["required"] == ["approved"]
        assert "description" not in asked["schema"]
        await asyncio.sleep(1.5 * DAY)
        await handle.send("approval", {"approved": True}, key="ann")
        record = await handle.result()
        assert (record["status"], record["result"]) == ("ok", [True, ""])
        assert statuses(record) == {"approve": "ok", "paid": "ok"}
        assert isinstance(record["steps"][0]["result"], module.Decision)
        assert record["steps"][0]["queued_ms"] == 0
        assert record["steps"][0]["elapsed_ms"] == 1.5 * DAY * 1000

    with built_in(layout, text, tmp_path, path=f"specs/x.{spelling}") as module:
        run(main(module))


def test_the_default_takes_the_place_of_an_answer() -> None:
    async def main() -> None:
        record = await start(build(AI), PAYLOAD).result()
        assert record["result"] == [False, ""]
        assert statuses(record) == {"approve": "ok", "paid": "skipped"}
        assert now() == 2 * DAY

    ran(main)


def test_without_a_default_the_step_times_out() -> None:
    module = build("""
        chain c:
            step one:
                wait: answer
                timeout: 1h
            on_error [timeout] as error:
                step late: {value: "{{ error.message }}"}
    """)

    async def main() -> None:
        record = await start(module).result()
        assert statuses(record)["one"] == "timeout"
        assert "timed out after 3600 seconds without an answer" in record["result"]

    ran(main)


def test_an_answer_that_does_not_fit_is_refused_to_who_sends_it() -> None:
    module = build(AI)

    async def main() -> None:
        async with start(module, PAYLOAD) as handle:
            for wrong in ({"approvd": True}, {"approved": 3}, {"approved": "x"}, None):
                with pytest.raises(ValueError, match="the answer does not fit"):
                    await handle.send("approval", wrong, key="ann")
            with pytest.raises(LookupError, match="'aproval' to chain 'pay'; it takes"):
                await handle.send("aproval", {"approved": True})
            with pytest.raises(ValueError, match="is what a step waits for"):
                handle.close("approval")
            # An early one is checked as well, and kept.
            await handle.send("approval", {"approved": True, "reason": "early"})
            record = await handle.result()
            assert (record["result"], now()) == ([True, "early"], 1)
            with pytest.raises(RuntimeError, match="the run has ended"):
                await handle.send("approval", {"approved": True})

    ran(main)


SEVERAL = """
    chain c:
        for answers: who in payload parallel 10:
            step one:
                wait: answer
                key: who
        result: "{{ answers }}"
"""


def test_answers_go_by_their_keys_and_else_to_the_first() -> None:
    module = build(SEVERAL)

    async def main() -> None:
        handle = start(module, ["a", "b", "c", "d"])
        asked = asyncio.create_task(waiting(handle, 4))
        await asyncio.sleep(0)
        await handle.send("answer", "early for c", key="c")
        await asked
        await handle.send("answer", "for d", key="d")
        await handle.send("answer", "for the first")
        await handle.send("answer", "for the next")
        await handle.send("answer", "for nobody", key="z")
        record = await handle.result()
        assert record["result"] == [
            "for the first",
            "for the next",
            "early for c",
            "for d",
        ]

    ran(main)


def test_a_step_without_a_key_takes_no_answer_with_one() -> None:
    module = build(OPEN)

    async def main() -> None:
        async with start(module) as handle:
            with pytest.raises(ValueError, match="no step waits for 'answer' with a"):
                await handle.send("answer", 1, key="a")
            await asyncio.sleep(1)
            assert not handle.task.done()
            await handle.send("answer", {"x": [2]})
            assert (await handle.result())["result"] == {"x": [2]}

    ran(main)


def test_keys_may_be_numbers() -> None:
    module = build(SEVERAL)

    async def main() -> None:
        handle = start(module, [7, 8])
        await handle.send("answer", "eight", key="8")
        await handle.send("answer", "seven", key=7)
        assert (await handle.result())["result"] == ["seven", "eight"]

    ran(main)


def test_a_step_may_wait_for_several_answers() -> None:
    module = build("""
        chain c:
            step votes:
                wait: vote
                count: 3
                output: bool
                timeout: 1h
                default: []
            result: "{{ votes | select | length }}"
    """)

    async def main() -> None:
        handle = start(module)
        (asked,) = await waiting(handle)
        assert asked["count"] == 3
        for vote in (True, False, True):
            await handle.send("vote", vote)
        assert (await handle.result())["result"] == 2
        handle = start(module)
        await handle.send("vote", True)
        record = await handle.result()
        assert (record["result"], now()) == (0, 3600)

    ran(main)


@pytest.mark.parametrize("ending", ["timeout: 10", "timeout: 10\n        default: []"])
def test_answers_that_do_not_come_to_the_count_are_left_for_others(ending: str) -> None:
    module = build(f"""
        chain c:
            step votes:
                wait: vote
                count: 3
                on_error: continue
                {ending.replace("        ", " " * 16)}
            step first: {{wait: vote}}
            step second: {{wait: vote}}
            result: ["{{{{ first }}}}", "{{{{ second }}}}"]
    """)

    async def main() -> None:
        handle = start(module)
        await waiting(handle)
        await handle.send("vote", "one")
        await handle.send("vote", "two")
        assert (await handle.result())["result"] == ["one", "two"]
        assert now() == 10

    ran(main)


def test_a_count_that_loses_a_race_leaves_its_answers() -> None:
    module = build("""
        chain c:
            parallel both:
                race first:
                    step asked: {wait: vote, key: 1, count: 2}
                    step quick: {target: slow}
                step beside: {wait: vote, key: 2}
            step again: {wait: vote, key: 1}
            result: ["{{ both.beside }}", "{{ again }}"]
    """)

    async def main() -> None:
        handle = start(module)
        await asyncio.sleep(0)
        await handle.send("vote", "for anybody")  # the race waits for it first
        await asyncio.sleep(5)
        await handle.send("vote", "of 1", key=1)
        assert (await handle.result())["result"] == ["for anybody", "of 1"]

    ran(main)


def test_time_stands_still_for_the_default_deadline_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CHAIN_TIMEOUT_SECONDS", "3")
    module = build("""
        chain c:
            parallel both:
                step one: {wait: answer}
                do other:
                    step a: {wait: 2s}
                    step another: {wait: second}
            step last: {wait: 2s}
    """)

    async def main() -> None:
        handle = start(module, parallel=True)
        await asyncio.sleep(1000)
        await handle.send("answer", 1)
        await asyncio.sleep(1000)
        await handle.send("second", 2)
        record = await handle.result()
        assert record["status"] == "ok", record["error"]
        assert now() == 2002
        handle = start(module, parallel=True, timeout=5)
        record = await handle.result()
        assert (record["status"], now()) == ("timeout", 2007)
        assert record["error"].endswith(
            "after 5 seconds, waiting: step 'one' for an answer to 'answer'; "
            "step 'another' for an answer to 'second'"
        )

    ran(main)


def test_who_waits_holds_no_permit() -> None:
    module = build("""
        limit one: 1
        chain c:
            max_parallel: 1
            parallel both:
                step asked: {wait: answer}
                step work: {target: slow, limit: one}
                step more: {target: slow, limit: one}
    """)

    async def main() -> None:
        handle = start(module, max_concurrent_llm_calls=1)
        await asyncio.sleep(2)
        await handle.send("answer", 1)
        record = await handle.result()
        assert record["status"] == "ok"
        assert now() == 2

    ran(main)
    run(
        module.run_chain(
            "c", connectors=GIVEN, timeout=0.1, max_concurrent_llm_calls=50
        )
    )


@pytest.mark.parametrize("way", ["run_chain", "stream_chain"])
def test_where_nobody_can_answer_the_step_fails_at_once(way: str) -> None:
    module = build(OPEN)

    async def main() -> None:
        if way == "run_chain":
            record = await module.run_chain("c")
        else:
            record = [e async for e in module.stream_chain("c")][-1]["run"]
        assert "nobody can answer 'answer': start the chain with" in record["error"]
        assert now() == 0

    ran(main)
    record = run(build(AI).run_chain("pay", PAYLOAD, connectors=GIVEN))
    assert record["result"] == [False, ""]  # it has a default


def test_a_cancelled_wait_leaves_its_answer_to_the_next() -> None:
    module = build("""
        chain c:
            race first:
                step asked: {wait: answer, timeout: 5s}
                step quick: {target: slow}
            step again: {wait: answer}
            result: "{{ [first, again] }}"
    """)

    async def main() -> None:
        handle = start(module)
        await asyncio.sleep(2)
        await handle.send("answer", "yes")
        assert (await handle.result())["result"] == ["quick", "yes"]

    ran(main)


def test_an_answer_for_anybody_stays_one_where_its_wait_is_cancelled() -> None:
    async def main() -> Any:
        signal = Signal("approval")
        first = asyncio.ensure_future(signal.take("a"))
        await asyncio.sleep(0)
        await signal.put("yes", None)
        first.cancel()
        await asyncio.wait([first])
        return await signal.take("b")

    assert run(main()) == (None, "yes")


def test_chains_that_are_called_are_answered_by_the_same_handle() -> None:
    module = build("""
        chain ask_one:
            step one:
                wait: answer
                key: payload
                output: int
        chain c:
            for all: who in payload parallel 3:
                step inner: {kind: chain, target: ask_one, payload: "{{ who }}"}
            result: "{{ all | sum }}"
    """)

    async def main() -> None:
        handle = module.start_chain("c", ["a", "b"])
        asked = await waiting(handle, 2)
        assert [event["step"] for event in asked] == [
            "all[0].inner.one",
            "all[1].inner.one",
        ]
        await handle.send("answer", 1, key="b")
        await handle.send("answer", 2, key="a")
        assert (await handle.result())["result"] == 3

    ran(main)


def test_a_resumed_run_asks_nobody_twice() -> None:
    module = build(AI)
    calls: list[str] = []

    def bank(ctx: Any) -> str:
        calls.append(ctx.step)
        if len(calls) == 1:
            raise OSError("closed")
        return "paid"

    async def main() -> None:
        given = {"bank": bank}
        handle = module.start_chain("pay", PAYLOAD, connectors=given)
        await handle.send("approval", {"approved": True, "reason": "ok"})
        first = await handle.result()
        assert first["status"] == "error"
        handle = module.start_chain("pay", PAYLOAD, connectors=given, resume=first)
        record = await handle.result()
        assert record["result"] == [True, "ok"]
        assert record["steps"][0]["kept"] is True

    asyncio.run(main())


def test_a_wait_that_is_cancelled_or_skipped_leaves_nothing() -> None:
    module = build("""
        chain c:
            step one:
                wait: answer
                when: payload
            step two:
                wait: 5s
    """)

    async def main() -> None:
        handle = start(module, True)
        await asyncio.sleep(1)
        record = await handle.cancel()
        assert statuses(record) == {"one": "cancelled"}
        record = await start(module, False).result()
        assert statuses(record) == {"one": "skipped", "two": "ok"}
        assert now() == 6

    ran(main)


def test_many_runs_wait_at_once() -> None:
    module = build(AI)

    async def main() -> None:
        handles = [start(module, {"to": f"p{n}", "amount": n}) for n in range(1000)]
        await asyncio.sleep(DAY)
        assert len(module.MODULE.running) == 1000
        for handle in handles:
            await handle.send("approval", {"approved": False})
        records = [await handle.result() for handle in handles]
        assert {record["status"] for record in records} == {"ok"}
        assert now() == DAY

    ran(main)


def test_runs_that_wait_hold_no_permit_and_little_memory() -> None:
    """Of all limits there is one permit, which a call beside them gets at once."""
    module = build("""
        limit one: 1
        chain asks:
            step asked: {wait: answer, ask: "Is it?"}
            result: "{{ asked }}"
        chain works:
            step work: {target: slow, limit: one}
            step call: {target: slow}
    """)
    count = 500

    async def main() -> None:
        tracemalloc.start()
        before, _ = tracemalloc.get_traced_memory()
        limits = {"max_concurrent_llm_calls": 1}
        handles = [module.start_chain("asks", **limits) for _ in range(count)]
        await asyncio.sleep(DAY)
        after, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert len(module.MODULE.running) == count
        assert (after - before) / count < 25_000
        record = await module.run_chain("works", connectors=GIVEN, **limits)
        assert (record["status"], record["metadata"]["queued_ms"]) == ("ok", 0)
        assert now() == DAY + 2
        for number, handle in enumerate(handles):
            await handle.send("answer", number)
        results = [(await handle.result())["result"] for handle in handles]
        assert results == [*range(count)]

    ran(main)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "c.ai").write_text("""
type Decision:
    approved: bool
    reason: str = ""

chain pay:
    step approve:
        wait: approval
        ask: "Pay \\x1b[31m?"
        output: Decision
    step sure:
        wait: certainty
        output: one of [low, high]
        key: 7
    step words:
        wait: words
    result: "{{ [approve.approved, sure, words] }}"
""")
    assert command(["build", "c.ai"]) == 0
    return tmp_path


COMMANDS = (
    ["-m", "n3gen", "run", "c.ai"],
    ["generated/c.py", "pay"],
    ["-m", "generated.c", "pay"],
)


@pytest.mark.parametrize("arguments", COMMANDS)
def test_commands_ask_at_the_terminal(project: Path, arguments: list[str]) -> None:
    typed = 'perhaps\n{"approved": "x"}\nyes\nmiddling\nhigh\nas you like\n'
    ended = subprocess.run(
        [sys.executable, *arguments], input=typed, capture_output=True, text=True
    )
    assert ended.returncode == 0, ended.stderr
    assert '"as you like"' in ended.stdout
    told = ended.stderr
    assert "approve: Pay \\x1b[31m?" in told and "\x1b" not in told
    assert "the answer is not JSON: perhaps" in told
    assert "the answer does not fit: approved" in told
    # Nobody's Enter ends the line of a question that is answered by a pipe.
    assert "sure [7]: an answer to 'certainty'\n  low | high > \n" in told


@pytest.mark.parametrize("arguments", COMMANDS)
def test_a_command_whose_input_ends_cancels_the_run(
    project: Path, arguments: list[str]
) -> None:
    ended = subprocess.run(
        [sys.executable, *arguments], input="yes\n", capture_output=True, text=True
    )
    assert ended.returncode == 1
    assert "nobody answers: standard input has ended" in ended.stderr
    assert "cancelled" in ended.stderr


@pytest.mark.parametrize("arguments", COMMANDS)
def test_a_command_whose_input_ends_takes_what_a_timeout_leaves(
    project: Path, arguments: list[str]
) -> None:
    (project / "c.ai").write_text("""
chain pay:
    step approve:
        wait: approval
        timeout: 0.2s
        default: no answer
    step sure:
        wait: approval
        timeout: 0.2s
        on_error [timeout]:
            step late: {value: "late"}
    result: "{{ [approve, sure] }}"
""")
    assert command(["build", "c.ai"]) == 0
    ended = subprocess.run(
        [sys.executable, *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 0, ended.stderr
    assert '"no answer",\n' in ended.stdout
    assert '"late"\n' in ended.stdout
    for step in ("approve", "sure"):
        told = "nobody answers: standard input has ended; "
        assert (
            f"{told}'{step}' waits until its time is over, 0.2 seconds" in ended.stderr
        )


ENDED_BY_OTHERS = {
    "within": """
chain pay:
    within reply: 0.2s:
        step approve:
            wait: approval
    else:
        step late:
            value: "went on"
    result: "{{ reply }}"
""",
    "race": """
chain pay:
    race reply:
        step approve:
            wait: approval
        do other:
            step pause:
                wait: 0.2s
            step found:
                value: "went on"
    result: "{{ reply }}"
""",
    "cancel": """
chain pay:
    step approve:
        wait: approval
        background: true
    step pause:
        wait: 0.2s
    step enough:
        cancel: approve
    step found:
        value: "went on"
""",
}


@pytest.mark.parametrize("way", [*ENDED_BY_OTHERS])
@pytest.mark.parametrize("arguments", COMMANDS)
def test_a_command_whose_input_ends_goes_on_where_others_end_the_wait(
    project: Path, arguments: list[str], way: str
) -> None:
    (project / "c.ai").write_text(ENDED_BY_OTHERS[way])
    assert command(["build", "c.ai"]) == 0
    ended = subprocess.run(
        [sys.executable, *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert ended.returncode == 0, ended.stderr
    assert '"went on"' in ended.stdout
    assert ended.stderr.count("nobody answers") == 1


@pytest.mark.parametrize("arguments", COMMANDS)
def test_a_command_whose_input_ends_lets_others_finish(
    project: Path, arguments: list[str]
) -> None:
    (project / "c.ai").write_text("""
chain pay:
    parallel both:
        step approve:
            wait: approval
        do other:
            step pause:
                wait: 0.1s
            step sure:
                wait: certainty
        do third:
            step long:
                wait: 0.3s
    result: "{{ both }}"
""")
    assert command(["build", "c.ai"]) == 0
    ended = subprocess.run(
        [sys.executable, *arguments, "--events"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert ended.returncode == 1
    events = [json.loads(line) for line in ended.stdout.splitlines()]
    last = events[-1]["run"]
    assert last["status"] == "cancelled"
    assert {step["name"]: step["status"] for step in last["steps"]} == {
        "approve": "cancelled",
        "pause": "ok",
        "long": "ok",
        "sure": "cancelled",
    }


@pytest.mark.parametrize("arguments", COMMANDS)
def test_a_command_that_asks_shows_its_run_from_the_first_event(
    project: Path, arguments: list[str]
) -> None:
    """A run that ends before its first step has no other event than these two."""
    spec = project / "c.ai"
    spec.write_text(spec.read_text().replace("pay:", "pay:\n    input: {to: str}", 1))
    assert command(["build", "c.ai"]) == 0
    ended = subprocess.run(
        [sys.executable, *arguments, "--events"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 1, ended.stderr
    events = [json.loads(line) for line in ended.stdout.splitlines()]
    assert [event["event"] for event in events] == ["chain_start", "chain_error"]
    assert "wrong payload: `to` is missing" in events[-1]["run"]["error"]


def test_specs_answer_in_their_tests(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    text = """
chain pay:
    step approve:
        wait: approval
        output: bool
        timeout: 2d
        default: false
    result: "{{ approve }}"

test yes of pay:
    mock: {approve: {value: true, delay: 1h}}
    expect: {result: true, elapsed_above: 59m, elapsed_below: 61m}

test late of pay:
    mock: {approve: {value: true, delay: 3d}}
    expect: {result: false, elapsed_below: 49h}

test unfit of pay:
    mock: {approve: 7}
    expect: {status: error, error: not of type bool}

test nobody of pay:
    expect: {result: true}
"""
    (tmp_path / "c.ai").write_text(text)
    assert command(["test", "c.ai"]) == 1
    told = capsys.readouterr()
    shown = told.out + told.err
    assert "1 of 4 tests failed" in shown, shown
    assert "step `approve` waits for an answer to `approval`: add it to `mock`" in shown


def test_modules_without_questions_carry_nothing_of_them() -> None:
    module = build("chain c:\n    step a: {wait: 1s}\n")
    assert (
        not {"Signal", "answered_at_terminal", "Inlet", "RunChannel"}
        & vars(module).keys()
    )


def test_a_plan_knows_how_long_the_deadline_may_stand_still(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "c.ai").write_text("""
chain bounded:
    step one: {wait: answer, timeout: 1h}
    step two: {target: slow}
chain stated:
    timeout: 60
    step one: {wait: answer}
chain unbounded:
    step one: {wait: answer}
""")
    assert command(["plan", "c.ai"]) == 0
    told = capsys.readouterr().out
    worst = [line for line in told.splitlines() if "worst case" in line]
    assert [line.split("case")[1].strip() for line in worst] == [
        "3900s",
        "60s",
        "no bound",
    ]
