"""What each block and each kind of step does, one function each."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import nullcontext, suppress
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

from tests.reference.bodies import Pending
from tests.reference.interpreter import (
    Interpreter,
    construct,
    failed,
    together,
    work,
)
from tests.reference.model import (
    SKIPPED,
    Data,
    Enough,
    Failed,
    Record,
    Scope,
    is_ending,
    names_in,
    plain,
)
from tests.reference.sources import END, Channel, Items, Source, Stream, in_lists

__all__ = ["Interpreter"]

# --- kinds of steps ------------------------------------------------------


@work("target")
async def call(run: Interpreter, entry: Data, scope: Scope, record: Record) -> Any:
    """Call a callable, or another chain."""
    owner = f"Step '{record.path}'"
    if entry.get("kind") == "chain":
        payload = entry.get("payload", "{{ payload }}")
        given = run.value(payload, scope, "payload", owner)
        return await run.chain(entry["target"], given, record.path, scope.slots)
    context = SimpleNamespace(step=entry["name"], options=record.options)
    try:
        return await run.given[entry["target"]](context)
    except Exception as error:
        raise failed(f"Step '{record.path}' failed", error) from error


@work("send")
async def send(run: Interpreter, entry: Data, scope: Scope, record: Record) -> Any:
    owner, name = f"Step '{record.path}'", entry["send"]
    item = run.value(entry["value"], scope, "value", owner)
    with run.waiting(f"step '{record.path}' for room in channel '{name}'"):
        is_taken = await scope.channels[name].put(item)
    if not is_taken:
        why = "no loop over it runs any more"
        raise Failed(
            f"{owner} failed", f"ChannelError: channel '{name}' takes no item: {why}"
        )
    return item


@work("state")
async def state(run: Interpreter, entry: Data, scope: Scope, record: Record) -> Any:
    """Read a cell of the run, which the chains that it calls share, or change it."""
    cells, name, owner = run.states, entry["state"], f"Step '{record.path}'"
    given = {
        key: run.value(entry[key], scope, key, owner)
        for key in ("set", "append", "merge", "key")
        if key in entry
    }
    key = given.get("key")
    old = cells[name] if key is None else cells[name].get(key)
    if "update" in entry:
        new = run.value(entry["update"], scope.inside(value=old), "update", owner)
    elif "append" in given:
        new = [*old, given["append"]]
    elif "merge" in given:
        new = {**old, **given["merge"]}
    else:
        new = given.get("set", old)
    cells[name] = new if key is None else {**cells[name], key: new}
    return new


@work("value")
async def value(run: Interpreter, entry: Data, scope: Scope, record: Record) -> Any:
    return run.value(entry["value"], scope, "value", f"Step '{record.path}'")


@work("emit")
async def emit(run: Interpreter, entry: Data, scope: Scope, record: Record) -> Any:
    return run.value(entry["emit"], scope, "emit", f"Step '{record.path}'")


@work("stop")
async def stop(run: Interpreter, entry: Data, scope: Scope, record: Record) -> Any:
    return run.value(entry["stop"], scope, "stop", f"Step '{record.path}'")


@work("wait")
async def wait(run: Interpreter, entry: Data, scope: Scope, record: Record) -> None:
    await asyncio.sleep(entry["wait"])


@work("cancel")
async def cancel(run: Interpreter, entry: Data, scope: Scope, record: Record) -> None:
    running = scope.names.get(entry["cancel"])
    if isinstance(running, Pending):
        await running.cancel()


@work("fail")
async def fail(run: Interpreter, entry: Data, scope: Scope, record: Record) -> Any:
    owner = f"Step '{record.path}'"
    raise Failed(
        f"{owner} failed", run.value(entry["fail"], scope, "fail", owner), "failed"
    )


# --- blocks --------------------------------------------------------------


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
    try:
        async with asyncio.timeout(block["within"]) as timeout:
            return await taken(run, block, scope, bodies, 0)
    except TimeoutError:
        assert timeout.expired()
    if "else" in block:
        return await taken(run, block, scope, bodies, 1)
    why = f"timed out after {block['within']:.12g} seconds"
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
    if len(kinds) > 1:
        raise Failed(owner, why)
    raise Failed(owner, why, *kinds.pop())


# --- loops ---------------------------------------------------------------


@construct("while")
async def while_(run: Interpreter, block: Data, scope: Scope) -> Any:
    """Run rounds, each of which sees the names of the round before."""
    own = {entry.get("name") for entry in block["steps"]}
    asks_after = bool(own & names_in(block["while"]))
    value, index = None, 0
    inner = scope.inside()
    while index < block["max"]:
        if not asks_after and not run.ask(block["while"], scope, "while"):
            break
        path = f"{scope.path}{block['name']}[{index}]."
        inner = scope.inside(path, **{**inner.names.maps[0], **counted(index)})
        value = plain(await run.inner(block, "steps", inner))
        index += 1
        if asks_after and not run.ask(block["while"], inner, "while"):
            break
    return value


def counted(index: int) -> Data:
    """Return what a round reads of `loop`."""
    return {"loop": {"index": index + 1, "index0": index, "first": index == 0}}


@construct("for")
async def for_(run: Interpreter, block: Data, scope: Scope) -> Any:
    """Run rounds by workers, which ask for an item when they have ended a round."""
    source, values, turn = (
        source_of(run, block, scope),
        dict[int, Any](),
        asyncio.Lock(),
    )
    tolerance, count = Tolerance(block, source.count), 0

    line = block["in"].removeprefix("channel ")
    told = f"{block['name']} for an item of channel '{line}'"

    async def next_item() -> Any:
        try:
            with run.waiting(told) if isinstance(source, Channel) else nullcontext():
                size = block.get("batch")
                return await (in_lists(source, size) if size else source.next())
        except Exception as error:
            raise failed(f"{scope.owner} failed in `for`", error) from None

    async def round_(index: int, item: Any) -> Any:
        inner = scope.inside(**{block["for"]: item}, **counted(index))
        name = run.ask(block["key"], inner, "key") if "key" in block else index
        inner = replace(inner, path=f"{scope.path}{block['name']}[{name}].")
        try:
            return plain(await run.inner(block, "steps", inner))
        except Enough as enough:
            values[index] = enough.value
            raise

    async def work_off() -> None:
        nonlocal count
        while True:
            async with turn:
                if (item := await next_item()) is END:
                    return
                index, count = count, count + 1
            values[index] = await tolerance.watch(round_(index, item), scope)

    stated = block.get("parallel", 1)
    workers = run.permits if stated == "max" else int(stated)
    try:
        with suppress(Enough):
            await together(work_off() for _ in range(workers))
    finally:
        await source.close()
    if not count:
        run.skip(block["steps"], scope)
    tolerance.check(scope)
    return [values[index] for index in sorted(values)]


def source_of(run: Interpreter, block: Data, scope: Scope) -> Source:
    """Return what gives the items of a loop."""
    if block["in"].startswith("channel "):
        channel: Source = scope.channels[block["in"].removeprefix("channel ")]
        return channel
    found = run.ask(block["in"], scope, "for")
    made: Source = found if isinstance(found, Stream) else Items(found)
    return made


class Tolerance:
    """What becomes of failed rounds."""

    def __init__(self, block: Data, count: int | None) -> None:
        self.keeps = block.get("on_error") == "continue" or "tolerate" in block
        self.most = str(block.get("tolerate", "100%"))
        self.known = None if "batch" in block else count
        self.failed = self.rounds = 0

    async def watch(self, work: Coroutine[Any, Any, Any], scope: Scope) -> Any:
        """Return the value of a round, or the record of its error where that is kept."""
        try:
            value = await work
        except Enough:
            self.rounds += 1
            raise
        except Failed as error:
            if not self.keeps:
                raise
            value = error.record()
            self.failed += 1
            self.rounds += 1
            if self.is_too_much(self.known):
                raise self.error(scope, f": {error.why}") from None
            return value
        self.rounds += 1
        return value

    def is_too_much(self, count: int | None) -> bool:
        """Say whether more have failed than may, of so many rounds."""
        if not self.most.endswith("%"):
            return self.failed > int(self.most)
        share = float(self.most.removesuffix("%"))
        return count is not None and self.failed > count * share / 100

    def check(self, scope: Scope) -> None:
        """Raise an error if too many of the rounds that there were have failed."""
        if self.known is None and self.is_too_much(self.rounds):
            raise self.error(scope, "")

    def error(self, scope: Scope, last: str) -> Failed:
        words = (
            f"{self.failed} of {self.rounds} rounds failed, {self.most} are tolerated"
        )
        why = f"TooManyFailures: {words}{last}"
        return Failed(f"{scope.owner} failed in `tolerate`", why)
