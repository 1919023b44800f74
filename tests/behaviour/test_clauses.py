"""`on_error` clauses and `finally`, on a virtual clock."""

from __future__ import annotations

import asyncio
import gc
import logging
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from n3gen.compiler import Options, compile_file
from n3gen.source import SourceFile

from tests.behaviour.test_flow import record_of, statuses
from tests.behaviour.test_races import ENDED, GIVEN, lingers
from tests.building import build, shared_module
from tests.clock import run


class Refused(Exception):
    """An answer of a server with a status."""

    def __init__(self, status: int) -> None:
        super().__init__(f"the server said {status}")
        self.status_code = status


async def answers(ctx: Any) -> Any:
    """Raises what its payload names; a number is a status."""
    await asyncio.sleep(1)
    wanted = ctx.payload
    if isinstance(wanted, int):
        raise Refused(wanted)
    if wanted == "timeout":
        raise TimeoutError("too slow")
    if wanted == "connection":
        raise ConnectionError("no line")
    if wanted == "error":
        raise ValueError("no sense")
    return wanted


CALLS = {**GIVEN, "answers": answers, "lingers": lingers}


def by_name(record: Any) -> dict[str, Any]:
    return {step["name"]: step for step in record["steps"]}


CLAUSES = """
    chain c:
        step asked:
            target: answers
        step told:
            value: "told {{ asked }}"
        on_error [404, timeout] as error:
            step excuse:
                value: "{{ error.kind }} {{ error.status }}: {{ error.message }}"
        on_error [5xx] as error:
            step waits:
                target: slow
                options: {give: "waited for {{ error.step }}"}
            step sorry:
                value: "{{ waits }}"
        on_error [failed]:
            step failed:
                value: "failed"
    """

IN_YAML = """
    chains:
      c:
        steps:
          - {name: asked, target: answers}
          - {name: told, value: "told {{ asked }}"}
          - on_error: [404, timeout]
            as: error
            steps:
              - {name: excuse, value: "{{ error.kind }} {{ error.status }}: {{ error.message }}"}
          - on_error: 5xx
            as: error
            steps:
              - {name: waits, target: slow, options: {give: "waited for {{ error.step }}"}}
              - {name: sorry, value: "{{ waits }}"}
          - on_error: [failed]
            steps: [{name: failed, value: failed}]
    """


def ran(
    text: str, payload: Any = None, path: str = "specs/x.ai", **options: Any
) -> Any:
    return record_of(build(text, path), payload, **{"connectors": CALLS, **options})


@pytest.mark.parametrize(
    ("payload", "result", "found"),
    [
        ("hello", "told hello", {"asked": "ok", "told": "ok"}),
        (
            404,
            "status 404: Refused: the server said 404",
            {"asked": "error", "excuse": "ok"},
        ),
        (
            "timeout",
            "timeout None: TimeoutError: too slow",
            {"asked": "error", "excuse": "ok"},
        ),
        (503, "waited for asked", {"asked": "error", "waits": "ok", "sorry": "ok"}),
    ],
)
@pytest.mark.parametrize(("text", "path"), [(CLAUSES, "x.ai"), (IN_YAML, "x.yaml")])
def test_the_first_clause_that_fits_runs(
    text: str, path: str, payload: Any, result: str, found: dict[str, str]
) -> None:
    record = ran(text, payload, path)
    assert (record["status"], record["error"]) == ("ok", None)
    assert record["result"] == result
    assert statuses(record) == found


@pytest.mark.parametrize("payload", [400, "error", "connection"])
def test_an_error_that_no_clause_fits_goes_up(payload: Any) -> None:
    record = ran(CLAUSES, payload)
    assert record["status"] == "error"
    assert record["error"].startswith("Step 'asked' failed: ")
    assert statuses(record) == {"asked": "error"}


def test_the_traceback_of_what_goes_up_is_kept() -> None:
    module = build(CLAUSES)

    async def main() -> BaseException:
        with pytest.raises(module.ChainError) as caught:
            await module.c("error", connectors=CALLS)
        cause = caught.value.__cause__
        assert cause is not None and isinstance(cause.__cause__, ValueError)
        return cause.__cause__

    trace, names = run(main()).__traceback__, []
    while trace is not None:
        names.append(trace.tb_frame.f_code.co_name)
        trace = trace.tb_next
    assert names[-1] == "answers"


