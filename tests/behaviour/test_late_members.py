"""Joins that are reached before all of their members have begun, on a virtual clock."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import pytest

from tests.behaviour.test_background import ran
from tests.behaviour.test_flow import record_of, result_of, starts, statuses
from tests.behaviour.test_races import GIVEN
from tests.building import build, built_in
from tests.clock import run

LATE = """
    chain c:
        schedule: dag
        step long:
            target: LONG
            options: {seconds: 7}
        step late:
            target: slow
            depends_on: [long]
        step quick:
            target: slow
            options: {seconds: 4}
        step joined:
            target: JOINED
            depends_on: {any: [late, quick]}
            options: {give: ["{{ late }}", "{{ quick }}"]}
    """


def late(tail: str = "", *, long: str = "slow", joined: str = "slow") -> str:
    """A chain whose `joined` is reached after 4 seconds and whose `late` begins at 7."""
    text = LATE.replace("LONG", long).replace("JOINED", joined).rstrip()
    return "\n".join([text, *(f"        {line}" for line in tail.splitlines()), ""])


def test_a_member_that_begins_late_does_not_hold_up_the_join() -> None:
    record = ran(late('result: "{{ joined }}"'))
    assert record["result"] == [None, "quick"], record["error"]
    assert starts(record) == {"long": 0, "quick": 0, "joined": 4, "late": 7}
    assert record["metadata"]["elapsed_ms"] == 8000


@pytest.mark.parametrize("layout", ["standalone", "shared"])
def test_both_layouts(layout: Literal["standalone", "shared"], tmp_path: Path) -> None:
    text = late('result: "{{ joined }}"')
    with built_in(layout, text, tmp_path) as module:
        assert result_of(module) == [None, "quick"]


def test_in_sequence_the_members_come_first() -> None:
    record = ran(late('result: "{{ joined }}"'), parallel=False)
    assert record["result"] == ["late", "quick"], record["error"]
    assert starts(record)["joined"] == 12


def test_what_reads_a_late_member_waits_for_its_end() -> None:
    record = ran(late("""step after:
    value: "{{ joined }} {{ late }}"
"""))
    assert record["result"] == "[None, 'quick'] late", record["error"]
    assert starts(record)["after"] == 8


def test_a_clause_of_the_join_waits_for_a_late_member() -> None:
    record = ran(
        late(
            """    on_error as error:
        step excuse:
            value: "{{ late }} excuses {{ error.step }}"
""",
            joined="fails",
        )
    )
    assert record["result"] == "late excuses joined", record["error"]
    assert starts(record)["excuse"] == 8


def test_a_clause_that_reads_more_is_no_member() -> None:
    record = ran("""
        chain c:
            schedule: dag
            step a:
                target: slow
                options: {seconds: 2}
            step b:
                target: slow
                options: {seconds: 5}
            step other:
                target: slow
                background: true
                options: {seconds: 9}
            step joined:
                target: slow
                depends_on: {any: [a, b]}
                options: {give: "{{ a }}"}
                on_error:
                    step excuse: {value: "{{ other }}"}
            result: "{{ joined }}"
        """)
    assert record["result"] == "a", record["error"]
    assert starts(record)["joined"] == 2


def test_a_clause_of_the_chain_reads_none_of_what_never_began() -> None:
    record = ran(
        late(
            """on_error as error:
    step told:
        value: ["{{ late }}", "{{ quick }}", "{{ error.step }}"]
""",
            long="fails",
            joined="fails",
        )
    )
    assert record["result"] == [None, "quick", "joined"], record["error"]
    assert statuses(record) == {
        "long": "cancelled",
        "quick": "ok",
        "joined": "error",
        "told": "ok",
    }


@pytest.mark.parametrize(("long", "status"), [("slow", "ok"), ("fails", "error")])
def test_the_end_of_a_late_member_is_awaited(long: str, status: str) -> None:
    record = ran(
        late(
            """step tidy:
    target: slow
    depends_on: {ended: [late]}
    options: {give: "{{ late | default('nothing') }}"}
finally:
    step last:
        target: slow
        options: {give: "{{ late | default('none') }}"}
""",
            long=long,
        )
    )
    assert record["status"] == status, record["error"]
    given = {step["name"]: step["result"] for step in record["steps"]}
    if status == "ok":
        assert (given["tidy"], given["last"]) == ("late", "late")
        assert starts(record)["tidy"] == 8
    else:
        assert (given.get("tidy"), given["last"]) == (None, "none")


def test_what_runs_after_a_failure_reads_none_of_a_late_member() -> None:
    record = ran(
        late(
            """step tidy:
    target: slow
    depends_on: {ended: [long]}
    options: {give: "{{ joined }} {{ late | default('nothing') }}"}
