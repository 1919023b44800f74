"""Runs that go on from the record of an earlier one."""

from __future__ import annotations

import asyncio
import json
import logging
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import aclosing
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

import pytest

from tests.building import build, built_in
from tests.clock import run


class Calls:
    """Connectors that count their calls, and fail or wait where they are told to."""

    def __init__(self, **answers: Any) -> None:
        self.answers = answers
        self.counts: Counter[str] = Counter()
        self.said: list[Any] = []

    def __call__(self, name: str) -> Callable[[Any], Any]:
        async def call(ctx: Any) -> Any:
            self.counts[name] += 1
            self.said.append((name, dict(ctx.options)))
            answer = self.answers.get(name, name)
            if callable(answer):
                answer = answer(ctx)
            if asyncio.iscoroutine(answer):
                answer = await answer
            if isinstance(answer, float):
                await asyncio.sleep(answer)
            if isinstance(answer, Exception):
                raise answer
            return answer

        return call

    def connectors(self, *names: str) -> dict[str, Callable[[Any], Any]]:
        return {name: self(name) for name in names}


def through_json(module: ModuleType, record: Any) -> Any:
    return json.loads(module.to_json(record))


def statuses(record: Mapping[str, Any]) -> list[tuple[str, str, bool]]:
    return [
        (step.get("path", step["name"]), step["status"], step.get("kept", False))
        for step in record["steps"]
    ]


THREE = """
chain three:
    step first:
        target: first
    step second:
        target: second
    step third:
        target: third
"""

NAMES = ("first", "second", "third")


@pytest.mark.parametrize("layout", ["standalone", "shared"])
@pytest.mark.parametrize("is_read_back", [False, True])
def test_a_failed_chain_goes_on_from_the_step_that_failed(
    layout: Literal["standalone", "shared"], is_read_back: bool, tmp_path: Path
) -> None:
    broken, mended = Calls(second=ValueError("no")), Calls(third=1.5)
    with built_in(layout, THREE, tmp_path) as module:
        record = run(
            module.run_chain("three", "x", connectors=broken.connectors(*NAMES))
        )
        assert record["status"] == "error"
        if is_read_back:
            record = through_json(module, record)
        again = run(
            module.run_chain(
                "three", "x", connectors=mended.connectors(*NAMES), resume=record
            )
        )
    assert again["status"] == "ok"
    assert mended.counts == {"second": 1, "third": 1}
    assert statuses(again) == [
        ("first", "ok", True),
        ("second", "ok", False),
        ("third", "ok", False),
    ]
    assert again["steps"][0]["result"] == "first"
    assert again["steps"][0]["elapsed_ms"] == 0
    assert again["metadata"]["resumed"] == {
        "from": record["metadata"]["run_id"],
        "kept": 1,
        "changed": [],
    }


def resumed(
    text: str,
    chain: str,
    first: Calls,
    second: Calls,
    *names: str,
    changed: str | None = None,
    payload: Any = None,
    parallel: bool = True,
    is_read_back: bool = True,
    **options: Any,
) -> tuple[Any, Any]:
    """The records of a run and of one that goes on from it, of a spec `changed` meanwhile."""
    module = build(text)
    start = module.run_chain(
        chain,
        payload,
        connectors=first.connectors(*names),
        parallel=parallel,
        **options,
    )
    record = run(start)
    earlier = through_json(module, record) if is_read_back else record
    after = module if changed is None else build(changed)
    again = after.run_chain(
        chain,
        payload,
        connectors=second.connectors(*names),
        parallel=parallel,
        resume=earlier,
    )
    return record, run(again)


DIAMOND = """
chain diamond:
    step left:
        target: left
        parallel: true
    step right:
        target: right
        parallel: true
    step after_left:
        target: after_left
        parallel: true
        depends_on: [left]
    step after_right:
        target: after_right
        parallel: true
        depends_on: [right]
    step join:
        target: join
        depends_on: [after_left, after_right]
"""
DIAMOND_NAMES = ("left", "right", "after_left", "after_right", "join")