def test_an_error_of_a_clause_goes_up_past_the_others() -> None:
    record = ran("""
        chain c:
            step a:
                target: fails
            on_error [error]:
                step b:
                    target: fails
            on_error:
                step d:
                    value: 1
        """)
    assert record["error"].startswith("Step 'b' failed: ")
    assert statuses(record) == {"a": "error", "b": "error"}


def test_retries_and_fallbacks_come_first() -> None:
    calls: list[str] = []

    async def flaky(ctx: Any) -> Any:
        calls.append(ctx.step)
        raise ConnectionError("gone")

    record = ran(
        """
        chain c:
            step a:
                target: flaky
                retry: {max: 2, delay: 1s, jitter: false}
                fallback: spare
            on_error [connection] as error:
                step b:
                    value: "{{ error.message }}"
        """,
        connectors={"flaky": flaky, "spare": flaky},
    )
    assert record["status"] == "ok", record["error"]
    assert len(calls) == 4
    assert "fallback `spare`" in record["result"]


def test_events_tell_the_error_and_then_what_the_clause_does() -> None:
    module = build(CLAUSES)

    async def main() -> list[str]:
        events = module.stream_chain("c", 404, connectors=CALLS)
        return [f"{e['event']} {e.get('step', '')}".strip() async for e in events]

    assert run(main()) == [
        "chain_start",
        "step_start asked",
        "step_error asked",
        "step_start excuse",
        "step_complete excuse",
        "chain_complete",
    ]


BODIES = {
    "do": """
            do made:
                step lookup:
                    target: answers
                CLAUSE
        """,
    "parallel": """
            parallel made:
                step lookup:
                    target: answers
                step beside:
                    target: slow
                    options: {seconds: 5}
                CLAUSE
        """,
    "if": """
            if made: payload != 0:
                step lookup:
                    target: answers
                CLAUSE
            else:
                step other:
                    value: 1
        """,
    "match": """
            match made: payload:
                case 0:
                    step other:
                        value: 1
                else:
                    step lookup:
                        target: answers
                    CLAUSE
        """,
    "within": """
            within made: 9s:
                step lookup:
                    target: answers
                CLAUSE
        """,
    "race": """
            race made:
                do one:
                    step lookup:
                        target: answers
                    CLAUSE
        """,
    "while": """
            while made: said | default('no') == 'no' max 1:
                step lookup:
                    target: answers
                step said:
                    value: "{{ lookup }}"
                CLAUSE
        """,
}


def body_of(name: str, clause: str, after: str = "") -> str:
    """A chain of one block whose body ends with a clause."""
    text = BODIES[name]
    (line,) = (line for line in text.splitlines() if line.strip() == "CLAUSE")
    column = line[: len(line) - len("CLAUSE")]
    clause = "\n".join(column + part for part in clause.splitlines())
    text = text.replace(line, clause)
    end = '            result: "{{ made }}"\n'
    return f"\n        chain c:\n{text}\n{after}{end}"


CAUGHT = """on_error [404] as error:
    step excuse:
        value: "{{ error.message }}, {{ lookup | default('nothing') }}"
"""


@pytest.mark.parametrize("name", BODIES)
def test_a_clause_ends_any_body(name: str) -> None:
    text = body_of(name, CAUGHT)
    record = ran(text, 404)
    assert record["status"] == "ok", record["error"]
    assert record["result"] == "Refused: the server said 404, nothing"
    assert by_name(record)["lookup"]["status"] == "error"
    record = ran(text, 500)
    assert record["status"] == "error"
    assert "excuse" not in by_name(record)
    record = ran(text, "fine")
    assert record["status"] == "ok", record["error"]
    expected = {"lookup": "fine", "beside": "beside"} if name == "parallel" else "fine"
    assert record["result"] == expected


LAST = """finally:
    step tidy:
        target: slow
        options: {seconds: 2, give: "{{ lookup | default('nothing') }}"}
"""


