"""What a pipeline does: stages one after another, and lines of stages that stream."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from tests.reference.constructs import Interpreter
from tests.reference.interpreter import together
from tests.reference.model import Data, Record, Scope, is_ending, now, plain
from tests.reference.registry import construct, work

__all__ = ["Interpreter"]

END: Any = object()


@work("steps")
async def body(run: Interpreter, entry: Data, scope: Scope, record: Record) -> Any:
    """The body of a stage, whose steps are in the path of the stage."""
    return await run.inner(entry, "steps", scope.inside(f"{record.path}."))


@construct("stages")
async def pipeline(run: Interpreter, stated: Data, scope: Scope) -> Any:
    """Run the stages of a pipeline and its clauses, and return its value."""
    stages = [stage for stage in stated["stages"] if not is_ending(stage)]
    endings = [stage for stage in stated["stages"] if is_ending(stage)]

    async def stages_in_order() -> Any:
        value: Any = None
        left = [*stages]
        while left:
            stage = left.pop(0)
            inner = scope.inside(**arguments(stage, value, is_first=stage is stages[0]))
            if stage.get("stream"):
                members = [stage]
                while members[-1].get("stream"):
                    members.append(left.pop(0))
                value = await line(run, members, scope, inner)
                stage = members[-1]
            else:
                value = plain(await run.entry(stage, inner))
            name = stage["name"]
            scope.names[name] = value
            scope.skips[name] = inner.skips.get(name, False)
        if "result" in stated:
            return run.value(stated["result"], scope, "result")
        return value

    return await run.guarded(stages_in_order, endings, scope)


def arguments(stage: Data, value: Any, *, is_first: bool) -> Data:
    """Return what a stage reads by the names of its parameters, but for the first one."""
    return {} if is_first else {next(iter(stage["input"])): value}


async def line(
    run: Interpreter, stages: list[Data], scope: Scope, first: Scope
) -> list[Any]:
    """Run stages at the same time; return the values of the last one, in order."""
    values: list[Any] = []
    inlet: asyncio.Queue[Any] = asyncio.Queue()
    works = []
    for stage in stages:
        outlet: asyncio.Queue[Any] = asyncio.Queue(stage.get("buffer", 16))
        if stage is stages[0]:
            works.append(source(run, stage, first, outlet))
        else:
            forward = forwarding(outlet) if stage.get("stream") else keeping(values)
            is_last = stage is stages[-1]
            end = None if is_last else outlet
            works.append(each(run, stage, scope, inlet, forward, end))
        inlet = outlet
    await together(works)
    return values


async def source(
    run: Interpreter, stage: Data, scope: Scope, outlet: asyncio.Queue[Any]
) -> None:
    """Pass on the items of the first stage once it has ended."""
    await forwarding(outlet)(plain(await run.entry(stage, scope)))
    await outlet.put(END)


def forwarding(outlet: asyncio.Queue[Any]) -> Callable[[Any], Awaitable[None]]:
    """Return what puts the items of a value where the next stage finds them."""

    async def forward(value: Any) -> None:
        items = value if isinstance(value, list) else [value]
        for item in [] if value is None else items:
            await outlet.put(item)

    return forward


def keeping(values: list[Any]) -> Callable[[Any], Awaitable[None]]:
    """Return what adds a value to those of a line."""

    async def keep(value: Any) -> None:
        values.append(value)

    return keep


async def each(
    run: Interpreter,
    stage: Data,
    scope: Scope,
    inlet: asyncio.Queue[Any],
    forward: Callable[[Any], Awaitable[None]],
    outlet: asyncio.Queue[Any] | None,
) -> None:
    """Work on each item, some at once, and pass on what it makes, in order."""
    turn, count, is_over = asyncio.Lock(), 0, False
    done: list[asyncio.Event] = []

    async def worker() -> None:
        nonlocal count, is_over
        while True:
            async with turn:
                item = END if is_over else await inlet.get()
                if item is END:
                    is_over = True
                    return
                index = count
                count += 1
                done.append(asyncio.Event())
            path = f"{scope.path}{stage['name']}[{index}]."
            inner = scope.inside(path, **arguments(stage, item, is_first=False))
            value = plain(await run.entry(stage, inner))
            if index:
                await done[index - 1].wait()
            await forward(value)
            done[index].set()

    await together([worker() for _ in range(stage.get("parallel", 1))])
    if not count:
        record = Record(scope.path + stage["name"], now(), "skipped", error=None)
        run.records.append(replace(record, step=stage, ended=now()))
    if outlet is not None:
        await outlet.put(END)