def test_what_runs_beside_the_failed_step_is_kept() -> None:
    first = Calls(left=1.0, right=lambda ctx: failing_after(5), after_left=1.0)
    second = Calls(left=ValueError("again"), after_left=ValueError("again"))
    record, again = resumed(DIAMOND, "diamond", first, second, *DIAMOND_NAMES)
    assert record["status"] == "error"
    assert again["status"] == "ok"
    assert second.counts == {"right": 1, "after_right": 1, "join": 1}
    assert again["metadata"]["resumed"]["kept"] == 2


async def failing_after(seconds: float) -> Any:
    await asyncio.sleep(seconds)
    raise ValueError("no")


def test_parallel_steps_in_sequence_are_kept_as_well() -> None:
    first, second = Calls(right=ValueError("no")), Calls()
    _, again = resumed(
        DIAMOND, "diamond", first, second, *DIAMOND_NAMES, parallel=False
    )
    assert again["status"] == "ok"
    assert second.counts["left"] == 0
    assert sum(second.counts.values()) == 4 - first.counts["after_left"]


def test_a_run_that_passed_its_deadline_goes_on() -> None:
    first, second = Calls(second=100.0), Calls()
    record, again = resumed(THREE, "three", first, second, *NAMES, timeout=5)
    assert record["status"] == "timeout"
    assert again["status"] == "ok"
    assert second.counts == {"second": 1, "third": 1}


def test_a_run_that_was_cancelled_goes_on_from_its_events() -> None:
    module, second = build(THREE), Calls()
    events: list[Any] = []

    async def cut_off() -> None:
        given = Calls(second=100.0).connectors(*NAMES)
        async with aclosing(module.stream_chain("three", connectors=given)) as stream:
            async for event in stream:
                events.append(json.loads(module.to_json(event)))
                if event["event"] == "step_start" and event["step"] == "second":
                    break

    async def main() -> Any:
        await cut_off()
        given = second.connectors(*NAMES)
        return await module.run_chain("three", connectors=given, resume=events)

    again = run(main())
    assert again["status"] == "ok"
    assert again["metadata"]["resumed"]["from"] == events[0]["run_id"]
    assert second.counts == {"second": 1, "third": 1}


def test_a_step_whose_result_is_not_in_the_record_runs_again() -> None:
    module = build("chain c:\n    step a: {target: f}\n    step b: {target: g}\n")
    called: list[str] = []

    async def f(context: Any) -> str:
        called.append(context.step)
        return context.step

    async def main() -> None:
        given = {"f": f, "g": f}
        record = await module.run_chain("c", connectors=given)
        del record["steps"][0]["result"]
        again = await module.run_chain("c", connectors=given, resume=record)
        assert again["result"] == "b"
        assert called == ["a", "b", "a", "b"]

    run(main())


def test_the_record_of_a_resumed_run_can_be_resumed() -> None:
    module, calls = build(THREE), Calls(second=ValueError("no"))

    def go(calls: Calls, earlier: Any = None) -> Any:
        given = calls.connectors(*NAMES)
        return run(module.run_chain("three", connectors=given, resume=earlier))

    first = go(calls)
    second = go(Calls(third=ValueError("no")), through_json(module, first))
    third = Calls()
    assert go(third, through_json(module, second))["status"] == "ok"
    assert third.counts == {"third": 1}
    assert go(Calls(), go(third, second))["metadata"]["resumed"]["kept"] == 3


def test_a_changed_step_runs_again_and_what_comes_after_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    changed = THREE.replace(
        "        target: first\n", "        target: first\n        options: {n: 1}\n"
    )
    first, second = Calls(third=ValueError("no")), Calls()
    with caplog.at_level(logging.WARNING, "n3gen"):
        _, again = resumed(THREE, "three", first, second, *NAMES, changed=changed)
    assert second.counts == {"first": 1, "second": 1, "third": 1}
    assert again["metadata"]["resumed"]["changed"] == ["first"]
    told = [record.getMessage() for record in caplog.records]
    why = "the spec has changed, or JSON could not hold its result"
    assert f"Step 'first' runs again: {why}" in told


