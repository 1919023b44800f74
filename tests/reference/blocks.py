"""Blocks that run their bodies once, one function for each word."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

from tests.reference.interpreter import Interpreter, together
from tests.reference.model import SKIPPED, Data, Enough, Failed, Scope, is_ending, plain
from tests.reference.registry import construct
from tests.reference.tries import BLOCKS, LIMITS

__all__: list[str] = []


async def taken(
    run: Interpreter, block: Data, scope: Scope, bodies: list[list[Data]], index: int
) -> Any:
    """Run one of several bodies, and bind the names that all of them give."""
    inner = scope.inside()
    value = await run.inner({**block, "steps": bodies[index]}, "steps", inner)
    if "else" in block:
        given = [{entry.get("name", "") for entry in body} for body in bodies]
        for name in set.intersection(*given) - {""}:
            scope.names[name] = inner.names.get(name)  # a clause may have run
    return value


async def branch(
    run: Interpreter, block: Data, scope: Scope, bodies: list[list[Data]], index: int
) -> Any:
    """Run one of several bodies, or none, and skip the others."""
    bodies = [*bodies, *([block["else"]] if "else" in block else [])]
    chosen = bodies[index] if index < len(bodies) else []
    run.skip([entry for body in bodies for entry in body], scope, but=chosen)
    return await taken(run, block, scope, bodies, index) if chosen else SKIPPED


@construct("if")
async def if_(run: Interpreter, block: Data, scope: Scope) -> Any:
    branches = [block, *block.get("elif", ())]
    bodies = [branch["then"] for branch in branches]
    for index, choice in enumerate(branches):
        if run.ask(choice["if"], scope, "if"):
            return await branch(run, block, scope, bodies, index)
    return await branch(run, block, scope, bodies, len(bodies))


@construct("match")
async def match(run: Interpreter, block: Data, scope: Scope) -> Any:
    subject = run.ask(block["match"], scope, "match")
    bodies = [case["steps"] for case in block["cases"]]
    for index, case in enumerate(block["cases"]):
        literals = case["case"] if isinstance(case["case"], list) else [case["case"]]
        if subject in literals:
            return await branch(run, block, scope, bodies, index)
    return await branch(run, block, scope, bodies, len(bodies))


@construct("do")
async def do(run: Interpreter, block: Data, scope: Scope) -> Any:
    return await run.inner(block, "do", scope.inside())


@construct("parallel")
async def parallel(run: Interpreter, block: Data, scope: Scope) -> Any:
    async def member(entry: Data, inner: Scope) -> Any:
        work = run.entry(entry, inner)
        if block.get("on_error") != "continue":
            return await work
        inner.names[entry["name"]] = await or_error(work)
        return inner.names[entry["name"]]

    return await run.inner(block, "parallel", scope.inside(), member)


async def or_error(work: Coroutine[Any, Any, Any]) -> Any:
    """Return the value of work, or the record of its error."""
    try:
        return plain(await work)
    except Failed as error:
        return error.record()


@construct("within")
async def within(run: Interpreter, block: Data, scope: Scope) -> Any:
    bodies = [block["steps"], *([block["else"]] if "else" in block else [])]
    waits: list[tuple[float, str]] = []
    around, limits = BLOCKS.get(), LIMITS.get()
    BLOCKS.set((*around, waits))
    try:
        async with asyncio.timeout(block["within"]) as timeout:
            LIMITS.set((*limits, timeout))
            return await taken(run, block, scope, bodies, 0)
    except TimeoutError:
        assert timeout.expired()
    except Failed as error:
        if "else" not in block or timeout.when() not in error.ends_missed:
            raise
    finally:
        BLOCKS.set(around)
        LIMITS.set(limits)
    if "else" in block:
        return await taken(run, block, scope, bodies, 1)
    why = f"timed out after {block['within']:.12g} seconds"
    late = timeout.when() or 0.0
    if found := sorted({what for at, what in waits if at >= late}):
        why += f", waiting: {'; '.join(found)}"
    raise Failed(f"{scope.owner} failed in `within`", why, "timeout")


@construct("race")
async def race(run: Interpreter, block: Data, scope: Scope) -> Any:
    members = [entry for entry in block["steps"] if not is_ending(entry)]
    endings = [entry for entry in block["steps"] if is_ending(entry)]
    return await run.guarded(lambda: won(run, block, members, scope), endings, scope)


async def won(run: Interpreter, block: Data, members: list[Data], scope: Scope) -> Any:
    """Start contenders one after another, and end all once enough have succeeded."""
    count = block["race"]
    values: Data = {}
    errors: list[Failed] = []
    lost = running = 0
    turns = [asyncio.Event() for _ in members]
    is_free = asyncio.Event()

    async def contend(index: int, member: Data) -> None:
        nonlocal lost, running
        await turns[index].wait()
        running += 1
        try:
            value = await run.entry(member, scope.inside())
        except Failed as error:
            errors.append(error)
            value = SKIPPED
        running -= 1
        if value is SKIPPED:
            lost += 1
        else:
            values[member["name"]] = value
        if len(values) == count or len(members) - lost < count:
            raise Enough
        if value is SKIPPED or not running:
            is_free.set()

    async def start() -> None:
        for turn in turns:
            is_free.clear()
            turn.set()
            if "stagger" in block:
                with suppress(TimeoutError):
                    await asyncio.wait_for(is_free.wait(), block["stagger"])

    with suppress(Enough):
        await together([start(), *(contend(*item) for item in enumerate(members))])
    if len(values) == count:
        won = {m["name"]: values[m["name"]] for m in members if m["name"] in values}
        if count > 1:
            return won
        ((winner, value),) = won.items()
        scope.names[f"{block.get('name')}_winner"] = winner
        return value
    words = f"{len(values)} of {len(members)} contenders succeeded"
    if count > 1:
        words += f", {count} are needed"
    if not errors:
        raise Failed(f"{scope.owner} failed in `race`", f"Lost: {words}")
    many = f"({len(errors)} sub-exception{'s' if len(errors) > 1 else ''})"
    told = "; ".join(map(str, errors[:3]))
    why = f"AllLost: {words} {many}: {told}"
    owner, kinds = f"{scope.owner} failed in `race`", {
        (e.kind, e.status) for e in errors
    }
    failure = Failed(owner, why, *(kinds.pop() if len(kinds) == 1 else ()))
    failure.ends_missed = tuple(end for e in errors for end in e.ends_missed)
    raise failure