@pytest.mark.parametrize("name", BODIES)
@pytest.mark.parametrize(
    ("payload", "seconds", "status", "given"),
    [
        ("fine", None, "ok", "fine"),
        (404, None, "error", "nothing"),
        ("fine", 0.5, "timeout", "nothing"),
    ],
)
def test_finally_runs_whatever_becomes_of_any_body(
    name: str, payload: Any, seconds: float | None, status: str, given: str
) -> None:
    record = ran(body_of(name, LAST), payload, timeout=seconds)
    assert record["status"] == status, record["error"]
    found = by_name(record)
    assert (found["tidy"]["status"], found["tidy"]["result"]) == ("ok", given)
    if status == "ok":
        value = {"lookup": "fine", "beside": "beside"}
        assert record["result"] == (value if name == "parallel" else "fine")


@pytest.mark.parametrize("name", BODIES)
def test_finally_runs_where_the_caller_cancels(name: str) -> None:
    module = build(body_of(name, LAST.replace("slow", "tidies")))
    tidied: list[Any] = []

    async def tidies(ctx: Any) -> None:
        await asyncio.sleep(3)
        tidied.append(ctx.options["give"])

    async def main() -> float:
        given = {**CALLS, "tidies": tidies}
        task = asyncio.create_task(module.run_chain("c", "fine", connectors=given))
        await asyncio.sleep(0.5)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return asyncio.get_running_loop().time()

    assert run(main()) == 3.5
    assert tidied == ["nothing"]


def test_rounds_have_clauses_of_their_own() -> None:
    for head in ("for docs: n in payload:", "for docs: n in payload parallel 2:"):
        record = ran(
            f"""
            chain c:
                {head}
                    step asked:
                        target: answers
                        options: {{n: "{{{{ n }}}}"}}
                    on_error as error:
                        step excuse:
                            value: "{{{{ n }}}} {{{{ error.step }}}}"
                    finally:
                        step tidy:
                            target: slow
                            options: {{give: "{{{{ n }}}} {{{{ asked | default('-') }}}}"}}
                result: "{{{{ docs }}}}"
            """,
            ["a", "b"],
            connectors={**CALLS, "answers": odd},
        )
        assert record["status"] == "ok", record["error"]
        assert record["result"] == ["a", "b docs[1].asked"]
        given = [s["result"] for s in record["steps"] if s["name"] == "tidy"]
        assert given == ["a a", "b -"]


async def odd(ctx: Any) -> Any:
    if ctx.options["n"] == "b":
        raise ValueError("not b")
    return ctx.options["n"]


def test_a_member_of_a_group_that_ended_is_read_where_another_failed() -> None:
    text = """
        chain c:
            step made:
                target: slow
                parallel: true
            step broken:
                target: fails
                parallel: true
                options: {seconds: 2}
            step cut:
                target: slow
                parallel: true
                options: {seconds: 9}
            finally:
                step tidy:
                    value: ["{{ made }}", "{{ cut }}", "{{ broken }}"]
        """
    record = ran(text)
    assert record["status"] == "error"
    assert record["steps"][-1]["result"] == ["made", None, None]
    record = ran(text, parallel=False)
    assert record["steps"][-1]["result"] == ["made", None, None]


AFTER_TASKS = """
    chain c:
        SCHEDULE
        step early:
            background: true
            target: slow
            options: {seconds: 1}
        race best:
            background: true
            step one:
                target: slow
                options: {seconds: 1.5}
            step other:
                target: slow
                options: {seconds: 9}
        if payload:
            background: true
            step left:
                target: slow
                options: {seconds: 1}
            step right:
                target: slow
                options: {seconds: 0.5}
        else:
            step left:
                value: 1
            step right:
                value: 2
        step late:
            background: true
            target: slow
            options: {seconds: 9}
        step asked:
            depends_on: {any: [early, late]}
            target: slow
            options: {seconds: 1}
        step fails:
            depends_on: [asked]
            fail: "no"
        on_error:
            step caught:
                value: ["{{ early }}", "{{ best.winner }}", "{{ left }}", "{{ right }}", "{{ late }}"]
        finally:
            step told:
                target: slow
                options: {give: ["{{ early }}", "{{ best }}", "{{ left }}", "{{ right }}", "{{ late }}"]}
    """


@pytest.mark.parametrize("parallel", [True, False])
@pytest.mark.parametrize("schedule", ["file", "dag"])
def test_what_ended_in_the_background_is_read_where_a_body_failed(
    schedule: str, parallel: bool
) -> None:
    text = AFTER_TASKS.replace("SCHEDULE", f"schedule: {schedule}")
    record = ran(text, True, parallel=parallel)
    assert record["result"] == ["early", "one", "left", "right", None], record["error"]
    told = by_name(record)["told"]["result"]
    assert told == ["early", "one", "left", "right", None]


