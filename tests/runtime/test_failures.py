"""Failures of steps and expressions: their place, their record, their traceback."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterator
from typing import Any

import pytest
from n3gen.templates.runtime.run.chain import Options
from n3gen.templates.runtime.run.expressions import ComputedStep, Expression, computed
from n3gen.templates.runtime.run.group import Group
from n3gen.templates.runtime.run.records import ChainError, StepError
from n3gen.templates.runtime.run.rounds import rounds
from n3gen.templates.runtime.run.run import Run, Step, sub_run
from n3gen.templates.runtime.run.started import stream_run

from tests.clock import run
from tests.runtime.chains import (
    broken_by_the_user,
    execute,
    failing,
    module_of,
    sleeping,
    step,
)

INNER = {"name": "inner", "versions": {}}


async def one_step(run: Run, payload: Any) -> Any:
    async with Step(run, "a", line=7) as entered:
        return entered.done(broken_by_the_user())


def test_a_failing_step_is_wrapped_once_with_its_place() -> None:
    ended = run(execute(one_step))
    assert isinstance(ended.error, StepError)
    assert (ended.error.step, ended.error.place) == ("a", "specs/c.ai:7")
    assert not hasattr(ended.error, "__notes__")
    assert ended.record["error"] == "Step 'a' failed: ValueError: boom (specs/c.ai:7)"
    with pytest.raises(ChainError) as raised:
        ended.value()
    assert raised.value.__cause__ is ended.error
    shown = "".join(traceback.format_exception(raised.value))
    assert "in broken_by_the_user" in shown


def test_a_failing_step_is_logged_once_with_the_users_traceback(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def body(run: Run, payload: Any) -> None:
        async with Step(run, "outer", line=3) as entered:
            inner = sub_run(entered, INNER, "specs/inner.ai", None)
            await one_step(inner, None)

    run(execute(body))
    told = [(r.name, r.getMessage(), r.exc_info is not None) for r in caplog.records]
    message = "Step 'outer.a' failed: ValueError: boom (specs/inner.ai:7)"
    assert told == [
        ("n3gen.inner", message, True),
        ("n3gen.c", f"Chain 'c' failed: {message}", False),
    ]
    assert "in broken_by_the_user" in caplog.text


def test_a_field_that_fails_names_itself_and_its_line() -> None:
    async def body(run: Run, payload: Any) -> None:
        async with Step(run, "a", line=7) as entered:
            with Expression(entered, "prompt", line=9):
                broken_by_the_user()

    record = run(execute(body)).record
    message = "Step 'a' failed in `prompt`: ValueError: boom (specs/c.ai:9)"
    assert record["error"] == message
    assert record["steps"][0]["error"] == "ValueError: boom"


def test_an_expression_between_steps_is_logged_with_its_place(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def body(run: Run, payload: Any) -> None:
        with Expression(run, "if", line=12):
            broken_by_the_user()

    record = run(execute(body)).record
    message = "Chain 'c' failed in `if`: ValueError: boom (specs/c.ai:12)"
    assert record["error"] == message
    assert [r.getMessage() for r in caplog.records] == [message]
    assert "in broken_by_the_user" in caplog.text


def test_an_expression_around_a_block_leaves_its_steps_failures_alone() -> None:
    async def body(run: Run, payload: Any) -> None:
        with Expression(run, "if", line=12):
            await step(run, "a", failing(1, ValueError("boom")))

    error = run(execute(body)).record["error"]
    assert error == "Step 'a' failed: ValueError: boom (specs/c.ai:7)"


def test_an_expression_of_a_called_chain_fails_the_calling_step(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def body(run: Run, payload: Any) -> None:
        async with Step(run, "outer", line=3) as entered:
            inner = sub_run(entered, INNER, "specs/inner.ai", None)
            with Expression(inner, "if", line=5):
                broken_by_the_user()

    record = run(execute(body)).record
    message = "Step 'outer' failed in `if`: ValueError: boom (specs/inner.ai:5)"
    assert record["error"] == message
    assert [r.exc_info is not None for r in caplog.records] == [True, False]


def test_items_that_fail_as_they_are_found_name_the_loop() -> None:
    def items() -> Iterator[int]:
        yield 1
        broken_by_the_user()

    async def body(run: Run, payload: Any) -> None:
        for item in rounds(run, "docs", items(), "a", line=4):
            await step(run, "a", sleeping(1, item))

    record = run(execute(body)).record
    assert [entry["result"] for entry in record["steps"]] == [1]
    message = "Chain 'c' failed in `for`: ValueError: boom (specs/c.ai:4)"
    assert record["error"] == message


@pytest.mark.parametrize(
    ("items", "found"), [("abc", "str"), (b"abc", "bytes"), (None, "none"), (3, "int")]
)
def test_a_loop_over_what_is_no_list_names_the_loop(items: Any, found: str) -> None:
    async def body(run: Run, payload: Any) -> None:
        for item in rounds(run, "docs", items, "a", line=4):
            await step(run, "a", sleeping(1, item))

    record = run(execute(body)).record
    fault = f"TypeError: `for` needs a list, but found {found}"
    assert record["error"] == f"Chain 'c' failed in `for`: {fault} (specs/c.ai:4)"


def test_the_first_expression_of_a_group_to_fail_is_the_failure() -> None:
    async def block(run: Run, seconds: float, line: int) -> None:
        await step(run, f"in_{line}", sleeping(seconds))
        with Expression(run, "if", line=line):
            broken_by_the_user()

    async def body(run: Run, payload: Any) -> None:
        async with Group(run) as group:
            group.start(block, run, 3, 11)
            group.start(block, run, 2, 22)

    error = run(execute(body)).record["error"]
    assert error == "Chain 'c' failed in `if`: ValueError: boom (specs/c.ai:22)"


def test_a_group_starts_functions_with_their_arguments() -> None:
    async def work(run: Run, name: str, seconds: float) -> str:
        return str(await step(run, name, sleeping(seconds, name.upper())))

    async def body(run: Run, payload: Any) -> str:
        async with Group(run) as group:
            a = group.start(work, run, "a", 1.0)
            b = group.start(lambda: work(run, a.result(), 2.0), after=(a,))
        return f"{a.result()}{b.result()}"

    record = run(execute(body)).record
    assert (record["result"], record["metadata"]["elapsed_ms"]) == ("AA", 3000)


def test_computed_values_have_records_and_events() -> None:
    async def body(run: Run, payload: Any) -> Any:
        plain = computed(run, "plain", 1, line=3)
        with ComputedStep(run, "sum", line=6) as entered:
            total = entered.done(plain + 1)
        return {"total": total}

    async def main() -> list[Any]:
        module = module_of(body, ("plain", "sum"))
        return [event async for event in stream_run(module, "c", None, Options())]

    events = run(main())
    assert [(event["event"], event.get("step")) for event in events] == [
        ("chain_start", None),
        ("step_start", "plain"),
        ("step_complete", "plain"),
        ("step_start", "sum"),
        ("step_complete", "sum"),
        ("chain_complete", None),
    ]
    record = events[-1]["run"]
    assert (record["result"], record["status"]) == ({"total": 2}, "ok")
    assert [(e["name"], e["status"], e["result"]) for e in record["steps"]] == [
        ("plain", "ok", 1),
        ("sum", "ok", 2),
    ]


def test_a_computed_value_that_fails_is_its_steps_failure(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def body(run: Run, payload: Any) -> Any:
        with ComputedStep(run, "sum", line=6) as entered:
            return entered.done(broken_by_the_user())

    with caplog.at_level(logging.INFO, "n3gen"):
        record = run(execute(body)).record
    message = "Step 'sum' failed in `value`: ValueError: boom (specs/c.ai:6)"
    assert record["error"] == message
    (entry,) = record["steps"]
    assert (entry["status"], entry["error"]) == ("error", "ValueError: boom")
    assert [r.exc_info is not None for r in caplog.records] == [True, False]
