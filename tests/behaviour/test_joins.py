"""`depends_on` with `any`, `count` and `ended`, on a virtual clock."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Literal

import pytest

from tests.behaviour.test_background import ran
from tests.behaviour.test_flow import record_of, result_of, starts, statuses
from tests.behaviour.test_races import ENDED, GIVEN
from tests.building import build, built_in
from tests.clock import run


def review(*reviewers: str, join: str, tail: str = "") -> str:
    """A chain of parallel steps, each `TARGET SECONDS`, and one that joins them."""
    lines = ["chain c:"]
    for name, reviewer in zip("abcd", reviewers, strict=False):
        target, seconds, *more = reviewer.split(" ", 2)
        lines += [
            f"    step {name}:",
            f"        target: {target}",
            "        parallel: true",
            f"        options: {{seconds: {seconds}}}",
            *(f"        {key}" for key in more),
        ]
    names = ", ".join(f"'{{{{ {name} }}}}'" for name in "abcd"[: len(reviewers)])
    lines += [
        "    step verdict:",
        "        target: slow",
        f"        depends_on: {join}",
        f"        options: {{give: [{names}]}}",
        *(f"    {line}" for line in tail.splitlines()),
    ]
    return "\n".join([*lines, ""])


TAIL = """step last:
    target: slow
    options: {give: "{{ verdict }}"}"""
ANY = "{any: [a, b, c]}"
TWO = "{count: 2, of: [a, b, c]}"


def test_any_starts_with_the_first_success_and_the_others_go_on() -> None:
    record = ran(review("slow 5", "slow 2", "slow 9", join=ANY, tail=TAIL))
    assert record["result"] == [None, "b", None], record["error"]
    assert starts(record) == {"a": 0, "b": 0, "c": 0, "verdict": 2, "last": 3}
    assert set(statuses(record).values()) == {"ok"}
    assert record["metadata"]["elapsed_ms"] == 9000


def test_count_starts_with_so_many() -> None:
    record = ran(review("slow 5", "slow 2", "slow 9", join=TWO))
    assert record["result"] == ["a", "b", None]
    assert starts(record)["verdict"] == 5


def test_in_sequence_all_have_ended_by_then() -> None:
    text = review("slow 5", "slow 2", "slow 9", join=TWO)
    record = ran(text, parallel=False)
    assert record["result"] == ["a", "b", "c"]
    assert starts(record) == {"a": 0, "b": 5, "c": 7, "verdict": 16}


@pytest.mark.parametrize("layout", ["standalone", "shared"])
def test_both_layouts(layout: Literal["standalone", "shared"], tmp_path: Path) -> None:
    text = review("slow 5", "fails 2", "slow 9", join=ANY)
    with built_in(layout, text, tmp_path) as module:
        assert result_of(module, connectors=GIVEN) == ["a", None, None]


def test_yaml_says_the_same() -> None:
    module = build(
        """
        chains:
          c:
            steps:
              - {name: a, target: slow, parallel: true, options: {seconds: 5}}
              - {name: b, target: slow, parallel: true, options: {seconds: 2}}
              - {name: c, target: slow, parallel: true, options: {seconds: 9}}
              - name: verdict
                value: ["{{ a }}", "{{ b }}", "{{ c }}"]
                depends_on:
                  count: 2
                  of: [a, b, c]
        """,
        "x.yaml",
    )
    assert result_of(module) == ["a", "b", None]


@pytest.mark.parametrize("parallel", [True, False])
def test_members_may_fail_while_the_count_can_be_reached(parallel: bool) -> None:
    text = review("slow 5", "fails 2", "slow 9", join=TWO, tail=TAIL)
    record = ran(text, parallel=parallel)
    assert record["result"] == ["a", None, "c"], record["error"]
    assert statuses(record)["b"] == "error"
    assert record["status"] == "ok"


def test_a_failure_after_the_join_is_dealt_with_too() -> None:
    record = ran(review("slow 1", "fails 5", "fails 6", join=ANY, tail=TAIL))
    assert record["result"] == ["a", None, None]
    assert record["status"] == "ok"
    assert record["metadata"]["elapsed_ms"] == 6000


@pytest.mark.parametrize("parallel", [True, False])
def test_a_count_that_cannot_be_reached_is_an_error_of_all(parallel: bool) -> None:
    ENDED.clear()
    text = review("fails 1", "fails 2", "lingers 9", "slow 9", join=TWO)
    record = ran(text, parallel=parallel)
    assert record["status"] == "error"
    words = "Step 'verdict' failed in `depends_on`: ExceptionGroup: "
    words += "0 of 3 steps succeeded, 2 are needed"
    assert words in record["error"]
    assert "Step 'a' failed" in record["error"]
    assert "Step 'b' failed" in record["error"]
    assert record["error"].endswith("(specs/x.ai:20)"), record["error"]
    found, pending = {"a": "error", "b": "error"}, ["c", "d", "verdict"]
    if parallel:
        found |= {"c": "cancelled", "d": "cancelled"}
        pending = ["verdict"]
        assert ENDED == ["c"]
    assert statuses(record) == found
    assert record["metadata"]["pending"] == pending


def test_a_skipped_member_is_no_success() -> None:
    record = ran(review("slow 1 when: false", "slow 3", "slow 9", join=ANY))
    assert record["result"] == [None, "b", None]
    assert starts(record)["verdict"] == 3


def test_where_too_much_is_skipped_and_nothing_failed_the_step_runs() -> None:
    text = review("slow 1 when: false", "slow 3", "slow 1 when: false", join=TWO)
    record = ran(text)
    assert record["result"] == [None, "b", None], record["error"]
    assert starts(record)["verdict"] == 3


def test_a_failure_and_a_skip_make_the_count_unreachable() -> None:
    text = review("slow 1 when: false", "slow 3", "fails 1", join=TWO)
    record = ran(text)
    assert "0 of 3 steps succeeded, 2 are needed" in record["error"]


def solid(text: str) -> str:
    """The chain of `review` whose first step, and a block, are not parallel."""
    block = "    do e:\n        step inner:\n            value: 1\n"
    return text.replace("        parallel: true\n", "", 1).replace(
        "    step b:", f"{block}    step b:"
    )


@pytest.mark.parametrize("parallel", [True, False])
def test_members_that_are_not_parallel_count_where_they_have_succeeded(
    parallel: bool,
) -> None:
    text = solid(
        review("slow 1", "slow 5", "fails 3", join="{count: 2, of: [a, b, c]}")
    )
    record = ran(text, parallel=parallel)
    assert record["result"] == ["a", "b", None], record["error"]
    assert starts(record)["verdict"] == (6 if parallel else 9)
    record = ran(text.replace("count: 2", "any").replace("any, of:", "any:"))
    assert starts(record)["verdict"] == 1


def test_members_that_are_not_parallel_are_no_success_where_they_are_skipped() -> None:
    text = solid(review("slow 1 when: false", "slow 5", "slow 3", join=ANY))
    assert starts(ran(text))["verdict"] == 3
    text = solid(review("slow 1 when: false", "slow 5", "fails 3", join=TWO))
    assert "0 of 3 steps succeeded, 2 are needed" in ran(text)["error"]
    text = solid(review("fails 1 on_error: continue", "slow 5", "slow 3", join=TWO))
    assert starts(ran(text))["verdict"] == 6
    text = solid(review("slow 1", "slow 5", "slow 3", join="{any: [e, b, c]}"))
    assert starts(ran(text))["verdict"] == 1


def test_members_of_a_round_count_as_they_are_in_it() -> None:
    body = solid(review("slow 1 when: i > 1", "slow 5", "slow 3", join=ANY))
    text = "chain c:\n    for i in [1, 2]:\n" + "".join(
        f"    {line}\n" for line in body.splitlines()[1:]
    )
    record = ran(text)
    verdicts = [s["started_ms"] for s in record["steps"] if s["name"] == "verdict"]
    assert verdicts == [3000, 6000], record["error"]


@pytest.mark.parametrize("parallel", [True, False])
def test_the_deadline_cuts_members_off(parallel: bool) -> None:
    text = review("slow 5", "slow 2", "slow 3", join=ANY)
    record = ran(text, timeout=1, parallel=parallel)
    assert record["status"] == "timeout"
    assert set(statuses(record).values()) == {"cancelled"}
    assert "verdict" in record["metadata"]["pending"]


def test_the_callers_cancellation_awaits_members() -> None:
    ENDED.clear()
    module = build(review("lingers 0", "slow 1", "slow 9", join=ANY))

    async def main() -> float:
        work = module.run_chain("c", connectors=GIVEN, parallel=True)
        task = asyncio.ensure_future(work)
        await asyncio.sleep(1.5)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return asyncio.get_running_loop().time()

    assert run(main()) == 2.5
    assert ENDED == ["a"]


def test_a_failure_of_the_joining_step_ends_the_members() -> None:
    text = review("slow 9", "slow 1", join="{any: [a, b]}", tail=TAIL)
    record = ran(
        text.replace(
            "verdict:\n        target: slow", "verdict:\n        target: fails"
        )
    )
    assert "Step 'verdict' failed" in record["error"]
    assert statuses(record) == {"a": "cancelled", "b": "ok", "verdict": "error"}
    assert record["metadata"]["elapsed_ms"] == 2000


def test_what_refers_to_a_member_waits_for_it() -> None:
    tail = """step late:
    target: slow
    options: {give: "{{ verdict }} and {{ a | default('no a') }}"}"""
    record = ran(review("slow 5", "slow 1", join="{any: [a, b]}", tail=tail))
    assert record["result"] == "[None, 'b'] and a"
    assert starts(record)["late"] == 5


def test_a_member_of_two_joins_and_one_that_needs_another() -> None:
    record = ran("""
        chain c:
            step a:
                target: fails
                parallel: true
                options: {seconds: 3}
            step b:
                target: slow
                parallel: true
                options: {seconds: 5}
            step c:
                target: slow
                parallel: true
                depends_on: [b]
                options: {seconds: 1}
            step d:
                target: slow
                parallel: true
                options: {seconds: 20}
            step first:
                target: slow
                depends_on: {any: [a, b]}
                options: {give: ["{{ a }}", "{{ b }}"]}
            step second:
                target: slow
                depends_on: {any: [c, d, a]}
                options: {give: ["{{ first }}", "{{ c }}", "{{ d }}"]}
        """)
    assert record["result"] == [[None, "b"], "c", None], record["error"]
    assert starts(record) == {"a": 0, "b": 0, "d": 0, "c": 5, "first": 5, "second": 6}
    assert record["metadata"]["elapsed_ms"] == 20_000


def test_a_parallel_join_starts_beside_others() -> None:
    record = ran("""
        chain c:
            step a:
                target: slow
                parallel: true
                options: {seconds: 3}
            step b:
                target: slow
                parallel: true
                options: {seconds: 9}
            step beside:
                target: slow
                parallel: true
                options: {seconds: 8}
            step joined:
                target: slow
                parallel: true
                depends_on: {any: [a, b]}
                options: {give: ["{{ a }}", "{{ b }}"]}
            step last:
                target: slow
                options: {give: ["{{ beside }}", "{{ joined }}"]}
        """)
    assert record["result"] == ["beside", ["a", None]], record["error"]
    assert starts(record) == {"a": 0, "b": 0, "beside": 0, "joined": 3, "last": 8}


@pytest.mark.parametrize("parallel", [True, False])
def test_background_steps_as_members_always_run_together(parallel: bool) -> None:
    text = review("slow 5", "slow 2", join="{any: [a, b]}")
    text = text.replace("parallel: true", "background: true")
    record = ran(text, parallel=parallel)
    assert record["result"] == [None, "b"]
    assert starts(record) == {"a": 0, "b": 0, "verdict": 2}


def test_joins_under_dag_and_in_rounds() -> None:
    module = build("""
        chain c:
            schedule: dag
            for docs: doc in payload:
                step a:
                    target: slow
                    options: {seconds: "{{ doc }}"}
                step b:
                    target: slow
                    options: {seconds: 4}
                step first:
                    target: slow
                    depends_on: {any: [a, b]}
                    options: {give: ["{{ a }}", "{{ b }}"]}
            result: "{{ docs }}"
        """)
    record = record_of(module, [2, 9])
    assert record["result"] == [["a", None], [None, "b"]], record["error"]
    assert record["metadata"]["elapsed_ms"] == 13_000


def test_a_cancelled_member_counts_as_skipped() -> None:
    record = ran("""
        chain c:
            step a:
                target: slow
                background: true
                options: {seconds: 9}
            step b:
                target: slow
                background: true
                options: {seconds: 4}
            step quick:
                target: slow
            step quit:
                cancel: a
            step verdict:
                target: slow
                depends_on: {count: 2, of: [a, b]}
                options: {give: ["{{ a }}", "{{ b }}"]}
        """)
    assert record["result"] == [None, "b"], record["error"]
    assert starts(record)["verdict"] == 4


ENDED_PLAIN = """
    chain c:
        step upload:
            target: TARGET
            options: {seconds: 2}
        step publish:
            target: slow
            options: {give: "{{ upload | default('?') }} published"}
        step tidy:
            target: slow
            depends_on: {ended: [upload]}
            options: {give: "tidied {{ upload | default('nothing') }}"}
        step last:
            target: slow
            options: {give: "{{ tidy }}"}
    """


@pytest.mark.parametrize("parallel", [True, False])
def test_ended_runs_after_a_success(parallel: bool) -> None:
    text = ENDED_PLAIN.replace("TARGET", "slow")
    record = ran(text, parallel=parallel)
    assert record["result"] == "tidied upload"
    assert starts(record) == {"upload": 0, "publish": 2, "tidy": 3, "last": 4}


@pytest.mark.parametrize("parallel", [True, False])
def test_ended_runs_after_a_failure_which_then_goes_up(parallel: bool) -> None:
    record = ran(ENDED_PLAIN.replace("TARGET", "fails"), parallel=parallel)
    assert record["status"] == "error"
    assert "Step 'upload' failed" in record["error"]
    assert statuses(record) == {"upload": "error", "tidy": "ok"}
    assert starts(record)["tidy"] == 2
    (tidy,) = [step for step in record["steps"] if step["name"] == "tidy"]
    assert tidy["result"] == "tidied nothing"
    assert record["metadata"]["pending"] == ["publish", "last"]


def test_nothing_is_logged_of_parallel_steps_where_there_are_none(
    caplog: pytest.LogCaptureFixture,
) -> None:
    ran(ENDED_PLAIN.replace("TARGET", "slow"), parallel=False)
    assert not [r for r in caplog.records if "parallel" in r.getMessage()]


BESIDE = """
    chain c:
        step a:
            target: slow
            parallel: true
            options: {seconds: 9}
        step b:
            target: TARGET
            parallel: true
            options: {seconds: 2}
        step tidy:
            target: slow
            parallel: true
            depends_on: {ended: [b]}
        step last:
            target: slow
    """


def test_ended_beside_others_starts_when_its_own_have_ended() -> None:
    record = ran(BESIDE.replace("TARGET", "slow"))
    assert starts(record) == {"a": 0, "b": 0, "tidy": 2, "last": 9}
    record = ran(BESIDE.replace("TARGET", "fails"))
    assert "Step 'b' failed" in record["error"]
    assert statuses(record) == {"a": "cancelled", "b": "error", "tidy": "ok"}
    assert record["metadata"]["elapsed_ms"] == 3000


def test_ended_does_not_run_for_what_was_never_started() -> None:
    record = ran(
        ENDED_PLAIN.replace("TARGET", "slow").replace(
            "step upload:", "step bad:\n            target: fails\n        step upload:"
        )
    )
    assert "Step 'bad' failed" in record["error"]
    assert statuses(record) == {"bad": "error"}


def test_a_failure_of_what_runs_after_the_failure_is_only_recorded() -> None:
    record = ran(
        ENDED_PLAIN.replace("TARGET", "fails").replace(
            "step tidy:\n            target: slow",
            "step tidy:\n            target: fails",
        )
    )
    assert "Step 'upload' failed" in record["error"]
    assert statuses(record) == {"upload": "error", "tidy": "error"}


def test_a_clause_reads_what_ran_after_the_failure() -> None:
    record = ran("""
        chain c:
            step upload:
                target: fails
            step tidy:
                target: slow
                depends_on: {ended: [upload]}
            on_error as error:
                step told:
                    value: "{{ error.step }}, {{ tidy }}"
        """)
    assert record["result"] == "upload, tidy", record["error"]


def test_a_join_in_a_round_is_named_by_its_path() -> None:
    record = ran("""
        chain c:
            for docs: doc in [1]:
                step a:
                    target: fails
                    parallel: true
                step b:
                    target: fails
                    parallel: true
                step verdict:
                    target: slow
                    depends_on: {any: [a, b]}
        """)
    assert "Step 'docs[0].verdict' failed in `depends_on`" in record["error"]


def test_a_stop_after_the_end_deals_with_the_failure() -> None:
    record = ran("""
        chain c:
            step upload:
                target: fails
            step fallback:
                stop: "{{ upload | default('without') }}"
                depends_on: {ended: [upload]}
        """)
    assert (record["status"], record["result"]) == ("ok", "without")


def test_the_deadline_is_no_end_of_a_step() -> None:
    record = ran(ENDED_PLAIN.replace("TARGET", "slow"), timeout=1)
    assert record["status"] == "timeout"
    assert statuses(record) == {"upload": "cancelled"}


def test_the_callers_cancellation_while_the_last_step_runs() -> None:
    module = build(ENDED_PLAIN.replace("TARGET", "fails"))

    async def main() -> float:
        task = asyncio.ensure_future(module.run_chain("c", connectors=GIVEN))
        await asyncio.sleep(2.5)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return asyncio.get_running_loop().time()

    assert run(main()) == 2.5


def test_ended_of_a_member_of_another_join() -> None:
    record = ran(
        review(
            *("slow 5", "fails 7"),
            join="{any: [a, b]}",
            tail="""step tidy:
    target: slow
    depends_on: {ended: [b]}
    options: {give: ["{{ verdict }}", "{{ b }}"]}""",
        )
    )
    assert record["result"] == [["a", None], None], record["error"]
    assert starts(record)["tidy"] == 7


def test_blocks_as_members_and_one_that_takes_no_branch() -> None:
    module = build("""
        chain c:
            do careful:
                parallel: true
                step draft:
                    target: slow
                    options: {seconds: 2}
                step check:
                    target: slow
                    options: {seconds: 2}
            if never: payload.never:
                parallel: true
                step quick:
                    target: slow
            race either:
                parallel: true
                step left:
                    target: fails
                step right:
                    target: slow
                    options: {seconds: 9}
            step joined:
                target: slow
                depends_on: {any: [careful, never, either]}
                options: {give: ["{{ careful }}", "{{ never }}", "{{ either.winner }}"]}
            step last:
                value: "{{ joined }} {{ either.winner }}: {{ either }}"
        """)
    record = record_of(module, {"never": False}, connectors=GIVEN)
    assert record["result"] == "['check', None, None] right: right", record["error"]
    assert starts(record)["joined"] == 4


GOES_ON = "on_error: continue"


def test_what_failed_and_goes_on_is_no_success() -> None:
    steps = (f"fails 1 {GOES_ON}", "slow 5", "slow 9")
    record = ran(
        review(*steps, join=ANY, tail="finally:\n    step end: {value: '{{ a.kind }}'}")
    )
    error = {
        "kind": "error",
        "message": "ValueError: a has no idea",
        "status": None,
        "step": "a",
    }
    assert record["result"] == [error, "b", None], record["error"]
    assert starts(record)["verdict"] == 5
    assert record["steps"][-1]["result"] == "error"


@pytest.mark.parametrize("parallel", [True, False])
def test_a_join_starts_with_the_records_where_nothing_else_is_left(
    parallel: bool,
) -> None:
    steps = (f"fails 1 {GOES_ON}", "slow 5")
    text = review(*steps, join="{count: 2, of: [a, b]}")
    record = ran(text, parallel=parallel)
    assert [record["result"][0]["message"], record["result"][1]] == [
        "ValueError: a has no idea",
        "b",
    ]
    assert type(record["result"][0]) is dict


def test_a_join_fails_with_what_goes_on_and_what_does_not() -> None:
    steps = (f"fails 1 {GOES_ON}", "fails 2")
    record = ran(review(*steps, join="{any: [a, b]}"))
    assert "0 of 2 steps succeeded, 1 is needed" in record["error"]


LOOPS = """
    chain c:
        step quick: {target: slow, parallel: true}
        while tries: not again max 2:
            parallel: true
            step again: {target: slow, options: {seconds: 5, give: false}}
        step verdict:
            target: slow
            depends_on: {any: [quick, tries]}
            options: {give: "{{ tries.exhausted }}"}
    """


def test_a_fact_of_a_loop_is_read_as_it_is_when_enough_members_have_ended() -> None:
    record = ran(LOOPS)
    assert (record["status"], record["result"]) == ("ok", None)
    assert starts(record)["verdict"] == 1


def test_a_fact_of_a_loop_that_has_ended_is_its_own() -> None:
    joined = LOOPS.replace("any: [quick, tries]", "count: 2, of: [quick, tries]")
    assert ran(joined)["result"] is True


def test_a_loop_that_fails_has_no_fact_and_fails_nothing_beside_it() -> None:
    record = ran(LOOPS.replace("again: {target: slow", "again: {target: fails"))
    assert (record["status"], record["result"]) == ("ok", None)
    background = LOOPS.replace("parallel: true", "background: true")
    record = ran(background.replace("again: {target: slow", "again: {target: fails"))
    assert (record["status"], record["result"]) == ("ok", None)


def test_a_fact_that_is_not_known_yet_is_missing_to_default() -> None:
    joined = LOOPS.replace("tries.exhausted }}", "tries.exhausted | default('open') }}")
    assert ran(joined)["result"] == "open"
    record = ran("""
        chain c:
            race pick:
                background: true
                step a: {target: slow, options: {seconds: 9}}
                step b: {target: slow, options: {seconds: 9}}
            step stop_it: {cancel: pick}
            step told: {value: "{{ pick.winner | default('nobody') }} {{ pick.winner is none }}"}
            result: "{{ told }}"
        """)
    assert record["result"] == "nobody True"


def test_a_clause_reads_no_winner_of_a_race_that_failed() -> None:
    record = ran("""
        chain c:
            race pick:
                step a: {target: fails}
                step b: {target: fails}
            on_error as failure:
                step told: {value: "{{ pick.winner | default('nobody') }} {{ pick | default('none') }}"}
            result: "{{ pick.winner }}"
        """)
    assert record["result"] == "nobody none"
