"""Callables that a run is given, also in place of connectors of the spec."""

from __future__ import annotations

import asyncio
import functools
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from textwrap import dedent
from types import ModuleType
from typing import Any
from unittest.mock import AsyncMock, Mock

import httpx
import pytest
from n3gen.compiler import Options, compile_file
from n3gen.source import SourceFile

from tests.building import build, process_is_fresh, shared_module
from tests.clock import run

SPEC = """
    type Mood:
        label: one of [good, bad]

    connection models:
        api: openai
        base_url: http://127.0.0.1:9
        api_key: env("N3GEN_TEST_KEY_OF_NOBODY")

    connector writer:
        model: m
        prompt: "Write about {{ payload.topic }}"

    connector feeler:
        model: m
        prompt: "Mood of {{ payload.topic }}, {{ options.how }}"
        output: Mood
        retry: {max: 2, on: [error], delay: 1s}
        fallback: [spare, other]

    connector spare:
        model: m
        prompt: "Mood of {{ payload.topic }}"
        output: Mood

    connector vectors:
        model: m
        embed: "{{ payload.topic }}"

    chain c:
        step text:
            target: writer
            options: {tone: "{{ payload.tone }}"}
            cache: 5m
        step mood:
            target: feeler
            options: {how: briefly}
        step vector:
            target: vectors
        step more:
            target: other
        result: [{text: "{{ text }}"}, "{{ mood.label }}", "{{ vector }}", "{{ more }}"]
"""

KINDS = """
    connection models:
        api: openai
        api_key: env("N3GEN_TEST_KEY_OF_NOBODY")
        model: m

    state history: list[any] = []

    connector finder:
        prompt: "Find {{ payload.topic }}"
        tools: [tests.peers.tools:temperature]

    connector viewer:
        prompt: "What is it?"
        images: [no/such/file.png]
        files: [no/such/file.pdf]

    connector clerk:
        messages: [{role: user, content: "{{ payload.topic }}"}]

    connector many:
        embed: ["{{ payload.topic }}", more]

    chain kinds:
        step found: {target: finder, remember: history}
        step seen: {target: viewer}
        step said: {target: clerk}
        step vectors: {target: many}
        step turns: {kind: state, target: history}
"""

GIVEN = ("writer", "feeler", "spare", "vectors", "other")


@contextmanager
def built(layout: str, spec: str, folder: Path) -> Iterator[ModuleType]:
    if layout == "standalone":
        yield build(spec)
        return
    source = SourceFile.of("specs/x.ai", dedent(spec))
    compiled = compile_file(source, Options(runtime="shared"))
    assert compiled.body is not None
    with shared_module(folder, compiled.body, compiled.support) as module:
        yield module


@pytest.fixture(scope="module", params=["standalone", "shared"])
def module(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ModuleType]:
    with built(request.param, SPEC, tmp_path_factory.mktemp("shared")) as module:
        yield module


async def answer(ctx: Any) -> Any:
    answers = {"mood": {"label": "good"}, "vector": [1.0], "more": 3}
    return answers.get(ctx.step, ctx.options)


def record_of(module: ModuleType, **changes: Any) -> Any:
    connectors = dict.fromkeys(GIVEN, answer) | {"writer": lambda ctx: "written"}
    connectors = {k: v for k, v in (connectors | changes).items() if v is not None}
    payload = {"topic": "t", "tone": "calm"}
    return run(module.run_chain("c", payload, connectors=connectors))


def test_a_given_connector_takes_the_place_of_a_defined_one(module: ModuleType) -> None:
    record = record_of(module)
    assert record["result"] == [{"text": "written"}, "good", [1.0], 3]
    assert [step["status"] for step in record["steps"]] == ["ok"] * 4


def test_it_is_told_the_options_of_the_step(module: ModuleType) -> None:
    record = record_of(module, writer=lambda ctx: str(ctx.options))
    assert record["result"][0] == {"text": "{'tone': 'calm'}"}


@pytest.mark.parametrize("layout", ["standalone", "shared"])
def test_calls_of_every_kind_are_replaced(layout: str, tmp_path: Path) -> None:
    """Tools are not called, pictures and files not read, and no key is needed."""
    answers = {"finder": "found", "viewer": "seen", "clerk": "said"}
    given: dict[str, Any] = {
        name: lambda ctx, value=value: value for name, value in answers.items()
    }
    given["many"] = lambda ctx: [[1.0], [2.0]]
    with built(layout, KINDS, tmp_path) as module:
        record = run(module.run_chain("kinds", {"topic": "t"}, connectors=given))
    assert record["status"] == "ok", record["error"]
    assert [step["result"] for step in record["steps"]] == [
        *("found", "seen", "said", [[1.0], [2.0]]),
        [
            {"role": "user", "content": "Find t"},
            {"role": "assistant", "content": "found"},
        ],
    ]


