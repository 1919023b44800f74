from __future__ import annotations

import asyncio
import json
import logging
import threading
import traceback
from collections.abc import AsyncGenerator, Callable, Generator
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, Literal

import pytest
from n3gen.templates.runtime.models.models import ToolCall, ToolResult
from n3gen.templates.runtime.models.tools import PythonTool, tool_arguments
from n3gen.templates.runtime.recovery.failures import ModelError
from n3gen.templates.runtime.run.callables import Context
from n3gen.templates.runtime.run.run import Run, Step
from pydantic import BaseModel, Field

from tests.clock import run
from tests.runtime.chains import execute


class Place(BaseModel):
    city: str
    country: str = "CH"


@dataclass
class Forecast:
    place: Place
    degrees: float


async def forecast(
    place: Place,
    days: Annotated[int, Field(ge=1, description="how many")] = 1,
    unit: Literal["C", "F"] = "C",
) -> Forecast:
    """Tells the weather
    of some days.

    More for people.
    """
    return Forecast(place, days * (10 if unit == "C" else 50))


def called(function: Callable[..., Any], **arguments: Any) -> ToolResult:
    """What a call of a function gives a model."""
    call = ToolCall("call_1", "tool", arguments)

    async def body(run: Run, payload: Any) -> Any:
        async with Step(run, "ask", line=4) as step:
            return step.done(await PythonTool("tool", function).call(step, call))

    result: ToolResult = run(execute(body)).value()
    assert result.call is call
    return result


def text_of(function: Callable[..., Any], **arguments: Any) -> str:
    result = called(function, **arguments)
    assert not result.is_error, result.text
    return result.text


def error_of(function: Callable[..., Any], **arguments: Any) -> str:
    result = called(function, **arguments)
    assert result.is_error
    assert "Traceback" not in result.text
    return result.text


# What a model is told.


def test_a_tool_is_described_by_its_docstring() -> None:
    assert PythonTool("f", forecast).description() == "Tells the weather of some days."
    assert PythonTool("f", partial(forecast)).description().startswith("Tells")
    assert PythonTool("f", forecast, "Else.").description() == "Else."
    assert PythonTool("f", lambda: 1).description() == ""


def test_the_schema_comes_from_the_signature() -> None:
    schema = PythonTool("f", forecast).parameters()
    assert schema["type"] == "object"
    assert schema["required"] == ["place"]
    assert schema["additionalProperties"] is False
    assert schema["properties"] == {
        "place": {"$ref": "#/$defs/Place"},
        "days": {
            "default": 1,
            "description": "how many",
            "minimum": 1,
            "type": "integer",
        },
        "unit": {"default": "C", "enum": ["C", "F"], "type": "string"},
    }


def test_the_arguments_are_worked_out_once() -> None:
    assert tool_arguments(forecast) is tool_arguments(forecast)


def test_a_function_without_parameters_takes_no_arguments() -> None:
    assert PythonTool("f", lambda: 1).parameters() == {
        "additionalProperties": False,
        "properties": {},
        "type": "object",
    }


def test_the_context_is_no_argument() -> None:
    def by_name(ctx, city: str): ...  # type: ignore[no-untyped-def]

    def by_type(told: Context, city: str) -> None: ...

    def by_keyword(*, ctx: Any, city: str) -> None: ...

    for function in (by_name, by_type, by_keyword):
        assert list(PythonTool("f", function).parameters()["properties"]) == ["city"]


@pytest.mark.parametrize("name", ["", "a b", "a.b", "x" * 65, "größe", "a\n"])
def test_a_name_that_providers_refuse_is_refused(name: str) -> None:
    with pytest.raises(ModelError, match="tool name"):
        PythonTool(name, forecast)


def of_a_strange_type(event: asyncio.Event) -> None: ...


def of_an_unknown_type(event: Unknown) -> None:  # type: ignore[name-defined]  # noqa: F821
    ...


@pytest.mark.parametrize("function", [of_a_strange_type, of_an_unknown_type, dict])
def test_a_function_that_no_model_can_call_is_refused(function: Any) -> None:
    with pytest.raises(ModelError, match=f"`{function.__name__}` cannot be a tool"):
        PythonTool("f", function).parameters()


# What a call does.


def test_arguments_become_what_the_annotations_say() -> None:
    text = text_of(forecast, place={"city": "Bern"}, days="3")
    assert json.loads(text) == {
        "place": {"city": "Bern", "country": "CH"},
        "degrees": 30,
    }


def test_a_default_is_the_function_s_own() -> None:
    default = object()

    def f(a: Any = default, /, b: Any = default, *, c: Any = default) -> bool:
        return a is default and b is default and c is default

    assert text_of(f) == "true"
    assert PythonTool("f", f).parameters()["properties"]["c"] == {}