""",
            long="fails",
        )
    )
    assert "Step 'long' failed" in record["error"]
    given = {step["name"]: step["result"] for step in record["steps"]}
    assert given["tidy"] == "[None, 'quick'] nothing", record["steps"]


def test_a_join_of_a_join_that_begins_late() -> None:
    record = ran(late("""step other:
    target: slow
    options: {seconds: 6}
step second:
    target: slow
    depends_on: {any: [joined, late, other]}
    options: {give: ["{{ joined }}", "{{ late }}", "{{ other }}"]}
result: "{{ second }}"
"""))
    assert record["result"] == [[None, "quick"], None, None], record["error"]
    assert starts(record)["second"] == 5
    assert record["metadata"]["elapsed_ms"] == 8000


def test_a_late_member_that_is_needed_for_the_count() -> None:
    text = late('result: "{{ joined }}"').replace("{any:", "{count: 2, of:")
    record = ran(text)
    assert record["result"] == ["late", "quick"], record["error"]
    assert starts(record)["joined"] == 8


def test_a_failure_of_a_late_member_after_the_join_is_dealt_with() -> None:
    text = late('result: "{{ joined }}"')
    record = ran(
        text.replace(
            "late:\n            target: slow", "late:\n            target: fails"
        )
    )
    assert (record["status"], record["result"]) == ("ok", [None, "quick"])
    assert statuses(record)["late"] == "error"


def test_a_block_as_a_late_member() -> None:
    record = ran("""
        chain c:
            schedule: dag
            step long:
                target: slow
                options: {seconds: 7}
            do late:
                step draft:
                    target: slow
                    options: {give: "{{ long }}"}
                step check:
                    target: slow
                    options: {give: "{{ draft }}!"}
            step quick:
                target: slow
                options: {seconds: 4}
            step joined:
                target: slow
                depends_on: {any: [late, quick]}
                options: {give: ["{{ late }}", "{{ quick }}"]}
            step last:
                target: slow
                options: {give: "{{ joined }} {{ late }}"}
        """)
    assert record["result"] == "[None, 'quick'] long!", record["error"]
    assert starts(record)["joined"] == 4


def test_parallel_steps_in_the_order_of_the_file() -> None:
    record = ran("""
        chain c:
            step long:
                target: slow
                parallel: true
                options: {seconds: 7}
            step late:
                target: slow
                parallel: true
                depends_on: [long]
            step quick:
                target: slow
                parallel: true
                options: {seconds: 4}
            step joined:
                target: slow
                parallel: true
                depends_on: {any: [late, quick]}
                options: {give: ["{{ late }}", "{{ quick }}"]}
            step last:
                target: slow
                options: {give: "{{ joined }} {{ late }}"}
        """)
    assert record["result"] == "[None, 'quick'] late", record["error"]
    assert starts(record) == {"long": 0, "quick": 0, "joined": 4, "late": 7, "last": 8}


def test_late_members_in_rounds() -> None:
    text = """
        chain c:
            schedule: dag
            for docs: doc in payload parallel 2:
                step long:
                    target: slow
                    options: {seconds: "{{ doc }}"}
                step late:
                    target: slow
                    options: {give: "{{ long }}"}
                step quick:
                    target: slow
                    options: {seconds: 4}
                step joined:
                    target: slow
                    depends_on: {any: [late, quick]}
                    options: {give: ["{{ late }}", "{{ quick }}"]}
                result: "{{ joined }}"
            result: "{{ docs }}"
        """
    record = record_of(build(text), [2, 9], connectors=GIVEN)
    assert record["result"] == [["long", None], [None, "quick"]], record["error"]
    assert record["metadata"]["elapsed_ms"] == 10_000


def test_a_late_member_is_cancelled_as_it_begins() -> None:
    record = ran(late("""step quit:
    cancel: late
    depends_on: {any: [late, quick]}
result: "{{ joined }}"
"""))
    assert record["result"] == [None, "quick"], record["error"]
    assert starts(record)["quit"] == 7
    assert statuses(record)["late"] == "cancelled"


def test_a_run_goes_on_from_one_that_failed_before_the_late_member() -> None:
    module = build(late('result: ["{{ joined }}", "{{ late }}"]', long="flaky"))
    fails = True
    calls: list[str] = []

    async def flaky(ctx: Any) -> str:
        await GIVEN["slow"](ctx)
        if fails:
            raise ValueError("not yet")
        return "long"

    async def slow(ctx: Any) -> Any:
        calls.append(ctx.step)
        return await GIVEN["slow"](ctx)

    async def main() -> tuple[Any, Any]:
        nonlocal fails
        given = {"flaky": flaky, "slow": slow}
        first = await module.run_chain("c", connectors=given, parallel=True)
        fails = False
        calls.append("again")
        again = await module.run_chain(
            "c", connectors=given, parallel=True, resume=first
        )
        return first, again

    first, again = run(main())
    assert first["status"] == "error"
    assert again["result"] == [[None, "quick"], "late"], again["error"]
    assert calls == ["quick", "joined", "again", "late"]