def test_what_has_not_begun_in_the_background_is_none() -> None:
    record = ran("""
        chain c:
            step first:
                fail: "at once"
            step early:
                background: true
                target: slow
            on_error:
                step caught:
                    value: "{{ early | default('none') }}"
        """)
    assert record["result"] == "none", record["error"]


def test_finally_of_a_loser_is_awaited_in_a_race() -> None:
    record = ran("""
        chain c:
            race r:
                step fast:
                    target: slow
                do careful:
                    step long:
                        target: slow
                        options: {seconds: 60}
                    finally:
                        step tidy:
                            target: slow
                            options: {seconds: 2}
            result: "{{ r }}"
        """)
    assert record["result"] == "fast"
    assert statuses(record) == {"fast": "ok", "long": "cancelled", "tidy": "ok"}
    assert record["metadata"]["elapsed_ms"] == 3000


def test_finally_runs_where_a_sibling_fails_or_stops_the_chain() -> None:
    for how, status in (("target: fails", "error"), ('stop: "enough"', "ok")):
        record = ran(f"""
            chain c:
                parallel:
                    do ends:
                        step wait:
                            wait: 1s
                        step end:
                            {how}
                    do works:
                        step long:
                            target: slow
                            options: {{seconds: 60}}
                        on_error:
                            step never:
                                value: 1
                        finally:
                            step tidy:
                                target: slow
            """)
        assert record["status"] == status, record["error"]
        found = statuses(record)
        assert (found["long"], found["tidy"]) == ("cancelled", "ok")
        assert "never" not in found


def test_finally_has_ten_seconds_once_the_run_is_cancelled() -> None:
    text = """
        chain c:
            timeout: 5
            step long:
                target: slow
                options: {seconds: 60}
            finally:
                step tidy:
                    target: slow
                    options: {seconds: SECONDS}
                step more:
                    value: 1
        """
    record = ran(text.replace("SECONDS", "9"))
    assert record["status"] == "timeout"
    assert statuses(record) == {"long": "cancelled", "tidy": "ok", "more": "ok"}
    assert record["metadata"]["elapsed_ms"] == 14000
    record = ran(text.replace("SECONDS", "11"))
    assert record["status"] == "timeout"
    assert statuses(record) == {"long": "cancelled", "tidy": "cancelled"}
    assert record["metadata"]["elapsed_ms"] == 15000


def test_finally_of_a_run_in_time_may_take_until_its_deadline(
    caplog: pytest.LogCaptureFixture,
) -> None:
    text = """
        chain c:
            timeout: SECONDS
            step short:
                target: slow
            finally:
                step tidy:
                    target: slow
                    options: {seconds: 30}
        """
    record = ran(text.replace("SECONDS", "40"))
    assert (record["status"], record["result"]) == ("ok", "short")
    assert statuses(record) == {"short": "ok", "tidy": "ok"}
    record = ran(text.replace("SECONDS", "10"))
    assert record["status"] == "timeout"
    assert statuses(record) == {"short": "ok", "tidy": "cancelled"}
    assert record["metadata"]["elapsed_ms"] == 20000
    assert "`finally` was cut off: 10 seconds had passed" in caplog.text


def test_a_second_cancellation_takes_nothing_from_the_grace() -> None:
    module = build("""
        chain c:
            step long:
                target: slow
                options: {seconds: 60}
            finally:
                step tidy:
                    target: lingers
        """)
    ENDED.clear()

    async def main() -> float:
        task = asyncio.create_task(module.run_chain("c", connectors=CALLS))
        for _ in range(3):
            await asyncio.sleep(2)
            task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return asyncio.get_running_loop().time()

    assert run(main()) == 13
    assert ENDED == ["tidy"]


def test_steps_of_finally_may_start_and_be_retried_past_the_deadline() -> None:
    tries: list[float] = []

    async def flaky(ctx: Any) -> str:
        tries.append(asyncio.get_running_loop().time())
        if len(tries) < 3:
            raise ConnectionError("gone")
        return "done"

    record = ran(
        """
        chain c:
            timeout: 2
            step long:
                target: slow
                options: {seconds: 60}
            finally:
                step tidy:
                    target: flaky
                    retry: {max: 3, delay: 1s, backoff: constant, jitter: false}
                parallel:
                    step left:
                        target: slow
                    step right:
                        target: slow
        """,
        connectors={**CALLS, "flaky": flaky},
    )
    assert record["status"] == "timeout"
    assert tries == [2, 3, 4]
    found = statuses(record)
    assert (found["tidy"], found["left"], found["right"]) == ("ok", "ok", "ok")


