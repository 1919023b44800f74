"""`background` steps and blocks, and `cancel`, on a virtual clock."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, Literal

import pytest

from tests.behaviour.test_flow import record_of, result_of, starts, statuses
from tests.behaviour.test_races import ENDED, GIVEN
from tests.building import build, built_in
from tests.clock import run


def ran(text: str, payload: Any = None, **options: Any) -> Any:
    return record_of(build(text), payload, **{"connectors": GIVEN, **options})


BESIDE = """
    chain c:
        step before:
            target: slow
        step extra:
            target: slow
            background: true
            options: {seconds: 5}
        step draft:
            target: slow
            options: {seconds: 2}
        step checked:
            target: slow
        step joined:
            target: slow
            options: {give: "{{ checked }} and {{ extra }}"}
        step last:
            target: slow
        result: "{{ joined }}"
    """


@pytest.mark.parametrize("parallel", [True, False])
def test_what_comes_after_waits_for_a_reference_only(parallel: bool) -> None:
    record = ran(BESIDE, parallel=parallel)
    assert record["result"] == "checked and extra", record["error"]
    expected = {
        "before": 0,
        "extra": 1,
        "draft": 1,
        "checked": 3,
        "joined": 6,
        "last": 7,
    }
    assert starts(record) == expected
    assert record["metadata"]["elapsed_ms"] == 8000


def test_yaml_says_the_same() -> None:
    module = build(
        """
        chains:
          c:
            steps:
              - {name: extra, target: slow, background: true, options: {seconds: 5}}
              - do:
                  - {name: monitor, target: slow, options: {seconds: 60}}
                name: watched
                background: true
              - {name: draft, target: slow, options: {seconds: 2}}
              - {name: quit, cancel: watched}
              - {name: after, target: slow, depends_on: [extra]}
            result: ["{{ draft }}", "{{ watched | default('-') }}", "{{ after }}"]
        """,
        "x.yaml",
    )
    record = record_of(module)
    assert record["result"] == ["draft", "-", "after"]
    assert statuses(record)["monitor"] == "cancelled"
    assert starts(record)["after"] == 5


@pytest.mark.parametrize("layout", ["standalone", "shared"])
def test_both_layouts(layout: Literal["standalone", "shared"], tmp_path: Path) -> None:
    with built_in(layout, BESIDE, tmp_path) as module:
        assert result_of(module, connectors=GIVEN) == "checked and extra"


def test_a_body_ends_when_all_that_it_started_has_ended() -> None:
    record = ran("""
        chain c:
            do first:
                step note:
                    target: slow
                    background: true
                    options: {seconds: 5}
                step quick:
                    target: slow
            step second:
                target: slow
                options: {give: "{{ first }} then second"}
        """)
    assert record["result"] == "quick then second"
    assert starts(record) == {"note": 0, "quick": 0, "second": 5}


def test_a_body_of_background_steps_alone_has_their_values() -> None:
    record = ran("""
        chain c:
            do both:
                step one:
                    target: slow
                    background: true
                    options: {seconds: 5}
            step told:
                value: "{{ both }}!"
        """)
    assert record["result"] == "one!"


BODIES = """
    chain c:
        for docs: doc in payload.docs:
            step noted:
                target: slow
                background: true
                options: {seconds: 3, give: "noted {{ doc }}"}
            step read:
                target: slow
            result: ["{{ read }}", "{{ noted }}"]
        for pooled: doc in payload.docs parallel 2:
            step noted:
                target: slow
                background: true
                options: {seconds: 3, give: "noted {{ doc }}"}
            step read:
                target: slow
                options: {give: "{{ noted }}, read"}
        if payload.docs:
            step chosen:
                target: slow
                background: true
                options: {seconds: 2}
            step other:
                target: slow
        race won:
            do slowly:
                step deep:
                    target: slow
                    background: true
                    options: {seconds: 9}
                step shallow:
                    target: slow
            step fast:
                target: slow
                options: {seconds: 4}
        result: ["{{ docs }}", "{{ pooled }}", "{{ won }}"]
    """


def test_rounds_branches_and_contenders_are_nurseries() -> None:
    record = ran(BODIES, {"docs": [1, 2]})
    assert record["status"] == "ok", record["error"]
    assert record["result"] == [
        [["read", "noted 1"], ["read", "noted 2"]],
        ["noted 1, read", "noted 2, read"],
        "fast",
    ]
    found = statuses(record)
    assert found["deep"] == "cancelled"
    # 2 rounds of 3 s, a pool of 4 s, a branch of 2 s, a race of 4 s.
    assert record["metadata"]["elapsed_ms"] == 16_000
    assert "docs[1].noted" in found
    assert "pooled[1].noted" in found


def test_a_round_reads_what_ran_in_the_background_of_the_one_before() -> None:
    module = build("""
        chain c:
            while drafts: draft != "draft of idea" max 5:
                step draft:
                    value: "draft of {{ thought | default('nothing') }}"
                step thought:
                    target: slow
                    background: true
                    options: {give: idea}
            result: "{{ drafts }}"
        """)
    record = record_of(module)
    assert record["result"] == "draft of idea", record["error"]
    assert len(record["steps"]) == 4


INNER = """
    chain c:
        step extra:
            target: slow
            background: true
            options: {seconds: 5}
        if payload.n > 1:
            step big:
                target: slow
                options: {give: "{{ extra }} is big"}
        step after:
            target: slow
        parallel both:
            step left:
                target: slow
                options: {give: "{{ extra }} on the left"}
            step right:
                target: slow
        result: "{{ both }}"
    """


@pytest.mark.parametrize("parallel", [True, False])
def test_a_reference_in_an_inner_body_waits_there(parallel: bool) -> None:
    expected = {"left": "extra on the left", "right": "right"}
    record = ran(INNER, {"n": 2}, parallel=parallel)
    assert record["result"] == expected, record["error"]
    assert starts(record) == {"extra": 0, "big": 5, "after": 6, "left": 7, "right": 7}
    record = ran(INNER, {"n": 1}, parallel=parallel)
    found = starts(record)
    assert record["result"] == expected
    assert {k: found[k] for k in ("after", "left", "right")} == {
        "after": 0,
        "left": 5,
        "right": 1,
    }


FAILS = """
    chain c:
        step bad:
            target: fails
            background: true
            options: {seconds: 2}
        step other:
            target: lingers
            background: true
        step long:
            target: slow
            options: {seconds: 9}
        step never:
            target: slow
        result: "{{ never }}"
    """


@pytest.mark.parametrize("parallel", [True, False])
def test_a_failure_in_the_background_cancels_the_rest_of_the_body(
    parallel: bool,
) -> None:
    ENDED.clear()
    record = ran(FAILS, parallel=parallel)
    assert record["status"] == "error"
    assert "Step 'bad' failed" in record["error"]
    assert statuses(record) == {
        "bad": "error",
        "other": "cancelled",
        "long": "cancelled",
    }
    assert ENDED == ["other"]
    assert record["metadata"]["elapsed_ms"] == 3000
    assert record["metadata"]["pending"] == ["never"]


def test_a_failing_body_cancels_and_awaits_its_background() -> None:
    ENDED.clear()
    record = ran("""
        chain c:
            step beside:
                target: lingers
                background: true
            step bad:
                target: fails
            step never:
                target: slow
            result: "{{ never }}"
        """)
    assert "Step 'bad' failed" in record["error"]
    assert statuses(record) == {"beside": "cancelled", "bad": "error"}
    assert ENDED == ["beside"]
    assert record["metadata"]["elapsed_ms"] == 2000


def test_a_failure_at_the_end_of_the_body_counts_too() -> None:
    record = ran("""
        chain c:
            step bad:
                target: fails
                background: true
                options: {seconds: 5}
            step quick:
                target: slow
        """)
    assert record["status"] == "error"
    assert "Step 'bad' failed" in record["error"]
    assert record["metadata"]["elapsed_ms"] == 5000


def test_what_waits_for_a_failing_one_is_cancelled_with_the_rest() -> None:
    record = ran("""
        chain c:
            step bad:
                target: fails
                background: true
            parallel all:
                on_error: continue
                step reader:
                    target: slow
                    options: {give: "{{ bad }}"}
                step beside:
                    target: slow
                    options: {seconds: 9}
            result: "{{ all }}"
        """)
    assert record["status"] == "error"
    assert "Step 'bad' failed" in record["error"]
    assert statuses(record) == {"bad": "error", "beside": "cancelled"}
    assert record["metadata"]["elapsed_ms"] == 1000


def test_the_deadline_cuts_the_background_off() -> None:
    ENDED.clear()
    record = ran(FAILS, timeout=1)
    assert record["status"] == "timeout"
    assert set(statuses(record).values()) == {"cancelled"}
    assert ENDED == ["other"]


def test_a_deadline_cuts_short_how_the_background_cleans_up_after_a_failure() -> None:
    ENDED.clear()
    record = ran("""
        chain c:
            within reply: 1.5s:
                step beside:
                    target: lingers
                    background: true
                step bad:
                    target: fails
                    background: true
                step body:
                    target: slow
                    options: {seconds: 9}
            else:
                step spare: {value: none}
            result: "{{ reply }}"
        """)
    assert record["status"] == "ok", record["error"]
    assert statuses(record)["beside"] == "cancelled"
    assert record["metadata"]["elapsed_ms"] == 1500
    assert ENDED == []


def test_the_timeout_of_a_background_step_is_a_failure() -> None:
    record = ran("""
        chain c:
            step late:
                target: slow
                background: true
                timeout: 2
                options: {seconds: 9}
            step long:
                target: slow
                options: {seconds: 9}
        """)
    assert statuses(record) == {"late": "timeout", "long": "cancelled"}
    assert record["metadata"]["elapsed_ms"] == 2000


def test_the_callers_cancellation_awaits_the_background() -> None:
    ENDED.clear()
    module = build(FAILS)

    async def main() -> float:
        task = asyncio.ensure_future(module.run_chain("c", connectors=GIVEN))
        await asyncio.sleep(1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return asyncio.get_running_loop().time()

    assert run(main()) == 2.0
    assert ENDED == ["other"]


def test_a_deadline_of_a_block_ends_what_it_started() -> None:
    record = ran("""
        chain c:
            within reply: 3s:
                step beside:
                    target: slow
                    background: true
                    options: {seconds: 9}
                step quick:
                    target: slow
            else:
                step spare:
                    target: slow
            result: "{{ reply }}"
        """)
    assert record["result"] == "spare"
    assert statuses(record)["beside"] == "cancelled"
    assert record["metadata"]["elapsed_ms"] == 4000


def test_stop_ends_what_runs_beside_it() -> None:
    ENDED.clear()
    record = ran("""
        chain c:
            step beside:
                target: lingers
                background: true
            step pause:
                target: slow
            step done:
                stop: "{{ pause }}"
        """)
    assert (record["status"], record["result"]) == ("ok", "pause")
    assert ENDED == ["beside"]


def test_a_stop_in_the_background_ends_the_chain() -> None:
    record = ran("""
        chain c:
            do watch:
                background: true
                step pause:
                    target: slow
                step done:
                    stop: enough
            step long:
                target: slow
                options: {seconds: 9}
        """)
    assert (record["status"], record["result"]) == ("ok", "enough")
    assert statuses(record)["long"] == "cancelled"
    assert record["metadata"]["elapsed_ms"] == 1000


CANCEL = """
    chain c:
        step extra:
            target: TARGET
            background: true
            options: {seconds: SECONDS}
        step quick:
            target: slow
        step quit:
            cancel: extra
        step after:
            target: slow
            options: {give: "{{ quick }}, {{ extra | default('without') }}"}
    """


def cancelled(target: str, seconds: int) -> Any:
    return ran(CANCEL.replace("TARGET", target).replace("SECONDS", str(seconds)))


def test_cancel_ends_a_background_step_and_awaits_it() -> None:
    ENDED.clear()
    record = cancelled("lingers", 0)
    assert record["result"] == "quick, without", record["error"]
    assert ENDED == ["extra"]
    found = statuses(record)
    assert found == {"extra": "cancelled", "quick": "ok", "quit": "ok", "after": "ok"}
    assert starts(record)["after"] == 2


def test_cancel_of_what_has_ended_does_nothing() -> None:
    record = cancelled("slow", 0)
    assert record["result"] == "quick, extra"
    assert statuses(record)["extra"] == "ok"


def test_cancel_of_what_has_not_had_its_turn_yet_leaves_a_record() -> None:
    record = ran("""
        chain c:
            step extra:
                target: slow
                background: true
            step quit:
                cancel: extra
            step after:
                value: "{{ extra | default('without') }}"
        """)
    assert record["result"] == "without"
    assert statuses(record)["extra"] == "cancelled"
    assert record["metadata"]["elapsed_ms"] == 0


def test_a_block_is_cancelled_with_all_in_it() -> None:
    record = ran("""
        chain c:
            for watched: doc in [1, 2, 3] parallel 2:
                background: true
                step read:
                    target: slow
                    options: {seconds: 5}
            step quick:
                target: slow
            if quick == "quick":
                step quit:
                    cancel: watched
            step told:
                value: "{{ watched | default('nothing') }}"
            result: "{{ told }}"
        """)
    assert record["result"] == "nothing", record["error"]
    found = statuses(record)
    assert found["watched[0].read"] == found["watched[1].read"] == "cancelled"
    assert "watched[2].read" not in found
    assert record["metadata"]["elapsed_ms"] == 1000


def test_a_failure_while_a_cancelled_one_ends() -> None:
    record = ran("""
        chain c:
            step extra:
                target: lingers
                background: true
            do other:
                background: true
                step bad:
                    target: fails
                    options: {seconds: 1.5}
            step quick:
                target: slow
            step quit:
                cancel: extra
            step after:
                target: slow
            result: "{{ after }}"
        """)
    assert "Step 'bad' failed" in record["error"]
    found = {"extra": "cancelled", "bad": "error", "quick": "ok", "quit": "cancelled"}
    assert statuses(record) == found
    assert record["metadata"]["elapsed_ms"] == 1500


def test_events_tell_of_the_cancellation() -> None:
    module = build(CANCEL.replace("TARGET", "slow").replace("SECONDS", "9"))

    async def main() -> list[tuple[str, Any]]:
        stream = module.stream_chain("c", connectors=GIVEN)
        return [(event["event"], event.get("step")) async for event in stream]

    events = run(main())
    assert ("step_cancelled", "extra") in events
    assert events.index(("step_cancelled", "extra")) < events.index(
        ("step_complete", "quit")
    )


@pytest.mark.parametrize("parallel", [True, False])
def test_a_background_step_beside_parallel_ones_and_under_dag(parallel: bool) -> None:
    record = ran(
        """
        chain c:
            schedule: dag
            step a:
                target: slow
            step b:
                target: slow
                options: {seconds: 4}
            step extra:
                target: slow
                background: true
                options: {give: "{{ a }} more", seconds: 2}
            step last:
                target: slow
                options: {give: "{{ b }}, {{ extra }}"}
        """,
        parallel=parallel,
    )
    assert record["result"] == "b, a more", record["error"]
    found = starts(record)
    if parallel:
        assert found == {"a": 0, "b": 0, "extra": 1, "last": 4}
    assert record["metadata"]["elapsed_ms"] == (5000 if parallel else 8000)


def test_a_background_race_with_a_winner() -> None:
    record = ran("""
        chain c:
            race reply:
                background: true
                step fast:
                    target: slow
                step slow_one:
                    target: slow
                    options: {seconds: 9}
            step beside:
                target: slow
            step told:
                value: "{{ reply.winner }}: {{ reply }}, {{ beside }}"
        """)
    assert record["result"] == "fast: fast, beside", record["error"]
    assert record["metadata"]["elapsed_ms"] == 1000


def test_what_the_branches_of_a_background_block_give_is_waited_for() -> None:
    text = """
        chain c:
            if payload.long:
                background: true
                step text:
                    target: slow
                    options: {seconds: 5, give: long}
                step size:
                    value: 5
            else:
                step text:
                    target: slow
                    options: {seconds: 3, give: short}
                step size:
                    value: 3
            step beside:
                target: slow
            if beside == "beside":
                step told:
                    target: slow
                    options: {give: "{{ text }} of {{ size }}"}
            else:
                step told:
                    value: ""
        """
    record = ran(text, {"long": True})
    assert record["status"] == "ok", record["error"]
    (told,) = [
        step
        for step in record["steps"]
        if step["name"] == "told" and step["status"] == "ok"
    ]
    assert (told["result"], told["started_ms"]) == ("long of 5", 5000)


def test_one_that_waits_for_another_and_is_cancelled() -> None:
    record = ran("""
        chain c:
            step first:
                target: slow
                background: true
                options: {seconds: 3}
            step second:
                target: slow
                background: true
                options: {give: "{{ first }} and second"}
            do watch:
                background: true
                step pause:
                    target: slow
                    options: {seconds: 2}
                step quit:
                    cancel: second
            step quick:
                target: slow
            result: ["{{ quick }}", "{{ first }}", "{{ second | default('none') }}"]
        """)
    assert record["result"] == ["quick", "first", "none"], record["error"]
    # It had not come to its own work, so that there is nothing to record.
    assert "second" not in statuses(record)
    assert record["metadata"]["elapsed_ms"] == 3000


def test_a_block_whose_facts_alone_are_read_is_known_by_its_name() -> None:
    record = ran("""
        chain c:
            race reply:
                background: true
                step fast:
                    target: slow
                step other:
                    target: slow
                    options: {seconds: 9}
            step after:
                target: slow
                depends_on: [reply]
            step quit:
                cancel: reply
            step told:
                value: "{{ reply.winner }} {{ after }}"
        """)
    assert record["result"] == "fast after", record["error"]
    assert starts(record)["after"] == 1


def test_a_round_whose_last_step_is_in_the_background() -> None:
    module = build("""
        chain c:
            while rounds: count < 2 max 3:
                step left: {value: "0", parallel: true}
                step right: {value: "1", parallel: true}
                step count: {value: "{{ right | int + 1 }}"}
                step note: {target: noted, background: true}
            result: "{{ rounds }}"
        """)
    record = run(module.run_chain("c", connectors={"noted": lambda ctx: "noted"}))
    assert (record["status"], record["result"]) == ("ok", 2)


def test_until_waits_for_what_it_reads_of_the_background() -> None:
    record = ran("""
        chain c:
            for r: x in [1, 2, 3]:
                until: found == "d2"
                step found:
                    background: true
                    target: slow
                    options: {seconds: 2, give: "d{{ x }}"}
                step other:
                    target: slow
            result: "{{ r }}"
        """)
    assert record["result"] == ["other", "other"], record["error"]
    assert record["metadata"]["elapsed_ms"] == 4000


LAST = """
    chain c:
        step beside:
            target: fails
            background: true
            options: {seconds: 3}
        do upload:
            step send:
                target: TARGET
                options: {seconds: 9}
            finally:
                step told:
                    target: slow
                    options: {give: "{{ beside | default('none') }}"}
                if done: beside == none:
                    step noted:
                        target: slow
    """


@pytest.mark.parametrize("timeout", [300, 1])
def test_what_runs_last_does_not_wait_for_what_has_failed(timeout: float) -> None:
    record = ran(LAST.replace("TARGET", "slow"), timeout=timeout)
    assert record["status"] == ("error" if timeout == 300 else "timeout")
    (told,) = [step for step in record["steps"] if step["name"] == "told"]
    assert (told["started_ms"], told["result"]) == (3000, "none")
    assert statuses(record)["noted"] == "ok"
    assert record["metadata"]["elapsed_ms"] == 5000


def test_what_runs_last_reads_what_has_succeeded_beside_it() -> None:
    text = LAST.replace("TARGET", "slow").replace("fails", "slow")
    record = ran(text.replace("seconds: 3", "seconds: 30"))
    (told,) = [step for step in record["steps"] if step["name"] == "told"]
    assert (told["started_ms"], told["result"]) == (30000, "beside")