def test_parameters_of_all_kinds() -> None:
    def f(a, b, /, json, *args, copy, _x=0, **kwargs):  # type: ignore[no-untyped-def]
        return [a, b, json, args, copy, _x, kwargs]

    text = text_of(f, a=1, b=[2], json=3, copy=4, _x=5, argument_0=6, args=7, step=8)
    more = {"argument_0": 6, "args": 7, "step": 8}
    assert json.loads(text) == [1, [2], 3, [], 4, 5, more]


def test_the_context_is_told_what_callables_are() -> None:
    def with_context(ctx: Context, city: str) -> Any:
        return [ctx.step, ctx.chain, ctx.options, city]

    def by_keyword(*, ctx: Context) -> str:
        return ctx.step

    assert json.loads(text_of(with_context, city="Bern")) == ["ask", "c", {}, "Bern"]
    assert text_of(by_keyword) == "ask"


def test_a_sync_function_runs_in_a_thread() -> None:
    assert text_of(lambda: threading.current_thread().name).startswith("n3gen")


async def items() -> AsyncGenerator[int, None]:
    yield 1
    yield 2


def sync_items() -> Generator[int, None, None]:
    yield 1
    yield 2


class Callable1:
    """Is called."""

    async def __call__(self, n: int) -> int:
        return n + 1

    def method(self, n: int) -> int:
        return n + 2


@pytest.mark.parametrize(
    ("function", "arguments", "text"),
    [
        (lambda: "a\nb", {}, "a\nb"),
        (lambda: None, {}, "null"),
        (lambda: {"a": (1, True)}, {}, '{"a":[1,true]}'),
        (lambda: Place(city="Bern"), {}, '{"city":"Bern","country":"CH"}'),
        (lambda: [Place(city="Bern")], {}, '[{"city":"Bern","country":"CH"}]'),
        (items, {}, "[1,2]"),
        (sync_items, {}, "[1,2]"),
        (Callable1(), {"n": 1}, "2"),
        (Callable1().method, {"n": 1}, "3"),
        (partial(Callable1(), 4), {}, "5"),
    ],
)
def test_results_become_text(
    function: Any, arguments: dict[str, Any], text: str
) -> None:
    assert text_of(function, **arguments) == text


# What goes wrong.


def test_arguments_that_do_not_fit_are_told() -> None:
    text = error_of(forecast, place={}, days=0, unit="K", more=1)
    assert text.splitlines() == [
        "the arguments do not fit:",
        "- place.city: Field required",
        "- days: Input should be greater than or equal to 1",
        "- unit: Input should be 'C' or 'F'",
        "- more: Extra inputs are not permitted",
    ]


def fails() -> None:
    raise LookupError("no such\nplace")


async def fails_later() -> None:
    await asyncio.sleep(1)
    raise LookupError("no such\nplace")


async def cancels_itself() -> None:
    raise asyncio.CancelledError


async def circular() -> Any:
    looped: list[Any] = []
    looped.append(looped)
    return looped


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (fails, "LookupError: no such place"),
        (fails_later, "LookupError: no such place"),
        (cancels_itself, "CancelledError"),
        (object, "Unable to serialize unknown type"),
        (circular, "Circular reference"),
    ],
)
def test_what_a_function_raises_is_told(function: Any, words: str) -> None:
    assert words in error_of(function)


@pytest.mark.usefixtures("without_secrets")
def test_what_a_function_raises_is_logged_with_its_traceback(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.WARNING, "n3gen.c"):
        error_of(fails)
        error_of(forecast, place={})  # what the model alone got wrong is no warning
    (record,) = caplog.records
    told = "Step 'ask' goes on after its tool 'tool' failed: LookupError: no such place"
    assert (record.levelname, record.getMessage()) == ("WARNING", told)
    assert record.exc_info and record.exc_info[2] is not None
    assert [*traceback.walk_tb(record.exc_info[2])][-1][0].f_code is fails.__code__


def test_cancellation_goes_on() -> None:
    ended: list[str] = []

    async def slow() -> str:
        try:
            await asyncio.sleep(100)
        except asyncio.CancelledError:
            ended.append("cancelled")
            raise
        return "late"

    async def body(run: Run, payload: Any) -> Any:
        async with Step(run, "ask", line=4) as step:
            call = ToolCall("1", "tool", {})
            return step.done(await PythonTool("tool", slow).call(step, call))

    result = run(execute(body, timeout=5))
    assert result.record["status"] == "timeout"
    assert ended == ["cancelled"]