@pytest.mark.parametrize(
    "mended",
    [
        THREE.replace("target: third", "target: third\n        retry: 2"),
        THREE.replace("target: first", "target: first\n        timeout: 5"),
        THREE.replace("chain three:", "chain three:\n    timeout: 20"),
        THREE.replace(
            "    step third", "    step more:\n        value: 1\n    step third"
        ),
        THREE.replace("target: second", "target: second\n        description: Words"),
        "\n\n\n" + THREE,
    ],
)
def test_mended_times_tries_and_words_keep_what_was_done(mended: str) -> None:
    first, second = Calls(third=ValueError("no")), Calls()
    _, again = resumed(THREE, "three", first, second, *NAMES, changed=mended)
    assert again["status"] == "ok"
    assert second.counts == {"third": 1}


def test_a_changed_value_is_no_reason_to_keep_what_reads_it() -> None:
    text = """
    chain c:
        step number:
            value: 1
        step before:
            target: before
        step other:
            value: 2
        step after:
            target: after
            options: {n: "{{ number }}"}
        step last:
            target: last
    """
    first, second = Calls(last=ValueError("no")), Calls()
    names = ("before", "after", "last")
    changed = text.replace("value: 2", "value: 3")
    _, again = resumed(text, "c", first, second, *names, changed=changed)
    assert second.counts == {"after": 1, "last": 1}
    assert again["metadata"]["resumed"]["changed"] == ["other"]


BRANCHES = """
chain branches:
    step kind:
        target: kind
    if kind == "a":
        step work:
            target: work
            options: {of: a}
    else:
        step work:
            target: work
            options: {of: b}
        step more:
            target: more
    step last:
        target: last
        when: kind != "z"
"""


@pytest.mark.parametrize("kind", ["a", "b"])
def test_branches_are_taken_again(kind: str) -> None:
    first, second = Calls(kind=kind, last=ValueError("no")), Calls()
    names = ("kind", "work", "more", "last")
    _, again = resumed(BRANCHES, "branches", first, second, *names)
    assert again["status"] == "ok"
    assert second.counts == {"last": 1}
    assert again["metadata"]["resumed"]["changed"] == []


def test_a_name_of_another_branch_is_another_step() -> None:
    first, second = Calls(kind="a", last=ValueError("no")), Calls(kind="b")
    changed = BRANCHES.replace("target: kind", "target: kind\n        options: {x: 1}")
    names = ("kind", "work", "more", "last")
    _, again = resumed(BRANCHES, "branches", first, second, *names, changed=changed)
    assert again["status"] == "ok"
    assert second.said[1] == ("work", {"of": "b"})


@pytest.mark.parametrize("is_ok", [False, True])
def test_a_skipped_step_is_asked_again(is_ok: bool) -> None:
    text = """
    chain c:
        step maybe:
            target: maybe
            when: payload.wanted
        step last:
            target: last
    """
    first, second = Calls(last=0.0 if is_ok else ValueError("no")), Calls()
    payload = {"wanted": False}
    _, again = resumed(text, "c", first, second, "maybe", "last", payload=payload)
    assert statuses(again) == [("maybe", "skipped", False), ("last", "ok", is_ok)]


LOOP = """
chain loop:
    for docs: doc in payload.docs{how}:
{keys}
        step classify:
            target: classify
            options: {{doc: "{{{{ doc }}}}"}}
        step file:
            target: file
            options: {{doc: "{{{{ doc }}}}", as: "{{{{ classify }}}}"}}
    step last:
        target: last
    result: "{{{{ docs }}}}"
"""


def loop(how: str = "", *keys: str) -> str:
    return LOOP.format(how=how, keys="\n".join(f"        {key}" for key in keys))


