"""`race` blocks, on a virtual clock."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.behaviour.test_flow import record_of, result_of, slow, starts, statuses
from tests.building import build, built_text
from tests.clock import run

ENDED: list[str] = []
"""The steps whose callables have cleaned up after a cancellation."""


async def fails(ctx: Any) -> None:
    await asyncio.sleep(ctx.options.get("seconds", 1))
    raise ValueError(f"{ctx.step} has no idea")


async def lingers(ctx: Any) -> None:
    """Takes a second to clean up after it was cancelled."""
    try:
        await asyncio.sleep(60)
    finally:
        await asyncio.sleep(1)
        ENDED.append(ctx.step)


GIVEN = {"slow": slow, "fails": fails, "lingers": lingers}


def race(*contenders: str, head: str = "race r:", keys: str = "") -> str:
    """A chain of one race between steps, each `TARGET SECONDS` with more keys."""
    lines = ["chain c:", f"    {head}", *([f"        {keys}"] if keys else [])]
    for name, contender in zip("abcdef", contenders, strict=False):
        target, seconds, *more = contender.split(" ", 2)
        lines += [
            f"        step {name}:",
            f"            target: {target}",
            f"            options: {{seconds: {seconds}}}",
            *(f"            {key}" for key in more),
        ]
    return "\n".join([*lines, '    result: "{{ r }}"', ""])


def raced(text: str, payload: Any = None, **options: Any) -> Any:
    return record_of(build(text), payload, **{"connectors": GIVEN, **options})


@pytest.mark.parametrize("parallel", [True, False])
def test_the_first_success_wins_whatever_the_settings(parallel: bool) -> None:
    record = raced(race("slow 5", "slow 2", "fails 1"), parallel=parallel)
    assert record["result"] == "b", record["error"]
    assert statuses(record) == {"a": "cancelled", "b": "ok", "c": "error"}
    assert record["metadata"]["elapsed_ms"] == 2000


def test_losers_are_awaited() -> None:
    ENDED.clear()
    record = raced(race("lingers 0", "slow 2"))
    assert record["result"] == "b"
    assert ENDED == ["a"]
    assert record["metadata"]["elapsed_ms"] == 3000


def test_of_contenders_that_end_together_the_first_wins() -> None:
    assert raced(race("slow 2", "slow 2"))["result"] == "a"


def test_the_winners_name_is_known() -> None:
    module = build("""
        chain c:
            race reply:
                step fast:
                    target: slow
                    options: {seconds: 9}
                do careful:
                    step draft:
                        target: slow
                    step check:
                        target: slow
                        options: {give: {winner: "not me", draft: "{{ draft }}"}}
            step told:
                target: slow
                options: {give: "{{ reply.winner }} gave {{ reply['draft'] }}"}
            result: ["{{ told }}", "{{ steps.reply.winner }}", "{{ reply }}"]
        """)
    value = {"winner": "not me", "draft": "draft"}
    assert result_of(module) == ["careful gave draft", "careful", value]


def test_the_winners_name_reaches_functions_branches_and_rounds() -> None:
    module = build("""
        chain c:
            for names: seconds in payload:
                if found: seconds > 3:
                    race reply:
                        step one:
                            target: slow
                            options: {seconds: "{{ seconds }}"}
                        step two:
                            target: slow
                            options: {seconds: 4}
                else:
                    race reply:
                        step three:
                            target: slow
                parallel both:
                    step left:
                        value: "{{ reply.winner }}"
                    step right:
                        target: slow
                        options: {give: "{{ reply.winner }}!"}
                step joined:
                    value: "{{ reply.winner }}: {{ both.left }}, {{ both.right }}"
            while last.winner != "slowest" max 3:
                race last:
                    step quick:
                        target: slow
                    step slowest:
                        value: 1
            result: "{{ names }}"
        """)
    assert result_of(module, [1, 5]) == ["three: three, three!", "two: two, two!"]


def test_a_round_reads_the_winner_of_the_round_before() -> None:
    module = build("""
        chain c:
            while rounds: said != "one, two" max 5:
                result: "{{ said }}"
                step said:
                    value: "{{ last.winner | default('nobody') }}, two"
                race last:
                    step one:
                        target: slow
            result: "{{ rounds }}"
        """)
    assert result_of(module) == "one, two"


def test_contenders_start_one_after_another() -> None:
    text = race("slow 9", "slow 3", "slow 1", keys="stagger: 2s")
    record = raced(text)
    assert record["result"] == "b"
    assert starts(record) == {"a": 0, "b": 2, "c": 4}
    assert record["metadata"]["elapsed_ms"] == 5000
    assert statuses(record) == {"a": "cancelled", "b": "ok", "c": "ok"}


def test_the_next_starts_at_once_when_one_fails() -> None:
    text = race("fails 1", "slow 9", "slow 1", keys="stagger: 5s")
    record = raced(text)
    assert starts(record) == {"a": 0, "b": 1, "c": 6}
    assert record["result"] == "c"


def test_contenders_that_never_start_are_no_records() -> None:
    record = raced(race("slow 1", "slow 1", keys="stagger: 5s"))
    assert starts(record) == {"a": 0}
    assert record["metadata"]["elapsed_ms"] == 1000


def test_a_quorum_in_the_order_of_the_spec() -> None:
    text = race("slow 3", "fails 1", "slow 2", "slow 9", head="race r: 2 of:")
    record = raced(text)
    assert list(record["result"].items()) == [("a", "a"), ("c", "c")]
    assert record["metadata"]["elapsed_ms"] == 3000
    assert statuses(record)["d"] == "cancelled"


def test_a_quorum_with_a_stagger() -> None:
    text = race("slow 1", "slow 1", "slow 1", head="race r: 2 of:", keys="stagger: 4")
    record = raced(text)
    assert record["result"] == {"a": "a", "b": "b"}
    assert starts(record) == {"a": 0, "b": 1}


def test_yaml_says_the_same() -> None:
    module = build(
        """
        chains:
          c:
            steps:
              - race: 1
                name: r
                stagger: 1s
                steps:
                  - {name: a, target: slow, options: {seconds: 9}}
                  - do:
                      - {name: first, target: slow}
                    name: b
            result: ["{{ r }}", "{{ r.winner }}"]
        """,
        "x.yaml",
    )
    assert result_of(module) == ["first", "b"]


def test_when_all_fail_one_error_holds_all() -> None:
    module = build(race("fails 1", "fails 2"))
    record = record_of(module, connectors=GIVEN)
    assert record["status"] == "error"
    for name in "ab":
        assert (
            f"Step '{name}' failed: ValueError: {name} has no idea" in record["error"]
        )
    assert "Chain 'c' failed in `race`" in record["error"]
    assert "(specs/x.ai:2)" in record["error"]
    assert record["metadata"]["elapsed_ms"] == 2000
    with pytest.raises(module.ChainError) as caught:
        run(module.c(connectors=GIVEN))
    failure = caught.value.__cause__
    assert failure is not None
    group = failure.__cause__
    assert isinstance(group, ExceptionGroup)
    assert [error.step for error in group.exceptions] == ["a", "b"]


def test_when_too_few_can_succeed_the_rest_is_cancelled() -> None:
    text = race("fails 1", "fails 2", "slow 9", head="race r: 2 of:")
    record = raced(text)
    assert record["status"] == "error"
    assert "0 of 3 contenders succeeded, 2 are needed" in record["error"]
    assert statuses(record) == {"a": "error", "b": "error", "c": "cancelled"}
    assert record["metadata"]["elapsed_ms"] == 2000


def test_a_skipped_contender_is_no_success() -> None:
    text = race("slow 1 when: payload.a", "slow 3")
    assert raced(text, {"a": False})["result"] == "b"
    record = raced(race("slow 1 when: payload.a"), {"a": False})
    assert record["status"] == "error"
    assert "0 of 1 contenders succeeded" in record["error"]


def test_a_branch_that_is_not_taken_is_no_success() -> None:
    module = build("""
        chain c:
            race r:
                if payload.a:
                    step inner:
                        value: null
                match payload.b:
                    case 1:
                        step one:
                            value: null
                step last:
                    target: slow
            result: ["{{ r }}", "{{ r.winner }}"]
        """)
    assert result_of(module, {"a": False, "b": 2}) == ["last", "last"]
    assert result_of(module, {"a": True, "b": 2}) == [None, "if_1"]
    assert result_of(module, {"a": False, "b": 1}) == [None, "match_1"]


def test_a_value_of_none_is_a_success() -> None:
    module = build(race("slow 1", "none 0"))
    given = {**GIVEN, "none": lambda ctx: None}
    record = record_of(module, connectors=given)
    assert (record["status"], record["result"]) == ("ok", None)


def test_losers_are_told_of_by_events() -> None:
    module = build(race("slow 5", "slow 2"))

    async def events() -> list[tuple[str, str]]:
        stream = module.stream_chain("c", connectors=GIVEN)
        return [(e["event"], e.get("step", "")) async for e in stream]

    found = run(events())
    assert found == [
        ("chain_start", ""),
        ("step_start", "a"),
        ("step_start", "b"),
        ("step_complete", "b"),
        ("step_cancelled", "a"),
        ("chain_complete", ""),
    ]


def test_the_deadline_of_the_chain_cuts_all_off() -> None:
    ENDED.clear()
    record = raced(race("lingers 0", "slow 9"), timeout=3)
    assert record["status"] == "timeout"
    assert statuses(record) == {"a": "cancelled", "b": "cancelled"}
    assert ENDED == ["a"]


def test_the_callers_cancellation_awaits_contenders() -> None:
    module = build(race("lingers 0", "slow 9"))
    ENDED.clear()

    async def main() -> float:
        task = asyncio.ensure_future(module.run_chain("c", connectors=GIVEN))
        await asyncio.sleep(3)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert asyncio.all_tasks() == {asyncio.current_task()}
        return asyncio.get_running_loop().time()

    assert run(main()) == 4.0
    assert ENDED == ["a"]


def test_a_cancellation_while_losers_are_awaited() -> None:
    module = build(race("lingers 0", "slow 1"))
    ENDED.clear()

    async def main() -> None:
        task = asyncio.ensure_future(module.run_chain("c", connectors=GIVEN))
        await asyncio.sleep(1.5)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert asyncio.all_tasks() == {asyncio.current_task()}

    run(main())


def test_a_deadline_cuts_short_how_losers_clean_up() -> None:
    ENDED.clear()
    record = raced(race("lingers 0", "slow 1"), timeout=1.5)
    assert record["status"] == "timeout"
    assert record["metadata"]["elapsed_ms"] == 1500
    assert ENDED == []


def test_losers_give_their_permits_back() -> None:
    text = race("slow 9", "slow 1") + "\nchain d:\n    step x:\n        target: slow\n"
    module = build(text)

    async def main() -> list[Any]:
        options = {"connectors": GIVEN, "max_concurrent_llm_calls": 2}
        first = await module.run_chain("c", **options)
        more = [module.run_chain("d", **options) for _ in range(2)]
        return [first, *await asyncio.gather(*more)]

    records = run(main())
    assert [record["metadata"]["queued_ms"] for record in records] == [0, 0, 0]


def test_a_loser_may_still_be_queueing() -> None:
    module = build(race("slow 3", "slow 1"))
    record = record_of(module, connectors=GIVEN, max_concurrent_llm_calls=1)
    assert record["result"] == "a"
    assert statuses(record) == {"a": "ok", "b": "cancelled"}


def test_races_in_races_in_rounds() -> None:
    module = build("""
        chain c:
            for all: seconds in payload parallel 2:
                race outer:
                    step plain:
                        target: slow
                        options: {seconds: 5}
                    race inner:
                        step quick:
                            target: slow
                            options: {seconds: "{{ seconds }}"}
                        step dull:
                            target: slow
                            options: {seconds: 8}
                step said:
                    value: "{{ outer.winner }}"
            result: "{{ all }}"
        """)
    record = record_of(module, [1, 7])
    assert record["result"] == ["inner", "plain"]
    assert statuses(record)["all[1].quick"] == "cancelled"


def test_a_race_beside_other_steps_gives_its_winner() -> None:
    module = build("""
        chain c:
            step beside:
                target: slow
                parallel: true
                options: {seconds: 3}
            race r:
                parallel: true
                step a:
                    target: slow
                step b:
                    target: slow
                    options: {seconds: 2}
            result: ["{{ beside }}", "{{ r }}", "{{ r.winner }}"]
        """)
    record = record_of(module)
    assert record["result"] == ["beside", "a", "a"]
    assert record["metadata"]["elapsed_ms"] == 3000


def test_a_race_that_ends_a_block_is_returned_by_it() -> None:
    text = built_text("""
        chain c:
            do outer:
                parallel: true
                race best: 2 of:
                    step a: {target: slow}
                    step b: {target: slow}
            step beside:
                target: slow
                parallel: true
            result: "{{ outer }}"
        """)
    assert "return await race.first_of(2)" in text


def test_who_has_won_where_several_win() -> None:
    module = build("""
    chain c:
        race two: 2 of:
            step slowest: {target: slow, options: {seconds: 3}}
            step winner: {target: slow, options: {seconds: 2}}
            step quick: {target: slow, options: {seconds: 1}}
        result: ["{{ two | list }}", "{{ two.winner }}"]
    """)
    assert result_of(module) == [["winner", "quick"], "winner"]
