"""What callables read of the results so far: those of their own round, and around it."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncGenerator, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.behaviour.test_flow import record_of, result_of
from tests.building import build, built_in
from tests.clock import run

SECONDS = {"Ada": 3, "Bob": 1, "Cyd": 2}
SOURCE = "n3gen_tests_names"


async def find(ctx: Any) -> Any:
    await asyncio.sleep(SECONDS[ctx.options["name"]])
    return ctx.options["name"]


async def rest(ctx: Any) -> Any:
    await asyncio.sleep(3)
    return "rested"


GIVEN = {
    "find": find,
    "rest": rest,
    "write": lambda ctx: f"Dear {ctx.results['found']}",
    "seen": lambda ctx: dict(ctx.results),
}
LETTERS = ["Dear Ada", "Dear Bob", "Dear Cyd"]

LOOP = """
chain letters:
    input: {{names: "list[str]"}}
    for mails: name in payload.names{how}:
        step found:
            target: find
            options: {{name: "{{{{ name }}}}"}}
        step pause:
            target: rest
        step mail:
            target: write
    step after:
        target: seen
        options: {{mails: "{{{{ mails }}}}"}}
    result: ["{{{{ mails }}}}", "{{{{ after }}}}"]
"""


@pytest.mark.parametrize("layout", ["standalone", "shared"])
@pytest.mark.parametrize("how", ["", " parallel 2", " parallel 3"])
def test_a_round_reads_its_own_results(layout: Any, how: str, tmp_path: Path) -> None:
    with built_in(layout, LOOP.format(how=how), tmp_path) as module:
        mails, after = result_of(module, {"names": [*SECONDS]}, connectors=GIVEN)
    assert mails == LETTERS
    # What follows the loop reads the last round's, however long the others took.
    assert after["found"] == "Cyd"


NESTED = """
chain nested:
    for outer: name in payload parallel 3:
        step found:
            target: find
            options: {name: "{{ name }}"}
        for inner: number in range(2) parallel 2:
            step pause:
                target: rest
            step mail:
                target: write
        step one:
            target: write
            parallel: true
        step two:
            target: seen
            parallel: true
        result: ["{{ inner }}", "{{ one }}", "{{ two }}"]
    result: "{{ outer }}"
"""


def test_a_round_reads_the_results_of_the_rounds_around_it() -> None:
    found = result_of(build(NESTED), [*SECONDS], connectors=GIVEN)
    assert [(inner, one) for inner, one, _ in found] == [
        ([letter] * 2, letter) for letter in LETTERS
    ]
    assert [two["found"] for *_, two in found] == [*SECONDS]


BRANCH = """
chain c:
    for docs: name in payload parallel 3:
        if name == "Bob":
            step found:
                target: find
                options: {name: "{{ name }}"}
        else:
            step pause:
                target: rest
            step seen:
                target: seen
"""


def test_a_neighbour_does_not_show_where_a_round_has_no_result() -> None:
    record = record_of(build(BRANCH), [*SECONDS], connectors=GIVEN)
    seen = [s["result"] for s in record["steps"] if s["name"] == "seen" and s["result"]]
    assert [one.get("found") for one in seen] == [None, None]


CACHED = """
chain c:
    for docs: name in payload{how}:
        step found:
            target: find
            options: {{name: "{{{{ name }}}}"}}
            cache: 1h
    result: "{{{{ docs }}}}"
"""


@pytest.mark.parametrize("how", ["", " parallel 1", " parallel 2"])
def test_the_key_of_a_cache_has_no_results_of_neighbours(how: str) -> None:
    names = ["Ada", "Bob", "Ada", "Bob"]
    record = record_of(build(CACHED.format(how=how)), names, connectors=GIVEN)
    assert record["result"] == names
    assert sum("cached" in step for step in record["steps"]) == 2


@pytest.fixture
def source() -> Iterator[None]:
    module: Any = ModuleType(SOURCE)

    async def names() -> AsyncGenerator[str, None]:
        for name in SECONDS:
            yield name

    module.names = names
    sys.modules[SOURCE] = module
    yield
    del sys.modules[SOURCE]


STAGES = f"""
pipeline letters:
    stage source() -> list[str]:
        kind: python
        target: {SOURCE}:names
        with: {{}}
        stream: true
        buffer: 3
    stage mail(name: str) -> any:
        parallel: 3
        stream: true
        do:
            step found:
                target: find
                options: {{name: "{{{{ name }}}}"}}
            step pause:
                target: rest
            step written:
                target: write
    stage signed(letter: any) -> any:
        parallel: 3
        do:
            step again:
                target: rest
            step last:
                target: seen
"""


@pytest.mark.usefixtures("source")
def test_an_item_of_a_stage_has_its_own_results() -> None:
    found = result_of(build(STAGES), {}, connectors=GIVEN)
    assert [one["written"] for one in found] == LETTERS
    assert [one["found"] for one in found] == [*SECONDS]


def test_a_callable_has_a_mapping_of_its_own() -> None:
    def spoil(ctx: Any) -> str:
        ctx.results.clear()
        ctx.options.clear()
        return "spoilt"

    text = """
    chain c:
        step found:
            target: spoil
            options: {a: 1}
        step mail:
            target: spoil
        step last:
            target: seen
    """
    given = {**GIVEN, "spoil": spoil}
    assert result_of(build(text), {}, connectors=given) == {
        "found": "spoilt",
        "mail": "spoilt",
    }


def test_what_has_ended_is_not_pending_where_a_loop_fails() -> None:
    def write(ctx: Any) -> Any:
        if ctx.results["found"] == "Cyd":
            raise ValueError("no")

    module = build(LOOP.format(how=" parallel 3"))
    given = {**GIVEN, "write": write}

    async def fail() -> Any:
        payload = {"names": [*SECONDS]}
        return await module.run_chain("letters", payload, connectors=given)

    record = run(fail())
    assert record["status"] == "error"
    assert record["metadata"]["pending"] == ["after"]
