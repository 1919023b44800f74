"""Caches of what runs inside of a step: whatever changes the result is in their keys."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from n3gen.compiler import Options

from tests.building import build, built_text, process_is_fresh
from tests.clock import run
from tests.peers import tools

SPEC = """
    connection models:
        api: openai
        api_key: env("TEST_KEY")
        model: env("TEST_MODEL", "small")
        headers:
            x-team: env("TEST_TEAM", "a")

    connector writer:
        prompt: "Write {{ env.TEST_TONE | default('plainly') }}"

    chain inner:
        step text:
            target: writer
        step more:
            target: given
        result: "{{ text }} {{ more }}"

    chain c:
        step kept:
            kind: chain
            target: inner
            cache: 1h

    pipeline p:
        stage kept(topic: str) -> str:
            cache: 1h
            step text:
                target: writer
            step more:
                target: given
            step both:
                value: "{{ text }} {{ more }}"
"""


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TEST_KEY", "sk-one")
    for name in ("TEST_MODEL", "TEST_TEAM", "TEST_TONE"):
        monkeypatch.delenv(name, raising=False)
    with process_is_fresh():
        yield


def one(ctx: Any) -> str:
    return "one"


def two(ctx: Any) -> str:
    return "two"


def numbered() -> httpx.MockTransport:
    """A server that answers each request otherwise."""
    answers = iter(range(1, 100))

    def answer(request: httpx.Request) -> httpx.Response:
        message = {"content": f"answer {next(answers)}"}
        choice = {"message": message, "finish_reason": "stop"}
        return httpx.Response(200, json={"choices": [choice]})

    return httpx.MockTransport(answer)


@pytest.mark.parametrize("chain", ["c", "p"])
def test_the_key_has_what_is_read_inside(
    chain: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = build(SPEC)

    async def main() -> list[Any]:
        server, found = numbered(), list[Any]()

        async def asked(**connectors: Any) -> None:
            given = {"given": one, **connectors}
            payload = {"topic": "x"} if chain == "p" else {}
            record = await module.run_chain(
                chain, payload, connectors=given, http=server
            )
            found.append(record["result"])

        await asked()
        await asked()
        for name in ("TEST_KEY", "TEST_MODEL", "TEST_TEAM", "TEST_TONE"):
            monkeypatch.setenv(name, "other")
            await asked()
        await asked(given=two)
        await asked(writer=lambda ctx: "replaced")
        await asked()
        return found

    assert run(main()) == [
        *("answer 1 one", "answer 1 one"),
        *("answer 2 one", "answer 3 one", "answer 4 one", "answer 5 one"),
        *("answer 6 two", "replaced one", "answer 5 one"),
    ]


def keys_in(text: str) -> list[str]:
    """The statements of a module that ask its caches."""
    found = (node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call))
    calls = [c for c in found if getattr(c.func, "attr", "") == "get_or_make"]
    return [ast.unparse(call.args[1]) for call in calls]


def test_the_key_changes_with_the_spec_of_what_is_inside() -> None:
    keys = keys_in(built_text(SPEC))
    others = keys_in(built_text(SPEC.replace("Write", "Say")))
    assert len(keys) == len(others) == 2
    assert not {*keys} & {*others}
    assert keys == keys_in(built_text(SPEC.replace("cache: 1h", "cache: 2h")))


TOOLS = """
    connection models:
        api: openai
        api_key: env("TEST_KEY")
        model: small

    connector weatherman:
        prompt: "Hi"
        tools: [tests.peers.tools:temperature]

    chain inner:
        step text:
            target: weatherman

    chain c:
        step kept:
            kind: chain
            target: inner
            cache: 1h

    pipeline p:
        stage kept(topic: str) -> str:
            cache: 1h
            step text:
                prompt: "Hi"
                tools: [tests.peers.tools:temperature]
"""


@pytest.mark.parametrize("chain", ["c", "p"])
def test_the_key_has_what_models_read_of_the_tools_inside(
    chain: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = build(TOOLS)

    def told(city: str) -> str:
        """Tell how warm it is."""
        raise AssertionError(city)

    def wider(city: str, at_night: bool = False) -> str:
        """Tell how warm it is."""
        raise AssertionError(city, at_night)

    async def main() -> list[Any]:
        server, found = numbered(), list[Any]()
        payload = {"topic": "x"} if chain == "p" else {}
        for function in (None, None, told, told, wider):
            if function is not None:
                monkeypatch.setattr(tools, "temperature", function)
            record = await module.run_chain(chain, payload, http=server)
            found.append(record["result"])
        return found

    numbers = (1, 1, 2, 2, 3)
    assert run(main()) == [f"answer {number}" for number in numbers]


@pytest.mark.parametrize("kind", ["connector", "python"])
def test_the_key_has_the_callable_that_a_run_is_given(kind: str) -> None:
    module = build(f"""
        chain c:
            step s:
                kind: {kind}
                target: given
                cache: 1h
        """)

    async def main() -> list[Any]:
        records = [
            await module.run_chain("c", {}, connectors={"given": given})
            for given in (one, one, two)
        ]
        return [(r["result"], "cached" in r["steps"][0]) for r in records]

    assert run(main()) == [("one", False), ("one", True), ("two", False)]


def test_a_variable_in_what_a_connection_sends_is_needed_before_the_first_step() -> (
    None
):
    module = build(
        """
        connection house:
            api: http
            base_url: "http://h"
            body: {account: "{{ env.TEST_TONE }}"}
            answer: body.text

        chain c:
            step first:
                value: "1"
            step ask:
                prompt: Hi
        """,
        options=Options(),
    )
    record = run(module.run_chain("c"))
    assert record["error"] == (
        "Chain 'c' needs environment variables that are not set: TEST_TONE"
    )
    assert record["steps"] == []