def test_an_error_of_finally_is_recorded_and_replaces_none(
    caplog: pytest.LogCaptureFixture,
) -> None:
    text = """
        chain c:
            step a:
                target: answers
            finally:
                step tidy:
                    target: fails
                step never:
                    value: 1
        """
    record = ran(text, "fine")
    assert (record["status"], record["result"]) == ("ok", "fine")
    assert statuses(record) == {"a": "ok", "tidy": "error"}
    assert "`finally` failed: Step 'tidy' failed" in caplog.text
    record = ran(text, 404)
    assert record["error"].startswith("Step 'a' failed")


def test_an_expression_of_finally_that_fails_is_logged_with_its_traceback(
    caplog: pytest.LogCaptureFixture,
) -> None:
    record = ran(
        """
        chain c:
            step a:
                value: 1
            finally:
                for x in payload.missing:
                    step never:
                        value: "{{ x }}"
        """,
        {},
    )
    assert record["status"] == "ok"
    (logged,) = (r for r in caplog.records if "`finally`" in r.getMessage())
    assert logged.levelno == logging.ERROR and logged.exc_info


def test_no_clause_catches_a_cancellation_or_the_deadline_of_the_chain() -> None:
    record = ran("""
        chain c:
            timeout: 2
            do made:
                step long:
                    target: slow
                    options: {seconds: 60}
                on_error:
                    step never:
                        value: 1
        """)
    assert record["status"] == "timeout"
    assert statuses(record) == {"long": "cancelled"}


def test_an_error_made_of_a_cancellation_is_not_caught() -> None:
    async def denies(ctx: Any) -> None:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            raise ValueError("not now") from None

    record = ran(
        """
        chain c:
            timeout: 2
            step long:
                target: denies
            on_error:
                step never:
                    value: 1
        """,
        connectors={"denies": denies},
    )
    assert record["status"] == "timeout"
    assert "never" not in statuses(record)


def test_the_timeout_of_a_step_and_that_of_a_block_are_caught_outside() -> None:
    for inner in (
        "step long:\n    target: slow\n    timeout: 2\n    options: {seconds: 9}",
        "within 2s:\n    step long:\n        target: slow\n        options: {seconds: 9}",
    ):
        body = "\n".join("    " + line for line in inner.splitlines())
        record = ran(
            f"chain c:\n{body}\n"
            "    on_error [timeout] as error:\n"
            "        step late:\n"
            '            value: "{{ error.kind }}: {{ error.message }}"\n'
        )
        assert record["status"] == "ok", record["error"]
        assert record["result"] == "timeout: timed out after 2 seconds"
        assert record["metadata"]["elapsed_ms"] == 2000


def test_a_deadline_of_a_block_cuts_a_clause_off_too() -> None:
    record = ran("""
        chain c:
            within made: 4s:
                step a:
                    target: fails
                    options: {seconds: 2}
                on_error:
                    step b:
                        target: slow
                        options: {seconds: 9}
            else:
                step late:
                    value: "late"
            result: "{{ made }}"
        """)
    assert record["result"] == "late"
    assert statuses(record) == {"a": "error", "b": "cancelled", "late": "ok"}


def test_clauses_nest() -> None:
    record = ran("""
        chain c:
            do outer:
                step a:
                    target: fails
                on_error as error:
                    do inner:
                        step b:
                            target: fails
                        on_error as second:
                            step said:
                                value: "{{ error.step }}, {{ second.step }}"
                        finally:
                            step tidy:
                                value: "{{ error.kind }}"
                finally:
                    step last:
                        value: 1
            result: "{{ outer }}"
        """)
    assert record["status"] == "ok", record["error"]
    assert record["result"] == "a, b"
    assert [s["name"] for s in record["steps"]] == ["a", "b", "said", "tidy", "last"]