@pytest.mark.parametrize("how", ["", " parallel 2", " parallel 10"])
@pytest.mark.parametrize("key", ["", "key: doc"])
def test_rounds_of_a_loop_are_kept(how: str, key: str) -> None:
    docs = ["a", "b", "c", "d"]

    def file(ctx: Any) -> Any:
        return ValueError("no") if ctx.options["doc"] == "c" else ctx.options["doc"]

    first, second = Calls(file=file, classify=1.0), Calls(classify=1.0)
    names = ("classify", "file", "last")
    payload = {"docs": docs}
    text = loop(how, key)
    record, again = resumed(text, "loop", first, second, *names, payload=payload)
    assert record["status"] == "error"
    assert again["status"] == "ok"
    done = {step["path"] for step in record["steps"] if step["status"] == "ok"}
    kept = {step["path"] for step in again["steps"] if "kept" in step}
    assert kept == done
    assert second.counts["classify"] == 4 - len([p for p in done if "classify" in p])


@pytest.mark.parametrize("how", ["", " parallel 2", " parallel 10"])
def test_only_failed_rounds_run_again_and_what_comes_after_the_loop(how: str) -> None:
    docs = [str(number) for number in range(6)]

    def file(ctx: Any) -> Any:
        return (
            ValueError("no") if ctx.options["doc"] in ("0", "3") else ctx.options["doc"]
        )

    first, second = Calls(file=file), Calls(file=lambda ctx: ctx.options["doc"])
    names = ("classify", "file", "last")
    text = loop(how, "on_error: continue")
    payload = {"docs": docs}
    record, again = resumed(text, "loop", first, second, *names, payload=payload)
    assert record["status"] == "ok"
    assert record["result"][0]["kind"] == "error"
    assert again["result"] == docs
    assert second.counts == {"file": 2, "last": 1}


def test_rounds_of_one_name_run_again() -> None:
    first, second = Calls(last=ValueError("no")), Calls()
    names = ("classify", "file", "last")
    text, payload = loop(" parallel 2", "key: doc"), {"docs": ["a", "a", "b"]}
    _, again = resumed(text, "loop", first, second, *names, payload=payload)
    assert again["status"] == "ok"
    assert second.counts == {"classify": 2, "file": 2, "last": 1}


def test_a_loop_over_something_else_runs_again() -> None:
    first, second = Calls(last=ValueError("no")), Calls()
    changed = loop().replace("payload.docs", "payload.docs | reverse")
    payload, names = {"docs": ["a", "b"]}, ("classify", "file", "last")
    resumed(loop(), "loop", first, second, *names, payload=payload, changed=changed)
    assert second.counts == {"classify": 2, "file": 2, "last": 1}


WHILE = """
chain c:
    while drafts: (review | default(0)) < 3 max 5:
        step draft:
            target: draft
        step review:
            target: review
    step last:
        target: last
"""


def test_rounds_of_a_while_are_kept_up_to_the_one_that_failed() -> None:
    first, second = Calls(), Calls()
    first.answers["review"] = lambda ctx: first.counts["review"]
    first.answers["draft"] = lambda ctx: (
        ValueError("no") if first.counts["draft"] == 3 else "draft"
    )
    second.answers["review"] = 3
    _, again = resumed(WHILE, "c", first, second, "draft", "review", "last")
    assert again["status"] == "ok"
    assert statuses(again) == [
        ("drafts[0].draft", "ok", True),
        ("drafts[0].review", "ok", True),
        ("drafts[1].draft", "ok", True),
        ("drafts[1].review", "ok", True),
        ("drafts[2].draft", "ok", False),
        ("drafts[2].review", "ok", False),
        ("last", "ok", False),
    ]


RACE = """
chain c:
    race winner:
{stagger}
        step slow:
            target: slow
        step fast:
            target: fast
        do both:
            step one:
                target: one
            step two:
                target: two
    step last:
        target: last
    result: "{{{{ winner }}}} {{{{ winner.winner }}}}"
"""


