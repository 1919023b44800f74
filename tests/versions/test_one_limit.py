"""Modules of several versions in one process keep one limit on model calls."""

from __future__ import annotations

import asyncio
import inspect
from itertools import permutations
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

import pytest
from n3gen.compiler import Options
from n3gen.templates.runtime.limits.gate import Gate
from n3gen.templates.runtime.limits.joint_queue import JointQueue
from n3gen.templates.runtime.run.process import Limiter

from tests.building import built_in, module_from, process_is_fresh
from tests.clock import run

HERE = Path(__file__).parent
SPEC = (HERE / "calls.ai").read_text()
FORMER = sorted(path.name[: -len(".py.txt")] for path in HERE.glob("*.py.txt"))
PARALLEL = Options(enable_parallel_steps=True)

URGENT = """
limit pool: 10

chain calls:
    step one:
        kind: connector
        target: model
        limit: [llm, pool]
        priority: 5
    step two:
        kind: connector
        target: model
"""


class Calls:
    """A connector whose calls take a second, and how many there were at once."""

    def __init__(self) -> None:
        self.inside = self.peak = self.made = 0

    async def __call__(self, ctx: Any) -> int:
        self.made += 1
        self.inside += 1
        self.peak = max(self.peak, self.inside)
        try:
            await asyncio.sleep(1)
        finally:
            self.inside -= 1
        return self.made


def of_version(version: str) -> ModuleType:
    return module_from((HERE / f"{version}.py.txt").read_text())


async def run_all(modules: list[ModuleType], calls: Calls, each: int = 3) -> float:
    """Run modules beside each other, those of later ones while earlier ones wait."""
    loop = asyncio.get_running_loop()
    started = loop.time()
    runs: list[asyncio.Task[Any]] = []
    for module in modules:
        runs += [
            asyncio.create_task(module.run_chain("calls", connectors={"model": calls}))
            for _ in range(each)
        ]
        await asyncio.sleep(0.5)
    records = await asyncio.gather(*runs)
    assert [one["status"] for one in records] == ["ok"] * len(runs)
    return loop.time() - started


def test_there_are_modules_of_the_last_two_versions() -> None:
    assert len(FORMER) >= 2


@pytest.mark.parametrize("layout", ["standalone", "shared"])
@pytest.mark.parametrize("former", FORMER)
@pytest.mark.parametrize("is_first", [True, False])
def test_one_limit_whoever_comes_first(
    former: str,
    layout: Literal["standalone", "shared"],
    is_first: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MAX_CONCURRENT_LLM_CALLS", "4")
    with built_in(layout, SPEC, tmp_path, PARALLEL) as today:
        modules = [of_version(former), today]
        calls = Calls()
        seconds = run(run_all(modules if is_first else modules[::-1], calls))
    assert (calls.peak, calls.made) == (4, 24)
    assert seconds == 6.0


@pytest.mark.parametrize("order", list(permutations([*FORMER, "today"])))
def test_one_limit_of_all_versions(
    order: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAX_CONCURRENT_LLM_CALLS", "5")
    with built_in("standalone", SPEC, tmp_path, PARALLEL) as today:
        known = {"today": today, **{one: of_version(one) for one in FORMER}}
        calls = Calls()
        run(run_all([known[one] for one in order], calls))
    assert (calls.peak, calls.made) == (5, 12 * len(order))


@pytest.mark.parametrize("former", FORMER)
@pytest.mark.parametrize("is_first", [True, False])
def test_a_limit_of_a_former_version_is_joined_with_named_ones(
    former: str, is_first: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Steps with several limits wait in one queue with those of a former module."""
    monkeypatch.setenv("MAX_CONCURRENT_LLM_CALLS", "2")
    with built_in("standalone", URGENT, tmp_path, PARALLEL) as today:
        modules = [of_version(former), today]
        calls = Calls()
        seconds = run(run_all(modules if is_first else modules[::-1], calls))
    assert (calls.peak, calls.made) == (2, 18)
    assert seconds == 9.0


@pytest.mark.parametrize("former", FORMER)
def test_waiters_of_a_former_version_may_be_cancelled_after_they_were_joined(
    former: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAX_CONCURRENT_LLM_CALLS", "1")

    async def main(today: ModuleType, old: ModuleType) -> tuple[Any, float]:
        calls = Calls()
        given = {"model": calls}
        waiting = asyncio.create_task(old.run_chain("calls", connectors=given))
        await asyncio.sleep(0.5)
        urgent = asyncio.create_task(today.run_chain("calls", connectors=given))
        await asyncio.sleep(0.25)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        record = await urgent
        return record["status"], asyncio.get_running_loop().time()

    with built_in("standalone", URGENT, tmp_path, PARALLEL) as today:
        assert run(main(today, of_version(former))) == ("ok", 2.75)


@pytest.mark.parametrize("former", FORMER)
def test_connectors_are_registered_for_all_versions(former: str) -> None:
    with process_is_fresh():
        old, today = of_version(former), module_from_today()
        today.connector("model")(Calls())
        assert run(old.run_chain("calls"))["status"] == "ok"


def module_from_today() -> ModuleType:
    from tests.building import build

    return build(SPEC, options=PARALLEL)


SHAPES = {
    Limiter: {
        "try_acquire": "(self)",
        "acquire": "(self)",
        "release": "(self)",
        "resize": "(self, permits)",
    },
    JointQueue: {
        "join": "(self, limiter)",
        "try_acquire": "(self, needs)",
        "acquire": "(self, needs, priority=0.0)",
        "release": "(self, needs)",
        "wake": "(self)",
    },
    Gate: {
        "state": "(self, requests, tokens, concurrent)",
        "learn": "(self, requests, tokens)",
        "place": "(self, tokens, deadline)",
        "turn": "(self, place)",
        "may_start": "(self, place)",
        "has_room": "(self, place)",
        "start": "(self, place)",
        "leave": "(self, place)",
        "settle": "(self, place, tokens)",
        "finish": "(self, is_answered)",
        "pause": "(self, seconds)",
        "back_off": "(self)",
    },
}
"""How modules of other versions use the limits that one of them has made."""


@pytest.mark.parametrize("made", SHAPES)
def test_limits_keep_their_methods(made: type) -> None:
    """A change here needs another name in `process_state`, and a way over to it."""
    for name, wanted in SHAPES[made].items():
        found = inspect.signature(getattr(made, name))
        bare = [
            one.replace(annotation=inspect.Parameter.empty)
            for one in found.parameters.values()
        ]
        assert str(inspect.Signature(bare)) == wanted
