"""`depends_on: {ended: ...}` in bodies that have work beside them, on a virtual clock."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, Literal

import pytest

from tests.behaviour.test_background import ran
from tests.behaviour.test_flow import record_of, starts, statuses
from tests.behaviour.test_races import GIVEN
from tests.building import build, built_in
from tests.clock import run

FAILS_BESIDE = """
    chain c:
        step beside:
            target: fails
            background: true
            options: {seconds: 3}
        step upload:
            target: slow
            options: {seconds: 5}
        step tidy:
            target: TIDY
            depends_on: {ended: [upload]}
            options: {give: "{{ upload | default('cut') }}, {{ beside | default('none') }}"}
        step last:
            target: slow
    """
IN_YAML = """
chains:
  c:
    steps:
      - {name: beside, target: fails, background: true, options: {seconds: 3}}
      - {name: upload, target: slow, options: {seconds: 5}}
      - name: tidy
        target: slow
        depends_on: {ended: [upload]}
        options: {give: "{{ upload | default('cut') }}, {{ beside | default('none') }}"}
      - {name: last, target: slow}
"""


def given_to(record: Any, step: str) -> Any:
    """What a step of `slow` was given, which is its result."""
    (found,) = [one for one in record["steps"] if one["name"] == step]
    return found["result"]


@pytest.mark.parametrize("parallel", [True, False])
@pytest.mark.parametrize("layout", ["standalone", "shared"])
def test_a_failure_in_the_background_lets_what_follows_an_end_run(
    layout: Literal["standalone", "shared"], parallel: bool, tmp_path: Path
) -> None:
    text = FAILS_BESIDE.replace("TIDY", "slow")
    with built_in(layout, text, tmp_path) as module:
        record = record_of(module, connectors=GIVEN, parallel=parallel)
    assert "Step 'beside' failed" in record["error"]
    assert statuses(record) == {"beside": "error", "upload": "cancelled", "tidy": "ok"}
    assert starts(record)["tidy"] == 3
    assert given_to(record, "tidy") == "cut, none"


def test_yaml_says_the_same() -> None:
    record = record_of(build(IN_YAML, "specs/x.yaml"), connectors=GIVEN)
    assert statuses(record) == {"beside": "error", "upload": "cancelled", "tidy": "ok"}
    assert given_to(record, "tidy") == "cut, none"


def test_a_failure_of_what_runs_last_is_only_recorded() -> None:
    record = ran(FAILS_BESIDE.replace("TIDY", "fails"))
    assert "Step 'beside' failed" in record["error"]
    assert statuses(record)["tidy"] == "error"


@pytest.mark.parametrize("cut", ["deadline", "caller"])
def test_what_runs_last_is_cut_off_by(cut: str) -> None:
    module = build(FAILS_BESIDE.replace("TIDY", "slow"))
    given = {"connectors": GIVEN}

    async def main() -> float:
        task = asyncio.ensure_future(module.run_chain("c", **given, timeout=3.5))
        if cut == "caller":
            asyncio.get_running_loop().call_at(3.25, task.cancel)
            with pytest.raises(asyncio.CancelledError):
                await task
        else:
            record = await task
            assert (record["status"], statuses(record)["tidy"]) == (
                "timeout",
                "cancelled",
            )
        return asyncio.get_running_loop().time()

    assert run(main()) == (3.25 if cut == "caller" else 3.5)


@pytest.mark.parametrize("parallel", [True, False])
def test_one_of_which_another_waits_for_some_runs_too(parallel: bool) -> None:
    record = ran(
        """
        chain c:
            step upload:
                target: fails
            step tidy:
                target: slow
                parallel: true
                depends_on: {ended: [upload]}
                options: {seconds: 4}
            step told:
                target: slow
                depends_on: {any: [tidy]}
        """,
        parallel=parallel,
    )
    assert statuses(record) == {"upload": "error", "tidy": "ok"}
    assert record["metadata"]["elapsed_ms"] == 5000


LOOSE_MEMBER = """
    chain c:
        step quick:
            target: slow
            parallel: true
            options: {seconds: 9}
        step careful:
            target: slow
            parallel: true
            options: {seconds: 8}
        step other:
            target: fails
            parallel: true
            options: {seconds: 3}
        step first:
            target: slow
            depends_on: {any: [quick, careful]}
        step tidy:
            target: slow
            depends_on: {ended: [quick]}
            options: {give: "{{ quick | default('cut') }}"}
    """


def test_a_member_of_another_join_is_cut_off_by_a_neighbour() -> None:
    record = ran(LOOSE_MEMBER)
    assert "Step 'other' failed" in record["error"]
    cut = {"quick": "cancelled", "careful": "cancelled", "other": "error"}
    assert statuses(record) == cut | {"tidy": "ok"}
    assert (starts(record)["tidy"], given_to(record, "tidy")) == (3, "cut")


def test_in_sequence_one_that_has_ended_is_read() -> None:
    record = ran(LOOSE_MEMBER, parallel=False)
    assert given_to(record, "tidy") == "quick"
    assert "Step 'other' failed" in record["error"]


def test_a_stop_ends_what_runs_beside_before_the_last_step() -> None:
    record = ran("""
        chain c:
            do answer:
                parallel: true
                step think:
                    target: slow
                    options: {seconds: 2}
                step said:
                    stop: "early"
            step beside:
                target: slow
                parallel: true
                background: true
                options: {seconds: 5}
            step tidy:
                target: slow
                depends_on: {ended: [answer]}
                options: {seconds: 4}
        """)
    assert (record["status"], record["result"]) == ("ok", "early")
    expected = {"think": "ok", "said": "ok", "beside": "cancelled", "tidy": "ok"}
    assert statuses(record) == expected
    assert record["metadata"]["elapsed_ms"] == 6000


BLOCK = """
    chain c:
        match kind: payload.kind % 2:
            case 1:
                step word:
                    value: odd
            else:
                step word:
                    value: even
        step tidy:
            target: slow
            depends_on: {ended: [kind]}
            options: {give: "{{ kind | default('none') }}, {{ word | default('none') }}"}
    """


def test_a_block_that_fails_gives_none_of_its_names() -> None:
    module = build(BLOCK)
    record = record_of(module, {"kind": "x"}, connectors=GIVEN)
    assert "Chain 'c' failed in `match`" in record["error"]
    assert statuses(record) == {"tidy": "ok"}
    assert given_to(record, "tidy") == "none, none"
    record = record_of(module, {"kind": 3}, connectors=GIVEN)
    assert record["result"] == "odd, odd"


def test_what_has_not_begun_is_none_where_a_task_of_it_is_read() -> None:
    record = ran("""
        chain c:
            step upload:
                target: slow
            step broken:
                target: fails
            step quick:
                target: slow
                parallel: true
            step first:
                target: slow
                depends_on: {any: [quick]}
            step tidy:
                target: slow
                depends_on: {ended: [upload]}
                options: {give: "{{ upload }}, {{ quick | default('none') }}"}
        """)
    assert statuses(record) == {"upload": "ok", "broken": "error", "tidy": "ok"}
    assert given_to(record, "tidy") == "upload, none"