@pytest.mark.parametrize("stagger", ["", "stagger: 1"])
def test_who_has_won_wins_at_once(stagger: str) -> None:
    text = RACE.format(stagger=f"        {stagger}")
    first = Calls(slow=50.0, fast=2.0, one=60.0, last=ValueError("no"))
    second = Calls()
    names = ("slow", "fast", "one", "two", "last")
    _, again = resumed(text, "c", first, second, *names)
    assert again["result"] == "2.0 fast"
    assert second.counts == {"last": 1}


def test_a_body_that_has_won_wins_again() -> None:
    text = RACE.format(stagger="")
    first = Calls(slow=50.0, fast=60.0, one=2.0, two=1.0, last=ValueError("no"))
    second = Calls(slow=50.0, fast=60.0)
    names = ("slow", "fast", "one", "two", "last")
    _, again = resumed(text, "c", first, second, *names)
    assert again["result"] == "1.0 both"
    assert second.counts["one"] == second.counts["two"] == 0
    assert second.counts["last"] == 1


def test_another_winner_has_what_follows_run_again() -> None:
    text = RACE.format(stagger="").replace(
        "    step last", "    step middle:\n        target: middle\n    step last"
    )
    first = Calls(slow=50.0, fast=60.0, one=2.0, two=1.0, last=ValueError("no"))
    second = Calls(slow="slow")
    names = ("slow", "fast", "one", "two", "middle", "last")
    _, again = resumed(text, "c", first, second, *names)
    assert again["result"] == "slow slow"
    assert second.counts["middle"] == 1


CANCELLED = """
    chain c:
        step research: {target: work, background: true, options: {seconds: 30}}
        step draft: {target: work, options: {seconds: 1}}
        PAUSE
        step enough: {cancel: research}
        step reply: {target: work, options: {seconds: 1}}
        step sent: {target: sender}
        result: "{{ [draft, reply, sent, research | default('none')] }}"
"""


@pytest.mark.parametrize("pause", ["", "step pause: {wait: 1s}"])
def test_work_that_was_cancelled_is_cancelled_again_and_renews_nothing(
    pause: str,
) -> None:
    module = build(CANCELLED.replace("PAUSE", pause))
    asked: list[str] = []
    is_down = True

    async def work(ctx: Any) -> str:
        asked.append(ctx.step)
        await asyncio.sleep(ctx.options["seconds"])
        return str(ctx.step)

    async def sender(ctx: Any) -> str:
        if is_down:
            raise OSError("down")
        return "sent"

    given = {"work": work, "sender": sender}
    failed = run(module.run_chain("c", connectors=given))
    asked.clear()
    is_down = False
    record = run(
        module.run_chain(
            "c", connectors=given, resume=json.loads(module.to_json(failed))
        )
    )
    assert record["result"] == ["draft", "reply", "sent", "none"]
    assert asked in ([], ["research"])
    assert record["metadata"]["elapsed_ms"] < 3000


def test_what_reads_work_of_the_background_is_renewed_with_it() -> None:
    module = build("""
        chain c:
            step research: {target: work, background: true, options: {seconds: 5}}
            step beside: {target: work, options: {seconds: 1}}
            step reply: {target: work, options: {seconds: 1, of: "{{ research }}"}}
            step sent: {target: sender}
    """)
    asked: list[str] = []

    async def work(ctx: Any) -> str:
        asked.append(ctx.step)
        await asyncio.sleep(ctx.options["seconds"])
        return str(ctx.step)

    async def down(ctx: Any) -> None:
        raise OSError("down")

    given = {"work": work, "sender": down}
    failed = run(module.run_chain("c", connectors=given))
    for step in failed["steps"]:
        if step["name"] == "research":
            step["status"] = "cancelled"
    asked.clear()
    run(module.run_chain("c", connectors=given, resume=failed))
    assert asked == ["research", "reply"]
