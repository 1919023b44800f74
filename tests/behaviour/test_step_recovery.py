"""`on_error`, `finally` and `on_skip` among the keys of steps, and how a run has ended."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.behaviour.test_clauses import CALLS, by_name, ran
from tests.behaviour.test_flow import statuses
from tests.building import build
from tests.clock import run

RECORD = {
    "kind": "error",
    "message": "ValueError: a has no idea",
    "status": None,
    "step": "a",
}


def test_continue_leaves_the_record_of_the_error() -> None:
    record = ran("""
        chain c:
            step a:
                target: fails
                on_error: continue
            step b:
                value: "{{ a.kind }}"
            result: ["{{ a }}", "{{ b }}"]
        """)
    assert record["status"] == "ok", record["error"]
    assert record["result"] == [RECORD, "error"]
    assert statuses(record) == {"a": "error", "b": "ok"}


def test_skip_counts_as_skipped_and_tells_the_error() -> None:
    record = ran("""
        chain c:
            step a:
                target: fails
                on_error: skip
            step b:
                value: "{{ a | default('nothing') }}"
            result: ["{{ a }}", "{{ b }}"]
        """)
    assert record["status"] == "ok", record["error"]
    assert record["result"] == [None, "nothing"]
    step = by_name(record)["a"]
    assert step["status"] == "skipped"
    assert step["error"] == "ValueError: a has no idea"


@pytest.mark.parametrize("parallel", [True, False])
@pytest.mark.parametrize("what", ["continue", "skip"])
def test_a_member_that_deals_with_its_failure_cancels_nobody(
    what: str, parallel: bool
) -> None:
    for head, flag in (("step x: {value: 1}", "true"), ("parallel both:", "false")):
        inner = "    " if head.startswith("parallel") else ""
        record = ran(
            f"""
            chain c:
                {head}
                {inner}step a:
                {inner}    target: fails
                {inner}    on_error: {what}
                {inner}    parallel: {flag}
                {inner}step b:
                {inner}    target: slow
                {inner}    options: {{seconds: 3}}
                {inner}    parallel: {flag}
            """,
            parallel=parallel,
        )
        assert record["status"] == "ok", record["error"]
        assert statuses(record)["b"] == "ok"


def test_steps_that_run_instead_in_both_spellings() -> None:
    text = """
        chain c:
            step a:
                target: answers
                timeout: 5
                on_error [404, timeout] as error:
                    step excuse:
                        value: "{{ error.kind }} of {{ error.step }}"
                on_error:
                    step spare:
                        target: slow
                finally:
                    step tidy:
                        value: 1
            step b:
                value: "got {{ a }}"
            result: "{{ b }}"
        """
    yaml = """
        chains:
          c:
            steps:
              - name: a
                target: answers
                timeout: 5
                on_error:
                  - {on_error: [404, timeout], as: error, steps: [{name: excuse, value: "{{ error.kind }} of {{ error.step }}"}]}
                  - {on_error: any, steps: [{name: spare, target: slow}]}
                finally: [{name: tidy, value: 1}]
              - {name: b, value: "got {{ a }}"}
            result: "{{ b }}"
        """
    for source, path in ((text, "x.ai"), (yaml, "x.yaml")):
        assert ran(source, 404, path)["result"] == "got status of a"
        assert ran(source, 500, path)["result"] == "got spare"
        record = ran(source, "fine", path)
        assert record["result"] == "got fine"
        assert statuses(record) == {"a": "ok", "tidy": "ok", "b": "ok"}


def test_plain_steps_are_a_clause_for_every_error() -> None:
    text = """
        chain c:
            step a:
                target: fails
                on_error:
                    step b:
                        target: slow
                    step d:
                        value: "{{ b }}!"
        """
    yaml = """
        chains:
          c:
            steps:
              - name: a
                target: fails
                on_error: [{name: b, target: slow}, {name: d, value: "{{ b }}!"}]
        """
    for source, path in ((text, "x.ai"), (yaml, "x.yaml")):
        assert ran(source, None, path)["result"] == "b!"


def test_a_parallel_step_with_a_clause_runs_beside_its_neighbours() -> None:
    record = ran("""
        chain c:
            step a:
                target: fails
                parallel: true
                on_error:
                    step spare:
                        target: slow
                        options: {seconds: 3}
            step b:
                target: slow
                parallel: true
                options: {seconds: 4}
            step after:
                value: "{{ a }} {{ b }}"
                parallel: true
                depends_on: [a, b]
            result: "{{ after }}"
        """)
    assert record["status"] == "ok", record["error"]
    assert record["result"] == "spare b"
    assert record["metadata"]["elapsed_ms"] == 4000


def test_a_contender_that_skips_or_fails_is_no_success() -> None:
    record = ran("""
        chain c:
            race r:
                step a:
                    target: fails
                    on_error: skip
                step b:
                    target: slow
                    options: {seconds: 3}
                step d:
                    target: fails
                    on_error:
                        step spare:
                            target: slow
                            options: {seconds: 9}
            result: "{{ r }}"
        """)
    assert record["result"] == "b", record["error"]


def test_cancellations_and_deadlines_are_not_skipped() -> None:
    for what in ("skip", "continue"):
        record = ran(f"""
            chain c:
                timeout: 2
                step a:
                    target: slow
                    options: {{seconds: 9}}
                    on_error: {what}
                step b:
                    value: 1
            """)
        assert record["status"] == "timeout"
        assert statuses(record) == {"a": "cancelled"}


def test_an_error_made_of_a_cancellation_is_no_skip() -> None:
    async def denies(ctx: Any) -> None:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            raise ValueError("not now") from None

    record = ran(
        """
        chain c:
            timeout: 2
            step a:
                target: denies
                on_error: skip
            step b:
                value: 1
        """,
        connectors={"denies": denies},
    )
    assert record["status"] == "timeout"
    assert statuses(record) == {"a": "error"}


def test_a_stray_cancellation_is_an_error_like_any_other() -> None:
    async def strays(ctx: Any) -> None:
        raise asyncio.CancelledError

    record = ran(
        """
        chain c:
            step a:
                target: strays
                on_error: skip
            step b:
                target: strays
                on_error: continue
            step d:
                target: strays
            on_error:
                step e:
                    value: "{{ b.kind }}"
        """,
        connectors={"strays": strays},
    )
    assert record["status"] == "ok", record["error"]
    assert record["result"] == "error"
    assert statuses(record)["a"] == "skipped"


@pytest.mark.parametrize("kind", ["async", "sync"])
def test_a_stray_cancellation_is_tried_again(kind: str) -> None:
    calls: list[str] = []

    async def strays(ctx: Any) -> None:
        calls.append("strays")
        task = asyncio.ensure_future(asyncio.sleep(1))
        task.cancel()
        await task

    def strays_in_thread(ctx: Any) -> None:
        calls.append("strays")
        raise asyncio.CancelledError

    async def spare(ctx: Any) -> str:
        calls.append("spare")
        raise asyncio.CancelledError

    record = ran(
        """
        chain c:
            step a:
                target: strays
                retry: {max: 2, delay: 1ms, on: [error]}
                fallback: [spare, last]
        """,
        connectors={
            "strays": strays if kind == "async" else strays_in_thread,
            "spare": spare,
            "last": lambda ctx: "value",
        },
    )
    assert (record["status"], record["result"]) == ("ok", "value")
    assert calls == ["strays", "strays", "strays", "spare"]


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        ({"a": 0, "b": 0}, "skipped"),
        ({"a": 1, "b": 0}, "ok"),
        ({"a": 1, "b": 1}, "ok"),
    ],
)
def test_on_skip_skips_a_step_with_all_that_it_needs(
    payload: Any, expected: str
) -> None:
    record = ran(
        """
        chain c:
            step a:
                target: slow
                when: payload.a
            if chosen: payload.b:
                step b:
                    target: slow
            step d:
                target: slow
                depends_on: [a, chosen]
                on_skip: skip
            step e:
                value: "{{ d | default('-') }}"
                on_skip: skip
            step f:
                target: slow
                depends_on: [e]
        """,
        payload,
    )
    assert record["status"] == "ok", record["error"]
    found = statuses(record)
    assert (found["d"], found["e"], found["f"]) == (expected, expected, "ok")


@pytest.mark.parametrize("needed", ["a", "b"])
def test_what_runs_last_does_not_count_for_on_skip(needed: str) -> None:
    record = ran(
        f"""
        chain c:
            step a:
                target: slow
                when: payload
                finally:
                    step after:
                        target: slow
            do b:
                step inner:
                    target: slow
                    when: payload
                finally:
                    step last:
                        target: slow
            step given:
                value: 1
            step d:
                target: slow
                depends_on: [{needed}]
                on_skip: skip
                finally:
                    step told:
                        target: slow
                        options: {{n: "{{{{ given }}}}"}}
        """,
        False,
    )
    assert record["status"] == "ok", record["error"]
    found = statuses(record)
    assert (found["after"], found["last"], found["d"]) == ("ok", "ok", "skipped")


def test_on_skip_after_a_failure_that_skips_in_rounds_of_their_own() -> None:
    record = ran(
        """
        chain c:
            for docs: n in payload parallel 2:
                step a:
                    target: answers
                    options: {n: "{{ n }}"}
                    on_error: skip
                step b:
                    target: slow
                    depends_on: [a]
                    on_skip: skip
            result: "{{ docs }}"
        """,
        ["a", "b", "c"],
        connectors={**CALLS, "answers": odd},
    )
    assert record["result"] == ["b", None, "b"], record["error"]
    assert statuses(record)["docs[1].b"] == "skipped"


async def odd(ctx: Any) -> Any:
    if ctx.options["n"] == "b":
        raise ValueError("not b")
    return ctx.options["n"]


def test_a_stop_step_may_be_skipped() -> None:
    text = """
        chain c:
            step a:
                stop: "{{ payload.b }}"
                on_error: skip
            step d:
                value: "went on"
        """
    assert ran(text, {"b": 1})["result"] == 1
    assert ran(text, {})["result"] == "went on"


ENDS = """
    chain c:
        timeout: 5
        step a:
            target: answers
        step b:
            target: slow
            options: {seconds: "{{ a }}"}
        finally:
            step told:
                target: tell
                options: {status: "{{ run.status }}", error: "{{ run.error }}"}
    """


@pytest.mark.parametrize(
    ("payload", "status", "kind"),
    [(1, "ok", None), (9, "timeout", "timeout"), ("error", "error", "error")],
)
def test_finally_of_a_chain_knows_how_it_has_ended(
    payload: Any, status: str, kind: str | None
) -> None:
    told: list[Any] = []
    given = {**CALLS, "answers": numbers, "tell": lambda ctx: told.append(ctx.options)}
    record = ran(ENDS, payload, connectors=given)
    assert record["status"] == status
    assert [(t["status"], t["error"] and t["error"]["kind"]) for t in told] == [
        (status, kind)
    ]


@pytest.mark.parametrize(
    ("payload", "message"),
    [(1, "none"), ("error", "error: ValueError: no number"), (9, "timeout: timed out")],
)
def test_the_fields_of_how_it_has_ended(payload: Any, message: str) -> None:
    text = ENDS.replace(
        "{{ run.error }}",
        "{{ run.error.kind ~ ': ' ~ run.error.message if run.error"
        " else 'none' }} {{ run.error.message | default('-') }}",
    )
    told: list[Any] = []
    given = {**CALLS, "answers": numbers, "tell": lambda ctx: told.append(ctx.options)}
    ran(text, payload, connectors=given)
    error = told[0]["error"]
    assert error.startswith(message)
    assert error.endswith("-") == (message == "none")


async def numbers(ctx: Any) -> Any:
    if ctx.payload == "error":
        raise ValueError("no number")
    return ctx.payload


def test_and_that_it_was_cancelled_stopped_or_mended() -> None:
    told: list[Any] = []
    given = {**CALLS, "answers": numbers, "tell": lambda ctx: told.append(ctx.options)}
    module = build(ENDS)

    async def main() -> None:
        task = asyncio.create_task(module.run_chain("c", 4, connectors=given))
        await asyncio.sleep(2)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    run(main())
    mended = ENDS.replace(
        "        finally:",
        "        on_error:\n            step m:\n                value: 1\n        finally:",
    )
    assert ran(mended, "error", connectors=given)["result"] == 1
    stopped = ENDS.replace(
        "        step b:",
        "        step s:\n            stop: 2\n        step b:",
    )
    assert ran(stopped, 1, connectors=given)["result"] == 2
    failed = mended.replace("                value: 1", "                target: fails")
    assert ran(failed, "error", connectors=given)["status"] == "error"
    assert [t["status"] for t in told] == ["cancelled", "ok", "ok", "error"]
    assert told[-1]["error"]["step"] == "m"