def test_no_cache_keeps_or_gives_what_it_returns(module: ModuleType) -> None:
    seen = [
        record_of(module, writer=lambda ctx, n=n: str(n))["steps"][0] for n in (1, 2)
    ]
    assert [step["result"] for step in seen] == ["1", "2"]
    assert not any("cached" in step for step in seen)


def test_it_is_retried_and_has_the_fallbacks_of_what_it_replaces(
    module: ModuleType,
) -> None:
    calls: list[str] = []

    def fail(ctx: Any) -> Any:
        calls.append(ctx.step)
        raise ValueError("no")

    record = record_of(module, feeler=fail, spare=lambda ctx: {"label": "bad"})
    assert record["result"][1] == "bad"
    assert calls == ["mood"] * 3


def test_what_it_returns_is_checked_as_an_answer_is(module: ModuleType) -> None:
    wrong = {"feeler": lambda ctx: {"label": "odd"}, "spare": lambda ctx: 1}
    record = record_of(module, **wrong, other=lambda ctx: {"label": "x"})
    assert "does not fit" in record["error"]
    error = record_of(module, writer=lambda ctx: {"a": 1})["error"]
    assert "connector 'writer' must return a text, not dict" in error


def test_variables_are_needed_by_those_that_are_not_replaced(
    module: ModuleType,
) -> None:
    error = record_of(module, spare=None)["error"]
    assert "needs environment variables that are not set" in error


def test_a_name_that_is_almost_one_of_the_module_is_an_error(
    module: ModuleType,
) -> None:
    error = record_of(module, writer=None, wrtier=answer)["error"]
    assert error == "Chain 'c' got wrong connectors: 'wrtier' is almost 'writer'"
    error = record_of(module, Feeler=answer, feeler=None)["error"]
    assert "'Feeler' is almost 'feeler'" in error
    others = {"writer2": answer, "painter": answer, "spares": answer}
    assert record_of(module, **others)["status"] == "ok"


def test_what_takes_a_place_must_be_callable(module: ModuleType) -> None:
    assert "'writer' must be callable, not int" in record_of(module, writer=3)["error"]


def test_a_registered_callable_takes_no_place(module: ModuleType) -> None:
    with process_is_fresh():
        module.connector("writer")(answer)
        error = record_of(module, writer=None)["error"]
    assert "N3GEN_TEST_KEY_OF_NOBODY" in error


def test_events_tell_of_a_given_generator(module: ModuleType) -> None:
    async def pieces(ctx: Any) -> Any:
        await ctx.emit({"text": "a"})
        return "all"

    async def main() -> list[Any]:
        connectors = dict.fromkeys(GIVEN, answer) | {"writer": pieces}
        events = module.stream_chain(
            "c", {"topic": "t", "tone": "x"}, connectors=connectors
        )
        return [e["data"] async for e in events if e["event"] == "step_progress"]

    assert run(main()) == [{"text": "a"}]


def test_a_fallback_has_its_own_retry_and_no_other() -> None:
    module = build("""
        connection models:
            api: local

        connector first:
            prompt: "a"
            retry: {max: 3, on: [error], delay: 1s}
            fallback: [second, third]

        connector second:
            prompt: "b"

        connector third:
            prompt: "c"
            retry: {max: 1, on: [error], delay: 1s}

        chain c:
            step text:
                target: first
        """)
    calls: list[str] = []

    def failing(name: str) -> Any:
        def fail(ctx: Any) -> Any:
            calls.append(name)
            raise ValueError("no")

        return fail

    connectors = {name: failing(name) for name in ("first", "second", "third")}
    record = run(module.run_chain("c", {}, connectors=connectors))
    assert record["status"] == "error"
    assert calls == ["first"] * 4 + ["second"] + ["third"] * 2


def test_the_model_of_a_call_is_a_template() -> None:
    module = build("""
        connection models:
            api: openai
            base_url: http://127.0.0.1:9
            model: usual

        connector writer:
            model: "{{ payload.model }}"
            prompt: "Write"

        chain c:
            step text:
                target: writer
            step own:
                prompt: "Write"
                model: "{{ payload.size }}-{{ 1 + 1 }}"
        """)
    asked: list[str] = []

    def respond(request: httpx.Request) -> httpx.Response:
        asked.append(json.loads(request.content)["model"])
        return httpx.Response(200, json={"choices": [{"message": {"content": "x"}}]})

    async def main() -> Any:
        transport = httpx.MockTransport(respond)
        payload = {"model": "m1", "size": "big"}
        return await module.run_chain("c", payload, http=transport)

    record = asyncio.run(main())
    assert record["status"] == "ok", record["error"]
    assert asked == ["m1", "big-2"]