def test_the_result_of_a_block_is_that_of_its_steps_and_not_of_its_clause() -> None:
    text = """
        chain c:
            do made:
                result: {kept: "{{ a }}"}
                step a:
                    target: answers
                step b:
                    target: slow
                on_error:
                    step spare:
                        value: "spare"
            result: {all: "{{ made }}"}
        """
    assert ran(text, "fine")["result"] == {"all": {"kept": "fine"}}
    assert ran(text, 404)["result"] == {"all": "spare"}


def test_the_result_of_a_chain_too() -> None:
    text = """
        chain c:
            step a:
                target: answers
            on_error as error:
                step spare:
                    value: "{{ error.kind }}"
            result: {kept: "{{ a.text }}"}
        """
    assert ran(text, {"text": "fine"})["result"] == {"kept": "fine"}
    assert ran(text, 404)["result"] == "status"
    # An expression of the result that fails is an error of the body.
    assert ran(text, {})["result"] == "error"


def test_a_sub_chain_fails_as_what_ended_it_and_mends_itself() -> None:
    record = run(build("""
        chain c:
            step called:
                kind: chain
                target: inner
            on_error [404] as error:
                step said:
                    value: "{{ error.step }}"
        chain inner:
            step asked:
                target: answers
            finally:
                step tidy:
                    value: 1
        """).run_chain("c", 404, connectors=CALLS))
    assert record["status"] == "ok", record["error"]
    assert record["result"] == "called.asked"
    assert statuses(record)["called.tidy"] == "ok"


def test_a_condition_of_a_while_reads_none_of_a_round_that_failed() -> None:
    record = ran(
        """
        chain c:
            while rounds: draft.score | default(0) < 2 max 4:
                step draft:
                    target: scores
                step kept:
                    value: "{{ draft.score }}"
                on_error:
                    step spare:
                        value: "failed"
            result: "{{ rounds }}"
        """,
        connectors={"scores": scores},
    )
    assert record["status"] == "ok", record["error"]
    assert record["result"] == 2
    assert [s["status"] for s in record["steps"] if s["name"] == "draft"] == [
        "ok",
        "error",
        "ok",
    ]


@pytest.mark.parametrize(
    ("loop", "value"),
    [
        ("for docs: n in [2, 0]", "{{ 1 // n }}"),
        ("while docs: made | default(1) > 0 max 3", "{{ 1 // (2 - loop.index) }}"),
    ],
)
def test_a_loop_whose_round_has_failed_has_no_value(loop: str, value: str) -> None:
    record = ran(f"""
        chain c:
            {loop}:
                step made:
                    value: "{value}"
            on_error:
                step left:
                    value: "{{{{ docs | default('none') }}}}"
        """)
    assert record["status"] == "ok", record["error"]
    assert record["result"] == "none"


SCORES = iter([1, None, 2, 1, None, 2])


async def scores(ctx: Any) -> Any:
    score = next(SCORES)
    if score is None:
        raise ValueError("no idea")
    return {"score": score}


def test_rounds_with_groups_and_clauses() -> None:
    record = ran(
        """
        chain c:
            while rounds: draft.score | default(0) < 2 max 4:
                step draft:
                    target: scores
                step left:
                    value: 1
                    parallel: true
                step right:
                    value: 2
                    parallel: true
                step kept:
                    value: "{{ draft.score }}"
                on_error:
                    step spare:
                        value: "failed"
            result: "{{ rounds }}"
        """,
        connectors={"scores": scores},
    )
    assert record["status"] == "ok", record["error"]
    assert record["result"] == 2


def test_until_is_asked_of_rounds_that_ended_well() -> None:
    record = ran(
        """
        chain c:
            for docs: n in payload:
                until: asked == "c"
                step asked:
                    target: answers
                    options: {n: "{{ n }}"}
                on_error:
                    step spare:
                        value: "failed"
            result: "{{ docs }}"
        """,
        ["a", "b", "c", "d"],
        connectors={"answers": odd},
    )
    assert record["result"] == ["a", "failed", "c"], record["error"]


def test_the_winner_is_nobody_where_all_have_failed() -> None:
    record = ran("""
        chain c:
            race r:
                step one:
                    target: fails
                on_error:
                    step spare:
                        value: "spare"
            result: ["{{ r }}", "{{ r.winner }}"]
        """)
    assert record["result"] == ["spare", ""], record["error"]


