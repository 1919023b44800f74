"""Random bodies with background steps and joins, held against their rules on a virtual clock.

`expected` works out by the plain rules when each step starts. Steps name only others
that stand before them, so that none has to move.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.building import build
from tests.clock import run


@dataclass
class Drawn:
    """A step: how long it takes, how it stands, what it waits for and what it reads."""

    seconds: int
    parallel: bool
    background: bool
    join: str | None = None
    count: int = 0
    named: list[int] = field(default_factory=list)
    reads: list[int] = field(default_factory=list)
    fails: bool = False
    loose: bool = False


@dataclass
class Body:
    """The steps of a chain, and whether its schedule is `dag`."""

    steps: list[Drawn]
    dag: bool = False


@st.composite
def bodies(draw: st.DrawFn) -> Body:
    dag = draw(st.integers(0, 3)) == 0
    size = draw(st.integers(2, 8))
    body = [
        Drawn(
            seconds=draw(st.integers(1, 9)),
            parallel=draw(st.booleans()),
            background=draw(st.integers(0, 3)) == 0,
        )
        for _ in range(size)
    ]
    for index, step in enumerate(body[1:], 1):
        others = st.lists(st.sampled_from(range(index)), unique=True, max_size=3)
        step.named = draw(others)
        ways = [None, "count", "ended"] if step.named else [None]
        step.join = draw(st.sampled_from(ways))
        if step.join == "count":
            step.count = draw(st.integers(1, len(step.named)))
        beside = step.background or any(body[i].background for i in step.named)
        if step.join == "ended" and beside:
            step.join = None
    members = {i for step in body if step.join == "count" for i in step.named}
    for index, step in enumerate(body):
        joined = index in members and (step.parallel or dag)
        step.loose = step.background or joined
        step.fails = index in members and step.loose and draw(st.integers(0, 3)) == 0
    for index, step in enumerate(body[1:], 1):
        loose = [i for i in range(index) if body[i].loose or dag]
        wanted = draw(st.lists(st.sampled_from(loose), max_size=1)) if loose else []
        step.reads = wanted
    return Body(body, dag)


def expected(drawn: Body) -> list[int] | None:
    """When each step starts, in seconds; `None` where a join cannot be reached."""
    body = drawn.steps
    starts: list[int] = []
    ends: list[int] = []
    barrier = before = 0
    for index, step in enumerate(body):
        if not (step.parallel and index and body[index - 1].parallel):
            barrier = 0 if drawn.dag else before
        done = [barrier]
        members = step.named if step.join == "count" else []
        done += [ends[i] for i in step.named if i not in members]
        done += [ends[i] for i in step.reads if i not in members]
        loose = [i for i in members if body[i].loose]
        count = step.count - len(members) + len(loose)
        if count > 0:
            good = sorted(ends[i] for i in loose if not body[i].fails)
            if len(good) < count:
                return None
            done.append(good[count - 1])
        starts.append(max(done))
        ends.append(starts[-1] + step.seconds)
        if not step.loose:
            before = max(before, ends[-1])
    return starts


def written(drawn: Body) -> str:
    """The body as a chain."""
    body = drawn.steps
    lines = ["chain c:", *(["    schedule: dag"] if drawn.dag else [])]
    for index, step in enumerate(body):
        names = [f"s{i}" for i in step.named]
        lines += [
            f"    step s{index}:",
            f"        target: {'bad' if step.fails else 'ok'}",
        ]
        lines += ["        parallel: true"] if step.parallel else []
        lines += ["        background: true"] if step.background else []
        read = [f"'{{{{ s{i} | default(0) }}}}'" for i in step.reads]
        lines.append(
            f"        options: {{seconds: {step.seconds}, read: [{', '.join(read)}]}}"
        )
        given = f"[{', '.join(names)}]"
        if step.join == "count":
            given = f"{{count: {step.count}, of: {given}}}"
        elif step.join == "ended":
            given = f"{{ended: {given}}}"
        lines += [f"        depends_on: {given}"] if names else []
    return "\n".join([*lines, "    result: done", ""])


async def ok(ctx: Any) -> Any:
    await asyncio.sleep(ctx.options["seconds"])
    return ctx.step


async def bad(ctx: Any) -> Any:
    await asyncio.sleep(ctx.options["seconds"])
    raise ValueError("bad")


@settings(max_examples=25, deadline=None)
@given(bodies())
def test_steps_start_as_soon_as_the_rules_let_them(body: Body) -> None:
    starts = expected(body)
    assume(starts is not None)
    assert starts is not None
    module = build(written(body))
    given = {"ok": ok, "bad": bad}
    record = run(module.run_chain("c", connectors=given, parallel=True))
    assert record["status"] == "ok", (record["error"], written(body))
    found = {step["name"]: step["started_ms"] // 1000 for step in record["steps"]}
    assert found == {f"s{i}": at for i, at in enumerate(starts)}, written(body)
    makespan = max(
        at + step.seconds for at, step in zip(starts, body.steps, strict=True)
    )
    assert record["metadata"]["elapsed_ms"] == makespan * 1000, written(body)


@settings(max_examples=10, deadline=None)
@given(bodies())
def test_in_sequence_the_same_steps_end_in_the_same_way(body: Body) -> None:
    assume(expected(body) is not None)
    module = build(written(body))
    given = {"ok": ok, "bad": bad}
    record = run(module.run_chain("c", connectors=given, parallel=False))
    assert record["status"] == "ok", (record["error"], written(body))
    found = {step["name"]: step["status"] for step in record["steps"]}
    assert found == {
        f"s{i}": "error" if step.fails else "ok" for i, step in enumerate(body.steps)
    }


def test_the_rules_as_written_down_here() -> None:
    body = [
        Drawn(5, parallel=True, background=False, loose=True),
        Drawn(2, parallel=True, background=False, loose=True),
        Drawn(1, parallel=False, background=False, join="count", count=1, named=[0, 1]),
        Drawn(1, parallel=False, background=False, reads=[0]),
    ]
    assert expected(Body(body)) == [0, 0, 2, 5]
    assert expected(Body(body, dag=True)) == [0, 0, 2, 5]
    body[1].fails = True
    assert expected(Body(body)) == [0, 0, 5, 6]
    assert expected(Body(body, dag=True)) == [0, 0, 5, 5]


if __name__ == "__main__":
    pytest.main([__file__])