VECTORS = """
    connection models: {api: openai, api_key: env("N3GEN_TEST_KEY_OF_NOBODY"), model: m}

    connector one: {embed: "{{ payload }}"}

    connector many: {embed: ["{{ payload }}", more]}

    chain one_text:
        step vector: {target: one}

    chain two_texts:
        step vectors: {target: many}
    """


@pytest.mark.parametrize("found", ["x", None, [], ["a"], [[0.1]], [True], {"a": 1}, 3])
def test_what_is_given_for_a_vector_is_one(found: Any) -> None:
    given = {"one": lambda ctx: found, "many": lambda ctx: found}
    module = build(VECTORS)
    error = run(module.run_chain("one_text", "a", connectors=given))["error"]
    assert "connector 'one' must return a vector, which is a list of numbers" in error
    error = run(module.run_chain("two_texts", "a", connectors=given))["error"]
    assert "connector 'many' must return a list of 2 vectors" in error


@pytest.mark.parametrize("kind", [list, tuple])
def test_vectors_that_are_given_are_lists_of_numbers(kind: Any) -> None:
    given = {
        "one": lambda ctx: kind([1, 0.5]),
        "many": lambda ctx: kind([kind([1]), [2]]),
    }
    module = build(VECTORS)
    for chain, wanted in (("one_text", [1.0, 0.5]), ("two_texts", [[1.0], [2.0]])):
        record = run(module.run_chain(chain, "a", connectors=given))
        assert record["result"] == wanted


UNFIT = """
    connection models:
        api: openai
        api_key: env("N3GEN_TEST_KEY_OF_NOBODY")
        model: m

    connector writer:
        prompt: "Write about {{ payload.topic }}"

    chain unfit:
        step first: {kind: value, value: 1}
        step text: {target: writer}
        step told: {target: teller}
        step sum: {kind: python, target: adder, with: {a: 1, b: 2}}
        step sent: {target: sender, with: {to: you}}
"""


def takes_nothing() -> int:
    return 1


def adder(*, a: int, b: int) -> int:
    return a + b


def with_a_database(function: Any) -> Any:
    """Give a function one argument more; its wrapper shows the signature of the function."""

    @functools.wraps(function)
    def called(ctx: Any) -> Any:
        return function(ctx, "database")

    return called


@pytest.mark.parametrize("layout", ["standalone", "shared"])
@pytest.mark.parametrize(
    ("changes", "why"),
    [
        (
            {"teller": takes_nothing},
            "'teller' is called with (ctx) and takes () -> 'int': too many positional "
            "arguments",
        ),
        (
            {"adder": lambda ctx: 1},
            "'adder' is called with (a=..., b=...) and takes (ctx): missing a required "
            "argument: 'ctx'",
        ),
        (
            {"adder": lambda a, b, c: 1, "sender": lambda of: 1},
            "'adder' is called with (a=..., b=...) and takes (a, b, c): missing a "
            "required argument: 'c'; 'sender' is called with (to=...) and takes (of): "
            "missing a required argument: 'of'",
        ),
        (
            {"writer": adder},
            "'writer' is called with (ctx) and takes (*, a: 'int', b: 'int') -> 'int': "
            "too many positional arguments",
        ),
    ],
)
def test_one_that_does_not_take_what_its_steps_give_it_is_told_before_the_first(
    layout: str, changes: dict[str, Any], why: str, tmp_path: Path
) -> None:
    given = {"writer": answer, "teller": answer, "adder": adder, "sender": dict}
    with built(layout, UNFIT, tmp_path) as module:
        record = run(module.run_chain("unfit", {}, connectors=given | changes))
    assert record["error"] == f"Chain 'unfit' got wrong connectors: {why}"
    assert record["steps"] == []


@pytest.mark.parametrize(
    "teller",
    [
        Mock(return_value=3),
        AsyncMock(return_value=3),
        functools.partial(lambda found, ctx: found, 3),
        with_a_database(lambda ctx, database: 3),
        lambda *all: 3,
    ],
)
def test_one_that_may_take_it_is_called(teller: Any) -> None:
    given = {"writer": str, "teller": teller, "adder": adder, "sender": dict}
    record = run(build(UNFIT).run_chain("unfit", {"topic": "t"}, connectors=given))
    assert [step["result"] for step in record["steps"][2:]] == [3, 3, {"to": "you"}]