@pytest.mark.parametrize(("late", "result"), [(9, "all late"), (1, "mixed: error")])
def test_a_race_that_all_lose_alike_fails_as_they_do(late: int, result: str) -> None:
    record = ran(f"""
        chain c:
            race r:
                step one:
                    target: slow
                    timeout: 2
                    options: {{seconds: 9}}
                step two:
                    target: {"slow" if late == 9 else "fails"}
                    timeout: 3
                    options: {{seconds: {late}}}
                on_error [timeout]:
                    step a:
                        value: "all late"
                on_error as error:
                    step b:
                        value: "mixed: {{{{ error.kind }}}}"
            result: "{{{{ r }}}}"
        """)
    assert record["result"] == result, record["error"]


def test_the_shared_support_does_the_same(tmp_path: Path) -> None:
    source = SourceFile.of("specs/x.ai", dedent(CLAUSES))
    compiled = compile_file(source, Options(runtime="shared"))
    assert compiled.body is not None
    with shared_module(tmp_path, compiled.body, compiled.support) as module:
        record = run(module.run_chain("c", 503, connectors=CALLS))
    assert record["result"] == "waited for asked"


def test_a_run_that_nobody_drives_any_more_is_let_go(
    recwarn: pytest.WarningsRecorder,
) -> None:
    module = build("""
        chain c:
            step a:
                target: slow
            finally:
                step tidy:
                    target: slow
        """)
    loop = asyncio.new_event_loop()
    loop.set_exception_handler(lambda loop, context: None)
    started: list[str] = []

    async def waits(ctx: Any) -> None:
        started.append(ctx.step)
        await asyncio.Event().wait()

    task = loop.create_task(module.run_chain("c", connectors={"slow": waits}))
    for _ in range(5):
        loop.run_until_complete(asyncio.sleep(0))
    loop.close()
    del task
    gc.collect()
    assert started == ["a"]
    assert not [w for w in recwarn if "never awaited" in str(w.message)]


@pytest.mark.parametrize(
    ("inner", "step", "how"),
    [
        ("timeout: 2s", "", "timeout"),
        ("timeout: 20s", "timeout: 2s", "timeout"),
        ("timeout: 2s", "retry: {max: 1, delay: 1s}", "timeout"),
        ("timeout: 20s", "", "cancelled"),
        ("timeout: 20s", "timeout: 10s", "cancelled"),
    ],
)
def test_what_runs_last_in_a_called_chain_knows_its_timeout(
    inner: str, step: str, how: str
) -> None:
    module = build(f"""
        chain inner:
            {inner}
            step work: {{wait: 50s}}
            finally:
                step told: {{target: audit, options: {{how: "{{{{ run.status }}}}"}}}}
        chain c:
            race first:
                step call:
                    kind: chain
                    target: inner
                    {step}
                step other: {{wait: 9s}}
    """)
    told: list[str] = []
    run(
        module.run_chain(
            "c", connectors={"audit": lambda c: told.append(c.options["how"])}
        )
    )
    assert {*told} == {how}


EXITS = """
    chain tidied:
        step a: {target: odd}
        finally:
            step tidy: {target: fine}
    chain goes_on:
        step a: {target: odd, on_error: continue}
        step b: {target: fine}
    chain raced:
        race first:
            step a: {target: odd}
            step b: {target: fine}
    """


@pytest.mark.parametrize("kind", ["coroutine", "generator"])
@pytest.mark.parametrize(
    ("chain", "wanted"),
    [
        ("tidied", {"a": "error", "tidy": "ok"}),
        ("goes_on", {"a": "error", "b": "ok"}),
        ("raced", {"a": "error", "b": "ok"}),
    ],
)
def test_a_generator_exit_of_a_connector_is_a_failure_of_its_step(
    chain: str, wanted: dict[str, str], kind: str
) -> None:
    async def raises(ctx: Any) -> Any:
        raise GeneratorExit

    async def yields(ctx: Any) -> Any:
        yield 1
        raise GeneratorExit

    async def fine(ctx: Any) -> str:
        await asyncio.sleep(1)
        return "fine"

    odd = raises if kind == "coroutine" else yields
    module = build(EXITS)
    record = run(
        module.run_chain(chain, connectors={"odd": odd, "fine": fine}, parallel=True)
    )
    assert statuses(record) == wanted
    assert record["status"] == ("error" if chain == "tidied" else "ok")
